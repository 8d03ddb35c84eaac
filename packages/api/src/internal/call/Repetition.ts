/** Whether a request that failed is sent again, and after what pause. */
import * as Duration from "effect/Duration"
import * as RetryPolicy from "../../RetryPolicy.ts"
import type { SpotifyError } from "../../SpotifyError.ts"
import * as RetryTiming from "../time/RetryTiming.ts"

// =============================================================================
// Model
// =============================================================================

/** What comes after a failure. */
export type Next =
  /** The call fails. */
  | "Fail"
  /** The token was refused: another may do, once. */
  | "ReplaceToken"
  /** The request is sent again, if there is a pause left that fits. */
  | "Repeat"

export interface Facts {
  readonly isIdempotent: boolean
  /** Whether a token has been replaced in this call already. */
  readonly isReplayed: boolean
}

// =============================================================================
// Rules
// =============================================================================

export const next = (error: SpotifyError, facts: Facts, timing: RetryTiming.RetryTiming): Next => {
  const { reason } = error
  if (reason._tag === "Unauthorized" && !facts.isReplayed) return "ReplaceToken"
  if (!RetryPolicy.isRepeatable(reason, facts.isIdempotent)) return "Fail"
  if (reason._tag === "RateLimited") return RetryTiming.waitsOut(timing, asked(error)) ? "Repeat" : "Fail"
  return asked(error) <= timing.retryAfterCap ? "Repeat" : "Fail"
}

/**
 * The pause before the next try in whole milliseconds, of which `drawn` is the policy's share; undefined when the policy has
 * none left, or the call is over before the pause is. After a 429 it is none: the gate is closed, and the call waits there
 * with all others.
 */
export const pause = (error: SpotifyError, drawn: number | undefined, time: RetryTiming.Time): number | undefined => {
  if (drawn === undefined) return undefined
  const isLimited = error.reason._tag === "RateLimited"
  // Timers count whole milliseconds.
  const pause = Math.ceil(isLimited ? asked(error) : Math.max(drawn, asked(error)))
  if (!RetryTiming.hasTimeFor(time, pause)) return undefined
  return isLimited ? 0 : pause
}

/** How long the server asks to be left alone. */
const asked = ({ retryAfter }: SpotifyError): number => retryAfter === undefined ? 0 : Duration.toMillis(retryAfter)
