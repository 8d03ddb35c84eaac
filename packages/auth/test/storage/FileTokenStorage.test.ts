import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as PlatformError from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { contract, key, kindOf } from "./TokenStorageContract.ts"

const platform = Layer.mergeAll(NodeServices.layer, NodeCrypto.layer, NodeFileLock.layer)

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "token-storage-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const at = (directory: string, options?: Omit<FileTokenStorage.Options, "directory">) =>
  FileTokenStorage.layer({ ...options, directory })

const inTemporaryDirectory = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) => at(join(directory, "tokens")))
).pipe(Layer.provide(platform))

contract("FileTokenStorage", inTemporaryDirectory, { runs: 50 })

const fileIn = (directory: string) => {
  const file = readdirSync(directory).find((name) => name.endsWith(".token"))
  assert.isDefined(file)
  return join(directory, file ?? "")
}

const write = (text: string) =>
  TokenStorage.TokenStorage.use(({ modify }) => modify(key, (slot) => Effect.andThen(slot.read, slot.write(text))))
const read = TokenStorage.TokenStorage.use(({ modify }) => modify(key, (slot) => slot.read))

const withDirectory = <A, E>(use: (directory: string) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.flatMap(temporaryDirectory, use))

const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8)

/** Another process at work on the same directory; it prints a line when it is there. */
const worker = (directory: string, task: string) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "FileTokenStorageWorker.ts"), directory, task], {
    stdio: ["pipe", "pipe", "inherit"],
    // Two hundred of them start: they need not compile the same modules each time.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") }
  })
  const lines = createInterface(child.stdout)
  return { child, ready: once(lines, "line"), ended: once(child, "exit") }
}

