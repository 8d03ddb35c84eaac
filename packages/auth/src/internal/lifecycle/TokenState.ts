/**
 * The life of one account's tokens as data, and every rule of it.
 *
 * **Details**
 *
 * The rules decide what a caller receives, what is due when, and what is kept of a response and of a failure. Each is a
 * pure function of the state, an event and the instant by both clocks, and `Lifecycle` does what they decide. The picture
 * in the README is drawn from these rules.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { AccessToken } from "../../AccessToken.ts"
import * as AuthError from "../../AuthError.ts"
import type * as Clocks from "../../Clocks.ts"
import type { RefreshPolicy } from "../../RefreshPolicy.ts"
import type { TokenSet } from "../../TokenSet.ts"
import type { TokenStatus } from "../../TokenStatus.ts"
import * as RequiredScopes from "../oauth/RequiredScopes.ts"
import type * as StoredState from "../storage/StoredState.ts"
import * as CurrentToken from "./CurrentToken.ts"
import * as Failure from "./Failure.ts"

// =============================================================================
// Model
// =============================================================================

export interface TokenState {
  readonly held: CurrentToken.CurrentToken | undefined
  readonly failure: Failure.Failure | undefined
  /** True if a token request is in flight. */
  readonly isRequesting: boolean
  /** The number of tokens that have been received. */
  readonly generation: number
  /** The next attempt to write a token that the store has not accepted. */
  readonly save: Attempt
  /** The next time that the schedule looks in the store for a sign-in elsewhere. */
  readonly news: Attempt
  /** The last time that a caller looked there, in monotonic milliseconds. */
  readonly lookedAt: number
  /** The end of the sign-in of which a warning has been logged, in milliseconds since 1970. */
  readonly warnedOf: number | undefined
}

/** An attempt that is repeated less and less often. */
interface Attempt {
  /** Monotonic milliseconds. */
  readonly at: number
  /** The number of attempts before it. */
  readonly times: number
}

/** The settings that the rules need. */
export interface Rules {
  readonly policy: RefreshPolicy
  /** The scopes that every token must have. */
  readonly scopes: ReadonlyArray<string>
  /** True if responses name scopes as they were requested. */
  readonly areScopesVerbatim: boolean
  readonly refreshTokenLifetime: Duration.Duration | undefined
  readonly signInWarning: Duration.Duration
}

/** The state after an event, and what to do. */
export type Step<A> = readonly [after: TokenState, decision: A]

export type Decision =
  /** Return the current token; `andRefresh` starts a request that nobody waits for. */
  | { readonly _tag: "Serve"; readonly token: CurrentToken.CurrentToken; readonly andRefresh: boolean }
  /** Wait for the request in flight, or for one started now. If it fails, `orServe` returns the current token while it is good. */
  | { readonly _tag: "Await"; readonly orServe: boolean }
  | { readonly _tag: "Fail"; readonly error: AuthError.AuthError }
  /** Look in the store for a sign-in elsewhere, and fail if there is none: only new credentials can help. */
  | { readonly _tag: "LookOrFail"; readonly error: AuthError.AuthError }

export type Task =
  | { readonly _tag: "Refresh" }
  /** Log a warning that the sign-in ends then. */
  | { readonly _tag: "Warn"; readonly dueAt: DateTime.Utc }
  /** Look in the store for a sign-in elsewhere. */
  | { readonly _tag: "Look" }
  /** Write the tokens that the store has not accepted. */
  | { readonly _tag: "Save" }
  /** Do nothing for so many whole milliseconds; infinite where nothing is due until something happens. */
  | { readonly _tag: "Sleep"; readonly millis: number }

export const initial: TokenState = {
  held: undefined,
  failure: undefined,
  isRequesting: false,
  generation: 0,
  save: { at: Infinity, times: 0 },
  news: { at: Infinity, times: 0 },
  lookedAt: -Infinity,
  warnedOf: undefined
}

// =============================================================================
// Pauses
// =============================================================================

/** Milliseconds before unsaved tokens are written again. */
const savePause = (times: number): number => Math.min(1000 * 2 ** times, 30_000)

/** Milliseconds between two looks for a sign-in elsewhere by callers without a token. */
const lookPause = 1000

