/**
 * `FileLock` for Node, with locks of the operating system that end with their process.
 *
 * **Details**
 *
 * Node has no `flock`, but its SQLite takes such a lock for each exclusive transaction. The lock file is an empty database
 * and stays one, because taking the lock writes nothing to the disk. So the lock can be taken on a full disk, and in a
 * folder that is read-only when the file exists. The file itself must be writable: no system lets a program exclude others
 * from a file that it may only read.
 *
 * **Gotchas**
 *
 * Such locks are not reliable on network file systems.
 *
 * @see https://www.sqlite.org/lockingv3.html
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { accessSync, closeSync, constants, lstatSync, openSync } from "node:fs"
import { resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { AuthError } from "../AuthError.ts"
import { FileLock } from "../FileLock.ts"
import * as StoreErrors from "../internal/storage/StoreErrors.ts"

// =============================================================================
// The file
// =============================================================================

/**
 * Creates the lock file, or returns what is wrong with something else in its place. The file is private from its first
 * byte, which SQLite would leave to the umask, and never behind a symbolic link.
 *
 * An existing file is not opened, because closing it would release any lock of this process on it (POSIX.1-2017, `fcntl`).
 */
const prepare = (path: string): AuthError | undefined => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isFile() === false) return StoreErrors.make("lock", "Insecure", path, "it is not a file. Move it away")
  if (found !== undefined && found.size > 0) {
    return StoreErrors.make("lock", "Corrupt", path, "a lock file is empty, and this one is not. Move it away")
  }
  try {
    if (found === undefined) closeSync(openSync(path, "wx", 0o600))
  } catch (error) {
    // Another process may have created it in between.
    if (StoreErrors.codeOf(error) !== "EEXIST") throw error
  }
  return undefined
}

// =============================================================================
// The lock
// =============================================================================

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5

/** Returns SQLite's primary result code, the lowest byte of the extended one. */
const resultCodeOf = (error: unknown): number | undefined =>
  Predicate.hasProperty(error, "errcode") && Predicate.isNumber(error.errcode) ? error.errcode & 0xff : undefined

/**
 * Begins the exclusive transaction that is the lock; none when someone else has one. The rollback journal is in memory.
 *
 * SQLite opens a read-only file for reading, and then begins an exclusive transaction that excludes nobody. Only a change
 * inside the transaction detects that. The change here stays in memory, because nothing is ever committed.
 *
 * @see https://www.sqlite.org/lang_transaction.html
 */
const begin = (path: string): Option.Option<DatabaseSync> => {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1")
    return Option.some(database)
  } catch (error) {
    database.close()
    if (resultCodeOf(error) === busy) return Option.none()
    throw error
  }
}

/** Describes a failure of SQLite: by the system's word when this program may not use the file, else by SQLite's. */
const issueOf = (path: string, error: unknown): string => {
  const resultCode = resultCodeOf(error)
  if (resultCode === undefined) return StoreErrors.explain(StoreErrors.codeOf(error) ?? "unknown")
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return StoreErrors.explainSqlite(resultCode)
  } catch (error) {
    const code = StoreErrors.codeOf(error) ?? "unknown"
    return `${StoreErrors.explain(code)}${code === "EACCES" ? modeOf(path) : ""}`
  }
}

const modeOf = (path: string): string => {
  try {
    return `. The file has mode ${(lstatSync(path).mode & 0o777).toString(8).padStart(4, "0")}`
  } catch {
    return ""
  }
}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that locks files for the processes of this machine.
 *
 * **Details**
 *
 * `tryLock` fails with `StoreFailed` when the lock cannot be taken for another reason than a holder: `Unavailable` when the
 * file cannot be created or may not be written, `Insecure` when it is not a file, `Corrupt` when it is not empty.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<FileLock> = Layer.succeed(FileLock, {
  tryLock: (relative) => {
    // SQLite gives names such as `:memory:` a meaning of their own; an absolute path has none.
    const path = resolve(relative)
    const orFail = <A>(step: () => A) =>
      Effect.try({
        try: step,
        catch: (error) => StoreErrors.make("lock", "Unavailable", path, issueOf(path, error))
      })
    return Effect.acquireRelease(
      Effect.flatMap(
        orFail(() => prepare(path)),
        (error) => error === undefined ? orFail(() => begin(path)) : Effect.fail(error)
      ),
      (database) => Effect.sync(() => Option.map(database, (database) => database.close()))
    ).pipe(Effect.map(Option.asVoid))
  }
})
