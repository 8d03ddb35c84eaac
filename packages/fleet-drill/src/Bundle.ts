/**
 * The processes of drills as files without dependencies, which start at once.
 */
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const names = ["cache", "provider", "reader", "worker"] as const

export type Name = (typeof names)[number]

/** Bundled modules of CommonJS call `require`. */
const requireBanner = `import { createRequire as __createRequire } from "node:module"
const require = __createRequire(import.meta.url)`

/** Writes the files into a temporary folder, which is gone after the scope, and returns the path of each. */
export const make = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "fleet-drill-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  yield* Effect.promise(() =>
    build({
      entryPoints: names.map((name) => join(import.meta.dirname, "processes", `${name}.ts`)),
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node22.19",
      banner: { js: requireBanner },
      // What `pg` tries and does without.
      external: ["pg-native", "cloudflare:sockets"],
      logLevel: "error"
    })
  )
  return (name: Name): string => join(folder, `${name}.mjs`)
})