/** Milliseconds before the schedule looks for one, so that the status of a service without callers follows, too. */
const scheduledLookPause = (times: number): number => Math.min(5000 * 2 ** times, 300_000)

const after = (pause: (times: number) => number, times: number, now: Clocks.Instant): Attempt => ({
  at: now.monotonic + pause(times),
  times
})

// =============================================================================
// Reading
// =============================================================================

/** A time within the range of dates, since a stored record may have any number. */
const instantAt = (epochMillis: number): DateTime.Utc =>
  DateTime.makeUnsafe(Math.max(Math.min(epochMillis, 8.64e15), -8.64e15))

/** The current token, while it is good. */
export const usable = ({ held }: TokenState, now: Clocks.Instant): CurrentToken.CurrentToken | undefined =>
  held !== undefined && CurrentToken.isUsable(held, now) ? held : undefined

/** The failure because of which no request may start yet. A request in flight may be waited for all the same. */
export const paused = (
  { failure, isRequesting }: TokenState,
  now: Clocks.Instant
): Failure.Failure | undefined =>
  !isRequesting && failure !== undefined && now.monotonic < failure.pausedUntil ? failure : undefined

/** Reports whether nothing has happened yet: that nobody has signed in is no failure then. */
export const isBeginning = ({ failure, generation }: TokenState): boolean => generation === 0 && failure === undefined

const phase = (state: TokenState, now: Clocks.Instant): TokenStatus["phase"] => {
  if (state.isRequesting) return "Refreshing"
  if (state.failure !== undefined) return Failure.phaseOf(state.failure)
  return usable(state, now) === undefined ? "Empty" : "Valid"
}

/** The time by which the person must sign in again, in milliseconds since 1970; infinite where there is none. */
const signInDueAt = ({ held }: TokenState, now: Clocks.Instant, { refreshTokenLifetime }: Rules): number => {
  const due = held?.tokenSet.signInDueAt(refreshTokenLifetime, instantAt(now.wall)) ?? Option.none()
  return Option.isSome(due) ? due.value.epochMilliseconds : Infinity
}

const missingScopes = (
  { accessToken }: TokenSet,
  { areScopesVerbatim, scopes }: Rules
): AuthError.AuthError | undefined => {
  const missing = RequiredScopes.missing({
    required: scopes,
    granted: accessToken.scopes,
    areVerbatim: areScopesVerbatim
  })
  return missing.length === 0 ? undefined : new AuthError.AuthError({
    reason: new AuthError.ReauthorizationRequired({ kind: "InsufficientScope", description: missing.join(" ") })
  })
}

/** Fails for tokens that lack a scope that the program cannot do without. */
export const checkScopes = (tokenSet: TokenSet, rules: Rules): Result.Result<void, AuthError.AuthError> => {
  const error = missingScopes(tokenSet, rules)
  return error === undefined ? Result.void : Result.fail(error)
}

export const status = (
  state: TokenState,
  now: Clocks.Instant,
  rules: Rules,
  unsaved: AuthError.AuthError | undefined
): TokenStatus => {
  const { failure, generation, held } = state
  const dueAt = signInDueAt(state, now, rules)
  return {
    phase: phase(state, now),
    generation,
    expiresAt: held?.tokenSet.accessToken.expiresAt,
    refreshAt: held === undefined ? undefined : instantAt(held.bornAt.wall + held.refreshAt),
    error: failure?.error,
    retryAt: failure?.retryAt,
    unsaved,
    signInDueAt: Number.isFinite(dueAt) ? instantAt(dueAt) : undefined,
    isSignInDueSoon: dueAt - Duration.toMillis(rules.signInWarning) <= now.wall
  }
}

// =============================================================================
// Callers
// =============================================================================

const failOrLook = (
  state: TokenState,
  { error }: Failure.Failure,
  now: Clocks.Instant
): Step<Decision> =>
  error.reason._tag === "ReauthorizationRequired"
    ? [{ ...state, lookedAt: now.monotonic }, { _tag: "LookOrFail", error }]
    : [state, { _tag: "Fail", error }]

