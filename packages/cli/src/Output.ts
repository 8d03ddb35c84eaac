/**
 * Results on standard output, and everything about them on standard error.
 *
 * **Details**
 *
 * A terminal gets tables that fit its width. A pipe or a file gets tab-separated rows without a heading, with nothing cut.
 * With `--json` both get one object on one line for each thing.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import * as Fields from "./Fields.ts"
import * as Json from "./Json.ts"
import * as Spotify from "./Spotify.ts"
import { styles } from "./Style.ts"
import * as Table from "./Table.ts"
import * as Text from "./Text.ts"
import * as Tsv from "./Tsv.ts"

/** The three forms of one kind of thing. Their texts may be as Spotify sent them. */
export interface View<A> {
  readonly columns: ReadonlyArray<Table.Column>
  /** The cells of a table on a terminal, one for each column; `place` counts from 1. */
  readonly cells: (value: A, place: number) => ReadonlyArray<string>
  /** The cells of a row in a pipe, which are only ever added to. */
  readonly fields: (value: A, place: number) => ReadonlyArray<string>
  /** The object of a line of JSON, whose keys are only ever added to. */
  readonly json: (value: A, place: number) => Json.Json
}

const ownWidth = 80

/** The form of results: what `--json` or the other end of standard output asks for. */
export const form = Effect.gen(function*() {
  const { json } = yield* Spotify.root
  const stdio = yield* Stdio.Stdio
  return json ? "json" : (yield* stdio.stdoutIsTerminal) ? "terminal" : "pipe"
})

/** The width of the terminal, or 80 where it is unknown. */
export const columns = Effect.map(
  Effect.flatMap(Terminal.Terminal, (terminal) => terminal.columns),
  (columns) => columns > 0 ? columns : ownWidth
)

/** What knows where output goes. */
export type Place = Stdio.Stdio | Terminal.Terminal

/** Says something about the result on standard error, in lines that fit a terminal. */
export const note = Effect.fnUntraced(function*(text: string) {
  const { stderrIsTerminal } = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  const width = yield* terminal.columns
  yield* Console.error((yield* stderrIsTerminal) && width > 0 ? Text.flow(text, width) : text)
})

const table = Effect.fnUntraced(function*<A>(view: View<A>, rows: ReadonlyArray<A>) {
  const cells = rows.map((row, index) => view.cells(row, index + 1).map(Text.sanitize))
  const { heading, lines } = Table.layout(view.columns, cells, yield* columns)
  yield* Console.log([(yield* styles).dim(heading), ...lines].join("\n"))
})

/**
 * Prints a list, page by page as it arrives in a pipe.
 *
 * **Details**
 *
 * When the list breaks off, what has arrived is printed before the failure. Of an empty list standard error says so.
 */
export const list = Effect.fnUntraced(function*<A, E, R>(
  view: View<A>,
  stream: Stream.Stream<A, E, R>,
  whenEmpty: string = "Nothing found."
) {
  const chosen = yield* form
  const rows: Array<A> = []
  let count = 0
  const lineOf = (row: A, place: number) =>
    chosen === "json" ? Json.line(view.json(row, place)) : Tsv.line(view.fields(row, place))
  const exit = yield* Effect.exit(Stream.runForEachArray(stream, (page) => {
    const start = count
    count += page.length
    if (chosen !== "terminal") return Console.log(page.map((row, index) => lineOf(row, start + index + 1)).join("\n"))
    rows.push(...page)
    return Effect.void
  }))
  if (rows.length > 0) yield* table(view, rows)
  yield* exit
  if (count === 0) yield* note(whenEmpty)
})

/** One thing as named fields, of which those without a value are left out on a terminal. */
export interface Card {
  readonly title?: string | undefined
  readonly fields: ReadonlyArray<Fields.Field>
  readonly json: Json.Json
}

/** Prints one thing: its title and fields on a terminal, one `name<TAB>value` a line in a pipe. */
export const card = Effect.fnUntraced(function*({ fields, json, title }: Card) {
  const chosen = yield* form
  if (chosen === "json") return yield* Console.log(Json.line(json))
  if (chosen === "pipe") {
    return yield* Console.log(fields.map(([name, value]) => Tsv.line([name, value ?? ""])).join("\n"))
  }
  yield* Console.log(Fields.layout(title, fields, yield* columns, yield* styles).join("\n"))
})

/** Prints one thing of a kind that has rows: as a card on a terminal, and as in a list elsewhere. */
export const one = Effect.fnUntraced(function*<A>(view: View<A>, value: A, described: Card) {
  yield* (yield* form) === "terminal" ? card(described) : list(view, Stream.succeed(value))
})

/** Prints one value by itself, for `$(…)`, or as an object with `--json`. */
export const value = Effect.fnUntraced(function*(text: string, json: Json.Json) {
  yield* Console.log((yield* form) === "json" ? Json.line(json) : text)
})
