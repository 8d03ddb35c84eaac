/** Storages in temporary directories, and processes at work on them. */
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as TokenStorage from "@app/auth/TokenStorage"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { temporaryDirectory } from "./TemporaryDirectory.ts"
import { key } from "./TokenStorageContract.ts"

export const at = (directory: string, options?: Omit<FileTokenStorage.Options, "directory">) =>
  FileTokenStorage.layer({ ...options, directory })

export const fileIn = (directory: string) => {
  const file = readdirSync(directory).find((name) => name.endsWith(".token"))
  assert.isDefined(file)
  return join(directory, file ?? "")
}

export const write = (text: string) =>
  TokenStorage.TokenStorage.use(({ modify }) => modify(key, (slot) => Effect.andThen(slot.read, slot.write(text))))

export const read = TokenStorage.TokenStorage.use(({ modify }) => modify(key, (slot) => slot.read))

export const withDirectory = <A, E>(use: (directory: string) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.flatMap(temporaryDirectory, use))

export const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8)

/** Another process at work on the same directory; it prints a line when it is there. */
export const worker = (directory: string, task: string, env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [
    join(import.meta.dirname, "TokenStorageWorker.ts"),
    directory,
    task
  ], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env }
  })
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), ended: once(child, "exit") }
}
