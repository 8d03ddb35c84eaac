/**
 * The linters of packages.
 */
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import * as Command from "./Command.ts"
import type { Tarball } from "./Tarball.ts"

const here = fileURLToPath(new URL("..", import.meta.url))
const bin = (name: string) => `${here}node_modules/.bin/${name}`

/** Runs publint, which reads the manifest and looks for every file that it names. */
export const publint = Effect.fnUntraced(function*({ file, manifest }: Tarball) {
  yield* Command.run(`${manifest.name}: publint`, here, bin("publint"), ["--strict", file])
})

/**
 * Runs "Are the types wrong?" on every public module.
 *
 * **Details**
 *
 * The modules are named one by one, since attw skips exports with a `*`. The packages are ES modules only.
 */
export const attw = Effect.fnUntraced(function*({ file, manifest, modules }: Tarball) {
  yield* Command.run(
    `${manifest.name}: attw`,
    here,
    bin("attw"),
    [file, "--profile", "esm-only", "--format", "ascii", "--entrypoints", ".", ...modules]
  )
})
