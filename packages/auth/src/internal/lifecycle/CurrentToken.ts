/** The token at hand, how old it is, and what the policy planned for it. */
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

/** A token at hand, and the policy's plan for it in milliseconds of age. */
export interface CurrentToken {
  readonly tokenSet: TokenSet
  /** What `get` answers, made once. */
  readonly exit: Exit.Exit<AccessToken>
  readonly bornAt: Clocks.Instant
  readonly refreshAt: number
  readonly mandatoryAt: number
  readonly expiresAt: number
  /** The greatest age seen: a clock set back makes no token younger. */
  readonly oldest: number
  /** An API refused it. */
  readonly rejected: boolean
  /** It came in place of one that an API had refused. */
  readonly replacesRejected: boolean
  /** The one attempt that the mandatory window grants beyond every pause has been made. */
  readonly lastChanceTaken: boolean
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly tokenSet: TokenSet
  readonly previous: CurrentToken | undefined
  /** When the request for it left. */
  readonly startedAt: Clocks.Instant
  readonly policy: RefreshPolicy
  readonly random: number
}): CurrentToken => {
  const { random, policy, previous, startedAt, tokenSet } = options
  const token = tokenSet.accessToken
  // A token out of the store was born before this process looked at it.
  const age = Math.max(0, startedAt.wall - token.issuedAt.epochMilliseconds)
  const plan = previous !== undefined && isNoProgress(previous.tokenSet.accessToken, token)
    ? policy.planWithoutProgress(token.lifetime)
    : heedIssuer(token, policy.plan(token.lifetime, random), policy.plan(token.lifetime, 0))
  return {
    tokenSet,
    exit: Exit.succeed(token),
    bornAt: { wall: startedAt.wall - age, monotonic: startedAt.monotonic - age },
    // Whatever the policy says, its end makes a token due: until it is due, nobody looks at its end.
    refreshAt: Duration.toMillis(Duration.min(plan.refreshAt, plan.expiresAt)),
    mandatoryAt: Duration.toMillis(plan.mandatoryAt),
    expiresAt: Duration.toMillis(plan.expiresAt),
    oldest: 0,
    rejected: false,
    replacesRejected: previous?.rejected === true,
    lastChanceTaken: false
  }
}

/** An issuer's word on when to renew outweighs the policy's; the policy's jitter still spreads a fleet. */
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

/** The same token once more, or another for what is left of the same life. */
const isNoProgress = (previous: AccessToken, next: AccessToken): boolean => {
  if (previous.isSameAs(next)) return true
  if (previous.expiresAt === undefined || next.expiresAt === undefined) return false
  const later = next.issuedAt.epochMilliseconds - previous.issuedAt.epochMilliseconds
  const longer = next.expiresAt.epochMilliseconds - previous.expiresAt.epochMilliseconds
  return later > Clocks.tolerance && Math.abs(longer) <= Clocks.tolerance
}

/** Too old by either clock is too old. */
export const ageOf = ({ bornAt, oldest }: CurrentToken, now: Clocks.Instant): number =>
  Math.max(oldest, Clocks.elapsed(bornAt, now))

/** Milliseconds until the token has an age, unless somebody sets a clock. The greatest age seen does not grow by itself. */
export const untilAge = (token: CurrentToken, age: number, now: Clocks.Instant): number =>
  token.oldest >= age ? 0 : age - Clocks.elapsed(token.bornAt, now)

/** The token as it is once somebody has looked at the clocks. */
export const seen = (token: CurrentToken, now: Clocks.Instant): CurrentToken => {
  const oldest = ageOf(token, now)
  return oldest > token.oldest ? { ...token, oldest } : token
}

export const isUsable = (token: CurrentToken, now: Clocks.Instant): boolean =>
  !token.rejected && ageOf(token, now) < token.expiresAt

/**
 * Neither due, nor refused, nor of an age in doubt: most tokens most of the time, so this looks at no more than it must.
 */
export const isFresh = (token: CurrentToken, wall: number, monotonic: number): boolean => {
  const { bornAt, oldest, refreshAt, rejected } = token
  const age = wall - bornAt.wall
  return !rejected && age < refreshAt && age >= -Clocks.tolerance && monotonic - bornAt.monotonic < refreshAt
    && oldest < refreshAt
}

/** The wall clock says that the token has yet to be issued: how old it is, only the other clock still knows. */
export const isAgeInDoubt = (token: CurrentToken, now: Clocks.Instant): boolean =>
  now.wall < token.bornAt.wall - Clocks.tolerance