/** A caller asks for a token. */
export const onGet = (state: TokenState, now: Clocks.Instant): Step<Decision> => {
  const { failure } = state
  const token = usable(state, now)
  const pause = paused(state, now)
  if (token === undefined) {
    if (pause === undefined) return [state, { _tag: "Await", orServe: false }]
    return now.monotonic - state.lookedAt < lookPause
      ? [state, { _tag: "Fail", error: pause.error }]
      : failOrLook(state, pause, now)
  }
  if (CurrentToken.isFresh(token, now.wall, now.monotonic)) return [state, { _tag: "Serve", token, andRefresh: false }]
  const mustWait = CurrentToken.ageOf(token, now) >= token.mandatoryAt || CurrentToken.isAgeInDoubt(token, now)
  // In the mandatory window one attempt may ignore our own backoff, but never a server's Retry-After.
  const isLastChance = mustWait && !token.lastChanceTaken && failure?.isOwnPause !== false
  if (pause !== undefined && !isLastChance) return [state, { _tag: "Serve", token, andRefresh: false }]
  return mustWait
    ? [{ ...state, held: { ...token, lastChanceTaken: true } }, { _tag: "Await", orServe: true }]
    : [state, { _tag: "Serve", token, andRefresh: true }]
}

/** A caller asks for a new token, whatever the age of the current one. */
export const onRefresh = (state: TokenState, now: Clocks.Instant): Step<Decision> => {
  const pause = paused(state, now)
  return pause === undefined ? [state, { _tag: "Await", orServe: false }] : failOrLook(state, pause, now)
}

/** An API has rejected a token. */
export const onInvalidate = (
  state: TokenState,
  token: AccessToken,
  now: Clocks.Instant,
  { policy }: Rules
): Step<{ readonly isWorthARetry: boolean; readonly andRefresh: boolean }> => {
  const { held } = state
  if (held === undefined || !held.tokenSet.accessToken.isSameAs(token)) {
    return [state, { isWorthARetry: true, andRefresh: false }]
  }
  const freshFor = Duration.toMillis(policy.minAgeBeforeReplacement(token.lifetime))
  if (held.replacesRejected && CurrentToken.ageOf(held, now) < freshFor) {
    return [state, { isWorthARetry: false, andRefresh: false }]
  }
  return [
    { ...state, held: { ...held, rejected: true } },
    { isWorthARetry: true, andRefresh: paused(state, now) === undefined }
  ]
}

// =============================================================================
// Time
// =============================================================================

/** The clocks have been read. */
export const onLook = (state: TokenState, now: Clocks.Instant): TokenState => {
  const { held } = state
  if (held === undefined) return state
  const seen = CurrentToken.seen(held, now)
  return seen === held ? state : { ...state, held: seen }
}

// =============================================================================
// Token requests
// =============================================================================

/** A token request begins. */
export const onRequest = (state: TokenState): TokenState => ({ ...state, isRequesting: true })

/** A token request has ended, or been given up. */
export const onRequestEnd = (state: TokenState, now: Clocks.Instant, isUnsaved: boolean): TokenState => ({
  ...state,
  isRequesting: false,
  save: isUnsaved ? after(savePause, 0, now) : state.save
})

/** The token, and the failure that it ends; or the reason why the token cannot be used. */
export type Arrival = Result.Result<
  { readonly token: AccessToken; readonly failureBefore: Failure.Failure | undefined },
  AuthError.AuthError
>

/** A response has brought tokens. */
export const onTokens = (
  state: TokenState,
  { random, now, startedAt, tokenSet }: {
    readonly tokenSet: TokenSet
    /** The instant at which the request for them was sent. */
    readonly startedAt: Clocks.Instant
    readonly now: Clocks.Instant
    readonly random: number
  },
  rules: Rules
): Step<Arrival> => {
  const { failure: failureBefore, held: previous } = state
  const token = tokenSet.accessToken
  if (previous?.rejected === true && previous.tokenSet.accessToken.isSameAs(token)) {
    return [state, Result.fail(unusable("the server handed out again the token that the API refused"))]
  }
  const error = missingScopes(tokenSet, rules)
  if (error !== undefined) return [state, Result.fail(error)]
  const arrived = CurrentToken.make({ tokenSet, previous, startedAt, policy: rules.policy, random })
  const isUsable = CurrentToken.isUsable(arrived, now)
  // A token that has ended already does not replace one that serves. Its refresh token is in the store.
  const taken = isUsable || usable(state, now) === undefined
    ? { ...state, held: arrived, generation: state.generation + 1 }
    : state
  return isUsable
    ? [{ ...taken, failure: undefined }, Result.succeed({ token, failureBefore })]
    : [taken, Result.fail(unusable("the token had expired before its answer arrived"))]
}

