/**
 * The life of one authorization's tokens as data, and every rule of it: what is answered to whom, what is due when, what
 * is remembered of an answer and of a failure.
 *
 * Each rule is a pure function of the state, an event and the instant of both clocks. None looks at a clock or does
 * anything: `Lifecycle` does what they decide.
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
import * as CurrentToken from "./CurrentToken.ts"
import * as Failure from "./Failure.ts"

// =============================================================================
// Model
// =============================================================================

export interface TokenState {
  readonly held: CurrentToken.CurrentToken | undefined
  readonly failure: Failure.Failure | undefined
  /** Whether a token request is in flight. */
  readonly isRequesting: boolean
  /** How many tokens have been held. */
  readonly generation: number
  /** When a token that is not stored is offered to the store again. */
  readonly save: Attempt
  /** When the schedule looks for a sign-in elsewhere. */
  readonly news: Attempt
  /** Monotonic milliseconds: when a caller last looked for one. */
  readonly lookedAt: number
  /** The end of the sign-in that has been warned of, in epoch milliseconds. */
  readonly warnedOf: number | undefined
}

/** Something to be tried again and again. */
interface Attempt {
  /** Monotonic milliseconds. */
  readonly at: number
  /** How often it has been tried in vain. */
  readonly times: number
}

/** What holds for all states of one service. */
export interface Rules {
  readonly policy: RefreshPolicy
  /** What every token must be good for. */
  readonly scopes: ReadonlyArray<string>
  /** Whether tokens name their scopes as they are asked for. */
  readonly areScopesVerbatim: boolean
  readonly refreshTokenLifetime: Duration.Duration | undefined
  readonly signInWarning: Duration.Duration
}

/** What a rule makes of a state, and what it decides. */
export type Step<A> = readonly [after: TokenState, decision: A]

export type Decision =
  /** The token at hand; with a request beside it that nobody waits for. */
  | { readonly _tag: "Serve"; readonly token: CurrentToken.CurrentToken; readonly andRefresh: boolean }
  /** Wait for the request in flight, or for one started now; where it fails, serve what is still good. */
  | { readonly _tag: "Await"; readonly orServe: boolean }
  | { readonly _tag: "Fail"; readonly error: AuthError.AuthError }
  /** Only new credentials can help, and a sign-in elsewhere may have left them in the store. */
  | { readonly _tag: "LookOrFail"; readonly error: AuthError.AuthError }

export type Task =
  | { readonly _tag: "Refresh" }
  /** Warn that the sign-in ends then. */
  | { readonly _tag: "Warn"; readonly dueAt: DateTime.Utc }
  /** Look for a sign-in elsewhere. */
  | { readonly _tag: "Look" }
  /** Offer the store what it has not taken. */
  | { readonly _tag: "Save" }
  /** Nothing until then, in whole milliseconds; infinite where nothing is due unless something happens. */
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

/** How soon tokens that the store did not take are offered again, in milliseconds: at once, then ever more rarely. */
const savePause = (times: number): number => Math.min(1000 * 2 ** times, 30_000)

/** How often callers without a token may look for a sign-in elsewhere. */
const lookPause = 1000

/** How soon the schedule looks for one, and how soon again: a service that nobody asks must not tell of an old end for ever. */
const newsPause = (times: number): number => Math.min(5000 * 2 ** times, 300_000)

const after = (pause: (times: number) => number, times: number, now: Clocks.Instant): Attempt => ({
  at: now.monotonic + pause(times),
  times
})

// =============================================================================
// Reading
// =============================================================================

/** The last instant that dates reach, where one lies beyond: a record may say anything, and no status fails over it. */
const instantAt = (epochMillis: number): DateTime.Utc =>
  DateTime.makeUnsafe(Math.max(Math.min(epochMillis, 8.64e15), -8.64e15))

/** The token at hand, while it is good. */
export const usable = ({ held }: TokenState, now: Clocks.Instant): CurrentToken.CurrentToken | undefined =>
  held !== undefined && CurrentToken.isUsable(held, now) ? held : undefined

/** The failure after which no request is made yet. One under way may be waited for all the same. */
export const paused = (
  { failure, isRequesting }: TokenState,
  now: Clocks.Instant
): Failure.Failure | undefined =>
  !isRequesting && failure !== undefined && now.monotonic < failure.pausedUntil ? failure : undefined

/** A service begins before anyone has signed in. */
export const isBeginning = ({ failure, generation }: TokenState): boolean => generation === 0 && failure === undefined

const phase = (state: TokenState, now: Clocks.Instant): TokenStatus["phase"] => {
  if (state.isRequesting) return "Refreshing"
  if (state.failure !== undefined) return Failure.phaseOf(state.failure)
  return usable(state, now) === undefined ? "Empty" : "Valid"
}

