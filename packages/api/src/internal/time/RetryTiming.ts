/** A `RetryPolicy` in milliseconds: its durations are read once, not at every call. */
import * as Duration from "effect/Duration"
import type * as RetryPolicy from "../../RetryPolicy.ts"

export interface RetryTiming {
  readonly policy: RetryPolicy.Service
  readonly attemptTimeout: number
  readonly budget: number
  readonly retryAfterCap: number
  readonly retryAfterDefault: number
}

export const fromPolicy = (policy: RetryPolicy.Service): RetryTiming => ({
  policy,
  attemptTimeout: Duration.toMillis(policy.attemptTimeout),
  budget: Duration.toMillis(policy.budget),
  retryAfterCap: Duration.toMillis(policy.retryAfterCap),
  retryAfterDefault: Duration.toMillis(policy.retryAfterDefault)
})

/** When a call is over, and what time it is: in milliseconds of the monotonic clock. */
export interface Time {
  readonly now: number
  readonly deadline: number
}

/** Whether there is time for a pause before the call is over. */
export const hasTimeFor = ({ deadline, now }: Time, pause: number): boolean => now + pause < deadline

/** Whether a limit is waited out that ends after so many milliseconds. */
export const waitsOut = ({ policy, retryAfterCap }: RetryTiming, millis: number): boolean =>
  policy.whileLimited === "wait" && millis <= retryAfterCap
