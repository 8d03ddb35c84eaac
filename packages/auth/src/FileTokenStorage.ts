/**
 * Token records in files, for the processes of one machine.
 *
 * **When to use**
 *
 * Use for command lines and daemons. Programs on several machines use `SqlTokenStorage`.
 *
 * **Details**
 *
 * Files have mode 0600 from their first byte. A write goes to a new file beside the old one, is flushed to the disk, and is
 * renamed over the old one. So a reader finds the old record or the new one, even when the writer dies at any moment.
 *
 * **Gotchas**
 *
 * Locks are those of the operating system, which are not reliable on network file systems.
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
import * as Directories from "./internal/storage/Directories.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import * as StoredName from "./internal/storage/StoredName.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The directory of the files, and the limit of waiting for one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** A directory for token records alone. It is created when needed, with mode 0700. */
  readonly directory: string
  /** The longest wait for another holder of a record. Default: 35 seconds, which is longer than a token request. */
  readonly lockTimeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

const ownerOnlyFile = 0o600
const ownerOnlyDirectory = 0o700

/** The age at which a half-written file must come from a process that died. */
const leftoverAge = Duration.toMillis("1 hour")

/**
 * Makes a `TokenStorage` of the files in a directory.
 *
 * **Details**
 *
 * Removes half-written files of processes that died. Every use of a record fails with `InvalidConfiguration` when the path
 * of its lock would be longer than the platform allows.
 *
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

  /** Returns the path of a key. A name that is too long, by itself or in this directory, ends in a digest of the whole. */
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

  const prepare = Directories.make(fs, path, directory, ownerOnlyDirectory)

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

  /** Retries, because Windows renames nothing over a file that another program, such as a virus scanner, has open. */
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

  /** Polls, because the operating system does not tell when a lock becomes free. */
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
        )),
    peek: (key) => Effect.flatMap(fileOf(key), (file) => Effect.map(read(file), (text) => ({ place: file, text })))
  })
})

// =============================================================================
// Names
// =============================================================================

const ending = ".token"
const lockEnding = ".lock"
const temporaryEnding = ".tmp"
const temporaryBytes = 8

/** The longest name that leaves room for a half-written file: `NAME_MAX` is 255 bytes in POSIX.1-2017, and so on Windows. */
const longestName = 255 - ending.length - ".".length - 2 * temporaryBytes - temporaryEnding.length

/** The longest path of SQLite, which locks for Node: 512 bytes with `-journal` at its end, and 260 on Windows. */
const posixLockPathLimit = 512 - "-journal".length
const windowsLockPathLimit = 260 - "-journal".length - "\0".length

/**
 * Encodes a key as the name of a file. No two keys share a name on any file system, whether it ignores case or normalizes
 * letters, and no name leaves the directory.
 */
const nameOf = (key: TokenKey): string => [key.issuer, key.clientId, key.account].map(safeName).join("~")

/** Keeps lower-case letters, digits and a few marks, and writes everything else as UTF-8 bytes in hexadecimal. */
const safeName = (text: string): string =>
  text.replace(
    /[^a-z0-9.\-_]/gu,
    (character) => Array.from(bytesOf(character), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
  )

/** Encodes a character in UTF-8, and a lone surrogate as UTF-8 would encode its code point. */
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

/** Makes a rename survive a power cut, on systems that let a directory be opened. */
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
 * Layer that keeps records in a directory.
 *
 * **Details**
 *
 * On Node, `NodeServices.layer` provides files and paths, `NodeFileLock.layer` the lock, and `NodeCrypto.layer` random
 * numbers.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<TokenStorage, never, FileLock | FileSystem.FileSystem | Path.Path | SecureRandom.SecureRandom> =>
  Layer.effect(TokenStorage, make(options))

/**
 * Layer that keeps records in the directory `tokens` of the user's configuration directory for an application.
 *
 * **Details**
 *
 * The platform decides where that is: `~/.config/<application>/tokens`, `~/Library/Application Support/…`,
 * `%APPDATA%\\…`. Fails with `InvalidConfiguration`, which names the variable to set, where the environment does not tell.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerUser = (
  application: string,
  options?: Omit<Options, "directory">
): Layer.Layer<
  TokenStorage,
  AuthError.AuthError,
  FileLock | FileSystem.FileSystem | Path.Path | SecureRandom.SecureRandom | UserDirectories.UserDirectories
> =>
  Layer.effect(
    TokenStorage,
    Effect.gen(function*() {
      const directories = yield* UserDirectories.UserDirectories
      const path = yield* Path.Path
      const configuration = yield* Effect.mapError(directories.config(application), noConfiguration)
      const directory = path.join(configuration, "tokens")
      return yield* make({ ...options, directory })
    })
  )

const noConfiguration = ({ reason }: PlatformError.PlatformError): AuthError.AuthError =>
  new AuthError.AuthError({
    reason: new AuthError.InvalidConfiguration({
      setting: "The directory of tokens",
      issue: `${
        reason.description ?? "the environment does not tell it"
      }. Set it, or XDG_CONFIG_HOME to an absolute path, or give a directory.`
    })
  })
