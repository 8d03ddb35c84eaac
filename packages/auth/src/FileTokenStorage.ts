/**
 * Token records as files: private from their first byte, replaced as a whole, one holder at a time on this machine.
 *
 * A write goes to a new file beside the old one, which is flushed to the disk and then renamed over it: whoever reads,
 * and whatever dies when, finds the old record or the new one.
 */
import * as Clock from "effect/Clock"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type * as PlatformError from "effect/PlatformError"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as AuthError from "./AuthError.ts"
import { FileLock } from "./FileLock.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import * as StoredName from "./internal/storage/StoredName.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** A directory for token records alone. It is created when needed, for its owner only. */
  readonly directory: string
  /** How long to wait for whoever holds a record. Default: 35 seconds, a token request and a little. */
  readonly lockTimeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

const ownerOnlyFile = 0o600
const ownerOnlyDirectory = 0o700

/** Half-written files of processes that died are swept up once they are older than any write takes. */
const leftoverAge = Duration.toMillis("1 hour")

/**
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(options: Options) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const locks = yield* FileLock
  const random = yield* SecureRandom.SecureRandom
  const { directory } = options
  const lockTimeout = Duration.fromInputUnsafe(options.lockTimeout ?? "35 seconds")
  const fibers = KeyedLock.make()

  const lockPathLimit = path.sep === "\\" ? windowsLockPathLimit : posixLockPathLimit
  const hasRoom = (file: string) => StoredName.byteLength(path.resolve(file)) + lockEnding.length <= lockPathLimit

  /** A name that is too long, by itself or in this directory, ends in a digest of the whole. */
  const fileOf = Effect.fnUntraced(function*(key: TokenKey): Effect.fn.Return<string, AuthError.AuthError> {
    const name = nameOf(key)
    const file = path.join(directory, `${name}${ending}`)
    if (name.length <= longestName && hasRoom(file)) return file
    const digest = yield* StoredName.digestOf(name)
    const short = path.join(directory, `${name.slice(0, 40)}=${digest}${ending}`)
    return hasRoom(short) ? short : yield* noRoom
  })

  const noRoom = new AuthError.AuthError({
    reason: new AuthError.InvalidConfiguration({
      setting: `The directory ${directory}`,
      issue:
        `with the name of a lock in it, its path is longer than ${lockPathLimit} bytes. Use one with a shorter path.`
    })
  })

  const prepare = fs.makeDirectory(directory, { recursive: true, mode: ownerOnlyDirectory }).pipe(
    Effect.mapError(StoreErrors.fromPlatform("lock", directory))
  )

  const read = (file: string): Effect.Effect<Option.Option<string>, AuthError.AuthError> =>
    Effect.gen(function*() {
      const { size, type } = yield* fs.lstat(file)
      if (type !== "File") {
        return yield* StoreErrors.make("read", "Insecure", file, `it is a ${type}, not a file. Move it away`)
      }
      if (size > StoreErrors.sizeLimit) return yield* StoreErrors.tooLarge("read", file)
      return Option.some(yield* fs.readFileString(file))
    }).pipe(
      Effect.catchTag("PlatformError", (error) =>
        isNotFound(error) ? Effect.succeedNone : Effect.fail(StoreErrors.fromPlatform("read", file)(error)))
    )

  /** On Windows nothing can be renamed over a file that someone else, such as a virus scanner, has open just now. */
  const rename = (from: string, to: string) =>
    Effect.retry(fs.rename(from, to), {
      while: ({ reason }) => reason._tag === "Busy" || reason._tag === "PermissionDenied",
      schedule: Schedule.spaced("50 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 10 }))
    })

  const replace = (file: string, text: string): Effect.Effect<void, AuthError.AuthError> =>
    Effect.gen(function*() {
      const temporary = `${file}.${Hex.encode(yield* random.randomBytes(temporaryBytes))}${temporaryEnding}`
      yield* Effect.scoped(Effect.gen(function*() {
        const handle = yield* fs.open(temporary, { flag: "wx", mode: ownerOnlyFile })
        yield* handle.writeAll(new TextEncoder().encode(text))
        yield* handle.sync
      })).pipe(
        Effect.andThen(rename(temporary, file)),
        Effect.onError(() => Effect.ignore(fs.remove(temporary)))
      )
      yield* syncDirectory(fs, directory)
    }).pipe(Effect.mapError(StoreErrors.fromPlatform("write", file)), Effect.uninterruptible)

  const slotOf = (file: string): Slot => {
    let known: Option.Option<string> | undefined
    return {
      place: file,
      read: Effect.tap(read(file), (text) =>
        Effect.sync(() => {
          known = text
        })),
      write: (text) =>
        Effect.flatMap(read(file), (current) => {
          if (StoredName.byteLength(text) > StoreErrors.sizeLimit) {
            return Effect.fail(StoreErrors.tooLarge("write", file))
          }
          if (known !== undefined && !sameText(current, known)) return Effect.fail(StoreErrors.conflict(file))
          return Effect.andThen(
            replace(file, text),
            Effect.sync(() => {
              known = Option.some(text)
            })
          )
        })
    }
  }

  /** Waits for other processes by asking again and again: the system tells nobody that a lock is free. */
  const lock = (file: string): Effect.Effect<void, AuthError.AuthError, Scope.Scope> =>
    locks.tryLock(`${file}${lockEnding}`).pipe(
      Effect.repeat({
        until: Option.isSome,
        schedule: Schedule.spaced("120 millis").pipe(Schedule.jittered)
      }),
      Effect.asVoid
    )

  const tooLong = (file: string) =>
    Effect.fail(StoreErrors.make(
      "lock",
      "Locked",
      file,
      `another holder has kept it for ${Duration.format(lockTimeout)}`
    ))

  yield* Effect.ignore(sweep(fs, path, directory))

  return TokenStorage.of({
    reach: "machine",
    modify: (key, use) =>
      Effect.flatMap(fileOf(key), (file) =>
        KeyedLock.holding(
          Effect.timeoutOrElse(
            Effect.andThen(prepare, Effect.andThen(fibers.take(file), lock(file))),
            { duration: lockTimeout, orElse: () => tooLong(file) }
          ),
          Effect.suspend(() => use(slotOf(file)))
        ))
  })
})

