/** The current token, its age, and the policy's plan for it. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import type { AccessToken } from "../../AccessToken.ts"
import * as Clocks from "../../Clocks.ts"
import type { RefreshPlan, RefreshPolicy } from "../../RefreshPolicy.ts"
import type { TokenSet } from "../../TokenSet.ts"

// =============================================================================
// Model
// =============================================================================

/** A token, and the policy's plan for it in milliseconds of age. */
export interface CurrentToken {
  readonly tokenSet: TokenSet
  /** The result of `get`, made once. */
  readonly exit: Exit.Exit<AccessToken>
  readonly bornAt: Clocks.Instant
  readonly refreshAt: number
  readonly mandatoryAt: number
  readonly expiresAt: number
  /** The greatest age seen, since a clock that is set back makes no token younger. */
  readonly oldest: number
  /** True if an API has rejected it. */
  readonly rejected: boolean
  /** True if it replaced a token that an API had rejected. */
  readonly replacesRejected: boolean
  /** True if the one attempt that may ignore a pause in the mandatory window has been made. */
  readonly lastChanceTaken: boolean
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly tokenSet: TokenSet
  readonly previous: CurrentToken | undefined
  /** The instant at which the request for it was sent. */
  readonly startedAt: Clocks.Instant
  readonly policy: RefreshPolicy
  readonly random: number
}): CurrentToken => {
  const { random, policy, previous, startedAt, tokenSet } = options
  const token = tokenSet.accessToken
  // A token from the store was issued before this process read it.
  const age = Math.max(0, startedAt.wall - token.issuedAt.epochMilliseconds)
  const plan = previous !== undefined && isNoProgress(previous.tokenSet.accessToken, token)
    ? policy.planWithoutProgress(token.lifetime)
    : heedIssuer(token, policy.plan(token.lifetime, random), policy.plan(token.lifetime, 0))
  return {
    tokenSet,
    exit: Exit.succeed(token),
    bornAt: { wall: startedAt.wall - age, monotonic: startedAt.monotonic - age },
    // A token is due at its end at the latest: `isFresh` looks only at when it is due.
    refreshAt: Duration.toMillis(Duration.min(plan.refreshAt, plan.expiresAt)),
    mandatoryAt: Duration.toMillis(plan.mandatoryAt),
    expiresAt: Duration.toMillis(plan.expiresAt),
    oldest: 0,
    rejected: false,
    replacesRejected: previous?.rejected === true,
    lastChanceTaken: false
  }
}

/** The issuer's time for a refresh takes precedence, with the policy's jitter to spread many programs. */
const heedIssuer = ({ issuedAt, refreshAt }: AccessToken, plan: RefreshPlan, earliest: RefreshPlan): RefreshPlan =>
  refreshAt === undefined
    ? plan
    : {
      ...plan,
      refreshAt: Duration.min(
        Duration.sum(DateTime.distance(issuedAt, refreshAt), Duration.subtract(plan.refreshAt, earliest.refreshAt)),
        plan.mandatoryAt
      )
    }

// =============================================================================
// Reading
// =============================================================================

/** Reports whether a token does not extend the previous one: the same token again, or a new one with the same end. */
const isNoProgress = (previous: AccessToken, next: AccessToken): boolean => {
  if (previous.isSameAs(next)) return true
  if (previous.expiresAt === undefined || next.expiresAt === undefined) return false
  const later = next.issuedAt.epochMilliseconds - previous.issuedAt.epochMilliseconds
  const longer = next.expiresAt.epochMilliseconds - previous.expiresAt.epochMilliseconds
  return later > Clocks.tolerance && Math.abs(longer) <= Clocks.tolerance
}

/** The age by the clock that says more. */
export const ageOf = ({ bornAt, oldest }: CurrentToken, now: Clocks.Instant): number =>
  Math.max(oldest, Clocks.elapsed(bornAt, now))

/** Milliseconds until the token has an age, unless a clock is set. The greatest age seen does not grow by itself. */
export const untilAge = (token: CurrentToken, age: number, now: Clocks.Instant): number =>
  token.oldest >= age ? 0 : age - Clocks.elapsed(token.bornAt, now)

/** The token after the clocks have been read. */
export const seen = (token: CurrentToken, now: Clocks.Instant): CurrentToken => {
  const oldest = ageOf(token, now)
  return oldest > token.oldest ? { ...token, oldest } : token
}

export const isUsable = (token: CurrentToken, now: Clocks.Instant): boolean =>
  !token.rejected && ageOf(token, now) < token.expiresAt

/** Reports whether the token can be served without anything else. It is most of the time, so this reads no more than it must. */
export const isFresh = (token: CurrentToken, wall: number, monotonic: number): boolean => {
  const { bornAt, oldest, refreshAt, rejected } = token
  const age = wall - bornAt.wall
  return !rejected && age < refreshAt && age >= -Clocks.tolerance && monotonic - bornAt.monotonic < refreshAt
    && oldest < refreshAt
}

/** Reports whether the token has yet to be issued by the wall clock, so that only the monotonic clock knows its age. */
export const isAgeInDoubt = (token: CurrentToken, now: Clocks.Instant): boolean =>
  now.wall < token.bornAt.wall - Clocks.tolerance
