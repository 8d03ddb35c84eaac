/**
 * Tarballs, as they would be published.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as Command from "./Command.ts"
import * as Manifest from "./Manifest.ts"
import * as PublishedModules from "./PublishedModules.ts"
import * as Workspace from "./Workspace.ts"

export interface Tarball extends Workspace.Package {
  readonly file: string
  readonly bytes: number
  /** The public modules in it, such as `node/FileLock`. */
  readonly modules: ReadonlyArray<string>
}

/**
 * Builds all packages anew: declarations by the compiler, modules by the bundler.
 *
 * **Details**
 *
 * A module that was removed, or that is part of another file now, would otherwise be left in the build.
 */
export const build = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const packages = yield* Workspace.packages
  yield* Effect.forEach(packages, ({ folder }) => fs.remove(`${folder}/dist`, { recursive: true, force: true }))
  const libraries = packages.filter(({ manifest }) => Manifest.isLibrary(manifest))
  yield* Command.run(
    "build",
    Workspace.root,
    "tsc",
    ["-b", "--emitDeclarationOnly", ...libraries.map(({ folder }) => folder)]
  )
  yield* Effect.forEach(libraries, (each) => PublishedModules.write(each, `${each.folder}/dist`))
  yield* Command.run("bundle", `${Workspace.root}packages/cli`, "node", ["bundle/main.ts"])
})

const Packed = Schema.fromJsonString(Schema.Struct({
  filename: Schema.String,
  size: Schema.Finite,
  files: Schema.Array(Schema.Struct({ path: Schema.String }))
}))

/** Packs a package with pnpm, which puts `publishConfig` and the ranges of the catalog in place; npm would not. */
export const pack = Effect.fnUntraced(function*(each: Workspace.Package, destination: string) {
  const { folder, manifest } = each
  const output = yield* Command.run(
    `${manifest.name}: pack`,
    folder,
    "pnpm",
    ["pack", "--json", "--pack-destination", destination]
  )
  const { filename, files, size } = yield* Schema.decodeEffect(Packed)(output)
  const modules = files.flatMap(({ path }) => /^dist\/(.*)\.js$/.exec(path)?.[1] ?? [])
  return { ...each, file: filename, bytes: size, modules: Manifest.publicModules(manifest, modules) } satisfies Tarball
})
