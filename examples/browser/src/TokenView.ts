/**
 * The panel that shows the life of the access token.
 */
import { Action, type Send } from "./Action.ts"
import { button, element } from "./Dom.ts"
import type { TokenPanel } from "./TokenPanel.ts"

/** The longest history that is shown. */
const historyLength = 8

/** Makes the panel. It changes in place, so that neither focus nor reading place is lost each second. */
export const make = (send: Send) => {
  const remaining = element("p", { class: "remaining", role: "timer", "aria-label": "Rest of the token’s life" })
  const bar = element("progress", { max: "1", "aria-label": "Rest of the token’s life" })
  const next = element("p", {})
  const facts = element("dl", { class: "facts" })
  const history = element("ol", { class: "history", "aria-labelledby": "token-history" })
  const root = element(
    "section",
    { class: "card token", "aria-labelledby": "token-heading" },
    element("h2", { id: "token-heading" }, "Access token"),
    remaining,
    bar,
    next,
    facts,
    element("div", { class: "buttons" }, button("Refresh now", () => send(Action.Refresh()))),
    element("h3", { id: "token-history" }, "What happened"),
    history
  )
  return {
    root,
    show: (panel: TokenPanel) => {
      remaining.textContent = panel.remaining
      bar.value = panel.share
      bar.setAttribute("aria-valuetext", panel.spoken)
      next.textContent = panel.next
      const shown = panel.facts.flat().join()
      if (facts.dataset["shown"] === shown) return
      facts.dataset["shown"] = shown
      facts.replaceChildren(
        ...panel.facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])
      )
    },
    record: (time: string, text: string) => {
      history.prepend(element("li", {}, element("time", {}, time), text))
      while (history.children.length > historyLength) history.lastElementChild?.remove()
    }
  }
}
