import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { Bench } from "../Bench.ts"
import * as Bundle from "../Bundle.ts"
import { atMost, type Figure } from "../Figure.ts"
import { MeasurementFailed } from "../MeasurementFailed.ts"
import * as Published from "../Published.ts"
import { bracketed, summary } from "../Statistics.ts"

const program = "TrackAndProfile.ts"

/** How long a Node that has just begun takes to import a file, in ms. */
const coldImport = (file: string) =>
  Effect.tryPromise({
    try: async () => {
      const code = `const begin = performance.now(); await import(${JSON.stringify(file)});`
        + "process.stdout.write(String(performance.now() - begin))"
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code])
      return Number(stdout)
    },
    catch: (error) => new MeasurementFailed({ subject: file, issue: String(error) })
  })

export const coldImports: Figure = {
  name: "cold-import",
  title: "the import of what tracks and profiles take, in a new process",
  about: "Ratio to the import of those modules of Effect that it imports.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const folder = yield* Published.make
    const sources = join(import.meta.dirname, "../programs", program)
    const modules = yield* Bundle.effectModules(program)
    const effect = join(folder, "effect.mjs")
    const published = join(folder, "published.mjs")
    yield* Effect.sync(() => {
      writeFileSync(effect, modules.map((name) => `import ${JSON.stringify(name)}\n`).join(""))
      writeFileSync(published, readFileSync(sources, "utf8"))
    })
    const baselines = [yield* coldImport(effect)]
    const values = { published: Array.of<number>(), sources: Array.of<number>() }
    for (let i = 0; i < effort.imports; i++) {
      values.published.push(yield* coldImport(published))
      baselines.push(yield* coldImport(effect))
      if (i % 3 === 0) values.sources.push(yield* coldImport(sources))
    }
    const middle = summary(baselines).median
    return {
      rows: [
        { label: `${modules.length} modules of Effect`, value: summary(baselines), unit: "ms" },
        {
          label: "the packages as JavaScript",
          value: summary(bracketed(baselines, values.published)),
          unit: "×",
          target: atMost(1.15)
        },
        {
          label: "the packages as TypeScript, as they are here",
          value: summary(values.sources.map((value) => value / middle)),
          unit: "×"
        }
      ]
    }
  })
}
