/**
 * A list of the accounts in a store, for administration and dashboards, without any secret.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { AuthError } from "./AuthError.ts"
import type { RecordFacts } from "./SharedTokenStore.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The phases of accounts, from the best to the last.
 *
 * @category models
 * @since 0.1.0
 */
export const phases = ["Valid", "Due", "Refreshing", "Retrying", "SignInRequired", "SignedOut"] as const

/**
 * The phase of an account.
 *
 * **Details**
 *
 * | phase | meaning |
 * | --- | --- |
 * | `Valid` | there is a token, and its refresh is not due |
 * | `Due` | its refresh is due, and the next process with room makes it |
 * | `Refreshing` | a process is refreshing it |
 * | `Retrying` | the last request failed, and the next one is due at `refreshAt` |
 * | `SignInRequired` | the sign-in has ended |
 * | `SignedOut` | the person was signed out, or the account removed |
 *
 * @category models
 * @since 0.1.0
 */
export type Phase = (typeof phases)[number]

/**
 * Returns the phase of an account, from what is known of its record and whether a process has claimed it.
 *
 * @category accessors
 * @since 0.1.0
 */
export const phaseOf = (
  { attempts, ended, refreshAt }: RecordFacts,
  { isLeased, now }: { readonly isLeased: boolean; readonly now: DateTime.Utc }
): Phase => {
  if (ended === "SignedOut") return "SignedOut"
  if (ended !== undefined) return "SignInRequired"
  if (isLeased) return "Refreshing"
  if (refreshAt !== undefined && DateTime.isLessThanOrEqualTo(refreshAt, now)) return "Due"
  return attempts > 0 ? "Retrying" : "Valid"
}

/**
 * An account in the list.
 *
 * @category models
 * @since 0.1.0
 */
export interface AccountFacts extends RecordFacts {
  readonly key: TokenKey
  readonly phase: Phase
  /** The last time that a process asked for its token, within some hours; absent when unknown. */
  readonly usedAt: DateTime.Utc | undefined
  /** The time at which the sign-in ended; absent while it lives. */
  readonly endedAt: DateTime.Utc | undefined
}

/**
 * A choice of accounts; without any member, all of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Filter {
  readonly issuer?: string | undefined
  readonly clientId?: string | undefined
  readonly phase?: Phase | undefined
  /** Accounts whose person must sign in again before this time. */
  readonly signInDueBefore?: DateTime.Utc | undefined
  /** Accounts whose names begin with this text. */
  readonly prefix?: string | undefined
  /** Accounts that come after this one in the list, to go on with a page. */
  readonly after?: TokenKey | undefined
}

// =============================================================================
// Service
// =============================================================================

/**
 * The accounts in a store.
 *
 * @category services
 * @since 0.1.0
 */
export class AccountDirectory extends Context.Service<AccountDirectory, {
  /**
   * Lists accounts by issuer, client and name.
   *
   * **Gotchas**
   *
   * A name of more than 256 bytes may be listed as its digest, which begins with `sha256:`.
   */
  readonly list: (filter?: Filter) => Stream.Stream<AccountFacts, AuthError>
  /** Counts the accounts in each phase. */
  readonly counts: Effect.Effect<Readonly<Record<Phase, number>>, AuthError>
  /** Reports how many refreshes are due, and for how long the first of them has been. */
  readonly backlog: Effect.Effect<{ readonly lag: Duration.Duration; readonly due: number }, AuthError>
  /**
   * Deletes the tokens of an account, and returns whether there was one.
   *
   * **Details**
   *
   * Every process knows within a second. The account stays in the list as `SignedOut`, without anything secret, until it
   * is swept.
   *
   * **Gotchas**
   *
   * The authorization server is not told. `TokenService.signOut` revokes the refresh token first.
   */
  readonly remove: (key: TokenKey) => Effect.Effect<boolean, AuthError>
  /** Deletes the rows of accounts that ended at least so long ago, and returns their number. */
  readonly sweep: (options: { readonly endedFor: Duration.Input }) => Effect.Effect<number, AuthError>
}>()("@app/auth/AccountDirectory") {}
