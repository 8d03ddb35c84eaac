/**
 * The packages as JavaScript in a `node_modules` of their own, as a program finds them that has installed them: what
 * `tsc -b` has made of them, and Effect beside it.
 */
import * as Effect from "effect/Effect"
import { cp, mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { MeasurementFailed } from "./MeasurementFailed.ts"

const packages = join(import.meta.dirname, "../..")

/** The folder that programs are in which import them. */
export const make: Effect.Effect<string, MeasurementFailed> = Effect.tryPromise({
  try: async () => {
    const folder = join(import.meta.dirname, "../dist/published")
    await rm(folder, { recursive: true, force: true })
    for (const name of ["auth", "api"]) {
      const installed = join(folder, "node_modules/@app", name)
      await mkdir(installed, { recursive: true })
      await cp(join(packages, name, "dist"), join(installed, "dist"), {
        recursive: true,
        filter: (file) => !/\.(d\.ts|map|tsbuildinfo)$/.test(file)
      })
      await writeFile(
        join(installed, "package.json"),
        JSON.stringify({
          name: `@app/${name}`,
          type: "module",
          sideEffects: false,
          exports: { ".": "./dist/index.js", "./*": "./dist/*.js" }
        })
      )
    }
    return folder
  },
  catch: (error) => new MeasurementFailed({ subject: "the packages as JavaScript", issue: String(error) })
})
