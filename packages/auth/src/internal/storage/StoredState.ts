/**
 * The tokens that the store holds for one account, as data, and every rule of what is done about them.
 *
 * **Details**
 *
 * Each rule is a pure function of the state, an event and the time. `StoredTokens` reads and writes the store under its
 * lock, `TokenRequests` makes the requests; both do what is decided here.
 *
 * No clock can tell which tokens are the latest, because somebody may set it between two responses. All changes go
 * through the store instead: a process that finds there what it left there knows that nobody has gone on from it.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as AuthError from "../../AuthError.ts"
import * as Clocks from "../../Clocks.ts"
import * as Grant from "../../Grant.ts"
import type { TokenSet } from "../../TokenSet.ts"
import type { TokenRecord } from "../../TokenStore.ts"
import * as SignInTime from "../oauth/SignInTime.ts"
import * as GrantRecord from "./GrantRecord.ts"

// =============================================================================
// Model
// =============================================================================

export interface StoredState {
  /** The whole record as it was last read or written. */
  readonly record: TokenRecord | undefined
  readonly unsaved: Unsaved | undefined
  /** The tokens in the store when the last refresh looked there. */
  readonly known: TokenSet | undefined
  /** The refresh token that the server refused last, and what that means for the sign-in. */
  readonly refused: { readonly refreshToken: string; readonly ended: AuthError.ReauthorizationRequired } | undefined
}

/** Tokens that the store did not accept, and its error. They serve all the same. */
export interface Unsaved {
  readonly record: GrantRecord.GrantRecord
  readonly error: AuthError.AuthError
}

/** The grant that the program configured, and the mark that it leaves on the tokens that grow from it. */
export interface Configured {
  readonly grant: Grant.Grant | undefined
  readonly origin: Redacted.Redacted<string>
}

/** The state after an event, and what to do. */
export type Step<A> = readonly [after: StoredState, decision: A]

export type Decision =
  /** Hand out these tokens. */
  | { readonly _tag: "Use"; readonly tokenSet: TokenSet }
  | { readonly _tag: "Fail"; readonly error: AuthError.AuthError }
  /** Ask the server with this grant, going on from the record `before`. */
  | {
    readonly _tag: "Request"
    readonly grant: Grant.Grant
    readonly before: GrantRecord.GrantRecord
    /** The tokens that serve where the request fails in passing. */
    readonly orUse?: TokenSet | undefined
  }
  /** The server has refused to go on from `before`: look in the store again, then end the sign-in. */
  | {
    readonly _tag: "End"
    readonly before: GrantRecord.GrantRecord
    readonly ended: AuthError.ReauthorizationRequired
  }

/** The reason for a write, which decides what happens when the store does not accept it. */
export type Purpose =
  /** A refresh request is about to be sent. */
  | "MarkPending"
  /** It certainly did not spend the refresh token. */
  | "ClearPending"
  /** It brought tokens. */
  | "PersistTokens"
  /** A new sign-in brought tokens. */
  | "PersistSignIn"
  /** The server has ended the sign-in. */
  | "RecordEnd"
  /** The store is offered what it did not accept before. */
  | "Save"

export const initial: StoredState = { record: undefined, unsaved: undefined, known: undefined, refused: undefined }

// =============================================================================
// Reading
// =============================================================================

/**
 * The record to go on from, which is the one that grew from the configured grant.
 *
 * Without a configured grant it is the one that was written last: any sign-in is the service's then.
 */
export const ownRecord = (
  { record }: StoredState,
  { grant, origin }: Configured
): GrantRecord.GrantRecord | undefined => {
  const own = GrantRecord.find(record, grant === undefined ? undefined : origin)
  return own && GrantRecord.withAuthorization(own)
}

/** Reports whether the store holds tokens that no refresh has seen yet, such as those of a sign-in elsewhere. */
export const hasNews = (state: StoredState, configured: Configured): boolean =>
  GrantRecord.holdsOthers(ownRecord(state, configured), state.known)

