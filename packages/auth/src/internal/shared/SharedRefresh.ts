/**
 * One refresh under a lease: decide, send, and write what the server has answered.
 *
 * **Details**
 *
 * `StoredState` has the rules of what a refresh does with a record, and `LeaseRules` those of the lease. Between a request
 * and the write of its response nothing gives up: the response is the only copy of what the server has issued.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as AuthError from "../../AuthError.ts"
import type { Lease, RecordFacts, SharedRecord, Written } from "../../SharedTokenStore.ts"
import * as TokenMetrics from "../../TokenMetrics.ts"
import type { TokenSet } from "../../TokenSet.ts"
import type { TokenRecord } from "../../TokenStore.ts"
import * as CurrentToken from "../lifecycle/CurrentToken.ts"
import * as Failure from "../lifecycle/Failure.ts"
import * as TokenState from "../lifecycle/TokenState.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"
import * as StoredState from "../storage/StoredState.ts"
import * as RefreshFacts from "./RefreshFacts.ts"
import type { Sharing } from "./Sharing.ts"

// =============================================================================
// Model
// =============================================================================

/** What is asked of a refresh, and by whom. */
export interface Turn {
  readonly lease: Lease
  readonly configured: StoredState.Configured
  /** The tokens that are not good enough. */
  readonly held: TokenSet | undefined
  readonly rule: (state: StoredState.StoredState, asked: StoredState.Asked) => StoredState.Step<StoredState.Decision>
  /** Whether somebody has asked for the token. */
  readonly isUse: boolean
  /** Runs right before the request is sent, and fails where none may be. */
  readonly beforeSending: Effect.Effect<void, AuthError.AuthError>
}

export interface Refreshed {
  readonly tokenSet: TokenSet
  readonly refreshAt: DateTime.Utc | undefined
  /** The write that the store has not accepted yet: its error, and the attempts to make it. The tokens serve meanwhile. */
  readonly saving: { readonly error: AuthError.AuthError; readonly save: Effect.Effect<boolean> } | undefined
}

type Request = Extract<StoredState.Decision, { readonly _tag: "Request" }>

/** The time for which a write is tried again. */
const longestSave = Duration.seconds(100)

// =============================================================================
// Refresh
// =============================================================================

/** Refreshes the tokens of a lease, and gives the lease back. */
export const run = Effect.fnUntraced(function*(
  sharing: Sharing,
  turn: Turn
): Effect.fn.Return<Refreshed, AuthError.AuthError> {
  const { configured, held, lease, rule } = turn
  const now = yield* DateTime.now
  const { refreshTokenGrace } = sharing.server
  const state = { ...StoredState.initial, record: Option.getOrUndefined(lease.record) }
  const [, decision] = rule(state, { configured, held, now, refreshTokenGrace })
  switch (decision._tag) {
    case "Use": {
      const refreshAt = yield* dueAgain(sharing, turn)
      yield* Effect.ignore(lease.giveBack(yield* factsOf(sharing, lease, refreshAt), { mayBeLost: wasPending(lease) }))
      return { tokenSet: decision.tokenSet, refreshAt, saving: undefined }
    }
    case "Fail":
    case "End": {
      const error = decision._tag === "Fail" ? decision.error : new AuthError.AuthError({ reason: decision.ended })
      // A configured grant may have ended while another one of the account lives.
      const facts = turn.isUse ? lease.facts : { ...lease.facts, refreshAt: undefined }
      yield* Effect.ignore(lease.giveBack(facts, { mayBeLost: wasPending(lease) }))
      return yield* error
    }
    case "Request":
      return yield* request(sharing, turn, decision)
  }
})

const wasPending = ({ pendingSince }: Lease): boolean => pendingSince !== undefined

const usedAt = ({ isUse, lease }: Turn, now: DateTime.Utc): DateTime.Utc | undefined => isUse ? now : lease.usedAt

/** The due time of tokens that stay. */
const dueAgain = Effect.fnUntraced(function*(sharing: Sharing, turn: Turn) {
  const record = Option.getOrUndefined(turn.lease.record)
  if (record === undefined) return undefined
  const randoms = yield* RefreshFacts.randoms
  const used = usedAt(turn, yield* DateTime.now)
  return RefreshFacts.dueAt(record, { previous: undefined, usedAt: used, now: sharing.now, randoms }, sharing.facts)
})

const factsOf = (sharing: Sharing, lease: Lease, refreshAt: DateTime.Utc | undefined): Effect.Effect<RecordFacts> =>
  Effect.sync(() => {
    const record = Option.getOrUndefined(lease.record)
    return record === undefined
      ? { ...lease.facts, refreshAt }
      : RefreshFacts.of(record, refreshAt, sharing.now, sharing.facts)
  })

