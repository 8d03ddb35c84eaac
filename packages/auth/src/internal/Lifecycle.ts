/**
 * The life of one authorization's tokens: what is held, when it is due, and the one token request that may be in flight.
 *
 * JavaScript runs one step at a time, so every step below that reads and writes this state without yielding is atomic:
 * no lock guards it. A token request runs in a fiber of its own that no caller owns. Callers wait for it and may leave;
 * only the service's end waits for it.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberHandle from "effect/FiberHandle"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Take from "effect/Take"
import type * as Tracer from "effect/Tracer"
import type { AccessToken } from "../AccessToken.ts"
import * as AuthError from "../AuthError.ts"
import type { Grant } from "../Grant.ts"
import type { RefreshPolicy } from "../RefreshPolicy.ts"
import type { Service } from "../TokenService.ts"
import type { TokenSet } from "../TokenSet.ts"
import type { TokenStatus } from "../TokenStatus.ts"
import * as Failure from "./Failure.ts"
import * as HeldToken from "./HeldToken.ts"
import type * as Renewal from "./Renewal.ts"
import * as RequiredScopes from "./RequiredScopes.ts"
import * as Telemetry from "./Telemetry.ts"

// =============================================================================
// Model
// =============================================================================

/** What came of a token request: an access token, or why there is none. */
type Answer = Effect.Effect<AccessToken, AuthError.AuthError>

/** A token request, and in its trace a link to the ones that it happened for. */
type Request = (links: ReadonlyArray<Tracer.SpanLink>) => Answer

interface Flight {
  readonly answer: Deferred.Deferred<AccessToken, AuthError.AuthError>
  /** A new token for whoever asks; otherwise somebody's sign-in or sign-out, whose failure is theirs alone. */
  readonly isRenewal: boolean
  /** From here on it is brought to its end: what it asks for may be had once only. */
  isUnderWay: boolean
  /** What it runs in; absent for the moment in which that is made. */
  fiber: Fiber.Fiber<unknown> | undefined
}

export interface Options extends Telemetry.Options {
  readonly renewal: (service: Renewal.Service) => Renewal.Renewal
  readonly policy: RefreshPolicy
  /** What every token must be good for. */
  readonly scopes: ReadonlyArray<string>
  /** Whether tokens name their scopes as they are asked for. */
  readonly areScopesVerbatim: boolean
  readonly refreshTokenLifetime: Duration.Duration | undefined
  readonly signInWarning: Duration.Duration
  /** How long the service's end waits for a token request in flight. */
  readonly closeTimeout: Duration.Duration
}

/** How soon tokens that the store did not take are offered again, in milliseconds: at once, then ever more rarely. */
const savePause = (attempt: number): number => Math.min(1000 * 2 ** attempt, 30_000)

/** How often callers without a token may look for a sign-in elsewhere. */
const lookPause = 1000

/** How soon the schedule looks for one, and how soon again: a service that nobody asks must not tell of an old end for ever. */
const newsPause = (attempt: number): number => Math.min(5000 * 2 ** attempt, 300_000)

/** The last instant that dates reach, where one lies beyond: a record may say anything, and no status fails over it. */
const instantAt = (epochMillis: number): DateTime.Utc =>
  DateTime.makeUnsafe(Math.max(Math.min(epochMillis, 8.64e15), -8.64e15))

/**
 * Timers stand still while a machine sleeps. In the last minute before something is due the clocks are read twice;
 * earlier than that nothing wakes up, since `get` reads them itself.
 */
const slice = (untilDue: number): number => untilDue > 60_000 ? untilDue - 60_000 : Math.min(untilDue, 30_000)

// =============================================================================
// Constructor
// =============================================================================

