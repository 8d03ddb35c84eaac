/**
 * `npm run drill:fleet`: what processes that share accounts lose when they are killed, as a report. Exits with 1 where a
 * check is not met.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Script from "../../../scripts/Script.ts"
import * as Machine from "../../bench/src/Machine.ts"
import * as Bundle from "./Bundle.ts"
import * as Capacity from "./Capacity.ts"
import * as Drill from "./Drill.ts"
import * as drills from "./drills.ts"
import { million } from "./MillionRows.ts"
import * as Report from "./Report.ts"
import { spread } from "./Spread.ts"

const exercises: ReadonlyArray<Capacity.Exercise> = [Capacity.capacity, spread, million]

const command = Command.make("drill:fleet", {
  quick: Flag.Boolean("quick").pipe(
    Flag.withDefault(false),
    Flag.withDescription("A fifth of the faults and fewer accounts: shows that a drill works, and nothing to quote")
  ),
  only: Flag.Literals("only", [...drills.all, ...exercises].map(({ name }) => name)).pipe(
    Flag.atLeast(0),
    Flag.withDescription("This drill, and no other but those named likewise")
  ),
  json: Flag.File("json").pipe(Flag.optional, Flag.withDescription("Where to write what was seen, and the machine")),
  verbose: Flag.Boolean("verbose").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Also the logs of the processes")
  )
}, ({ json, only, quick, verbose }) =>
  Effect.scoped(Effect.gen(function*() {
    const isChosen = (name: string) => only.length === 0 || only.includes(name)
    const machine = Machine.describe()
    yield* Console.log(`${Machine.line(machine)}\n`)
    const bundle = yield* Bundle.make
    const reports: Array<Report.Report> = []
    const tell = (report: Report.Report) =>
      Effect.andThen(Effect.sync(() => reports.push(report)), Console.log(Report.text(report)))
    for (const each of drills.all.filter(({ name }) => isChosen(name))) {
      const drill = quick ? drills.quick(each) : each
      const observed = yield* Effect.scoped(Drill.run(drill, { bundle, isVerbose: verbose }))
      yield* tell(Report.ofDrill(drill, observed))
    }
    for (const { run } of exercises.filter(({ name }) => isChosen(name))) {
      yield* tell(yield* Effect.scoped(run({ bundle, isQuick: quick })))
    }
    if (Option.isSome(json)) {
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(json.value, `${JSON.stringify({ machine, isQuick: quick, reports }, undefined, 2)}\n`)
    }
    const checks = reports.flatMap(({ checks }) => checks)
    const missed = checks.filter(({ isMet }) => !isMet)
    yield* Console.log(
      `${checks.length - missed.length} of ${checks.length} checks met${
        quick ? "; quick figures are not to be quoted" : ""
      }`
    )
    if (missed.length > 0) return yield* new Script.Told()
  }))).pipe(Command.withDescription("Drills of processes that share accounts"))

Script.run(command)