// =============================================================================
// Names
// =============================================================================

const ending = ".token"
const lockEnding = ".lock"
const temporaryEnding = ".tmp"
const temporaryBytes = 8

/** A name has 255 bytes (`NAME_MAX` in POSIX.1-2017 `limits.h`, and so on Windows); a half-written file's is the longest. */
const longestName = 255 - ending.length - ".".length - 2 * temporaryBytes - temporaryEnding.length

/** What SQLite, which locks for Node, takes for the whole path: 512 bytes with a `-journal`, which on Windows are 260. */
const posixLockPathLimit = 512 - "-journal".length
const windowsLockPathLimit = 260 - "-journal".length - "\0".length

/**
 * A key as the name of a file, unlike any other key's: letters of either case are told apart on every file system, no file
 * system changes a letter, and no name leaves the directory.
 */
const nameOf = (key: TokenKey): string => [key.issuer, key.clientId, key.account].map(safeName).join("~")

/** Lower-case letters, digits and a few marks stay; everything else becomes its UTF-8 bytes in hexadecimal. */
const safeName = (text: string): string =>
  text.replace(
    /[^a-z0-9.\-_]/gu,
    (character) => Array.from(bytesOf(character), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
  )

/** Half a surrogate pair is no character, but can be part of a name: UTF-8 as it would be. */
const bytesOf = (character: string): Iterable<number> => {
  if (character.isWellFormed()) return new TextEncoder().encode(character)
  const unit = character.charCodeAt(0)
  return [0xe0 | unit >> 12, 0x80 | unit >> 6 & 0x3f, 0x80 | unit & 0x3f]
}

// =============================================================================
// Files
// =============================================================================

const isNotFound = (error: PlatformError.PlatformError): boolean => error.reason._tag === "NotFound"

const sameText = (a: Option.Option<string>, b: Option.Option<string>): boolean =>
  Option.getOrUndefined(a) === Option.getOrUndefined(b)

/** Makes a rename survive a power cut. Not every system lets a directory be opened; then it has to do without. */
const syncDirectory = (fs: FileSystem.FileSystem, directory: string) =>
  Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (handle) => handle.sync)))

const sweep = Effect.fnUntraced(function*(fs: FileSystem.FileSystem, path: Path.Path, directory: string) {
  const now = yield* Clock.currentTimeMillis
  for (const name of yield* fs.readDirectory(directory)) {
    if (!/\.token\.[0-9a-f]{16}\.tmp$/.test(name)) continue
    const file = path.join(directory, name)
    const { mtime } = yield* fs.stat(file)
    if (Option.exists(mtime, (time) => now - time.getTime() > leftoverAge)) yield* fs.remove(file)
  }
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Records in a directory of your choice. What it needs from the platform comes with `NodeServices.layer` (files, paths)
 * and `NodeFileLock.layer`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<TokenStorage, never, FileLock | FileSystem.FileSystem | Path.Path | SecureRandom.SecureRandom> =>
  Layer.effect(TokenStorage, make(options))

/**
 * Records in the directory `tokens` of the user's configuration directory for an application, wherever the platform has
 * it (`~/.config/<application>/tokens`, `~/Library/Application Support/…`, `%APPDATA%\\…`).
 *
 * @category layers
 * @since 0.1.0
 */
export const layerUser = (
  application: string,
  options?: Omit<Options, "directory">
): Layer.Layer<
  TokenStorage,
  PlatformError.PlatformError,
  FileLock | FileSystem.FileSystem | Path.Path | SecureRandom.SecureRandom | UserDirectories.UserDirectories
> =>
  Layer.effect(
    TokenStorage,
    Effect.gen(function*() {
      const directories = yield* UserDirectories.UserDirectories
      const path = yield* Path.Path
      const directory = path.join(yield* directories.config(application), "tokens")
      return yield* make({ ...options, directory })
    })
  )
