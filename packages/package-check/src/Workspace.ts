/**
 * The packages of this workspace that are published.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { fileURLToPath } from "node:url"
import * as Manifest from "./Manifest.ts"

/** A package in the workspace. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest.Manifest
}

/** The top folder of the workspace. */
export const root = fileURLToPath(new URL("../../..", import.meta.url))

/** The folders of the packages, those first that others depend on. */
export const folders = ["auth", "api", "sandbox", "cli", "fleet"].map((name) => `${root}packages/${name}`)

export const packages = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  return yield* Effect.forEach(folders, (folder) =>
    fs.readFileString(`${folder}/package.json`).pipe(
      Effect.flatMap(Manifest.decode),
      Effect.map((manifest): Package => ({ folder, manifest }))
    ))
})
