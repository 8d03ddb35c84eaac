/** Rules that decide what follows a failed request: whether it is sent again, and after what pause. */
import * as Duration from "effect/Duration"
import * as RetryPolicy from "../../RetryPolicy.ts"
import type { SpotifyError } from "../../SpotifyError.ts"
import * as RetryTiming from "../time/RetryTiming.ts"

// =============================================================================
// Model
// =============================================================================

/** The decision after a failure. */
export type Decision =
  /** The call fails. */
  | "Fail"
  /** The API rejected the token: the call is repeated once with another one. */
  | "ReplaceToken"
  /** The app is limited: the request is sent again when the gate admits it, if the policy has a try left. */
  | "QueueAtGate"
  /** The request is sent again after a pause, if the policy has one that fits. */
  | "Pause"

/** Facts about the call. */
export interface Facts {
  readonly isIdempotent: boolean
  /** True when the token has been replaced in this call already. */
  readonly isReplayed: boolean
}

// =============================================================================
// Rules
// =============================================================================

/** Decides what follows a failure. */
export const decide = (
  error: SpotifyError,
  facts: Facts,
  timing: RetryTiming.RetryTiming,
  time: RetryTiming.Time
): Decision => {
  const { reason } = error
  if (reason._tag === "Unauthorized" && !facts.isReplayed) return "ReplaceToken"
  if (!RetryPolicy.isRepeatable(reason, facts.isIdempotent)) return "Fail"
  const delay = serverDelay(error)
  if (reason._tag === "RateLimited") return RetryTiming.mayWait(timing, delay, time) ? "QueueAtGate" : "Fail"
  return delay <= timing.retryAfterCap ? "Pause" : "Fail"
}

/**
 * Returns the pause before the next try in whole milliseconds; undefined when the policy has none left (`retryDelay` is
 * undefined) or the call ends before the pause does.
 */
export const pause = (
  error: SpotifyError,
  retryDelay: number | undefined,
  time: RetryTiming.Time
): number | undefined => {
  if (retryDelay === undefined) return undefined
  // Timers count whole milliseconds.
  const pause = Math.ceil(Math.max(retryDelay, serverDelay(error)))
  return RetryTiming.hasTimeFor(time, pause) ? pause : undefined
}

/** Returns the delay in milliseconds that the server asks for. */
const serverDelay = ({ retryAfter }: SpotifyError): number =>
  retryAfter === undefined ? 0 : Duration.toMillis(retryAfter)
