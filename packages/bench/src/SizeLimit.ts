/**
 * Bundles weighed by size-limit.
 *
 * **Details**
 *
 * It is given the file that esbuild has built of the packages as published, and brings no bundler along.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import filePlugin from "@size-limit/file"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join } from "node:path"
import sizeLimit, { type PluginCheck } from "size-limit"
import { MeasurementFailed } from "./MeasurementFailed.ts"

export interface Weight {
  /** Packed with gzip, in bytes. */
  readonly size: number
  /** False when the size is above the limit. */
  readonly passed: boolean
}

/** Weighs a program's bundle, packed with gzip, and compares it with a limit in bytes. */
export const weigh = (
  subject: string,
  code: Uint8Array,
  limit = Number.POSITIVE_INFINITY
): Effect.Effect<Weight, MeasurementFailed> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const file = join(yield* fs.makeTempDirectoryScoped({ prefix: "bundle-" }), "bundle.js")
    yield* fs.writeFile(file, code)
    const check: PluginCheck = { files: [file], gzip: true, sizeLimit: limit }
    yield* Effect.tryPromise(() => sizeLimit([filePlugin], { checks: [check] }))
    const { passed, size } = check
    if (size === undefined || passed === undefined) return yield* failed(subject, "size-limit did not weigh it")
    return { size, passed }
  }).pipe(
    Effect.scoped,
    Effect.provide(NodeFileSystem.layer),
    Effect.catchTags({
      PlatformError: (error) => failed(subject, error.message),
      UnknownError: ({ cause }) => failed(subject, String(cause))
    })
  )

const failed = (subject: string, issue: string) => Effect.fail(new MeasurementFailed({ subject, issue }))
