/**
 * Policies for repeating calls: how often, after which pauses, and within which time.
 *
 * **When to use**
 *
 * Use to make a program, or a single call, more or less patient than `standard`.
 *
 * **Details**
 *
 * The outcomes that may be repeated at all are fixed, because repeating others could do twice what was asked once: see
 * `isRepeatable`.
 *
 * **Example** (A policy for a page that a person waits for)
 *
 * ```ts
 * import * as RetryPolicy from "@app/api/RetryPolicy"
 * import * as Tracks from "@app/api/Tracks"
 * import * as Effect from "effect/Effect"
 *
 * const track = Tracks.get("11dFghVXANMlKmJXsNCbNl").pipe(
 *   Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.standard, budget: "3 seconds" })
 * )
 * ```
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { SpotifyErrorReason } from "./SpotifyError.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * A policy for repeating calls.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /** The longest duration of one try, including the whole body of the response. */
  readonly attemptTimeout: Duration.Input
  /** The longest duration of a call: waiting for a token, tries and pauses. A pause that does not fit is not begun. */
  readonly budget: Duration.Input
  /** The longest `Retry-After` that a call waits for. A longer one fails at once, with the time it ends. */
  readonly retryAfterCap: Duration.Input
  /**
   * The time for which a 429 without a usable `Retry-After` closes the app's gate.
   *
   * **Details**
   *
   * Doubled for each further 429 that the reopened gate meets, up to `retryAfterCap`. A `Retry-After` that is missing, zero
   * or malformed is not usable.
   */
  readonly retryAfterDefault: Duration.Input
  /**
   * The behaviour of a call that meets a closed gate or closes it: `"wait"` until it opens, as far as `retryAfterCap` and
   * `budget` allow, or `"fail"` at once with `RateLimited`.
   */
  readonly whileLimited: "wait" | "fail"
  /**
   * The pauses between tries, and by their number the number of tries.
   *
   * **Details**
   *
   * A 5xx whose `Retry-After` is within the cap lengthens its pause. A 429 waits at the gate instead, but counts as a try.
   */
  readonly pauses: Schedule.Schedule<unknown>
}

// =============================================================================
// Constructors
// =============================================================================

/**
 * Creates pauses with exponential backoff and full jitter: each is drawn evenly between zero and a limit that doubles.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @category constructors
 * @since 0.1.0
 */
export const fullJitter = (options: {
  /** The limit of the first pause. */
  readonly base: Duration.Input
  /** The number of tries after the first. */
  readonly times: number
}): Schedule.Schedule<unknown> =>
  Schedule.exponential(options.base).pipe(
    Schedule.modifyDelay(({ duration }) => Effect.map(Random.next, (draw) => Duration.times(duration, draw))),
    Schedule.upTo({ times: options.times })
  )

/**
 * The default policy: 10 seconds a try, 30 seconds a call, and four more tries.
 *
 * **Details**
 *
 * The pauses are up to 0.5, 1, 2 and 4 seconds. A `Retry-After` of up to 30 seconds is waited for, and counts as 1 second
 * when it is missing.
 *
 * @category constants
 * @since 0.1.0
 */
export const standard: Service = {
  attemptTimeout: "10 seconds",
  budget: "30 seconds",
  retryAfterCap: "30 seconds",
  retryAfterDefault: "1 second",
  whileLimited: "wait",
  pauses: fullJitter({ base: "500 millis", times: 4 })
}

/**
 * The policy of a single try, with the times of `standard`.
 *
 * **Gotchas**
 *
 * A token that the API rejects is still replaced once.
 *
 * @category constants
 * @since 0.1.0
 */
export const once: Service = { ...standard, pauses: Schedule.recurs(0) }

// =============================================================================
// Reference
// =============================================================================

/**
 * Reference to the policy in force, for a whole program or for one call.
 *
 * **Details**
 *
 * Default: `standard`.
 *
 * @category references
 * @since 0.1.0
 */
export const RetryPolicy = Context.Reference<Service>("@app/api/RetryPolicy", { defaultValue: () => standard })

// =============================================================================
// Rule
// =============================================================================

/**
 * Returns whether a call that failed may be sent again without doing twice what was asked once.
 *
 * **Details**
 *
 * | outcome | idempotent | not idempotent |
 * | --- | --- | --- |
 * | `RateLimited` | yes | yes: refused, not executed |
 * | `Transport`, never left | yes | yes |
 * | `Transport`, may have arrived | yes | no |
 * | `ServiceUnavailable` with 421 or 425 | yes | yes: refused, not executed |
 * | any other `ServiceUnavailable`, `Timeout` | yes | no |
 * | anything else | no | no |
 *
 * @category predicates
 * @since 0.1.0
 */
export const isRepeatable = (reason: SpotifyErrorReason, idempotent: boolean): boolean => {
  switch (reason._tag) {
    case "RateLimited":
      return true
    case "Transport":
      return reason.phase === "connect" || (reason.phase === "exchange" && idempotent)
    case "ServiceUnavailable":
      return idempotent || reason.status === 421 || reason.status === 425
    case "Timeout":
      return idempotent
    default:
      return false
  }
}