/** When the person must sign in again, in epoch milliseconds. */
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

/** Whether tokens are good for what the program cannot do without. */
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

/** Somebody asks for a token. */
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
  // The mandatory window grants one attempt whatever pause is on, unless the server has asked for it.
  const isLastChance = mustWait && !token.lastChanceTaken && failure?.isPauseGuessed !== false
  if (pause !== undefined && !isLastChance) return [state, { _tag: "Serve", token, andRefresh: false }]
  return mustWait
    ? [{ ...state, held: { ...token, lastChanceTaken: true } }, { _tag: "Await", orServe: true }]
    : [state, { _tag: "Serve", token, andRefresh: true }]
}

/** Somebody asks for a new token, whatever the age of the one at hand. */
export const onRefresh = (state: TokenState, now: Clocks.Instant): Step<Decision> => {
  const pause = paused(state, now)
  return pause === undefined ? [state, { _tag: "Await", orServe: false }] : failOrLook(state, pause, now)
}

/** An API has refused a token. */
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

/** Somebody has looked at the clocks. */
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

/** A token request has come to its end, or been given up. */
export const onRequestEnd = (state: TokenState, now: Clocks.Instant, isUnsaved: boolean): TokenState => ({
  ...state,
  isRequesting: false,
  save: isUnsaved ? after(savePause, 0, now) : state.save
})

/** What came of the answer: a token, and the failure that it is the end of; or why it cannot be used. */
export type Arrival = Result.Result<
  { readonly token: AccessToken; readonly failureBefore: Failure.Failure | undefined },
  AuthError.AuthError
>

/** Tokens have come: they are taken as far as they can be used. */
export const onTokens = (
  state: TokenState,
  { random, now, startedAt, tokenSet }: {
    readonly tokenSet: TokenSet
    /** When the request for them left. */
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
  // A token that is over already displaces none that serves. The refresh token it came with is in the store.
  const taken = isUsable || usable(state, now) === undefined
    ? { ...state, held: arrived, generation: state.generation + 1 }
    : state
  return isUsable
    ? [{ ...taken, failure: undefined }, Result.succeed({ token, failureBefore })]
    : [taken, Result.fail(unusable("the token had expired before its answer arrived"))]
}

/** There is no new token: why is remembered, and until when no other is asked for. */
export const onFailure = (
  state: TokenState,
  { random, error, now }: {
    readonly error: AuthError.AuthError
    readonly now: Clocks.Instant
    readonly random: number
  },
  { policy }: Rules
): Step<AuthError.AuthError> => {
  // Whoever signed the person out meant every program that shares the store.
  const left = Failure.isSignedOut(error) ? { ...state, held: undefined } : state
  const failure = Failure.after({ error, previous: left.failure, serving: usable(left, now), now, policy, random })
  return [{ ...left, failure, news: after(newsPause, 0, now) }, failure.error]
}

// =============================================================================
// The schedule
// =============================================================================

/** How long until the schedule should ask for a token; infinite while that is up to someone else. */
const untilRefresh = (state: TokenState, now: Clocks.Instant): number => {
  const { failure } = state
  const token = usable(state, now)
  if (failure !== undefined) {
    // A misconfigured client is not asked about again by itself: the next caller may.
    if (!failure.error.isRetryable) return Infinity
    const pause = failure.pausedUntil - now.monotonic
    return token === undefined || token.lastChanceTaken || !failure.isPauseGuessed
      ? pause
      : Math.min(pause, CurrentToken.untilAge(token, token.mandatoryAt, now))
  }
  if (token === undefined || CurrentToken.isAgeInDoubt(token, now)) return 0
  return CurrentToken.untilAge(token, token.refreshAt, now)
}

/** What the schedule does now, and until when it has nothing to do. */
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
  if (untilLook <= 0) return [{ ...state, news: after(newsPause, news.times + 1, now) }, { _tag: "Look" }]
  const untilSave = isUnsaved ? save.at - now.monotonic : Infinity
  if (untilSave <= 0) return [{ ...state, save: after(savePause, save.times + 1, now) }, { _tag: "Save" }]
  // Timers count whole milliseconds: waking a fraction too early would only mean sleeping again.
  return [state, { _tag: "Sleep", millis: Math.ceil(Math.min(untilDue, untilWarning, untilLook, untilSave)) }]
}

// =============================================================================
// Errors
// =============================================================================

export const unusable = (
  detail: string,
  kind: "UnexpectedStatus" | "Timeout" = "UnexpectedStatus"
): AuthError.AuthError => new AuthError.AuthError({ reason: new AuthError.TokenRequestFailed({ kind, detail }) })
