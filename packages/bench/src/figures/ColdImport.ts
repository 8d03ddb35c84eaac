import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { copyFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { Bench } from "../Bench.ts"
import * as Bundle from "../Bundle.ts"
import { atMost, type Figure, type Row, type Target } from "../Figure.ts"
import { MeasurementFailed } from "../MeasurementFailed.ts"
import * as Published from "../Published.ts"
import { bracketed, summary } from "../Statistics.ts"

const program = "TrackAndProfile.ts"

/** Measures how many milliseconds of CPU time a new Node takes to import a file. */
const coldImport = (file: string) =>
  Effect.tryPromise({
    try: async () => {
      const code = `const begin = process.cpuUsage(); await import(${JSON.stringify(file)});`
        + "const { system, user } = process.cpuUsage(begin); process.stdout.write(String((system + user) / 1000))"
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code])
      return Number(stdout)
    },
    catch: (error) => new MeasurementFailed({ subject: file, issue: String(error) })
  })

export const coldImports: Figure = {
  name: "cold-import",
  title: "CPU time of the import of what tracks and profiles take, in a new process",
  about: "Ratio to the import of those modules of Effect that it imports.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const folder = yield* Published.make
    const sources = join(import.meta.dirname, "../programs", program)
    const { code, modules } = yield* Bundle.withoutEffect(program)
    const effect = join(folder, "effect.mjs")
    const oneFile = join(folder, "oneFile.mjs")
    const published = join(folder, "published.mjs")
    yield* Effect.sync(() => {
      writeFileSync(effect, modules.map((name) => `import ${JSON.stringify(name)}\n`).join(""))
      writeFileSync(oneFile, code)
      copyFileSync(sources, published)
    })
    const baselines = [yield* coldImport(effect)]
    const values: Array<readonly [oneFile: number, published: number, sources: number]> = []
    for (let i = 0; i < effort.imports; i++) {
      values.push([yield* coldImport(oneFile), yield* coldImport(published), yield* coldImport(sources)])
      baselines.push(yield* coldImport(effect))
    }
    const row = (label: string, place: 0 | 1 | 2, target?: Target): Row => ({
      label,
      value: summary(bracketed(baselines, values.map((value) => value[place]))),
      unit: "×",
      target
    })
    return {
      rows: [
        { label: `${modules.length} modules of Effect`, value: summary(baselines), unit: "ms" },
        row("the packages as published", 1, atMost(1.15)),
        row("the packages and the program as one file of JavaScript", 0),
        row("the packages as TypeScript, as they are here", 2)
      ]
    }
  })
}
