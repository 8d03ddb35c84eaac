/** The failure of the last token request, and the pause that follows it. */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as AuthError from "../../AuthError.ts"
import type * as Clocks from "../../Clocks.ts"
import type { RefreshPolicy } from "../../RefreshPolicy.ts"
import type { TokenStatus } from "../../TokenStatus.ts"
import * as StoredState from "../storage/StoredState.ts"
import * as CurrentToken from "./CurrentToken.ts"
import * as SourceErrors from "./SourceErrors.ts"

// =============================================================================
// Model
// =============================================================================

export interface Failure {
  readonly error: AuthError.AuthError
  /** The number of failures in a row, from 1. */
  readonly attempt: number
  /** The number of failures by which the pause has grown, from 1 again once there is no usable token. */
  readonly growth: number
  /** True if a token still served. */
  readonly isServed: boolean
  /** The end of the pause in monotonic milliseconds; infinite when only new credentials can help. */
  readonly pausedUntil: number
  /** True if the pause is our own backoff, which the mandatory window may cut short. A server's delay is kept. */
  readonly isOwnPause: boolean
  readonly retryAt: DateTime.Utc | undefined
}

// =============================================================================
// Constructor
// =============================================================================

export const after = (options: {
  readonly error: AuthError.AuthError
  readonly previous: Failure | undefined
  /** The token that still serves, if any. */
  readonly serving: CurrentToken.CurrentToken | undefined
  readonly now: Clocks.Instant
  readonly policy: RefreshPolicy
  readonly random: number
}): Failure => {
  const { error, now, previous } = options
  const isServed = options.serving !== undefined
  const growth = previous?.isServed === isServed ? previous.growth + 1 : 1
  const serverPause = serverDelay(options)
  // Whole milliseconds, so that an attempt at `retryAt` is allowed.
  const pause = Math.ceil(Duration.toMillis(Duration.max(ownPause({ ...options, growth }), serverPause)))
  const retryAt = error.isRetryable ? DateTime.makeUnsafe(now.wall + pause) : undefined
  return {
    error: withRetryAt(error, retryAt),
    attempt: (previous?.attempt ?? 0) + 1,
    growth,
    isServed,
    pausedUntil: now.monotonic + pause,
    isOwnPause: error.isRetryable && Duration.isZero(serverPause),
    retryAt
  }
}

/** A developer may have corrected a setting or a damaged store a minute later. */
const correctionPause = Duration.minutes(1)

/** Reports whether another attempt may succeed without new credentials. An authorization code never works after it was rejected. */
const canBeCorrected = ({ isRetryable, reason }: AuthError.AuthError): boolean =>
  reason._tag === "InvalidClient" || reason._tag === "InvalidConfiguration"
  || (reason._tag === "TokenRequestRejected" && reason.error !== "invalid_grant")
  || (reason._tag === "StoreFailed" && !isRetryable)

const ownPause = (options: {
  readonly error: AuthError.AuthError
  readonly growth: number
  readonly serving: CurrentToken.CurrentToken | undefined
  readonly now: Clocks.Instant
  readonly policy: RefreshPolicy
  readonly random: number
}): Duration.Duration => {
  const { random, error, growth, now, policy, serving } = options
  if (canBeCorrected(error)) return correctionPause
  if (!error.isRetryable) return Duration.infinity
  if (serving === undefined) return policy.retryDelayWithoutToken(growth, random)
  const pause = policy.retryDelay(serving.tokenSet.accessToken.lifetime, growth, random)
  return Duration.min(
    // The refresh token may have been spent. Servers that rotate refresh tokens accept it once more for a short time.
    growth === 1 && StoredState.isResponseLost(error)
      ? Duration.min(pause, policy.retryDelayWithoutToken(growth, random))
      : pause,
    // No pause from before the end of the token goes on after it.
    Duration.millis(serving.expiresAt - CurrentToken.ageOf(serving, now))
  )
}

const serverDelay = ({ error, policy }: {
  readonly error: AuthError.AuthError
  readonly policy: RefreshPolicy
}): Duration.Duration =>
  error.retryAfter !== undefined || isRateLimited(error)
    ? policy.serverDelay(Option.fromUndefinedOr(error.retryAfter))
    : Duration.zero

const isRateLimited = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "TokenRequestFailed" && reason.kind === "RateLimited"

const withRetryAt = (error: AuthError.AuthError, retryAt: DateTime.Utc | undefined): AuthError.AuthError => {
  if (retryAt === undefined) return error
  const { reason } = error
  switch (reason._tag) {
    case "TokenRequestFailed":
      return new AuthError.AuthError({ reason: new AuthError.TokenRequestFailed({ ...reason, retryAt }) })
    case "MalformedTokenResponse":
      return new AuthError.AuthError({ reason: new AuthError.MalformedTokenResponse({ ...reason, retryAt }) })
    default:
      return error
  }
}

// =============================================================================
// Reading
// =============================================================================

/** The phase in the status. */
export const phaseOf = ({ error }: Failure): TokenStatus["phase"] => {
  if (error.isRetryable) return "Retrying"
  return error.reason._tag === "ReauthorizationRequired" ? "SignInRequired" : "Misconfigured"
}

export const isSignedOut = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "ReauthorizationRequired" && reason.kind === "SignedOut"

/** The error of an attempt. A defect in a transport or a store fails the attempt, so that callers do not wait for ever. */
export const errorOf = (cause: Cause.Cause<AuthError.AuthError>): AuthError.AuthError =>
  Option.getOrElse(Cause.findErrorOption(cause), () =>
    new AuthError.AuthError({
      reason: new AuthError.TokenRequestFailed({
        kind: "UnexpectedStatus",
        detail: `the token request ended in an unexpected fault (${SourceErrors.nameOf(Cause.squash(cause))})`
      })
    }))
