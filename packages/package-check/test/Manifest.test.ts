import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { createRequire } from "node:module"
import * as Manifest from "../src/Manifest.ts"
import * as Workspace from "../src/Workspace.ts"

/** The file of a specifier, as Node finds it from here, or the code of the error. */
const resolve = (specifier: string): string => {
  try {
    return createRequire(import.meta.url).resolve(specifier)
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error)
  }
}

const modulesIn = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const files = yield* fs.readDirectory(`${folder}/src`, { recursive: true })
  return files.filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -".ts".length).replaceAll("\\", "/"))
})

describe("manifests of published packages", () => {
  it.effect("have nothing wrong with them", () =>
    Effect.gen(function*() {
      const packages = yield* Workspace.packages
      assert.deepStrictEqual(
        packages.flatMap(({ manifest }) =>
          Manifest.problems(manifest).map((problem) => `${manifest.name}: ${problem}`)
        ),
        []
      )
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("export every public module, and no other", () =>
    Effect.gen(function*() {
      const packages = yield* Workspace.packages
      for (const { folder, manifest } of packages.filter(({ manifest }) => Manifest.isLibrary(manifest))) {
        assert.strictEqual(resolve(manifest.name), `${folder}/src/index.ts`)
        const modules = yield* modulesIn(folder)
        const open = Manifest.publicModules(manifest, modules)
        assert.isAbove(open.length, 5)
        for (const module of modules) {
          assert.strictEqual(
            resolve(Manifest.specifier(manifest, module)),
            open.includes(module) ? `${folder}/src/${module}.ts` : "ERR_PACKAGE_PATH_NOT_EXPORTED"
          )
        }
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("export nothing of programs, which ask for no other package", () =>
    Effect.gen(function*() {
      const programs = (yield* Workspace.packages).filter(({ manifest }) => !Manifest.isLibrary(manifest))
      assert.deepStrictEqual(programs.map(({ manifest }) => Object.keys(manifest.bin ?? {})), [["spotify"]])
      for (const { manifest } of programs) {
        assert.deepStrictEqual(Object.keys(manifest.exports), ["./package.json"])
        assert.deepStrictEqual([manifest.dependencies, manifest.peerDependencies], [undefined, undefined])
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("name no folder, module or command that is not there", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      for (const { folder, manifest } of yield* Workspace.packages) {
        const modules = yield* modulesIn(folder)
        const hidden = Object.entries(manifest.exports).filter(([, target]) => target === null)
        for (const [key] of hidden) {
          const [start = ""] = key.slice("./".length).split("*")
          assert.isTrue(modules.some((module) => module.startsWith(start)), `${manifest.name} hides ${key}`)
        }
        for (const target of Object.values(manifest.bin ?? {})) {
          const source = yield* fs.readFileString(`${folder}/${target}`)
          assert.isTrue(source.startsWith("#!/usr/bin/env node\n"), target)
        }
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("stand beside a README, the guide for agents and the licence of the repository", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const licence = yield* fs.readFileString(`${Workspace.root}LICENSE`)
      for (const { folder, manifest } of yield* Workspace.packages) {
        assert.strictEqual(`${Workspace.root}${manifest.repository.directory}`, folder)
        assert.strictEqual(yield* fs.readFileString(`${folder}/LICENSE`), licence)
        for (const page of ["README.md", "AGENTS.md"]) assert.isTrue(yield* fs.exists(`${folder}/${page}`))
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("have one version, which changesets raise together", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const packages = yield* Workspace.packages
      assert.strictEqual(new Set(packages.map(({ manifest }) => manifest.version)).size, 1)
      const { fixed }: { readonly fixed: unknown } = JSON.parse(
        yield* fs.readFileString(`${Workspace.root}.changeset/config.json`)
      )
      assert.deepStrictEqual(fixed, [packages.map(({ manifest }) => manifest.name)])
    }).pipe(Effect.provide(NodeServices.layer)))

  it("are wrong when what is published differs from the workspace, or when an exact version is asked for", () => {
    const manifest: Manifest.Manifest = {
      name: "@app/one",
      version: "0.1.0",
      repository: { url: "git+https://example.invalid/one.git", directory: "packages/one" },
      exports: { ".": "./src/index.ts", "./*": "./src/*.ts", "./internal/*": null },
      bin: { one: "./src/main.ts" },
      dependencies: { "@app/two": "workspace:^" },
      peerDependencies: { effect: "catalog:published" },
      publishConfig: {
        exports: { ".": "./dist/index.js", "./*": "./dist/*.js", "./internal/*": null },
        bin: { one: "./dist/main.js" }
      }
    }
    assert.deepStrictEqual(Manifest.problems(manifest), [])
    assert.deepStrictEqual(
      Manifest.problems({
        ...manifest,
        dependencies: { "@app/two": "workspace:*" },
        peerDependencies: { effect: "catalog:" },
        publishConfig: { exports: { ".": "./dist/index.js", "./*": "./dist/*.js" } }
      }),
      [
        "publishConfig.exports differs from exports",
        "publishConfig.bin differs from bin",
        "@app/two is asked for with workspace:* instead of workspace:^",
        "effect is asked for with catalog: instead of catalog:published"
      ]
    )
  })
})