const request = Effect.fnUntraced(function*(
  sharing: Sharing,
  turn: Turn,
  decision: Request
): Effect.fn.Return<Refreshed, AuthError.AuthError> {
  const { lease } = turn
  const notSent = lease.giveBack(lease.facts, { mayBeLost: wasPending(lease) })
  yield* Effect.tapError(turn.beforeSending, () => Effect.ignore(notSent))
  if (!(yield* lease.maySend)) {
    yield* Effect.ignore(notSent)
    return yield* tooLate
  }
  let received: Redacted.Redacted<string> | undefined
  const onRefreshToken = (refreshToken: Redacted.Redacted<string>) =>
    Effect.sync(() => {
      received = refreshToken
    })
  const response = yield* Effect.result(
    whileProlonged(
      lease,
      sharing.endpoint.request(decision.grant, decision.grant._tag === "RefreshToken" ? { onRefreshToken } : undefined)
    )
  ).pipe(Effect.catchDefect((defect) => onFault(sharing, lease, defect)))
  const pendingSince = decision.before.pendingSince ?? lease.pendingSince
  const before = { ...decision.before, ...(pendingSince !== undefined && { pendingSince }) }
  if (Result.isSuccess(response)) {
    sharing.pace.onAnswer(lease.key.account, false)
    return yield* persist(sharing, turn, before, GrantRecord.refreshed(before, response.success))
  }
  return yield* onFailed(sharing, turn, { ...decision, before }, response.failure, received)
})

/** Whoever claims the account next sends the request. */
const tooLate = Effect.fail(TokenState.unusable("its lease was about to end before the request was sent", "Timeout"))

/** Prolongs the lease every third of it while a request is under way, and while its response is written. */
const whileProlonged = <A, E>(lease: Lease, use: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  const prolong = Effect.ignore(lease.prolong).pipe(
    Effect.delay(Duration.times(lease.lasts, 1 / 3)),
    Effect.forever
  )
  return Effect.scoped(Effect.andThen(Effect.forkScoped(prolong), use))
}

type Outcome = "refreshed" | "resent" | "overtaken" | "unsaved" | "refused" | "incident" | "failed"

const count = ({ server: { issuer } }: Sharing, outcome: Outcome): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(TokenMetrics.sharedRefreshes, { issuer, outcome }), 1)

// =============================================================================
// Success
// =============================================================================

const persist = Effect.fnUntraced(function*(
  sharing: Sharing,
  turn: Turn,
  before: GrantRecord.GrantRecord,
  own: GrantRecord.Holding
): Effect.fn.Return<Refreshed, AuthError.AuthError> {
  const { lease } = turn
  const record = GrantRecord.replace(Option.getOrUndefined(lease.record), own)
  const randoms = yield* RefreshFacts.randoms
  const used = usedAt(turn, yield* DateTime.now)
  const { now } = sharing
  const refreshAt = RefreshFacts.dueAt(record, { previous: before.tokenSet, usedAt: used, now, randoms }, sharing.facts)
  const write = lease.commit(record, RefreshFacts.of(record, refreshAt, now, sharing.facts))
  const written = yield* Effect.result(write)
  if (Result.isSuccess(written)) {
    const outcome = wasPending(lease) ? "resent" : "refreshed"
    yield* count(sharing, written.success._tag === "Committed" ? outcome : "overtaken")
    return { tokenSet: yield* afterWrite(written.success, own, turn), refreshAt, saving: undefined }
  }
  yield* count(sharing, "unsaved")
  yield* Effect.logError(written.failure.message)
  const save = whileProlonged(
    lease,
    Effect.retry(write, Schedule.spaced("500 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: longestSave })))
  ).pipe(Effect.matchEffect({
    onFailure: (error) => Effect.as(Effect.logError(error.message), false),
    onSuccess: () => Effect.as(Effect.logInfo("The token at hand is in the store now."), true)
  }))
  return { tokenSet: own.tokenSet, refreshAt, saving: { error: written.failure, save } }
})

/** Somebody else's tokens, where they were written first and are good; a sign-out stands. */
const afterWrite = (
  written: Written,
  own: GrantRecord.Holding,
  { configured, held }: Turn
): Effect.Effect<TokenSet, AuthError.AuthError> => {
  if (written._tag === "Committed") return Effect.succeed(own.tokenSet)
  return Effect.flatMap(DateTime.now, (now) => {
    const theirs = ownRecordOf(written.theirs, configured)
    if (theirs === undefined || GrantRecord.isSignedOut(theirs)) {
      return new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind: "SignedOut" }) })
    }
    const state = { ...StoredState.initial, record: Option.getOrUndefined(recordOf(written.theirs)) }
    const [, decision] = StoredState.onRefresh(state, { configured, held, now })
    return Effect.succeed(decision._tag === "Use" ? decision.tokenSet : own.tokenSet)
  })
}

const recordOf = (seen: Option.Option<SharedRecord>): Option.Option<TokenRecord> =>
  Option.flatMap(seen, ({ record }) => record)

const ownRecordOf = (seen: Option.Option<SharedRecord>, configured: StoredState.Configured) =>
  StoredState.ownRecord({ ...StoredState.initial, record: Option.getOrUndefined(recordOf(seen)) }, configured)

// =============================================================================
// Failure
// =============================================================================

