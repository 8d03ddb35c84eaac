import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { dirname, join } from "node:path"
import * as Manifest from "../src/Manifest.ts"
import * as PublishedModules from "../src/PublishedModules.ts"
import * as Workspace from "../src/Workspace.ts"

/** The files that a module loads, and the modules of other packages that it imports with them. */
const load = Effect.fnUntraced(function*(start: string) {
  const fs = yield* FileSystem.FileSystem
  const files = new Set<string>()
  const others = new Set<string>()
  const visit = (file: string): Effect.Effect<void, never, never> =>
    Effect.gen(function*() {
      if (files.has(file)) return
      files.add(file)
      const code = yield* Effect.orDie(fs.readFileString(file))
      for (const [, name = ""] of code.matchAll(/^(?:import|export) (?:[^"]*? from )?"([^"]+)"/gm)) {
        if (name.startsWith(".")) yield* visit(join(dirname(file), name))
        else others.add(name)
      }
    })
  yield* visit(start)
  return { files, others }
})

describe("the modules of a package as published", () => {
  it.live("have a file for each public module, and load few others", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      for (const each of yield* Workspace.packages) {
        const { manifest } = each
        if (!Manifest.isLibrary(manifest)) continue
        const to = join(folder, manifest.name)
        yield* PublishedModules.write(each, to)
        const modulesOf = (files: ReadonlyArray<string>) =>
          Manifest.publicModules(
            manifest,
            files.flatMap((file) => /^(.*)\.[jt]s$/.exec(file)?.[1] ?? []).filter((module) => module !== "main")
          )
        assert.deepStrictEqual(
          modulesOf(yield* fs.readDirectory(to, { recursive: true })),
          modulesOf(yield* fs.readDirectory(join(each.folder, "src"), { recursive: true }))
        )
      }
      const tracks = yield* load(join(folder, "@app/api/Tracks.js"))
      assert.isAtMost(tracks.files.size, 5)
      assert.include([...tracks.others], "@app/auth/TokenService")
      assert.deepStrictEqual([...tracks.others].filter((name) => /node:|http-api|sql|cache/.test(name)), [])
      const tokens = yield* load(join(folder, "@app/auth/TokenService.js"))
      assert.isAtMost(tokens.files.size, 5)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("start programs from files of their own", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const [auth] = yield* Workspace.packages
      assert.isDefined(auth)
      yield* PublishedModules.write(auth, folder)
      const started = yield* load(join(folder, "node/internal/KeychainProcess.js"))
      assert.isAtMost(started.files.size, 2)
      const keychain = yield* fs.readFileString(join(folder, "node/NodeKeychain.js"))
      assert.include(keychain, "import.meta.url")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
