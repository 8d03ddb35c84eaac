/** Interface of the gate that all calls of one app pass, which `RateLimit` publishes. */
import type { AuthError } from "@app/auth/AuthError"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as RetryPolicy from "../../RetryPolicy.ts"
import type { SpotifyError } from "../../SpotifyError.ts"
import type { ObservedQuotaMode } from "./ObservedQuotaMode.ts"

/**
 * A call as the gate sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface GateRequest {
  /** The operation's name, such as `tracks.get`, for errors. */
  readonly operation: string
  /** The Development Mode quota that the operation counts against. */
  readonly bucket: string
  /** The end of the call's budget, in milliseconds of the `Clock`'s monotonic time. */
  readonly deadline: number
  readonly policy: RetryPolicy.Service
}

/**
 * The gate of one app.
 *
 * @category models
 * @since 0.1.0
 */
export interface Gate {
  /**
   * Runs `send` when the gate admits the call.
   *
   * **Details**
   *
   * `send` receives the time that the call waited, which is zero while the gate is open. `RateLimited` closes the gate,
   * `QuotaExceeded` marks the bucket as spent. A call that must not or cannot wait fails with the same reasons, without a
   * `response`.
   *
   * **Gotchas**
   *
   * A call that received a 429 calls this again without a pause; an implementation must make it wait.
   */
  readonly run: <A, R>(
    request: GateRequest,
    send: (waited: Duration.Duration) => Effect.Effect<A, SpotifyError | AuthError, R>
  ) => Effect.Effect<A, SpotifyError | AuthError, R>
  /**
   * Returns whether `run` would send a call of this bucket at once.
   *
   * **Details**
   *
   * Such a call is sent without `run`, and only its failure is reported to `learn`. A gate without this method costs each
   * request a fiber.
   */
  readonly isOpen?: (bucket: string) => boolean
  /** Learns from the failure of a call that was sent without `run`. Goes with `isOpen`. */
  readonly learn?: (request: GateRequest, error: SpotifyError | AuthError) => Effect.Effect<void>
}

/**
 * The gates of all apps.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /** Returns the gate of the app with this client id. An app whose id is not known gets a gate of its own. */
  readonly gate: (clientId: string | undefined) => Gate
  /**
   * Returns the memory of the quota mode of the app with this client id.
   *
   * **Details**
   *
   * A refused batch shows Development Mode, in which `getMany` asks for one thing at a time. Without this method each client
   * finds that out for itself, as does an app whose id is not known.
   */
  readonly quotaMode?: (clientId: string | undefined) => ObservedQuotaMode
}
