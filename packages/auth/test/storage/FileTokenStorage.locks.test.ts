/** Locks of storages that share a directory. */
import * as TokenStorage from "@app/auth/TokenStorage"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { at, fileIn, modeOf, read, withDirectory, worker, write } from "../support/FileStorage.ts"
import { platform } from "../support/TemporaryDirectory.ts"
import { key, kindOf } from "../support/TokenStorageContract.ts"

describe("FileTokenStorage", () => {
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

  it.live(
    "a holder that is killed frees its lock at once (F65)",
    () =>
      withDirectory((directory) =>
        Effect.gen(function*() {
          const { child, ended, lines } = worker(directory, "hold")
          yield* Effect.promise(() => lines.next())
          const locked = yield* Effect.flip(Effect.provide(write("no"), at(directory, { lockTimeout: "300 millis" })))
          assert.strictEqual(kindOf(locked), "Locked")
          assert.isTrue(locked.isRetryable)
          child.kill("SIGKILL")
          yield* Effect.promise(() => ended)
          yield* Effect.provide(write("yes"), at(directory, { lockTimeout: "5 seconds" }))
        }).pipe(Effect.provide(platform))
      ),
    30_000
  )

  it.live(
    "a holder that sleeps keeps its lock: the others are told, and it goes on when it wakes (F66)",
    () =>
      withDirectory((directory) =>
        Effect.gen(function*() {
          const { child, ended, lines } = worker(directory, "write when told")
          yield* Effect.promise(() => lines.next())
          child.kill("SIGSTOP")
          const asleep = yield* Effect.flip(Effect.provide(write("no"), at(directory, { lockTimeout: "300 millis" })))
          assert.strictEqual(kindOf(asleep), "Locked")
          child.kill("SIGCONT")
          child.stdin.end("now\n")
          yield* Effect.promise(() => ended)
          assert.deepStrictEqual(yield* Effect.provide(read, at(directory)), Option.some("written by another process"))
        }).pipe(Effect.provide(platform))
      ),
    30_000
  )

  it.live(
    "whoever asks in vain takes nobody's lock away, not even in the holder's own process (F65)",
    () =>
      withDirectory((directory) =>
        Effect.gen(function*() {
          const impatient = at(directory, { lockTimeout: "200 millis" })
          const outcome = yield* TokenStorage.TokenStorage.use(({ modify }) =>
            modify(key, () =>
              Effect.gen(function*() {
                const here = yield* Effect.flip(Effect.provide(write("no"), Layer.fresh(impatient)))
                const { ended, lines } = worker(directory, "ask in vain")
                const there = yield* Effect.promise(() => lines.next())
                yield* Effect.promise(() => ended)
                return [kindOf(here), there.value]
              }))
          ).pipe(Effect.provide(at(directory)))
          assert.deepStrictEqual(outcome, ["Locked", "Locked"])
        }).pipe(Effect.provide(platform))
      ),
    30_000
  )

  it.live("a holder that lost its turn undoes nobody's work (F66)", () =>
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

  it.live("a symbolic link in the lock's place is not followed (F63)", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        yield* write("mine")
        const lock = `${fileIn(directory)}.lock`
        const elsewhere = join(directory, "elsewhere")
        writeFileSync(elsewhere, "theirs", { mode: 0o644 })
        rmSync(lock)
        symlinkSync(elsewhere, lock)
        const error = yield* Effect.flip(write("new"))
        assert.strictEqual(kindOf(error), "Insecure")
        assert.include(error.message, lock)
        assert.strictEqual(readFileSync(elsewhere, "utf8"), "theirs")
        assert.strictEqual(modeOf(elsewhere), "644")
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live("a lock writes nothing to the disk, neither into its file nor beside it (F112)", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStorage.TokenStorage
        yield* modify(key, () =>
          Effect.sync(() => {
            const files = readdirSync(directory)
            assert.strictEqual(files.length, 1)
            assert.strictEqual(lstatSync(join(directory, files[0] ?? "")).size, 0)
          }))
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live.each(
    [
      ["a line", "x"],
      ["many", "not ours\n".repeat(1000)],
      ["a database", "SQLite format 3\0".padEnd(100, "\0")]
    ] as const
  )(
    "something else in the lock file, %s, is no trouble that passes, and stays as it is (F112)",
    ([, content]) =>
      withDirectory((directory) =>
        Effect.gen(function*() {
          yield* write("mine")
          const lock = `${fileIn(directory)}.lock`
          writeFileSync(lock, content)
          const error = yield* Effect.flip(write("new"))
          assert.strictEqual(kindOf(error), "Corrupt")
          assert.isFalse(error.isRetryable)
          assert.include(error.message, `${lock}: a lock file is empty, and this one is not. Move it away`)
          assert.strictEqual(readFileSync(lock, "utf8"), content)
          rmSync(lock)
          yield* write("new")
        }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
      )
  )

  it.live("what a holder of an earlier release left beside its lock when it was killed holds up nobody", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        yield* write("old")
        writeFileSync(`${fileIn(directory)}.lock-journal`, new Uint8Array(512))
        yield* write("new")
        assert.deepStrictEqual(yield* read, Option.some("new"))
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live("a directory whose path leaves no room for a lock is named with what to do (F91)", () =>
    withDirectory((parent) => {
      const directory = join(parent, ...Array.from({ length: 5 }, () => "d".repeat(100)))
      return Effect.gen(function*() {
        const error = yield* Effect.flip(write("new"))
        assert.strictEqual(kindOf(error), "InvalidConfiguration")
        assert.include(error.message, directory)
        assert.include(error.message, "Use one with a shorter path")
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    }))
})
