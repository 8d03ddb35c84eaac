/**
 * `FileLock` for Node, on a lock of the operating system's that dies with its process.
 *
 * Node has no `flock`, but SQLite, which comes with it, takes one for each exclusive transaction. The lock file is an
 * empty database, and stays one: a lock writes nothing to the disk, neither into the file nor beside it. So it can be
 * taken on a full disk, and in a folder that may not be written where the file is there already. The file itself has to
 * be writable: no system lets a program exclude others from what it may only read. On network file systems such locks are
 * not to be trusted.
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
 * Sees to it that there is an empty file: private from its first byte, where SQLite would create it as the umask likes,
 * and never one behind a symbolic link. Answers what is wrong with something else in its place.
 *
 * A file that is there is looked at but not opened: closing it again would free any lock that this process holds on it
 * (POSIX.1-2017, `fcntl`).
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
    // Another process was faster.
    if (StoreErrors.codeOf(error) !== "EEXIST") throw error
  }
  return undefined
}

// =============================================================================
// The lock
// =============================================================================

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5

/** SQLite's primary result code: what is above its lowest byte says more of the same. */
const resultCodeOf = (error: unknown): number | undefined =>
  Predicate.hasProperty(error, "errcode") && Predicate.isNumber(error.errcode) ? error.errcode & 0xff : undefined

/**
 * An exclusive transaction, which is the lock; none when someone else has one. Its rollback journal is kept in memory.
 *
 * SQLite opens a file that it may not write for reading, and then begins an exclusive transaction that excludes nobody.
 * Only a change inside shows which it is: here one that stays in memory, since nothing is ever committed.
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

/** SQLite says that it could not; whether this program may, the system says. */
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
 * Locks for the processes of this machine.
 *
 * Fails with `StoreFailed` when the lock cannot be had for another reason than a holder: `Unavailable` when the file
 * cannot be created or may not be written, which passes once its mode, its owner or its disk has been seen to; `Insecure`
 * when it is not a file, and `Corrupt` when there is something in it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<FileLock> = Layer.succeed(FileLock, {
  tryLock: (relative) => {
    // SQLite would take some names for more than a path.
    const path = resolve(relative)
    const orFail = <A>(step: () => A) =>
      Effect.try({
        try: step,
        catch: (error) => StoreErrors.make("lock", "Unavailable", path, issueOf(path, error))
      })
    return Effect.acquireRelease(
      Effect.flatMap(
        orFail(() => prepare(path)),
        (trouble) => trouble === undefined ? orFail(() => begin(path)) : Effect.fail(trouble)
      ),
      (database) => Effect.sync(() => Option.map(database, (database) => database.close()))
    ).pipe(Effect.map(Option.asVoid))
  }
})
