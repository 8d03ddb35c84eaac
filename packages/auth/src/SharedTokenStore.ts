/**
 * Storage for the tokens of accounts that any number of processes keep fresh together.
 *
 * **When to use**
 *
 * Use below `SharedAccounts`, in a program with several processes. `SqlSharedTokenStore` keeps the accounts in PostgreSQL;
 * `layerMemory` is for tests.
 *
 * **Details**
 *
 * An account is a row: its record, and facts about it without any secret, such as when its refresh is due. Whoever
 * refreshes a token claims its row for some seconds with a numbered lease, and prolongs it while a request is under way.
 *
 * - Tokens are written unless a later lease, a sign-in or a sign-out has been written before.
 * - A refusal ends a sign-in only where nothing has been written since the claim.
 * - A sign-in and a sign-out wait for no lease, and nothing under way undoes them.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { AuthError, ReauthorizationRequired } from "./AuthError.ts"
import type { TokenKey, TokenRecord } from "./TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The facts about a record that a store may know without reading it; no secret is among them.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordFacts {
  /** The end of the access token; absent when unknown or when there is none. */
  readonly expiresAt: DateTime.Utc | undefined
  /** The time from which any process may refresh the token; absent when it is refreshed only for whoever asks. */
  readonly refreshAt: DateTime.Utc | undefined
  /** The time by which the person must sign in again; absent when unknown. */
  readonly signInDueAt: DateTime.Utc | undefined
  /** The reason why the sign-in has ended; absent while it lives. */
  readonly ended: ReauthorizationRequired["kind"] | undefined
  /** The number of failed requests in a row. */
  readonly attempts: number
}

/**
 * A record as a look at its row finds it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SharedRecord {
  /** None where there are no tokens: an account that was removed, or that somebody is about to begin. */
  readonly record: Option.Option<TokenRecord>
  readonly facts: RecordFacts
  /** False when the record was written by a program that knows of no facts, so that they are those of an earlier record. */
  readonly areFactsCurrent: boolean
  /** Grows with each change of the record. */
  readonly version: number
  /** True if somebody is refreshing it. */
  readonly isLeased: boolean
  /** True if an API has rejected its access token. */
  readonly isRejected: boolean
  /** The last time that a process asked for a token, within some hours. */
  readonly usedAt: DateTime.Utc | undefined
}

/**
 * The result of a write: done, or not done because somebody else's counts.
 *
 * @category models
 * @since 0.1.0
 */
export type Written =
  | { readonly _tag: "Committed" }
  | { readonly _tag: "Overtaken"; readonly theirs: Option.Option<SharedRecord> }

/**
 * A claim on a row, which ends by itself after some seconds unless it is prolonged.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lease extends SharedRecord {
  readonly key: TokenKey
  /** The time of an earlier request whose response is unknown. */
  readonly pendingSince: DateTime.Utc | undefined
  /** The length of the lease. Whoever needs it for longer prolongs it every third of this. */
  readonly lasts: Duration.Duration
  /** Reports whether enough of the lease is left to send a request, by the clocks of this process. */
  readonly maySend: Effect.Effect<boolean>
  /** Prolongs the lease, unless somebody else has one by now. */
  readonly prolong: Effect.Effect<void, AuthError>
  /** Writes tokens, unless a later lease, a sign-in or a sign-out has been written. */
  readonly commit: (record: TokenRecord, facts: RecordFacts) => Effect.Effect<Written, AuthError>
  /** Writes the end of a sign-in, unless anything has been written since the claim. */
  readonly end: (record: TokenRecord, facts: RecordFacts) => Effect.Effect<Written, AuthError>
  /** Ends the lease without tokens. With `mayBeLost` the row says that a response may have been lost. */
  readonly giveBack: (facts: RecordFacts, options: { readonly mayBeLost: boolean }) => Effect.Effect<void, AuthError>
}

/**
 * The accounts of one client at one issuer.
 *
 * @category models
 * @since 0.1.0
 */
export interface App {
  readonly issuer: string
  readonly clientId: string
}

/**
 * The accounts that somebody has signed in to or out of, or whose token was rejected, since an earlier look.
 *
 * @category models
 * @since 0.1.0
 */
export interface News {
  readonly accounts: ReadonlyArray<string>
  /** For the next look. */
  readonly until: string
}

// =============================================================================
// Service
// =============================================================================

/**
 * A token store for many processes.
 *
 * @category services
 * @since 0.1.0
 */
export class SharedTokenStore extends Context.Service<SharedTokenStore, {
  /** Reads an account without claiming it. */
  readonly peek: (key: TokenKey) => Effect.Effect<Option.Option<SharedRecord>, AuthError>
  /** Claims an account, whether it is due or not; none while somebody else has it. The row is made where there is none. */
  readonly lease: (key: TokenKey) => Effect.Effect<Option.Option<Lease>, AuthError>
  /**
   * Claims accounts that are due, those first that have been due for longest.
   *
   * **Details**
   *
   * One whose record cannot be read is put off, with an error in the log, and does not keep the others waiting.
   */
  readonly leaseDue: (options: App & { readonly limit: number }) => Effect.Effect<ReadonlyArray<Lease>, AuthError>
  /**
   * Writes a sign-in or a sign-out, whoever has a lease. Returns `false`, and changes nothing, when the record is no longer
   * of `version`; that is undefined where there was no record.
   */
  readonly supersede: (
    key: TokenKey,
    options: { readonly record: TokenRecord; readonly facts: RecordFacts; readonly version: number | undefined }
  ) => Effect.Effect<boolean, AuthError>
  /** Makes an account due whose access token an API has rejected, unless the record is no longer of `version`. */
  readonly reject: (key: TokenKey, version: number) => Effect.Effect<void, AuthError>
  /** Notes that accounts have been used. One that was due never is due at `refreshAt` from then on. */
  readonly use: (
    uses: ReadonlyArray<{ readonly key: TokenKey; readonly refreshAt: DateTime.Utc | undefined }>
  ) => Effect.Effect<void, AuthError>
  /** Looks for accounts with news since an earlier look; without one, only begins to look. */
  readonly news: (app: App, since: string | undefined) => Effect.Effect<News, AuthError>
}>()("@app/auth/SharedTokenStore") {}
