/**
 * `npm run tour` shows a dozen faults, one screen each: what the server did, and what the program saw.
 *
 * **Details**
 *
 * Each screen is a run against `@app/sandbox`, drawn as a timeline. On a terminal the tour waits for Enter between
 * screens; in a pipe it prints them one after another. `npm run tour -- --only outage` shows one, and `--svg FILE` draws
 * it as a picture.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import { screens } from "./tour/Screens.ts"
import * as SvgTimeline from "./tour/SvgTimeline.ts"
import type { Paint } from "./tour/TextTimeline.ts"
import * as TextTimeline from "./tour/TextTimeline.ts"
import * as Tour from "./tour/Tour.ts"

/** The widest that a timeline is drawn. */
const widest = 100

const colours: Paint = {
  good: (text) => `\u001b[32m${text}\u001b[0m`,
  bad: (text) => `\u001b[31m${text}\u001b[0m`,
  faint: (text) => `\u001b[2m${text}\u001b[0m`
}

/** Runs the next screens while a person reads one. */
const ahead = 3

const show = Effect.fnUntraced(function*(chosen: typeof screens) {
  const { canColor, canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  const terminal = yield* Terminal.Terminal
  const columns = yield* terminal.columns
  const width = Math.min(widest, columns > 0 ? columns : 80)
  const paint = canColor ? colours : TextTimeline.plain
  yield* Stream.fromIterable(chosen.entries()).pipe(
    Stream.mapEffect(
      ([index, screen]) =>
        Effect.map(Tour.run(screen), (timeline) => [index, Tour.tell(screen, timeline, width, paint)] as const),
      { concurrency: ahead }
    ),
    Stream.runForEach(Effect.fnUntraced(function*([index, lines]) {
      const place = chosen.length === 1 ? "" : paint.faint(`${index + 1} of ${chosen.length}  `)
      yield* Console.log(`${place}${lines.join("\n")}\n`)
      if (!canPrompt || index + 1 === chosen.length) return
      yield* terminal.display(paint.faint("Enter: the next one. Ctrl-C: enough. "))
      yield* terminal.readLine
    }))
  )
})

const draw = Effect.fnUntraced(function*(screen: typeof screens[number], file: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.writeFileString(file, SvgTimeline.draw(screen.title, yield* Tour.run(screen)))
  yield* Console.log(`${file} shows: ${screen.title}`)
})

const tour = Command.make("tour", {
  only: Flag.Literals("only", screens.map(({ name }) => name)).pipe(
    Flag.withDescription("One screen"),
    Flag.optional
  ),
  svg: Flag.String("svg").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Draws one screen, the first one by default, as a picture"),
    Flag.optional
  )
}, ({ only, svg }) =>
  Effect.gen(function*() {
    const chosen = screens.filter(({ name }) => Option.getOrElse(only, () => name) === name)
    const [first] = chosen
    yield* Option.isSome(svg) && first !== undefined ? draw(first, svg.value) : show(chosen)
  })).pipe(Command.withDescription("Faults between a program and Spotify, and what comes of them."))

Command.run(tour, { version: "0.1.0" }).pipe(
  Effect.catchTag("QuitError", () => Effect.interrupt),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
