/**
 * One thing as named fields below a title, in lines that fit a terminal.
 */
import type { Style, Styles } from "./Style.ts"
import * as Text from "./Text.ts"

/** A field. Without a value it is left out. */
export type Field = readonly [name: string, value: string | undefined]

/**
 * Lays out a thing for a width.
 *
 * **Details**
 *
 * Values go on in the next line below themselves. A word that is too long stays whole, since a link that is cut leads
 * nowhere.
 */
export const layout = (
  title: string | undefined,
  fields: ReadonlyArray<Field>,
  width: number,
  { bold, dim }: Pick<Styles, "bold" | "dim">
): ReadonlyArray<string> => {
  const shown = fields.flatMap(([name, value]) => value === undefined ? [] : [[name, value] as const])
  const names = Math.max(0, ...shown.map(([name]) => name.length))
  const start = 2 + names + 2
  const lineOf = (name: string, faint: Style, value: string) =>
    `  ${faint(Text.padEnd(name, names))}  ${value}`.trimEnd()
  return [
    ...(title === undefined ? [] : [bold(Text.cut(Text.sanitize(title), width))]),
    ...shown.flatMap(([name, value]) =>
      Text.wrap(Text.sanitize(value), width - start).map((part, nth) => lineOf(nth === 0 ? name : "", dim, part))
    )
  ]
}