describe("FileTokenStorage", () => {
  it.live("I13: directory and files are their owner's alone, whatever the umask", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const before = process.umask(0)
        yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
        yield* write("text")
        assert.strictEqual(modeOf(directory), "700")
        for (const name of readdirSync(directory)) assert.strictEqual(modeOf(join(directory, name)), "600")
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live("I13: a file is private from its first byte, and complete before it has its name", () =>
    withDirectory((directory) => {
      const opened: Array<{ readonly flag: string | undefined; readonly mode: number | undefined }> = []
      const renamed: Array<{ readonly mode: string; readonly text: string }> = []
      const observed = Layer.effect(
        FileSystem.FileSystem,
        Effect.map(FileSystem.FileSystem, (fs) =>
          FileSystem.FileSystem.of({
            ...fs,
            open: (path, options) => {
              if (path.endsWith(".tmp")) opened.push({ flag: options?.flag, mode: options?.mode })
              return fs.open(path, options)
            },
            rename: (from, to) =>
              Effect.suspend(() => {
                renamed.push({ mode: modeOf(from), text: readFileSync(from, "utf8") })
                return fs.rename(from, to)
              })
          }))
      )
      return Effect.gen(function*() {
        yield* write("one")
        yield* write("two")
        assert.deepStrictEqual(opened, [{ flag: "wx", mode: 0o600 }, { flag: "wx", mode: 0o600 }])
        assert.deepStrictEqual(renamed, [{ mode: "600", text: "one" }, { mode: "600", text: "two" }])
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(observed.pipe(Layer.provideMerge(platform))))))
    }))

  it.live(
    "I13: a process killed at any instant leaves the old record or the new one",
    () =>
      withDirectory((directory) =>
        Effect.gen(function*() {
          const killOnce = Effect.fnUntraced(function*(tokens: string, kill: number) {
            const { child, ended, ready } = worker(tokens, "write for ever")
            yield* Effect.promise(() => ready)
            // The writer has begun; how far it comes is up to the machine.
            yield* Effect.sleep(kill % 7)
            child.kill("SIGKILL")
            yield* Effect.promise(() => ended)
            assert.match(readFileSync(fileIn(tokens), "utf8"), /^(\d+) (x{5000}) \1$/)
          })
          // Starting a process takes far longer than a write: several directories are worked on at once.
          yield* Effect.forEach(Array.from({ length: 4 }, (_, lane) => join(directory, `tokens-${lane}`)), (tokens) =>
            Effect.gen(function*() {
              for (let kill = 0; kill < 50; kill++) yield* killOnce(tokens, kill)
              assert.isTrue(Option.isSome(yield* Effect.provide(read, at(tokens))))
            }), { concurrency: "unbounded" })
        }).pipe(Effect.provide(platform))
      ),
    120_000
  )

  it.live(
    "locks between processes: none of four loses an update",
    () =>
      withDirectory((directory) =>
        Effect.gen(function*() {
          const workers = Array.from({ length: 4 }, () => worker(directory, "count to 25"))
          yield* Effect.promise(() => Promise.all(workers.map(({ ended }) => ended)))
          assert.deepStrictEqual(yield* Effect.provide(read, at(directory)), Option.some("100"))
        }).pipe(Effect.provide(platform))
      ),
    60_000
  )

  it.live("a holder that is killed frees its lock at once", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const { child, ended, ready } = worker(directory, "hold")
        yield* Effect.promise(() => ready)
        const locked = yield* Effect.flip(Effect.provide(write("no"), at(directory, { lockTimeout: "300 millis" })))
        assert.strictEqual(kindOf(locked), "Locked")
        assert.isTrue(locked.isRetryable)
        child.kill("SIGKILL")
        yield* Effect.promise(() => ended)
        yield* Effect.provide(write("yes"), at(directory, { lockTimeout: "5 seconds" }))
      }).pipe(Effect.provide(platform))
    ), 30_000)

  it.live("a holder that lost its turn undoes nobody's work", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        yield* write("first")
        const file = fileIn(directory)
        const error = yield* Effect.flip(TokenStorage.TokenStorage.use(({ modify }) =>
          modify(key, (slot) =>
            Effect.gen(function*() {
              yield* slot.read
              writeFileSync(file, "someone else's")
              yield* slot.write("mine")
            }))
        ))
        assert.strictEqual(kindOf(error), "Conflict")
        assert.strictEqual(readFileSync(file, "utf8"), "someone else's")
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live("a symbolic link in the file's place is not followed", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        yield* write("mine")
        const file = fileIn(directory)
        const elsewhere = join(directory, "elsewhere")
        writeFileSync(elsewhere, "theirs")
        rmSync(file)
        symlinkSync(elsewhere, file)
        const error = yield* Effect.flip(write("new"))
        assert.strictEqual(kindOf(error), "Insecure")
        assert.include(error.message, file)
        assert.strictEqual(readFileSync(elsewhere, "utf8"), "theirs")
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live.each(
    [
      ["ENOSPC", "disk is full"],
      ["EROFS", "read-only"],
      ["EACCES", "may not"]
    ] as const
  )(
    "%s is named with what to do, costs nothing that was there, and leaves nothing behind",
    ([code, mention]) =>
      withDirectory((directory) => {
        let fails = false
        const failing = Layer.effect(
          FileSystem.FileSystem,
          Effect.map(FileSystem.FileSystem, (fs) =>
            FileSystem.FileSystem.of({
              ...fs,
              rename: (from, to) =>
                fails
                  ? Effect.fail(PlatformError.systemError({
                    _tag: code === "EACCES" ? "PermissionDenied" : "Unknown",
                    module: "FileSystem",
                    method: "rename",
                    pathOrDescriptor: to,
                    cause: Object.assign(new Error(code), { code })
                  }))
                  : fs.rename(from, to)
            }))
        )
        return Effect.gen(function*() {
          yield* write("old")
          fails = true
          const error = yield* Effect.flip(write("new"))
          assert.strictEqual(kindOf(error), "Unavailable")
          assert.include(error.message, mention)
          assert.include(error.message, directory)
          assert.strictEqual(readFileSync(fileIn(directory), "utf8"), "old")
          assert.isFalse(readdirSync(directory).some((name) => name.endsWith(".tmp")))
        }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(failing.pipe(Layer.provideMerge(platform))))))
      })
  )

  it.live("sweeps up what killed processes left behind, and nothing else", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const long = new Date(Date.now() - 7_200_000)
        const leftover = join(directory, "a~b~c.token.0123456789abcdef.tmp")
        const recent = join(directory, "a~b~c.token.fedcba9876543210.tmp")
        const other = join(directory, "notes.tmp")
        for (const file of [leftover, recent, other]) writeFileSync(file, "")
        for (const file of [leftover, other]) utimesSync(file, long, long)
        yield* Effect.provide(write("text"), at(directory))
        assert.deepStrictEqual([leftover, recent, other].map((file) => existsSync(file)), [false, true, true])
      }).pipe(Effect.provide(platform))
    ))

  it.live("keeps an application's tokens in the user's configuration directory", () =>
    withDirectory((home) =>
      Effect.gen(function*() {
        const directories = Layer.succeed(
          UserDirectories.UserDirectories,
          { ...(yield* UserDirectories.UserDirectories), config: (name) => Effect.succeed(join(home, ".config", name)) }
        )
        yield* Effect.provide(write("text"), FileTokenStorage.layerUser("my-app").pipe(Layer.provide(directories)))
        assert.isTrue(existsSync(fileIn(join(home, ".config", "my-app", "tokens"))))
      }).pipe(Effect.provide(UserDirectories.layer.pipe(Layer.provideMerge(platform))))
    ))

  it.live("leaves the mode of a directory that was there before as it is", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const shared = join(directory, "shared")
        mkdirSync(shared)
        chmodSync(shared, 0o755)
        yield* Effect.provide(write("text"), at(shared))
        assert.strictEqual(modeOf(shared), "755")
        assert.strictEqual(modeOf(fileIn(shared)), "600")
      }).pipe(Effect.provide(platform))
    ))
})
