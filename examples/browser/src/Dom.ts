/**
 * Elements, made without `innerHTML`: every text stays a text, as Trusted Types demand.
 */

type Child = Node | string | undefined

/** Makes an element. An attribute that is undefined is left out. */
export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: ReadonlyArray<Child | ReadonlyArray<Child>>
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children.flat().filter((child) => child !== undefined))
  return made
}

/** Makes a button that does not send a form. */
export const button = (
  label: string,
  onClick: () => void,
  attributes: Readonly<Record<string, string | undefined>> = {}
): HTMLButtonElement => {
  const made = element("button", { type: "button", ...attributes }, label)
  made.addEventListener("click", onClick)
  return made
}

/** Puts other children into an element. If the focus goes away with the old ones, the element that `next` finds gets it. */
export const replace = (
  place: Element,
  children: ReadonlyArray<Node>,
  next: () => HTMLElement | null
): void => {
  const hadFocus = place.contains(document.activeElement)
  place.replaceChildren(...children)
  if (hadFocus && !place.contains(document.activeElement)) next()?.focus()
}

/** Makes a picture, in place of which a letter stands while there is none. */
export const picture = (url: string | undefined, letter: string): HTMLElement => {
  const frame = element("span", { class: "picture", "aria-hidden": "true" }, letter)
  if (url !== undefined) {
    const image = element("img", { alt: "", src: url, loading: "lazy", referrerpolicy: "no-referrer" })
    image.addEventListener("error", () => image.remove())
    frame.append(image)
  }
  return frame
}