const onFailed = Effect.fnUntraced(function*(
  sharing: Sharing,
  turn: Turn,
  { before, grant, orUse }: Request,
  error: AuthError.AuthError,
  received: Redacted.Redacted<string> | undefined
): Effect.fn.Return<Refreshed, AuthError.AuthError> {
  const { lease } = turn
  const now = yield* DateTime.now
  const { refreshTokenLifetime } = sharing.server
  const [, { next, write }] = StoredState.onRequestFailed(StoredState.initial, {
    grant,
    before,
    error,
    received,
    now,
    refreshTokenLifetime
  })
  if (next._tag === "End") {
    // A lost response and a sign-in's age explain a refusal. After a process was killed, there may be many at once.
    if (next.ended.kind === "Revoked") sharing.pace.onAnswer(lease.key.account, true)
    yield* count(sharing, sharing.pace.isIncident ? "incident" : "refused")
    if (!sharing.pace.isIncident) return yield* end(sharing, turn, next)
    yield* Effect.logError(`${incident.message} No sign-in is ended meanwhile, and one account a minute is tried.`)
  }
  if (next._tag !== "End") yield* count(sharing, "failed")
  const passing = next._tag === "End" ? incident : error
  const facts = yield* factsAfter(sharing, lease, passing)
  if (write?.purpose === "PersistTokens") {
    const record = GrantRecord.replace(Option.getOrUndefined(lease.record), write.record)
    yield* Effect.ignore(lease.commit(record, facts))
  } else {
    const mayBeLost = wasPending(lease) || (next._tag === "Fail" && write === undefined)
    yield* Effect.ignore(lease.giveBack(facts, { mayBeLost }))
  }
  if (passing.isRetryable && orUse !== undefined) {
    return { tokenSet: orUse, refreshAt: facts.refreshAt, saving: undefined }
  }
  return yield* passing
})

/** A transport at fault may have sent the request. */
const onFault = Effect.fnUntraced(function*(
  sharing: Sharing,
  lease: Lease,
  defect: unknown
): Effect.fn.Return<never, AuthError.AuthError> {
  const error = Failure.errorOf(Cause.die(defect))
  yield* count(sharing, "failed")
  yield* Effect.ignore(lease.giveBack(yield* factsAfter(sharing, lease, error), { mayBeLost: true }))
  return yield* error
})

const incident = TokenState.unusable("the authorization server refuses so many accounts that it may be at fault itself")

/** The facts after a failed request: whoever claims the account next waits for the pause of all processes. */
const factsAfter = Effect.fnUntraced(function*(sharing: Sharing, lease: Lease, error: AuthError.AuthError) {
  const random = yield* Random.next
  const { attempts } = lease.facts
  const { facts: { policy }, now } = sharing
  const tokenSet = RefreshFacts.latestOf(lease.record)
  const current = tokenSet
    && CurrentToken.make({ tokenSet, previous: undefined, startedAt: now, policy, random })
  const serving = current !== undefined && CurrentToken.isUsable(current, now) ? current : undefined
  const previous: Failure.Failure | undefined = attempts === 0 ? undefined : {
    error,
    attempt: attempts,
    growth: attempts,
    isServed: serving !== undefined,
    pausedUntil: 0,
    isOwnPause: true,
    retryAt: undefined
  }
  const { pausedUntil } = Failure.after({ error, previous, serving, now, policy, random })
  const pause = pausedUntil - now.monotonic
  if (error.reason._tag === "TokenRequestFailed" && error.reason.kind === "RateLimited") sharing.pace.onRateLimit(pause)
  const refreshAt = Number.isFinite(pause) ? DateTime.makeUnsafe(now.wall + pause) : undefined
  return { ...lease.facts, attempts: attempts + 1, refreshAt }
})

const end = Effect.fnUntraced(function*(
  sharing: Sharing,
  turn: Turn,
  { before, ended }: Extract<StoredState.Decision, { readonly _tag: "End" }>
): Effect.fn.Return<Refreshed, AuthError.AuthError> {
  const { configured, held, lease } = turn
  const record = GrantRecord.replace(Option.getOrUndefined(lease.record), { ...before, ended })
  const facts = RefreshFacts.of(record, undefined, sharing.now, sharing.facts)
  const error = new AuthError.AuthError({ reason: ended })
  const written = yield* Effect.result(lease.end(record, facts))
  if (Result.isFailure(written) || written.success._tag === "Committed") return yield* error
  // The refusal came late: somebody has gone on from there.
  const state = { ...StoredState.initial, record: Option.getOrUndefined(recordOf(written.success.theirs)) }
  const theirs = ownRecordOf(written.success.theirs, configured)
  if (theirs === undefined) return yield* error
  const [, decision] = StoredState.onRefresh(state, { configured, held, now: yield* DateTime.now })
  if (decision._tag === "Use") return { tokenSet: decision.tokenSet, refreshAt: undefined, saving: undefined }
  if (decision._tag === "Fail") return yield* decision.error
  return yield* TokenState.unusable("the sign-in has been changed elsewhere meanwhile")
})
