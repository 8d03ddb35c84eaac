/**
 * `npm run bench`: what the SDK costs, as ratios to a baseline of the same run. Exits with 1 if a figure could not be had;
 * a target that is missed is told, and no failure.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { fileURLToPath } from "node:url"
import * as Script from "../../../scripts/Script.ts"
import { Bench } from "./Bench.ts"
import * as Effort from "./Effort.ts"
import { type Figure, type Outcome, verdict } from "./Figure.ts"
import { figures } from "./figures.ts"
import * as Machine from "./Machine.ts"
import * as Plot from "./Plot.ts"
import * as Server from "./Server.ts"
import * as Table from "./Table.ts"

interface Measured {
  readonly figure: Figure
  readonly outcome: Outcome
  readonly seconds: number
}

/** One figure, told as soon as it is had. None where it could not be. */
const measure = (figure: Figure): Effect.Effect<Option.Option<Measured>, never, Bench> =>
  Effect.gen(function*() {
    const [duration, outcome] = yield* Effect.timed(Effect.scoped(figure.measure))
    for (const line of Table.lines(figure, outcome)) yield* Console.log(line)
    return { figure, outcome, seconds: Duration.toSeconds(duration) }
  }).pipe(
    Effect.tapError((error) => Console.error(`${figure.name}: ${error.message}`)),
    Effect.option
  )

const json = (machine: Machine.Machine, effort: Effort.Effort, measured: ReadonlyArray<Measured>): string =>
  JSON.stringify(
    {
      machine,
      isQuick: effort.isQuick,
      figures: measured.map(({ figure: { about, name, title }, outcome, seconds }) => ({
        name,
        title,
        about,
        seconds,
        rows: outcome.rows.map((row) => ({ ...row, verdict: verdict(row) }))
      }))
    },
    undefined,
    2
  )

/** Makes a file and its folder unless they are there: where they cannot be, nothing need be measured first. */
const prepare = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* fs.makeDirectory(path.dirname(file), { recursive: true })
  yield* Effect.scoped(fs.open(file, { flag: "a" }))
})

const write = Effect.fnUntraced(function*(file: string, text: string) {
  yield* prepare(file)
  yield* FileSystem.FileSystem.use((fs) => fs.writeFileString(file, text))
})

const defaultPlot = fileURLToPath(new URL("../dist/growth.svg", import.meta.url))

const bench = Command.make("bench", {
  quick: Flag.Boolean("quick").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Less of everything, in under a minute: shows what has changed a lot, and nothing to quote")
  ),
  only: Flag.Literals("only", figures.map(({ name }) => name)).pipe(
    Flag.atLeast(0),
    Flag.withDescription("This figure, and no other but those named likewise")
  ),
  json: Flag.File("json").pipe(Flag.optional, Flag.withDescription("Where to write the figures, and the machine")),
  plot: Flag.File("plot").pipe(
    Flag.withDefault(defaultPlot),
    Flag.withDescription("Where to draw the growth of costs, as SVG")
  )
}, ({ json: jsonFile, only, plot, quick }) =>
  Effect.scoped(Effect.gen(function*() {
    const effort = quick ? Effort.quick : Effort.full
    const chosen = figures.filter(({ name }) => only.length === 0 || only.includes(name))
    const machine = Machine.describe()
    yield* Console.log(`${Machine.line(machine)}\n`)
    if (Option.isSome(jsonFile)) yield* prepare(jsonFile.value)
    const server = yield* Server.start
    const all = yield* Effect.forEach(chosen, measure).pipe(Effect.provideService(Bench, { effort, server }))
    const measured = all.flatMap(Option.toArray)
    if (Option.isSome(jsonFile)) yield* write(jsonFile.value, `${json(machine, effort, measured)}\n`)
    const series = measured.flatMap(({ outcome }) => outcome.series ?? [])
    if (series.length > 0) {
      yield* write(plot, Plot.svg(series))
      yield* Console.log(`Drawn in ${plot}\n`)
    }
    const verdicts = measured.flatMap(({ outcome }) => outcome.rows.flatMap((row) => verdict(row) ?? []))
    const reached = verdicts.filter((verdict) => verdict === "reached").length
    yield* Console.log(
      `${reached} of ${verdicts.length} targets reached${quick ? "; quick figures are not to be quoted" : ""}`
    )
    if (measured.length < chosen.length) return yield* new Script.Told()
  }))).pipe(Command.withDescription("Measures what the SDK costs"))

Script.run(bench)
