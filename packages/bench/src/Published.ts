/**
 * The packages in a `node_modules` of their own, as a program finds them that has installed them.
 */
import * as Manifest from "@app/package-check/Manifest"
import * as PublishedModules from "@app/package-check/PublishedModules"
import * as Workspace from "@app/package-check/Workspace"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join } from "node:path"
import { MeasurementFailed } from "./MeasurementFailed.ts"

const folder = join(import.meta.dirname, "../dist/published")
const programs = join(import.meta.dirname, "programs")

/** The folder that the programs are in, which import the packages beside them. */
export const make: Effect.Effect<string, MeasurementFailed> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  yield* fs.remove(folder, { recursive: true, force: true })
  const packages = yield* Workspace.packages
  for (const each of packages.filter(({ manifest }) => Manifest.isLibrary(manifest))) {
    const installed = join(folder, "node_modules", each.manifest.name)
    yield* PublishedModules.write(each, join(installed, "dist"))
    const { exports } = each.manifest.publishConfig
    yield* fs.writeFileString(
      join(installed, "package.json"),
      JSON.stringify({ name: each.manifest.name, type: "module", sideEffects: false, exports })
    )
  }
  yield* fs.copy(programs, folder)
  return folder
}).pipe(
  Effect.provide(NodeFileSystem.layer),
  Effect.mapError((error) => new MeasurementFailed({ subject: "the packages as published", issue: error.message }))
)
