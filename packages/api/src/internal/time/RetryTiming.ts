/** The durations of a `RetryPolicy` in milliseconds, and the rules about waiting that calls and the gate share. */
import * as Duration from "effect/Duration"
import type * as RetryPolicy from "../../RetryPolicy.ts"

// =============================================================================
// Model
// =============================================================================

/** A policy whose durations have been read once instead of at every call. */
export interface RetryTiming {
  readonly policy: RetryPolicy.Service
  readonly attemptTimeout: number
  readonly budget: number
  readonly retryAfterCap: number
  readonly retryAfterDefault: number
}

/** The current time and the end of a call's budget, in milliseconds of the monotonic clock. */
export interface Time {
  readonly now: number
  readonly deadline: number
}

// =============================================================================
// Constructor
// =============================================================================

/** Reads the durations of a policy. */
export const fromPolicy = (policy: RetryPolicy.Service): RetryTiming => ({
  policy,
  attemptTimeout: Duration.toMillis(policy.attemptTimeout),
  budget: Duration.toMillis(policy.budget),
  retryAfterCap: Duration.toMillis(policy.retryAfterCap),
  retryAfterDefault: Duration.toMillis(policy.retryAfterDefault)
})

// =============================================================================
// Rules
// =============================================================================

/** Returns whether a pause of so many milliseconds ends before the call does. */
export const hasTimeFor = ({ deadline, now }: Time, pause: number): boolean => now + pause < deadline

/**
 * Returns whether a call may wait for the end of a rate limit that lasts so many milliseconds more.
 *
 * **Details**
 *
 * The one rule for a call that meets a closed gate and for one whose own request was answered with a 429.
 */
export const mayWait = ({ policy, retryAfterCap }: RetryTiming, millis: number, time: Time): boolean =>
  policy.whileLimited === "wait" && millis <= retryAfterCap && hasTimeFor(time, millis)
