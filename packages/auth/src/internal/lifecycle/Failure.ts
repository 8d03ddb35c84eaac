/** The last token request failed: why, and until when no other is made. */
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
  /** How many in a row, from 1. */
  readonly attempt: number
  /** How often the pause has grown, from 1: anew once no token is left. */
  readonly growth: number
  readonly isServed: boolean
  /** Monotonic milliseconds; infinite when nothing but new credentials can help. */
  readonly pausedUntil: number
  /** Whether the pause is our own guess, which a token in its last moments may cut short: a server's wish is kept. */
  readonly isPauseGuessed: boolean
  readonly retryAt: DateTime.Utc | undefined
}

// =============================================================================
// Constructor
// =============================================================================

export const after = (options: {
  readonly error: AuthError.AuthError
  readonly previous: Failure | undefined
  /** The token that still serves. */
  readonly serving: CurrentToken.CurrentToken | undefined
  readonly now: Clocks.Instant
  readonly policy: RefreshPolicy
  readonly random: number
}): Failure => {
  const { error, now, previous } = options
  const isServed = options.serving !== undefined
  const growth = previous?.isServed === isServed ? previous.growth + 1 : 1
  const asked = serverDelay(options)
  // Whole milliseconds, so that an attempt at `retryAt` is one that is allowed.
  const pause = Math.ceil(Duration.toMillis(Duration.max(pauseGuessed({ ...options, growth }), asked)))
  const retryAt = error.isRetryable ? DateTime.makeUnsafe(now.wall + pause) : undefined
  return {
    error: withRetryAt(error, retryAt),
    attempt: (previous?.attempt ?? 0) + 1,
    growth,
    isServed,
    pausedUntil: now.monotonic + pause,
    isPauseGuessed: error.isRetryable && Duration.isZero(asked),
    retryAt
  }
}

/** A client or a request that the server refuses, or a store that is damaged, may be mended a minute later. */
const mendingPause = Duration.minutes(1)

/** A setting may come from a table of the program's. An authorization code works once, and never after it has been refused; anything else may be asked about again. */
const isMendable = ({ isRetryable, reason }: AuthError.AuthError): boolean =>
  reason._tag === "InvalidClient" || reason._tag === "InvalidConfiguration"
  || (reason._tag === "TokenRequestRejected" && reason.error !== "invalid_grant")
  || (reason._tag === "StoreFailed" && !isRetryable)

const pauseGuessed = (options: {
  readonly error: AuthError.AuthError
  readonly growth: number
  readonly serving: CurrentToken.CurrentToken | undefined
  readonly now: Clocks.Instant
  readonly policy: RefreshPolicy
  readonly random: number
}): Duration.Duration => {
  const { random, error, growth, now, policy, serving } = options
  if (isMendable(error)) return mendingPause
  if (!error.isRetryable) return Duration.infinity
  if (serving === undefined) return policy.retryDelayWithoutToken(growth, random)
  const pause = policy.retryDelay(serving.tokenSet.accessToken.lifetime, growth, random)
  return Duration.min(
    // A refresh token may have been spent. Servers that rotate them answer once more if that is asked soon.
    growth === 1 && StoredState.isResponseLost(error)
      ? Duration.min(pause, policy.retryDelayWithoutToken(growth, random))
      : pause,
    // Its end is a new situation: no pause that began before it goes on.
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

/** What a person or a dashboard is told. */
export const phaseOf = ({ error }: Failure): TokenStatus["phase"] => {
  if (error.isRetryable) return "Retrying"
  return error.reason._tag === "ReauthorizationRequired" ? "SignInRequired" : "Misconfigured"
}

export const isSignedOut = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "ReauthorizationRequired" && reason.kind === "SignedOut"

/** A defect in a transport or a store must not leave callers waiting: it fails the attempt like any other trouble. */
export const errorOf = (cause: Cause.Cause<AuthError.AuthError>): AuthError.AuthError =>
  Option.getOrElse(Cause.findErrorOption(cause), () =>
    new AuthError.AuthError({
      reason: new AuthError.TokenRequestFailed({
        kind: "UnexpectedStatus",
        detail: `the token request ended in an unexpected fault (${SourceErrors.nameOf(Cause.squash(cause))})`
      })
    }))