/**
 * Reports whether the store lacks a refresh token that replaced the one it holds.
 *
 * Nobody else may have the lock then: they would send a refresh token that is spent already.
 */
export const mustKeepLock = ({ record, unsaved }: StoredState): boolean =>
  unsaved !== undefined
  && GrantRecord.hasAnotherRefreshToken(unsaved.record, GrantRecord.find(record, unsaved.record.origin))

/** Reports whether the server may have honoured a request although its response did not arrive whole. */
export const isResponseLost = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "MalformedTokenResponse"
  || (reason._tag === "TokenRequestFailed" && (reason.kind === "Timeout" || reason.kind === "Unreachable"))

/** Only the wall clock knows the age of a token from the store, and a token from the future has no known age. */
const isGood = ({ accessToken }: TokenSet, now: DateTime.Utc): boolean =>
  !accessToken.isExpired(now)
  && accessToken.issuedAt.epochMilliseconds <= now.epochMilliseconds + Clocks.tolerance

// =============================================================================
// The store has been read or written
// =============================================================================

/** Unsaved tokens are dropped where somebody else has written the store since: it has gone on without them. */
export const onRead = (state: StoredState, record: TokenRecord | undefined): StoredState => {
  const origin = state.unsaved?.record.origin
  const theirs = GrantRecord.find(record, origin)
  const hasGoneOn = GrantRecord.isSignedOut(theirs)
    || !GrantRecord.isSame(theirs, GrantRecord.find(state.record, origin))
  return { ...state, record, unsaved: hasGoneOn ? undefined : state.unsaved }
}

export const onWritten = (state: StoredState, record: TokenRecord): StoredState => ({
  ...state,
  record,
  unsaved: undefined
})

// =============================================================================
// A refresh
// =============================================================================

/** A caller's view of a refresh. */
export interface Asked {
  /** The tokens at hand, which are not good enough. */
  readonly held: TokenSet | undefined
  readonly configured: Configured
  readonly now: DateTime.Utc
  /** `AuthorizationServer.refreshTokenGrace`. */
  readonly refreshTokenGrace?: Duration.Duration | undefined
}

/**
 * New tokens are wanted, and the store has been read without its lock. Returns those in the store where they will do: then
 * nobody has to wait for the lock.
 */
export const onPeek = (
  state: StoredState,
  record: TokenRecord | undefined,
  asked: Asked
): Step<TokenSet | undefined> => {
  const own = state.unsaved === undefined ? ownRecord({ ...state, record }, asked.configured) : undefined
  return canUse(own, asked) && !mayGetAnswer(own, asked)
    ? [{ ...state, record, known: own.tokenSet }, own.tokenSet]
    : [state, undefined]
}

/** Reports whether a record has good tokens, and others than those at hand. */
const canUse = (
  record: GrantRecord.GrantRecord | undefined,
  { configured, held, now }: Asked
): record is GrantRecord.Holding =>
  GrantRecord.hasGoneOn(record, held && { origin: configured.origin, tokenSet: held }) && isGood(record.tokenSet, now)

/** Reports whether the server still accepts a refresh token whose response may have been lost, and so gives that response again. */
const mayGetAnswer = (
  { pendingSince }: GrantRecord.GrantRecord,
  { now, refreshTokenGrace }: Asked
): boolean =>
  pendingSince !== undefined && refreshTokenGrace !== undefined
  && DateTime.isLessThan(now, DateTime.addDuration(pendingSince, refreshTokenGrace))

/** New tokens are wanted, and the store has just been read. */
export const onRefresh = (state: StoredState, asked: Asked): Step<Decision> => {
  const record = ownRecord(state, asked.configured)
  // The end of a sign-in may be older than tokens that the store has not accepted yet.
  return record?.ended !== undefined && state.unsaved === undefined
    ? [{ ...state, known: record.tokenSet }, failWith(record.ended)]
    : goOn(state, record, asked)
}

