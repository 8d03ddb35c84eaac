/**
 * The modules of a package, bundled into few files as they are published.
 *
 * **Details**
 *
 * A program that imports tracks and profiles loads some 15 files of `@app/auth` and `@app/api` instead of 130, each of
 * which takes Node half a millisecond. Every public module keeps a file of its own. What most programs of a package load
 * is in one file; other modules are in a file for each set of public modules that load them. Effect and other packages are
 * imported. Bundlers still leave out what a program does not use, see `PureCalls`.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join } from "node:path"
import { type OutputChunk, type Plugin, rolldown } from "rolldown"
import { CheckFailed } from "./CheckFailed.ts"
import * as PureCalls from "./PureCalls.ts"
import type * as Workspace from "./Workspace.ts"

/** Modules that most programs of a package load. With all that they import they are in one file. */
const core: Readonly<Record<string, ReadonlyArray<string>>> = {
  "@app/auth": ["TokenService", "TokenStore"],
  "@app/api": ["Profile", "SpotifyClient", "Tracks"]
}

/** Writes the modules of a package to a folder. */
export const write = Effect.fnUntraced(function*({ folder, manifest: { name } }: Workspace.Package, to: string) {
  const fs = yield* FileSystem.FileSystem
  const sources = join(folder, "src")
  const sourceOf = (module: string) => join(sources, `${module}.ts`)
  const files = yield* fs.readDirectory(sources, { recursive: true })
  const modules = files.filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -".ts".length))
  const entries = modules.filter((module) => !module.split("/").includes("internal") || isProgram(module))
  const together = new Set((core[name] ?? []).map(sourceOf))
  const output = yield* Effect.tryPromise({
    try: async () => {
      await using bundle = await rolldown({
        input: Object.fromEntries(entries.map((entry) => [entry, sourceOf(entry)])),
        external: (id) => !id.startsWith(".") && !id.startsWith("/"),
        platform: "neutral",
        treeshake: { moduleSideEffects: false },
        experimental: { nativeMagicString: true },
        plugins: [indexOf(sources), PureCalls.plugin]
      })
      return await bundle.write({
        dir: to,
        format: "esm",
        sourcemap: true,
        // The sources are published as well.
        sourcemapExcludeSources: true,
        entryFileNames: "[name].js",
        chunkFileNames: "internal/[name].js",
        // Declarations have the doc comments.
        comments: { annotation: true, jsdoc: false, legal: true },
        codeSplitting: { groups: [{ name: "core", test: (id) => together.has(id) }] }
      })
    },
    catch: (error) => new CheckFailed({ check: `${name}: bundle`, issue: String(error) })
  })
  const chunks = output.output.filter((file): file is OutputChunk => file.type === "chunk")
  const moved = chunks.filter(({ code, isEntry }) => !isEntry && code.includes("import.meta"))
  if (moved.length === 0) return
  const places = moved.map(({ moduleIds }) => moduleIds.join(", ")).join(", ")
  return yield* new CheckFailed({ check: `${name}: bundle`, issue: `import.meta means another file now: ${places}` })
})

/** Reports whether a module is started by its file as a program of its own. */
const isProgram = (module: string) => module.endsWith("Process")

/** Leaves the modules of the index where they are: as part of its file they would be loaded and bundled as a whole. */
const indexOf = (sources: string): Plugin => ({
  name: "index",
  resolveId: (id, importer) =>
    importer === join(sources, "index.ts") && id.startsWith("./")
      ? { id: id.replace(/\.ts$/, ".js"), external: true }
      : null
})
