/**
 * `FileLock` for Node, on a lock of the operating system's that dies with its process.
 *
 * Node has no `flock`, but SQLite, which comes with it, takes one for each exclusive transaction. The lock file is an
 * empty database: nothing is ever written to it. On network file systems such locks are not to be trusted.
 *
 * @see https://www.sqlite.org/lockingv3.html
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { closeSync, lstatSync, openSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import type { AuthError } from "../AuthError.ts"
import { FileLock } from "../FileLock.ts"
import * as StoreTrouble from "../internal/StoreTrouble.ts"

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5

const isBusy = (error: unknown): boolean => Predicate.hasProperty(error, "errcode") && error.errcode === busy

const unavailable = (path: string) => (error: unknown): AuthError =>
  StoreTrouble.make("lock", "Unavailable", path, StoreTrouble.explain(StoreTrouble.codeOf(error) ?? "unknown"))

/**
 * Whether there is a file afterwards: private from its first byte, where SQLite would create it as the umask likes, and
 * never one behind a symbolic link.
 *
 * A file that is there is looked at but not opened: closing it again would free any lock that this process holds on it
 * (POSIX.1-2017, `fcntl`).
 */
const isFileAt = (path: string): boolean => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found !== undefined) return found.isFile()
  try {
    closeSync(openSync(path, "wx", 0o600))
  } catch (error) {
    // Another process was faster.
    if (StoreTrouble.codeOf(error) !== "EEXIST") throw error
  }
  return true
}

/** An open transaction, which is the lock; none when someone else has one. */
const begin = (path: string): Option.Option<DatabaseSync> => {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec("BEGIN EXCLUSIVE")
    return Option.some(database)
  } catch (error) {
    database.close()
    if (isBusy(error)) return Option.none()
    throw error
  }
}

/**
 * Locks for the processes of this machine.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<FileLock> = Layer.succeed(FileLock, {
  tryLock: (path) =>
    Effect.acquireRelease(
      Effect.try({ try: () => isFileAt(path), catch: unavailable(path) }).pipe(
        Effect.filterOrFail(
          (isFile) => isFile,
          () => StoreTrouble.make("lock", "Insecure", path, "it is not a file. Move it away")
        ),
        Effect.andThen(Effect.try({ try: () => begin(path), catch: unavailable(path) }))
      ),
      (database) => Effect.sync(() => Option.map(database, (database) => database.close()))
    ).pipe(Effect.map(Option.asVoid))
})