export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, never, Scope.Scope> {
  const { policy, refreshTokenLifetime } = options
  const telemetry = Telemetry.make(options)
  const context = telemetry.ownContext(yield* Effect.context<never>())
  const onItsOwn = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.updateContext(effect, (_callers: Context.Context<never>) => context)
  const clock = yield* Clock.Clock
  const statuses = yield* PubSub.unbounded<Take.Take<TokenStatus>>({ replay: 1 })

  const flights = yield* Scope.make()
  const renewal = options.renewal({
    scope: flights,
    departure: Effect.suspend(() => {
      if (closed) return hasClosed
      if (flight !== undefined) flight.isUnderWay = true
      return Effect.void
    })
  })

  let held: HeldToken.HeldToken | undefined
  /** `held` while it is neither due nor refused: all that `get` looks at on its fast path. */
  let fresh: HeldToken.HeldToken | undefined
  let failure: Failure.Failure | undefined
  let flight: Flight | undefined
  let generation = 0
  /** Monotonic milliseconds: when a token that is not stored is offered to the store again. */
  let saveAt = Infinity
  let saveAttempts = 0
  /** Monotonic milliseconds: when a caller last looked for a sign-in elsewhere. */
  let lookedAt = -Infinity
  /** Monotonic milliseconds: when the schedule looks for one. */
  let newsAt = Infinity
  let newsAttempts = 0
  /** The end of the sign-in that has been warned of, in epoch milliseconds. */
  let warnedOf: number | undefined
  let closed = false

  const read = (): HeldToken.Reading => HeldToken.read(clock)

  /** The token at hand, while it is good. */
  const usable = (now: HeldToken.Reading): HeldToken.HeldToken | undefined =>
    held !== undefined && HeldToken.isUsable(held, now) ? held : undefined

  /** The failure after which no request is made yet. One under way may be waited for all the same. */
  const paused = (now: HeldToken.Reading): Failure.Failure | undefined =>
    flight === undefined && failure !== undefined && now.monotonic < failure.pausedUntil ? failure : undefined

  // ---------------------------------------------------------------------------
  // Status
  // ---------------------------------------------------------------------------

  const phase = (now: HeldToken.Reading): TokenStatus["phase"] => {
    if (flight !== undefined) return "Refreshing"
    if (failure !== undefined) return Failure.phaseOf(failure)
    return usable(now) === undefined ? "Empty" : "Valid"
  }

  /** When the person must sign in again, in epoch milliseconds. */
  const signInDueAt = (now: HeldToken.Reading): number => {
    const due = held?.tokenSet.signInDueAt(refreshTokenLifetime, instantAt(now.wall)) ?? Option.none()
    return Option.isSome(due) ? due.value.epochMilliseconds : Infinity
  }

  const untilWarning = (now: HeldToken.Reading): number =>
    warnedOf === signInDueAt(now) ? Infinity : signInDueAt(now) - Duration.toMillis(options.signInWarning) - now.wall

  const snapshot = (now: HeldToken.Reading): TokenStatus => ({
    phase: phase(now),
    generation,
    expiresAt: held?.tokenSet.accessToken.expiresAt,
    refreshAt: held === undefined ? undefined : instantAt(held.bornAt.wall + held.refreshAt),
    error: failure?.error,
    retryAt: failure?.retryAt,
    unsaved: renewal.unsaved(),
    signInDueAt: Number.isFinite(signInDueAt(now)) ? instantAt(signInDueAt(now)) : undefined,
    isSignInDueSoon: signInDueAt(now) - Duration.toMillis(options.signInWarning) <= now.wall
  })

  const planLook = (attempt: number): void => {
    newsAttempts = attempt
    newsAt = read().monotonic + newsPause(attempt)
  }

  /** Tokens that the store did not take are offered again soon, and then ever more rarely. */
  const planSave = (attempt: number): void => {
    saveAttempts = attempt
    saveAt = read().monotonic + savePause(attempt)
  }

  const announce = () => PubSub.publishUnsafe(statuses, [snapshot(read())])

  // ---------------------------------------------------------------------------
  // The token request in flight
  // ---------------------------------------------------------------------------

  /**
   * Starts the one token request, unless one is under way. Never waits for it. Half a start would leave a flight behind
   * that never took off, so no caller's interruption comes in between.
   */
  const launch = (request: Request, then: Effect.Effect<unknown>): Effect.Effect<Flight> =>
    Effect.flatMap(Telemetry.currentLinks, (links) => {
      if (flight !== undefined) return Effect.succeed(flight)
      const started: Flight = {
        answer: Deferred.makeUnsafe(),
        isRenewal: request === renew,
        isUnderWay: false,
        fiber: undefined
      }
      if (closed) {
        Deferred.doneUnsafe(started.answer, hasClosed)
        return Effect.succeed(started)
      }
      flight = started
      announce()
      return request(links).pipe(
        Effect.onExit((exit) =>
          Effect.suspend(() => {
            flight = undefined
            if (renewal.unsaved() !== undefined) planSave(0)
            Deferred.doneUnsafe(started.answer, closed && Exit.hasInterrupts(exit) ? hasClosed : exit)
            announce()
            return then
          })
        ),
        Effect.exit,
        onItsOwn,
        Effect.forkIn(flights),
        Effect.map((fiber) => {
          started.fiber = fiber
          return started
        })
      )
    }).pipe(Effect.uninterruptible)

  const renewBy = (ask: Renewal.Renewal["renew"], name: string): Request => (links) =>
    Effect.suspend(() => {
      const startedAt = read()
      // A service begins before anyone has signed in: that is no news.
      const isBeginning = generation === 0 && failure === undefined
      return ask(held?.tokenSet).pipe(
        Effect.flatMap((tokenSet) => admit(tokenSet, startedAt)),
        Effect.catchCause(note),
        Effect.tapError((error) => Telemetry.logFailure(error, isBeginning))
      )
    }).pipe(Effect.withSpan(name, { links }))

  const renew = renewBy(renewal.renew, "TokenService.refresh")

  /** A sign-in that fails leaves everything as it was. */
  const authorizeWith = (grant: Grant): Request => (links) =>
    Effect.suspend(() => {
      const startedAt = read()
      return Effect.flatMap(renewal.authorize(grant, coversScopes), (tokenSet) => admit(tokenSet, startedAt))
    }).pipe(Effect.withSpan("TokenService.authorize", { links }))

  const endSignIn: Request = (links) =>
    Effect.flatMap(
      Effect.withSpan(renewal.signOut, "TokenService.signOut", { links }),
      (unrevoked) => {
        const signedOut = new AuthError.AuthError({
          reason: new AuthError.ReauthorizationRequired({ kind: "SignedOut" })
        })
        return Effect.mapError(note(Cause.fail(signedOut)), (error) => Option.getOrElse(unrevoked, () => error))
      }
    )

  /** Takes the answer to a token request, as far as it can be used. */
  const admit = Effect.fnUntraced(function*(
    tokenSet: TokenSet,
    startedAt: HeldToken.Reading
  ): Effect.fn.Return<AccessToken, AuthError.AuthError> {
    const unsaved = renewal.unsaved()
    if (unsaved !== undefined) yield* Effect.logError(unsaved.message)
    const token = tokenSet.accessToken
    if (held?.rejected === true && HeldToken.sameSecret(held.tokenSet.accessToken, token)) {
      return yield* unusable("the server handed out again the token that the API refused")
    }
    yield* coversScopes(tokenSet)
    const arrived = HeldToken.make({ tokenSet, previous: held, startedAt, policy, draw: yield* Random.next })
    const now = read()
    const isUsable = HeldToken.isUsable(arrived, now)
    // A token that is over already displaces none that serves. The refresh token it came with is in the store.
    if (isUsable || usable(now) === undefined) {
      held = arrived
      generation += 1
    }
    if (!isUsable) return yield* unusable("the token had expired before its answer arrived")
    fresh = arrived
    const trouble = failure
    failure = undefined
    yield* telemetry.tellOf(tokenSet)
    // That nobody had signed in was no attempt that failed.
    yield* trouble === undefined || trouble.error.reason._tag === "ReauthorizationRequired"
      ? Effect.logDebug(`Token ${generation} is here.`)
      : Effect.logInfo(`Token ${generation} is here. Attempts that failed before it: ${trouble.attempt}.`)
    return token
  })

  const coversScopes = ({ accessToken: { scopes } }: TokenSet): Effect.Effect<void, AuthError.AuthError> => {
    const { areScopesVerbatim, scopes: required } = options
    const missing = RequiredScopes.missing({ required, granted: scopes, areVerbatim: areScopesVerbatim })
    return missing.length === 0
      ? Effect.void
      : Effect.fail(
        new AuthError.AuthError({
          reason: new AuthError.ReauthorizationRequired({ kind: "InsufficientScope", description: missing.join(" ") })
        })
      )
  }

  /** Remembers why there is no new token, and until when no other is asked for. */
  const note = Effect.fnUntraced(function*(
    cause: Cause.Cause<AuthError.AuthError>
  ): Effect.fn.Return<never, AuthError.AuthError> {
    const now = read()
    const error = Failure.errorOf(cause)
    // Whoever signed the person out meant every program that shares the store.
    if (Failure.isSignedOut(error)) {
      held = undefined
      fresh = undefined
    }
    if (error.reason._tag === "ReauthorizationRequired") planLook(0)
    failure = Failure.after({
      error,
      previous: failure,
      serving: usable(now),
      now,
      policy,
      draw: yield* Random.next
    })
    return yield* failure.error
  })

  /** Looked for in the service's own context: what a caller has under way, such as a transaction, is not the store's. */
  const storeHasNews: Effect.Effect<boolean> = renewal.hasNews.pipe(
    Effect.timeoutOption(policy.patience),
    // A look that the service's end cuts short has found nothing.
    Effect.matchCause({ onFailure: () => false, onSuccess: (news) => Option.contains(news, true) }),
    onItsOwn
  )

  // ---------------------------------------------------------------------------
  // Scheduled refresh
  // ---------------------------------------------------------------------------

  /** How long until the schedule should ask for a token; infinite while that is up to someone else. */
  const untilDue = (now: HeldToken.Reading): number => {
    const token = usable(now)
    if (failure !== undefined) {
      // A misconfigured client is not asked about again by itself: the next caller may.
      if (!failure.error.isRetryable) return Infinity
      const pause = failure.pausedUntil - now.monotonic
      return token === undefined || token.lastChanceTaken || !failure.isPauseGuessed
        ? pause
        : Math.min(pause, token.mandatoryAt - HeldToken.ageOf(token, now))
    }
    if (token === undefined || HeldToken.isAgeInDoubt(token, now)) return 0
    return token.refreshAt - HeldToken.ageOf(token, now)
  }

  const untilSave = (now: HeldToken.Reading): number =>
    renewal.unsaved() === undefined ? Infinity : saveAt - now.monotonic

  const untilLook = (now: HeldToken.Reading): number =>
    failure?.error.reason._tag === "ReauthorizationRequired" ? newsAt - now.monotonic : Infinity

  /** Does what is due, and tells how long until something will be next. */
  const doWhatIsDue: Effect.Effect<Duration.Duration> = Effect.suspend(() => {
    const now = read()
    if (untilDue(now) <= 0) {
      if (held !== undefined && HeldToken.ageOf(held, now) >= held.mandatoryAt) held.lastChanceTaken = true
      return renewAndWait
    }
    if (untilWarning(now) <= 0) return warn
    if (untilLook(now) <= 0) return look
    return untilSave(now) <= 0 ? saveAgain : Effect.void
  }).pipe(
    // Timers count whole milliseconds: waking a fraction too early would only mean sleeping again.
    Effect.map(() => {
      const now = read()
      const next = Math.min(untilDue(now), untilSave(now), untilWarning(now), untilLook(now))
      return Duration.millis(slice(Math.max(Math.ceil(next), 0)))
    })
  )

  const renewAndWait = Effect.flatMap(
    Effect.suspend(() => launch(renew, Effect.void)),
    ({ answer }) => Effect.exit(Deferred.await(answer))
  )

  /** The sign-in has ended, as far as this service knows: somebody may have brought about another. */
  const look = Effect.suspend(() => {
    planLook(newsAttempts + 1)
    return Effect.flatMap(storeHasNews, (hasNews) => hasNews ? Effect.asVoid(renewAndWait) : Effect.void)
  })

  const warn = Effect.suspend(() => {
    warnedOf = signInDueAt(read())
    announce()
    const due = DateTime.formatIso(instantAt(warnedOf))
    return Effect.logWarning(`The sign-in ends at ${due}. Ask the person to sign in again before.`)
  })

  const saveAgain = Effect.suspend(() => {
    planSave(saveAttempts + 1)
    return Effect.matchEffect(renewal.save, {
      onSuccess: (saved) => {
        announce()
        return Effect.logInfo(
          saved ? "The token at hand is in the store now." : "The store has gone on without the token at hand."
        )
      },
      onFailure: (error) => Effect.logError(error.message)
    })
  })

  /** Each token decides how long the schedule sleeps. */
  const scheduledRefresh = doWhatIsDue.pipe(
    Effect.repeat(
      Schedule.identity<Duration.Duration>().pipe(
        Schedule.addDelay(({ output }) => Effect.succeed(output))
      )
    ),
    onItsOwn
  )

  // The service's end: first the schedule stops; then a request that has left is given the time to be answered and stored.
  // One that has not does not leave any more.
  yield* Effect.addFinalizer((exit) =>
    Effect.suspend(() => {
      closed = true
      if (flight === undefined) return Effect.void
      const { answer, fiber, isUnderWay } = flight
      // One that has left gets its full time, and the store as much again to keep what it brings.
      if (isUnderWay) return Effect.exit(Deferred.await(answer))
      flight = undefined
      Deferred.doneUnsafe(answer, hasClosed)
      return fiber === undefined ? Effect.void : Fiber.interrupt(fiber)
    }).pipe(
      Effect.timeoutOption(Duration.times(options.closeTimeout, 2)),
      Effect.andThen(
        Effect.suspend(() =>
          renewal.unsaved() === undefined ? Effect.void : Effect.timeoutOption(saveAgain, options.closeTimeout)
        )
      ),
      Effect.andThen(Scope.close(flights, exit)),
      Effect.andThen(PubSub.end(statuses, Exit.void)),
      onItsOwn
    )
  )
  const schedule = yield* FiberHandle.make<unknown, unknown>()
  /** A request that the schedule did not start has changed what it sleeps for. */
  const reschedule = Effect.suspend(() => closed ? Effect.void : FiberHandle.run(schedule, scheduledRefresh))

  // ---------------------------------------------------------------------------
  // Reading
  // ---------------------------------------------------------------------------

  /** Waits for a request, as long as patience lasts. */
  const patiently = (answer: Answer): Answer =>
    Effect.timeoutOrElse(answer, {
      duration: policy.patience,
      orElse: () => unusable(`no answer came within ${Duration.format(policy.patience)}`, "Timeout")
    })

  /** Waits for a token, and lets it be seen. */
  const waitFor = (answer: Answer): Answer => telemetry.watchWait(patiently(answer))

  /** What comes of the one renewal in flight, or of one started now. */
  const renewed: Answer = Effect.suspend(() => {
    const pause = paused(read())
    return pause === undefined ? Effect.flatMap(launch(renew, reschedule), outcomeOf) : Effect.fail(pause.error)
  })

  /** A sign-in that was in the way counts if it succeeds. */
  const outcomeOf = ({ answer, isRenewal }: Flight): Answer =>
    isRenewal ? Deferred.await(answer) : Effect.catch(Deferred.await(answer), () => renewed)

  /** The clock may have jumped since an answer came: look at the token again rather than hand out a dead one. */
  const usableOrRenewed: Answer = Effect.suspend(() => usable(read())?.exit ?? Effect.andThen(renewed, usableOrRenewed))

  /** Asks for a new token, whatever pause is on, and waits for it. */
  const awaitToken: Answer = Effect.suspend(() =>
    Effect.flatMap(
      launch(renew, reschedule),
      (flight) => waitFor(Effect.andThen(outcomeOf(flight), usableOrRenewed))
    )
  )

  /** After a failure: only new credentials can end some, and a sign-in elsewhere may have left them in the store. */
  const orNews = ({ error }: Failure.Failure, now: HeldToken.Reading): Answer => {
    if (error.reason._tag !== "ReauthorizationRequired") return Effect.fail(error)
    lookedAt = now.monotonic
    return Effect.flatMap(storeHasNews, (hasNews) => hasNews ? awaitToken : Effect.fail(error))
  }

  /** There is no token, or it is due, or its age is in doubt. */
  const getSlowly: Answer = Effect.suspend(() => {
    fresh = undefined
    const now = read()
    const token = usable(now)
    if (token === undefined) {
      const pause = paused(now)
      if (pause === undefined) return awaitToken
      return now.monotonic - lookedAt < lookPause ? Effect.fail(pause.error) : orNews(pause, now)
    }
    const mustWait = HeldToken.ageOf(token, now) >= token.mandatoryAt || HeldToken.isAgeInDoubt(token, now)
    // The mandatory window grants one attempt whatever pause is on, unless the server has asked for it.
    const isLastChance = mustWait && !token.lastChanceTaken && failure?.isPauseGuessed !== false
    if (paused(now) !== undefined && !isLastChance) return token.exit
    if (!mustWait) return Effect.andThen(launch(renew, reschedule), token.exit)
    token.lastChanceTaken = true
    return Effect.catch(awaitToken, (error) => usable(read())?.exit ?? Effect.fail(error))
  })

  const get: Answer = Effect.suspend(() => {
    const token = fresh
    if (token === undefined) return getSlowly
    const wall = clock.currentTimeMillisUnsafe() - token.bornAt.wall
    return wall < token.refreshAt
        && wall >= -HeldToken.clockTolerance
        && Number(clock.monotonicTimeNanosUnsafe()) / 1e6 - token.bornAt.monotonic < token.refreshAt
      ? token.exit
      : getSlowly
  })

  const refresh: Answer = Effect.suspend(() => {
    const now = read()
    const pause = paused(now)
    return pause === undefined ? awaitToken : orNews(pause, now)
  })

  // ---------------------------------------------------------------------------
  // Being told
  // ---------------------------------------------------------------------------

  const invalidate = (token: AccessToken): Effect.Effect<boolean> =>
    Effect.suspend(() => {
      if (held === undefined || !HeldToken.sameSecret(held.tokenSet.accessToken, token)) return Effect.succeed(true)
      const now = read()
      const freshFor = Duration.toMillis(policy.pauseAfterRejection(token.lifetime))
      if (held.replacesRejected && HeldToken.ageOf(held, now) < freshFor) return Effect.succeed(false)
      held.rejected = true
      fresh = undefined
      return paused(now) === undefined ? Effect.as(launch(renew, reschedule), true) : Effect.succeed(true)
    })

  /** Starts a request of its own once the one in flight, if any, has ended. */
  const inTurn = (request: Request): Answer =>
    Effect.suspend((): Answer =>
      flight === undefined
        ? Effect.flatMap(launch(request, reschedule), ({ answer }) => patiently(Deferred.await(answer)))
        : Effect.andThen(Effect.exit(Deferred.await(flight.answer)), inTurn(request))
    )

  const signOut = inTurn(endSignIn).pipe(
    Effect.catchReason("AuthError", "ReauthorizationRequired", () => Effect.void),
    Effect.asVoid
  )

  yield* reschedule

  return {
    clientId: options.clientId,
    authorizationId: Effect.sync(() => held?.tokenSet.accessToken.authorizationId),
    get,
    refresh,
    invalidate,
    authorize: (grant) => inTurn(authorizeWith(grant)),
    reinstate: inTurn(renewBy(renewal.reinstate, "TokenService.reinstate")),
    signOut,
    status: Effect.sync(() => snapshot(read())),
    changes: Stream.fromPubSubTake(statuses)
  }
})

// =============================================================================
// Errors
// =============================================================================

const hasClosed = Effect.suspend(() => unusable("the TokenService has been closed"))

const unusable = (
  detail: string,
  kind: "UnexpectedStatus" | "Timeout" = "UnexpectedStatus"
): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.TokenRequestFailed({ kind, detail }) }))
