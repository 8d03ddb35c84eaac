/** Facts about a record, and when its token is due. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Clocks from "../../Clocks.ts"
import type { RefreshPolicy } from "../../RefreshPolicy.ts"
import type { Lease, RecordFacts } from "../../SharedTokenStore.ts"
import type { TokenSet } from "../../TokenSet.ts"
import type { TokenRecord } from "../../TokenStore.ts"
import * as CurrentToken from "../lifecycle/CurrentToken.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"
import type { DueSpread } from "./DueSpread.ts"

// =============================================================================
// Model
// =============================================================================

/** The accounts that are refreshed before anybody asks, in milliseconds. */
export interface Ahead {
  /** Since the last use: infinite for all accounts, 0 for none. */
  readonly usedWithin: number
  /** The longest time without a refresh. */
  readonly keepAlive: number
}

export interface Settings {
  readonly policy: RefreshPolicy
  readonly refreshTokenLifetime: Duration.Duration | undefined
  readonly ahead: Ahead
  readonly spread: DueSpread
}

export type Randoms = readonly [number, number]

export const randoms: Effect.Effect<Randoms> = Effect.all([Random.next, Random.next])

// =============================================================================
// Due times
// =============================================================================

/** The time at which the policy wants a token refreshed, in milliseconds since 1970. */
const plannedAt = (
  tokenSet: TokenSet,
  previous: TokenSet | undefined,
  policy: RefreshPolicy,
  now: Clocks.Instant,
  random: number
): number => {
  const current = (tokenSet: TokenSet, previous: CurrentToken.CurrentToken | undefined) =>
    CurrentToken.make({ tokenSet, previous, startedAt: now, policy, random })
  const { bornAt, refreshAt } = current(tokenSet, previous && current(previous, undefined))
  return bornAt.wall + refreshAt
}

/** Whether an account is used enough to be refreshed before anybody asks. */
export const isAhead = (usedAt: DateTime.Utc | undefined, { usedWithin }: Ahead, now: number): boolean =>
  usedWithin === Infinity || (usedAt !== undefined && now - usedAt.epochMilliseconds < usedWithin)

/** The time by which an account is refreshed although nobody asks. */
const keepAliveAt = ({ accessToken }: TokenSet, { keepAlive }: Ahead): DateTime.Utc | undefined =>
  keepAlive === Infinity ? undefined : DateTime.makeUnsafe(accessToken.issuedAt.epochMilliseconds + keepAlive)

/** The time at which a record is due: as used, or as nobody asks for it. */
export const dueAt = (
  record: TokenRecord,
  options: {
    readonly previous: TokenSet | undefined
    readonly usedAt: DateTime.Utc | undefined
    readonly now: Clocks.Instant
    /** For the jitter of the policy, and for another time where too many accounts are due together. */
    readonly randoms: Randoms
  },
  { ahead, policy, spread }: Settings
): DateTime.Utc | undefined => {
  const { now, previous, randoms, usedAt } = options
  const { tokenSet } = record
  if (record.ended !== undefined) return undefined
  // A refresh token alone is waiting for its first access token.
  if (tokenSet === undefined) return record.refreshToken === undefined ? undefined : DateTime.makeUnsafe(now.wall)
  if (tokenSet.refreshToken === undefined) return undefined
  if (!isAhead(usedAt, ahead, now.wall)) return keepAliveAt(tokenSet, ahead)
  const planned = plannedAt(tokenSet, previous, policy, now, randoms[0])
  const { accessToken: { issuedAt, lifetime } } = tokenSet
  if (!Number.isFinite(planned)) return undefined
  return DateTime.makeUnsafe(
    Option.match(lifetime, {
      onNone: () => planned,
      onSome: (lifetime) =>
        spread.choose({
          issuedAt: issuedAt.epochMilliseconds,
          lifetime: Math.max(Duration.toMillis(lifetime), 1),
          planned,
          now: now.wall,
          randoms
        })
    })
  )
}

/** Whether a claimed record is to be refreshed now: its row may be about an earlier one, or nobody may use it any more. */
export const isWanted = (
  { areFactsCurrent, facts, pendingSince, isRejected, record, usedAt }: Lease,
  { ahead, policy }: Settings,
  now: Clocks.Instant
): boolean => {
  if (Option.isNone(record) || facts.ended !== undefined) return false
  const tokenSet = latestOf(record)
  // A refresh token alone waits for its first access token, and a request whose response is unknown for its end.
  if (tokenSet === undefined || isRejected || (areFactsCurrent && pendingSince !== undefined)) return true
  const keepAlive = keepAliveAt(tokenSet, ahead)
  if (keepAlive !== undefined && keepAlive.epochMilliseconds <= now.wall) return true
  return isAhead(usedAt, ahead, now.wall)
    && (areFactsCurrent || plannedAt(tokenSet, undefined, policy, now, 0) <= now.wall)
}

// =============================================================================
// Facts
// =============================================================================

/** The facts about a record that has just been written, or looked at. */
export const of = (
  record: TokenRecord,
  refreshAt: DateTime.Utc | undefined,
  now: Clocks.Instant,
  { refreshTokenLifetime }: Pick<Settings, "refreshTokenLifetime">
): RecordFacts => {
  const { ended, tokenSet } = record
  const wall = DateTime.makeUnsafe(now.wall)
  return {
    expiresAt: tokenSet?.accessToken.expiresAt,
    refreshAt: ended === undefined ? refreshAt : undefined,
    signInDueAt: ended === undefined && tokenSet !== undefined
      ? Option.getOrUndefined(tokenSet.signInDueAt(refreshTokenLifetime, wall))
      : undefined,
    ended: ended?.kind,
    attempts: 0
  }
}

/** The tokens of the grant that was used last. */
export const latestOf = (record: Option.Option<TokenRecord>): TokenSet | undefined =>
  GrantRecord.find(Option.getOrUndefined(record), undefined)?.tokenSet
