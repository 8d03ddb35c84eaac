/** Runs of commands within the test, with a terminal or a pipe of the test's own. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import * as Spotify from "../../src/Spotify.ts"

/** What a command wrote. */
export interface Written {
  readonly stdout: ReadonlyArray<string>
  readonly stderr: ReadonlyArray<string>
}

/** Where a command writes: a pipe, or a terminal of a width. */
export type Place = "pipe" | { readonly columns: number }

const placeOf = (place: Place) =>
  Layer.mergeAll(
    NodeServices.layer,
    Layer.succeed(TerminalCapabilities, { canColor: false, canAnimate: false, canPrompt: false }),
    Stdio.layerTest({ stdoutIsTerminal: Effect.succeed(place !== "pipe") }),
    Layer.succeed(
      Terminal.Terminal,
      Terminal.make({
        columns: Effect.succeed(place === "pipe" ? 0 : place.columns),
        rows: Effect.succeed(24),
        size: Effect.die("not asked for"),
        readInput: Effect.die("not asked for"),
        readLine: Effect.die("not asked for"),
        display: () => Effect.void
      })
    )
  )

/** Runs an effect as the handler of a command, and returns its lines. */
export const run = Effect.fnUntraced(function*<E>(
  handler: Effect.Effect<void, E, Effect.Services<typeof Spotify.root> | Command.Environment>,
  place: Place,
  flags: ReadonlyArray<string> = []
) {
  const stdout: Array<string> = []
  const stderr: Array<string> = []
  const console: Console.Console = {
    ...globalThis.console,
    log: (text: string) => stdout.push(...text.split("\n")),
    error: (text: string) => stderr.push(...text.split("\n"))
  }
  const tree = Spotify.root.pipe(Command.withSubcommands([Command.make("run", {}, () => handler)]))
  const exit = yield* Command.runWith(tree, { version: "0" })(["run", ...flags]).pipe(
    Effect.provideService(Console.Console, console),
    Effect.provide(placeOf(place)),
    Effect.exit
  )
  return { stdout, stderr, exit }
})
