/**
 * A lock that the processes of one machine share.
 *
 * **When to use**
 *
 * Use to provide `FileTokenStorage` on a platform other than Node, which has `node/NodeFileLock`.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { AuthError } from "./AuthError.ts"

/**
 * A lock on a path.
 *
 * **Details**
 *
 * The lock is free at once when the process that holds it dies. Only the operating system knows of that, so the
 * implementation depends on the platform.
 *
 * @category services
 * @since 0.1.0
 */
export class FileLock extends Context.Service<FileLock, {
  /**
   * Takes the lock at `path` until the scope closes, or returns none when someone else holds it.
   *
   * **Details**
   *
   * Never waits. Fails with `StoreFailed` when the lock cannot exclude everyone else. The lock file stays behind, because
   * removing it would let two holders in.
   */
  readonly tryLock: (path: string) => Effect.Effect<Option.Option<void>, AuthError, Scope.Scope>
}>()("@app/auth/FileLock") {}
