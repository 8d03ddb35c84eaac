import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as TokenStorage from "@app/auth/TokenStorage"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as PlatformError from "effect/PlatformError"
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { at, fileIn, modeOf, withDirectory, worker, write } from "../support/FileStorage.ts"
import { asNobody, nobody } from "../support/Nobody.ts"
import { platform, storage } from "../support/TemporaryDirectory.ts"
import { contract, key, kindOf } from "../support/TokenStorageContract.ts"

contract("FileTokenStorage", storage, { runs: 50 })

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

  it.live("I13: a record is private and on the disk before it has its name, and its name is, too (F70)", () =>
    withDirectory((directory) => {
      const seen: Array<string> = []
      const note = (what: string) => Effect.sync(() => seen.push(what))
      const nameOf = (path: string) => path.endsWith(".tmp") ? "new file" : path === directory ? "directory" : "record"
      const observed = Layer.effect(
        FileSystem.FileSystem,
        Effect.map(FileSystem.FileSystem, (fs) =>
          FileSystem.FileSystem.of({
            ...fs,
            open: (path, options) =>
              Effect.map(fs.open(path, options), (file) => ({
                ...file,
                writeAll: (bytes) =>
                  Effect.tap(
                    file.writeAll(bytes),
                    () => note(`wrote ${nameOf(path)} (${options?.flag}, ${modeOf(path)})`)
                  ),
                sync: Effect.tap(file.sync, () => note(`synced ${nameOf(path)}`))
              })),
            rename: (from, to) =>
              Effect.suspend(() => {
                seen.push(`renamed ${nameOf(from)} (${readFileSync(from, "utf8")}) to ${nameOf(to)}`)
                return fs.rename(from, to)
              })
          }))
      )
      return Effect.gen(function*() {
        yield* write("one")
        yield* write("two")
        assert.deepStrictEqual(
          seen,
          ["one", "two"].flatMap((text) => [
            "wrote new file (wx, 600)",
            "synced new file",
            `renamed new file (${text}) to record`,
            "synced directory"
          ])
        )
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(observed.pipe(Layer.provideMerge(platform))))))
    }))

  it.live("a reader that takes no lock finds the old record or the new one, whole (F69)", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStorage.TokenStorage
        yield* write(`0 ${"x".repeat(50_000)} 0`)
        const file = fileIn(directory)
        const writing = yield* Effect.forkChild(
          modify(key, (slot) =>
            Effect.gen(function*() {
              for (let i = 1; i <= 100; i++) yield* slot.write(`${i} ${"x".repeat(50_000)} ${i}`)
            })),
          { startImmediately: true }
        )
        const found = new Set<string>()
        while (writing.pollUnsafe() === undefined) {
          const text = readFileSync(file, "utf8")
          assert.match(text, /^(\d+) x{50000} \1$/)
          found.add(text.slice(0, 4))
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        }
        yield* Fiber.join(writing)
        assert.isAtLeast(found.size, 10)
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live("a symbolic link in the record's place is not followed (F63)", () =>
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

  it.live("a record of 600 MB is corrupt by its size alone, and is not read (F131)", () =>
    withDirectory((directory) => {
      const read: Array<string> = []
      const observed = Layer.effect(
        FileSystem.FileSystem,
        Effect.map(FileSystem.FileSystem, (fs) =>
          FileSystem.FileSystem.of({
            ...fs,
            readFileString: (path, encoding) => {
              read.push(path)
              return fs.readFileString(path, encoding)
            }
          }))
      )
      return Effect.gen(function*() {
        yield* write("mine")
        truncateSync(fileIn(directory), 600_000_000)
        read.length = 0
        const error = yield* Effect.flip(write("new"))
        assert.strictEqual(kindOf(error), "Corrupt")
        assert.isFalse(error.isRetryable)
        assert.include(error.message, "larger than 1 MiB")
        assert.deepStrictEqual(read, [])
        assert.strictEqual(lstatSync(fileIn(directory)).size, 600_000_000)
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(observed.pipe(Layer.provideMerge(platform))))))
    }))

  it.live("records are found under the names they have had from the first release on (F91)", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const accountOf = (length: number) => "a".repeat(length - "i~c~.token".length)
        for (
          const [account, name] of [
            ["someone", "i~c~someone.token"],
            ["Ünë 東", "i~c~%c3%9cn%c3%ab%20%e6%9d%b1.token"],
            ["../~", "i~c~..%2f%7e.token"],
            // The longest that had room for the name of a half-written file.
            [accountOf(234), `i~c~${accountOf(234)}.token`]
          ] as const
        ) {
          writeFileSync(join(directory, name), `of ${account}`)
          const text = yield* TokenStorage.TokenStorage.use(({ modify }) =>
            modify({ issuer: "i", clientId: "c", account }, (slot) => slot.read)
          )
          assert.deepStrictEqual(text, Option.some(`of ${account}`))
        }
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
    ))

  it.live.each(["", "d".repeat(100), Array.from({ length: 3 }, () => "d".repeat(100)).join("/")])(
    "no name is longer than file systems take, in a directory as deep as #%# (F91, F125)",
    (depth) =>
      withDirectory((parent) => {
        const directory = join(parent, depth)
        return Effect.gen(function*() {
          const { modify } = yield* TokenStorage.TokenStorage
          const accounts = [
            "さ".repeat(20),
            "Я".repeat(30),
            "A".repeat(70),
            ...[160, 161, 170, 190, 5000].map((length) => "a".repeat(length))
          ]
          for (const account of accounts) {
            const key = { issuer: "https://accounts.spotify.com", clientId: "c".repeat(32), account }
            yield* modify(key, (slot) => slot.write(account))
            assert.deepStrictEqual(yield* modify(key, (slot) => slot.read), Option.some(account))
          }
          const names = readdirSync(directory)
          assert.strictEqual(names.length, 2 * accounts.length)
          for (const name of names) {
            // A half-written file's name is that of the record and 21 characters more.
            assert.isAtMost(name.replace(/\.lock$/, "").length + 21, 255)
            assert.match(name, /^[\w~%=.-]+$/)
          }
        }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(platform))))
      })
  )

  it.live("a file in the folder's place is named (F63)", () =>
    withDirectory((directory) =>
      Effect.gen(function*() {
        const place = join(directory, "tokens")
        writeFileSync(place, "theirs")
        const error = yield* Effect.flip(Effect.provide(write("new"), at(place)))
        assert.strictEqual(kindOf(error), "Unavailable")
        assert.include(error.message, place)
        assert.include(error.message, "something else in the place of its folder")
        assert.strictEqual(readFileSync(place, "utf8"), "theirs")
      }).pipe(Effect.provide(platform))
    ))

  it.live(
    "a folder that may not be written is named (F63)",
    () =>
      withDirectory((directory) =>
        Effect.gen(function*() {
          if (nobody !== undefined) chownSync(directory, nobody, nobody)
          chmodSync(directory, 0o500)
          const { ended, lines } = worker(directory, "write when told", asNobody)
          const { value } = yield* Effect.promise(() => lines.next())
          yield* Effect.promise(() => ended)
          assert.include(value, "may not")
          assert.include(value, directory)
        }).pipe(Effect.ensuring(Effect.sync(() => chmodSync(directory, 0o700))))
      ),
    30_000
  )

  it.live.each(
    (["makeDirectory", "open", "writeAll", "sync", "rename"] as const).flatMap((step) => [
      [step, "ENOSPC", "disk is full"] as const,
      [step, "EROFS", "read-only"] as const,
      [step, "EACCES", "may not"] as const
    ])
  )(
    "a %s that fails with %s is named with what to do, costs nothing that was there, and leaves nothing behind (F63)",
    ([step, code, mention]) =>
      withDirectory((directory) => {
        let fails = false
        const orFail = <A, R>(name: typeof step, effect: Effect.Effect<A, PlatformError.PlatformError, R>) =>
          Effect.suspend(() =>
            fails && name === step
              ? Effect.fail(PlatformError.systemError({
                _tag: code === "EACCES" ? "PermissionDenied" : "Unknown",
                module: "FileSystem",
                method: step,
                cause: Object.assign(new Error(code), { code })
              }))
              : effect
          )
        const failing = Layer.effect(
          FileSystem.FileSystem,
          Effect.map(FileSystem.FileSystem, (fs) =>
            FileSystem.FileSystem.of({
              ...fs,
              makeDirectory: (path, options) => orFail("makeDirectory", fs.makeDirectory(path, options)),
              open: (path, options) =>
                orFail("open", fs.open(path, options)).pipe(
                  Effect.map((file) => ({
                    ...file,
                    writeAll: (bytes) => orFail("writeAll", file.writeAll(bytes)),
                    sync: orFail("sync", file.sync)
                  }))
                ),
              rename: (from, to) => orFail("rename", fs.rename(from, to))
            }))
        )
        return Effect.gen(function*() {
          yield* write("old")
          fails = true
          const error = yield* Effect.flip(write("new"))
          assert.strictEqual(kindOf(error), "Unavailable")
          assert.isTrue(error.isRetryable)
          assert.include(error.message, mention)
          assert.include(error.message, directory)
          assert.strictEqual(readFileSync(fileIn(directory), "utf8"), "old")
          assert.isFalse(readdirSync(directory).some((name) => name.endsWith(".tmp")))
        }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(failing.pipe(Layer.provideMerge(platform))))))
      })
  )

  it.live("a record that someone has open for a moment, as virus scanners do on Windows, is replaced after it", () =>
    withDirectory((directory) => {
      let refusals = 2
      const held = Layer.effect(
        FileSystem.FileSystem,
        Effect.map(FileSystem.FileSystem, (fs) =>
          FileSystem.FileSystem.of({
            ...fs,
            rename: (from, to) =>
              Effect.suspend(() =>
                refusals-- > 0
                  ? Effect.fail(PlatformError.systemError({
                    _tag: refusals === 0 ? "Busy" : "PermissionDenied",
                    module: "FileSystem",
                    method: "rename"
                  }))
                  : fs.rename(from, to)
              )
          }))
      )
      return Effect.gen(function*() {
        yield* write("new")
        assert.strictEqual(readFileSync(fileIn(directory), "utf8"), "new")
      }).pipe(Effect.provide(at(directory).pipe(Layer.provideMerge(held.pipe(Layer.provideMerge(platform))))))
    }))

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

  it.live("names the variable to set where the user has no configuration directory", () =>
    Effect.gen(function*() {
      const layer = FileTokenStorage.layerUser("my-app").pipe(
        Layer.provide(UserDirectories.layerPlatform("linux")),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { HOME: "" } }))),
        Layer.provide(platform)
      )
      const { message } = yield* Effect.flip(Layer.build(layer))
      assert.strictEqual(
        message,
        "The directory of tokens cannot be used: HOME is not set. "
          + "Set it, or XDG_CONFIG_HOME to an absolute path, or give a directory."
      )
    }))

  it.live.skipIf(process.platform !== "linux")(
    "fails at once in a place where the system lets nothing be made",
    () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.provide(write("text"), at("/proc/nobody/tokens")))
        assert.strictEqual(
          error.message,
          "The token store could not lock /proc/nobody/tokens: the system lets nothing be made in /proc (ENOENT)."
        )
      }).pipe(Effect.timeout("5 seconds"), Effect.provide(platform))
  )

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
