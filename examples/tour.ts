/**
 * `npm run tour` shows a dozen faults, one screen each: what the server did, and what the program saw.
 *
 * **Details**
 *
 * Each screen is a run against `@app/sandbox`, drawn as a timeline. On a terminal the tour waits for Enter between
 * screens; in a pipe it prints them one after another. `npm run tour -- --only outage` shows one, and `--svg FILE` draws
 * it as a picture.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import * as Script from "../scripts/Script.ts"
import { pictured, screens } from "./tour/Screens.ts"
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

/** The number of screens that run while a person reads one. */
const ahead = 3

const clear = "\u001b[2J\u001b[H"

const show = Effect.fnUntraced(function*(chosen: typeof screens) {
  const { canColor, canPrompt } = yield* TerminalCapabilities.TerminalCapabilities
  const terminal = yield* Terminal.Terminal
  const columns = yield* terminal.columns
  const width = Math.min(widest, columns > 0 ? columns : 80)
  const paint = canColor ? colours : TextTimeline.plain
  const isTour = canPrompt && chosen.length > 1
  if (canPrompt) yield* terminal.display("Running against a local Spotify…\n")
  const tell = (index: number, screen: typeof screens[number]) => {
    const title = chosen.length === 1 ? screen.title : `${index + 1} of ${chosen.length}: ${screen.title}`
    return Effect.map(Tour.run(screen), (timeline) => Tour.tell({ ...screen, title }, timeline, width, paint))
  }
  yield* Stream.fromIterable(chosen.entries()).pipe(
    Stream.mapEffect(([index, screen]) => Effect.map(tell(index, screen), (lines) => [index, lines] as const), {
      concurrency: ahead
    }),
    Stream.runForEach(Effect.fnUntraced(function*([index, lines]) {
      yield* Console.log(`${isTour ? clear : ""}${lines.join("\n")}${isTour ? "" : "\n"}`)
      if (!isTour || index + 1 === chosen.length) return
      yield* terminal.display(paint.faint("Enter: next one. Ctrl-C: end. "))
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
    Flag.withDescription("Draws one screen, by default the last one, as a picture"),
    Flag.optional
  )
}, ({ only, svg }) =>
  Effect.gen(function*() {
    const select = (name: string) => screens.filter((screen) => screen.name === name)
    if (Option.isNone(svg)) return yield* show(Option.match(only, { onNone: () => screens, onSome: select }))
    yield* Effect.forEach(select(Option.getOrElse(only, () => pictured)), (screen) => draw(screen, svg.value))
  }).pipe(
    Effect.catchTag("QuitError", () => Effect.andThen(Console.log(), Effect.interrupt))
  )).pipe(Command.withDescription("Faults between a program and Spotify, and what comes of them."))

Script.run(tour)