/** Better tokens than those at hand, or the reason why there are none. */
export type Found = Extract<Decision, { readonly _tag: "Use" | "Fail" }>

/** The store has been read, and the server is not to be asked. Returns what a refresh would find there, if anything. */
export const onFind = (state: StoredState, asked: Asked): Step<Found | undefined> => {
  const [after, decision] = onRefresh(state, asked)
  return decision._tag === "Use" || decision._tag === "Fail" ? [after, decision] : [state, undefined]
}

/** As `onRefresh`, but the server is asked once more although it has ended the sign-in. A sign-out stands. */
export const onRetryEndedSignIn = (state: StoredState, asked: Asked): Step<Decision> => {
  const record = ownRecord(state, asked.configured)
  return GrantRecord.isSignedOut(record)
    ? [{ ...state, known: record.tokenSet }, failWith(record.ended)]
    : goOn({ ...state, refused: undefined }, record, asked)
}

const goOn = (
  state: StoredState,
  record: GrantRecord.GrantRecord | undefined,
  asked: Asked
): Step<Decision> => {
  const { configured, held } = asked
  const { refused, unsaved } = state
  const after: StoredState = { ...state, known: record?.tokenSet }
  const usable = unsaved === undefined && canUse(record, asked) ? record : undefined
  if (usable !== undefined && !mayGetAnswer(usable, asked)) {
    return [after, { _tag: "Use", tokenSet: usable.tokenSet }]
  }
  const { ended: _, ...before }: GrantRecord.GrantRecord = unsaved?.record ?? record
    ?? { origin: configured.origin, ...(held && { tokenSet: held }) }
  const grant = nextGrant(before, configured.grant)
  if (grant === undefined) {
    return [after, failWith(new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" }))]
  }
  return refused !== undefined && grant._tag === "RefreshToken"
      && Redacted.value(grant.refreshToken) === refused.refreshToken
    ? [after, { _tag: "End", before, ended: refused.ended }]
    : [after, { _tag: "Request", grant, before, ...(usable !== undefined && { orUse: usable.tokenSet }) }]
}

/** The refresh token at hand; without one, the configured grant if it has not been used up. */
const nextGrant = (
  latest: GrantRecord.GrantRecord,
  configured: Grant.Grant | undefined
): Grant.Grant | undefined => {
  const refreshToken = GrantRecord.refreshTokenOf(latest)
  if (refreshToken !== undefined) {
    const authorizedAt = latest.tokenSet?.authorizedAt
      ?? (configured?._tag === "RefreshToken" ? configured.authorizedAt : undefined)
    return Grant.RefreshToken({ refreshToken, authorizedAt })
  }
  return latest.tokenSet === undefined || configured?._tag === "ClientCredentials" ? configured : undefined
}

/** Makes the decision to fail because the sign-in has ended. */
export const failWith = (
  reason: AuthError.ReauthorizationRequired
): { readonly _tag: "Fail"; readonly error: AuthError.AuthError } => ({
  _tag: "Fail",
  error: new AuthError.AuthError({ reason })
})

// =============================================================================
// A token request
// =============================================================================

/** A failed token request. */
export interface FailedRequest {
  readonly grant: Grant.Grant
  readonly before: GrantRecord.GrantRecord
  readonly error: AuthError.AuthError
  /** The refresh token in the response, where there was one. */
  readonly received: Redacted.Redacted<string> | undefined
  readonly now: DateTime.Utc
  readonly refreshTokenLifetime: Duration.Duration | undefined
}

/** Decision about a failed request: the record to write, if any, and the step that follows. */
export interface AfterFailedRequest {
  readonly write: { readonly record: GrantRecord.GrantRecord; readonly purpose: Purpose } | undefined
  readonly next: Decision
}

/** A token request has failed. A refresh token may work only once, and ends with the sign-in, so its fate is recorded. */
export const onRequestFailed = (state: StoredState, failed: FailedRequest): Step<AfterFailedRequest> => {
  const { before, error, grant } = failed
  const { reason } = error
  const isRefused = reason._tag === "ReauthorizationRequired"
  if (grant._tag !== "RefreshToken") {
    return [state, {
      write: undefined,
      next: isRefused ? { _tag: "End", before, ended: reason } : { _tag: "Fail", error }
    }]
  }
  const write = writeAfter(failed)
  if (!isRefused) return [state, { write, next: { _tag: "Fail", error } }]
  const ended = classifyEnd(reason, grant.authorizedAt, failed)
  const refused = { refreshToken: Redacted.value(grant.refreshToken), ended }
  return [{ ...state, refused }, { write, next: { _tag: "End", before, ended } }]
}

const writeAfter = ({ before, error, received }: FailedRequest): AfterFailedRequest["write"] => {
  if (received !== undefined) {
    return { record: GrantRecord.withRefreshToken(before, received), purpose: "PersistTokens" }
  }
  // A mark from before this request says nothing about this request.
  return before.pendingSince !== undefined || isResponseLost(error)
    ? undefined
    : { record: before, purpose: "ClearPending" }
}

/** Servers only refuse: the record tells whether the sign-in ended by age, by a lost response or by decision. */
const classifyEnd = (
  reason: AuthError.ReauthorizationRequired,
  authorizedAt: DateTime.Utc | undefined,
  { before, now, refreshTokenLifetime }: FailedRequest
): AuthError.ReauthorizationRequired => {
  const due = SignInTime.dueAt(authorizedAt, refreshTokenLifetime, now)
  if (Option.exists(due, (due) => DateTime.isLessThanOrEqualTo(due, now))) {
    return new AuthError.ReauthorizationRequired({ ...reason, kind: "Expired" })
  }
  return before.pendingSince === undefined
    ? reason
    : new AuthError.ReauthorizationRequired({ ...reason, kind: "AnswerLost" })
}

/** Decision about a refusal: record the end and fail, or whatever the store's record makes of it. */
export type AfterEnd = Decision | { readonly _tag: "RecordEnd"; readonly error: AuthError.AuthError }

/**
 * The server has refused, and the store has been read again as `theirs`; it held `known` before. The refusal counts
 * only for the refresh token that is still the store's. Otherwise it came late, and the refresh goes on from the store.
 */
export const onEnd = (
  state: StoredState,
  { ended, known, theirs }: {
    readonly known: GrantRecord.GrantRecord | undefined
    readonly theirs: GrantRecord.GrantRecord | undefined
    readonly ended: AuthError.ReauthorizationRequired
  },
  asked: Asked
): Step<AfterEnd> => {
  if (GrantRecord.isSignedOut(theirs)) return [state, failWith(theirs.ended)]
  return GrantRecord.goesOnElsewhere(theirs, known)
    ? goOn(state, theirs, asked)
    : [state, { ...failWith(ended), _tag: "RecordEnd" }]
}

// =============================================================================
// A sign-out
// =============================================================================

/** The record of an account that has been signed out, and the refresh tokens to revoke, each of them once. */
export const onSignOut = (
  { record, unsaved }: StoredState,
  origin: Redacted.Redacted<string>
): { readonly record: TokenRecord; readonly refreshTokens: ReadonlyArray<Redacted.Redacted<string>> } => {
  const held = [...(unsaved === undefined ? [] : [unsaved.record]), ...GrantRecord.all(record)]
  const refreshTokens = new Map(held.flatMap((record) => {
    const refreshToken = GrantRecord.refreshTokenOf(record)
    return refreshToken === undefined ? [] : [[Redacted.value(refreshToken), refreshToken]]
  }))
  return { record: GrantRecord.signOut(record, origin), refreshTokens: [...refreshTokens.values()] }
}
