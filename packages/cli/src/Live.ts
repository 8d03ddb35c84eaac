/**
 * Lines at the end of a terminal that are drawn again and again.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"

const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"
const clearBelow = "\u001b[J"

/** Counts the rows that lines take, of which a narrower terminal breaks the long ones. */
const rowsOf = (lines: ReadonlyArray<string>, columns: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(displayWidth(line) / Math.max(1, columns))), 0)

/**
 * Writes what replaces the lines before by others.
 *
 * **Details**
 *
 * The cursor is at the end of the last line, and stays there. Each line is written over the one before it, so that nothing
 * flickers. After a change of size all rows are cleared first: a terminal remembers of each whether it goes on in the next.
 */
export const replace = (
  before: ReadonlyArray<string>,
  lines: ReadonlyArray<string>,
  columns: number,
  isResized: boolean
): string => {
  const up = rowsOf(before, columns) - 1
  const start = `\r${up > 0 ? `\u001b[${up}A` : ""}${isResized ? clearBelow : ""}`
  return start + lines.map((line) => `${line}\u001b[K`).join("\r\n") + clearBelow
}

type Event<A> =
  | { readonly _tag: "Value"; readonly value: A }
  | { readonly _tag: "Size"; readonly size: Terminal.Size }

/**
 * Draws each value of a stream over the one before it, and draws again when the terminal changes its size.
 *
 * **Details**
 *
 * The cursor is hidden meanwhile. Ends with the stream; the last lines stay.
 */
export const draw = Effect.fnUntraced(function*<A, E, R>(
  values: Stream.Stream<A, E, R>,
  linesOf: (value: A, columns: number) => ReadonlyArray<string>
) {
  const terminal = yield* Terminal.Terminal
  yield* Effect.acquireRelease(
    terminal.display(hideCursor),
    () => Effect.ignore(terminal.display(`${showCursor}\n`))
  )
  const sizes = Stream.map(Stream.fromQueue(yield* terminal.size), (size): Event<A> => ({ _tag: "Size", size }))
  const events = Stream.merge(Stream.map(values, (value): Event<A> => ({ _tag: "Value", value })), sizes, {
    haltStrategy: "left"
  })
  let drawn: ReadonlyArray<string> = []
  let value: A | undefined
  let size: Terminal.Size = { columns: yield* terminal.columns, rows: yield* terminal.rows }
  yield* Stream.runForEach(events, (event) => {
    if (event._tag === "Value") value = event.value
    else size = event.size
    if (value === undefined) return Effect.void
    const lines = linesOf(value, size.columns).slice(0, Math.max(1, size.rows - 1))
    const text = replace(drawn, lines, size.columns, event._tag === "Size")
    drawn = lines
    return terminal.display(text)
  })
}, Effect.scoped)