/** A token request has failed. */
export const onFailure = (
  state: TokenState,
  { random, error, now }: {
    readonly error: AuthError.AuthError
    readonly now: Clocks.Instant
    readonly random: number
  },
  { policy }: Rules
): Step<AuthError.AuthError> => {
  // A sign-out counts for every program that shares the store.
  const left = Failure.isSignedOut(error) ? { ...state, held: undefined } : state
  const failure = Failure.after({ error, previous: left.failure, serving: usable(left, now), now, policy, random })
  return [{ ...left, failure, news: after(scheduledLookPause, 0, now) }, failure.error]
}

// =============================================================================
// The store
// =============================================================================

/** Reports whether what a refresh would find in the store is news: other tokens are, and an end of the sign-in is once. */
export const isNews = ({ failure }: TokenState, found: StoredState.Found | undefined): boolean => {
  if (found === undefined || found._tag === "Use") return found !== undefined
  return failure === undefined || endOf(failure.error) !== endOf(found.error)
}

const endOf = ({ reason }: AuthError.AuthError): AuthError.ReauthorizationRequired["kind"] | undefined =>
  reason._tag === "ReauthorizationRequired" ? reason.kind : undefined

// =============================================================================
// The schedule
// =============================================================================

/** Milliseconds until the schedule requests a token; infinite while only somebody else can. */
const untilRefresh = (state: TokenState, now: Clocks.Instant): number => {
  const { failure } = state
  const token = usable(state, now)
  if (failure !== undefined) {
    // Only a caller tries again for a misconfigured client.
    if (!failure.error.isRetryable) return Infinity
    const pause = failure.pausedUntil - now.monotonic
    return token === undefined || token.lastChanceTaken || !failure.isOwnPause
      ? pause
      : Math.min(pause, CurrentToken.untilAge(token, token.mandatoryAt, now))
  }
  if (token === undefined || CurrentToken.isAgeInDoubt(token, now)) return 0
  return CurrentToken.untilAge(token, token.refreshAt, now)
}

/** The schedule asks for its next task. */
export const nextTask = (
  state: TokenState,
  now: Clocks.Instant,
  rules: Rules,
  isUnsaved: boolean
): Step<Task> => {
  const { failure, held, news, save, warnedOf } = state
  const untilDue = untilRefresh(state, now)
  if (untilDue <= 0) {
    const isLastChance = held !== undefined && CurrentToken.ageOf(held, now) >= held.mandatoryAt
    return [isLastChance ? { ...state, held: { ...held, lastChanceTaken: true } } : state, { _tag: "Refresh" }]
  }
  const dueAt = signInDueAt(state, now, rules)
  const isToBeWarnedOf = Number.isFinite(dueAt) && warnedOf !== dueAt
  const untilWarning = isToBeWarnedOf ? dueAt - Duration.toMillis(rules.signInWarning) - now.wall : Infinity
  if (untilWarning <= 0) return [{ ...state, warnedOf: dueAt }, { _tag: "Warn", dueAt: instantAt(dueAt) }]
  const untilLook = failure?.error.reason._tag === "ReauthorizationRequired" ? news.at - now.monotonic : Infinity
  if (untilLook <= 0) return [{ ...state, news: after(scheduledLookPause, news.times + 1, now) }, { _tag: "Look" }]
  const untilSave = isUnsaved ? save.at - now.monotonic : Infinity
  if (untilSave <= 0) return [{ ...state, save: after(savePause, save.times + 1, now) }, { _tag: "Save" }]
  // Timers count whole milliseconds, and waking a fraction too early would mean to sleep again.
  return [state, { _tag: "Sleep", millis: Math.ceil(Math.min(untilDue, untilWarning, untilLook, untilSave)) }]
}

// =============================================================================
// Errors
// =============================================================================

export const unusable = (
  detail: string,
  kind: "UnexpectedStatus" | "Timeout" = "UnexpectedStatus"
): AuthError.AuthError => new AuthError.AuthError({ reason: new AuthError.TokenRequestFailed({ kind, detail }) })
