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
import { chmodSync, closeSync, openSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { FileLock } from "../FileLock.ts"
import * as StoreTrouble from "../internal/StoreTrouble.ts"

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5

const errorCode = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "errcode" in error ? error.errcode : undefined

const describe = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "an unknown fault"

/**
 * Locks for the processes of this machine.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<FileLock> = Layer.succeed(FileLock, {
  tryLock: (path) =>
    Effect.acquireRelease(
      Effect.try({
        try: () => {
          // Private from its first byte; SQLite would create it as the umask likes.
          closeSync(openSync(path, "a", 0o600))
          chmodSync(path, 0o600)
          const database = new DatabaseSync(path, { timeout: 0 })
          try {
            database.exec("BEGIN EXCLUSIVE")
            return Option.some(database)
          } catch (error) {
            database.close()
            if (errorCode(error) === busy) return Option.none()
            throw error
          }
        },
        catch: (error) =>
          StoreTrouble.make("lock", "Unavailable", path, `the lock cannot be taken (${describe(error)})`)
      }),
      (database) => Effect.sync(() => Option.map(database, (database) => database.close()))
    ).pipe(Effect.map(Option.asVoid))
})
