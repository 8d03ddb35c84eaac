/**
 * A lock that the processes of one machine share.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { AuthError } from "./AuthError.ts"

/**
 * A lock on a path. Its holder's death frees it at once: only the operating system can know of that, so what provides
 * it depends on the platform. For Node: `node/NodeFileLock`.
 *
 * @category services
 * @since 0.1.0
 */
export class FileLock extends Context.Service<FileLock, {
  /**
   * Takes the lock at `path` until the scope closes; none when someone else holds it. Never waits, and never succeeds
   * without excluding everyone else: a lock that cannot is a `StoreFailed`. The file stays behind: removing it would let
   * two holders in.
   */
  readonly tryLock: (path: string) => Effect.Effect<Option.Option<void>, AuthError, Scope.Scope>
}>()("@app/auth/FileLock") {}
