/**
 * How far a long list has come, on one line of standard error that is gone in the end.
 */
import type { PagedStream } from "@app/api/SpotifyClient"
import { displayWidth } from "effect/cli/CliOutput"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { fstatSync } from "node:fs"
import * as Output from "./Output.ts"
import * as Text from "./Text.ts"

/** What decides whether somebody looks at progress. */
export interface Surroundings {
  readonly stderrIsTerminal: boolean
  readonly stdoutIsTerminal: boolean
  readonly stdoutIsFile: boolean
  /** The variables `TERM` and `CI`; absent or empty means that they are not set. */
  readonly term: string | undefined
  readonly ci: string | undefined
}

/**
 * Tells whether somebody looks at progress.
 *
 * **Details**
 *
 * The reader of a pipe may write to the same terminal, where the two would mix. A file does not.
 */
export const isWatched = ({ ci = "", stderrIsTerminal, stdoutIsFile, stdoutIsTerminal, term }: Surroundings): boolean =>
  stderrIsTerminal && (stdoutIsTerminal || stdoutIsFile) && term !== "dumb" && ci === ""

/** Writes how far a list has come, such as `███      17 of 40 saved tracks`, in less than a width. */
export const line = (done: number, total: number, what: string, width: number): string => {
  const words = Text.cut(`${done} of ${total} ${what}`, width - 1)
  const room = Math.min(30, width - 1 - displayWidth(words) - 2)
  return room < 4 ? words : `${Text.padEnd(Text.bar(done / total, room), room)}  ${words}`
}

const surroundings = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  return {
    stderrIsTerminal: yield* stdio.stderrIsTerminal,
    stdoutIsTerminal: yield* stdio.stdoutIsTerminal,
    stdoutIsFile: yield* Effect.sync(() => fstatSync(process.stdout.fd).isFile()),
    ...(yield* Config.all({
      term: Config.String("TERM").pipe(Config.withDefault(undefined)),
      ci: Config.String("CI").pipe(Config.withDefault(undefined))
    }))
  }
})

/**
 * Shows how far a list has come, up to the limit of rows that is asked for, from its first page on.
 *
 * **Details**
 *
 * A list of one page shows nothing. `limit` 0 means all.
 */
export const of = (what: string, limit: number) => <A, R>(list: PagedStream<A, R>) =>
  Stream.unwrap(Effect.gen(function*() {
    if (!isWatched(yield* surroundings)) return list
    const { stderr } = yield* Stdio.Stdio
    const write = (text: string) => Effect.ignore(Stream.run(Stream.succeed(text), stderr({ endOnDone: false })))
    const width = yield* Output.columns
    let done = 0
    let isShown = false
    const pages = Stream.tap(list.pages, ({ cursor, items, skipped, total }) => {
      done += items.length + skipped
      const expected = limit === 0 ? total : Math.min(limit, total ?? limit)
      if (cursor === undefined || expected === undefined || done >= expected) return Effect.void
      isShown = true
      return write(`\r${line(done, expected, what, width)}\u001b[K`)
    })
    return pages.pipe(
      Stream.flatMap(({ items }) => Stream.fromIterable(items)),
      Stream.ensuring(Effect.suspend(() => isShown ? write("\r\u001b[K") : Effect.void))
    )
  }))
