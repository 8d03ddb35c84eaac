/** The last token request failed: why, and until when no other is made. */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as AuthError from "../AuthError.ts"
import type { RefreshPolicy } from "../RefreshPolicy.ts"
import type { TokenStatus } from "../TokenStatus.ts"
import * as HeldToken from "./HeldToken.ts"
import * as SourceTrouble from "./SourceTrouble.ts"

// =============================================================================
// Model
// =============================================================================

export interface Failure {
  readonly error: AuthError.AuthError
  /** How many in a row, from 1. */
  readonly attempt: number
  /** Monotonic milliseconds; infinite when only new credentials can help. */
  readonly pausedUntil: number
  readonly retryAt: DateTime.Utc | undefined
}

// =============================================================================
// Constructor
// =============================================================================

export const after = (options: {
  readonly error: AuthError.AuthError
  readonly previous: Failure | undefined
  /** The token that still serves. */
  readonly serving: HeldToken.HeldToken | undefined
  readonly now: HeldToken.Reading
  readonly policy: RefreshPolicy
  readonly draw: number
}): Failure => {
  const { error, now, previous } = options
  const attempt = (previous?.attempt ?? 0) + 1
  // Whole milliseconds, so that an attempt at `retryAt` is one that is allowed.
  const pause = Math.ceil(Duration.toMillis(pauseAfter({ ...options, attempt })))
  const retryAt = error.isRetryable ? DateTime.makeUnsafe(now.wall + pause) : undefined
  return { error: withRetryAt(error, retryAt), attempt, pausedUntil: now.monotonic + pause, retryAt }
}

/** A client that the server does not know may be known a minute later: someone is typing its secret in. */
const misconfiguredPause = Duration.minutes(1)

const pauseAfter = (options: {
  readonly error: AuthError.AuthError
  readonly attempt: number
  readonly serving: HeldToken.HeldToken | undefined
  readonly now: HeldToken.Reading
  readonly policy: RefreshPolicy
  readonly draw: number
}): Duration.Duration => {
  const { attempt, draw, error, now, policy, serving } = options
  if (error.reason._tag === "InvalidClient") return misconfiguredPause
  if (!error.isRetryable) return Duration.infinity
  const backoff = serving === undefined
    ? policy.pauseWithoutToken(attempt, draw)
    // Its end is a new situation: no pause that began before it goes on.
    : Duration.min(
      policy.pauseWhileServing(serving.tokenSet.accessToken.lifetime, attempt, draw),
      Duration.millis(serving.expiresAt - HeldToken.ageOf(serving, now))
    )
  const asked = error.retryAfter !== undefined || isRateLimited(error)
    ? policy.pauseAsked(Option.fromUndefinedOr(error.retryAfter))
    : Duration.zero
  return Duration.max(backoff, asked)
}

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

/** What a person or a dashboard is told. */
export const phaseOf = ({ error }: Failure): TokenStatus["phase"] => {
  if (error.isRetryable) return "Retrying"
  return error.reason._tag === "ReauthorizationRequired" ? "SignInRequired" : "Misconfigured"
}

/** A defect in a transport or a store must not leave callers waiting: it fails the attempt like any other trouble. */
export const errorOf = (cause: Cause.Cause<AuthError.AuthError>): AuthError.AuthError =>
  Option.getOrElse(Cause.findErrorOption(cause), () =>
    new AuthError.AuthError({
      reason: new AuthError.TokenRequestFailed({
        kind: "UnexpectedStatus",
        detail: `the token request ended in an unexpected fault (${SourceTrouble.nameOf(Cause.squash(cause))})`
      })
    }))
