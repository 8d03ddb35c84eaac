/** Directories that are gone after a test, and what it takes to keep records in them. */
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Files, randomness and locks. */
export const platform = Layer.mergeAll(NodeServices.layer, NodeCrypto.layer, NodeFileLock.layer)

export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tokens-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

/** A file storage with a directory of its own, each time it is built. */
export const storage = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) => FileTokenStorage.layer({ directory: join(directory, "tokens") }))
).pipe(Layer.provide(platform))
