/**
 * Lives the life of one authorization's tokens: holds its state, does what the rules of `TokenState` decide, and runs the
 * one token request that may be in flight.
 *
 * JavaScript runs one step at a time, so whatever reads and writes the state without yielding is atomic: no lock guards
 * it. A token request runs in a fiber of its own that no caller owns. Callers wait for it and may leave; only the
 * service's end waits for it.
 *
 * A program may have a hundred thousand of these, so each owns little: what an account does rarely is made when it does
 * it, and between two things that are due there is neither a fiber nor a timer.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Take from "effect/Take"
import type * as Tracer from "effect/Tracer"
import type { AccessToken } from "../../AccessToken.ts"
import * as AuthError from "../../AuthError.ts"
import * as Clocks from "../../Clocks.ts"
import type { Grant } from "../../Grant.ts"
import type { Service } from "../../TokenService.ts"
import type { TokenSet } from "../../TokenSet.ts"
import type { TokenStatus } from "../../TokenStatus.ts"
import * as CurrentToken from "./CurrentToken.ts"
import * as DueTimes from "./DueTimes.ts"
import * as Failure from "./Failure.ts"
import { Flight, type Outcome } from "./Flight.ts"
import type { Running } from "./Leases.ts"
import * as Telemetry from "./Telemetry.ts"
import type * as TokenRequests from "./TokenRequests.ts"
import * as TokenState from "./TokenState.ts"

// =============================================================================
// Model
// =============================================================================

/** An access token, or why there is none. */
type Answer = Effect.Effect<AccessToken, AuthError.AuthError>

/** A token request, and in its trace a link to the ones that it happened for. */
type Request = (links: ReadonlyArray<Tracer.SpanLink>) => Answer

/** What the schedule does when it is due. */
type Due = Exclude<TokenState.Task, { readonly _tag: "Sleep" }>

type Caller = Fiber.Fiber<unknown, unknown>

export interface Options extends TokenState.Rules, Telemetry.Options {
  /** How long a service's end waits for a token request in flight. */
  readonly closeTimeout: Duration.Duration
}

/** What all services of one client have in common. */
export interface Common extends Options {
  readonly clock: Clock.Clock
  readonly dueTimes: DueTimes.DueTimes
  readonly telemetry: Telemetry.Telemetry
}

// =============================================================================
// Constructors
// =============================================================================

/** What services do by themselves is done in `context`. */
export const common = (options: Options, context: Context.Context<never>): Common => ({
  ...options,
  clock: Context.get(context, Clock.Clock),
  dueTimes: DueTimes.of(context),
  telemetry: Telemetry.make(options, context)
})

/** Starts a service. Never waits for anything. */
export const start = (
  common: Common,
  account: Telemetry.Account,
  renewal: (service: TokenRequests.Host) => TokenRequests.TokenRequests
): Running<Service> => {
  const lifecycle = new Lifecycle(common, account, renewal)
  lifecycle.work()
  return lifecycle
}

/** A service for as long as the scope lives. */
export const scoped = (start: () => Running<Service>): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(Effect.sync(start), (running, exit) => running.close(exit)),
    (running) => running.service()
  )

class Lifecycle extends DueTimes.Alarm implements TokenRequests.Host, Running<Service> {
  readonly #common: Common
  readonly #account: Telemetry.Account
  readonly #renewal: TokenRequests.TokenRequests
  /** How long token requests may run, and locks be kept. */
  readonly scope = Scope.makeUnsafe()
  #state: TokenState.TokenState = TokenState.initial
  #flight: Flight | undefined
  /** The schedule, while it does something. */
  #worker: Fiber.Fiber<void> | undefined
  /** Made when somebody first asks. */
  #statuses: PubSub.PubSub<Take.Take<TokenStatus>> | undefined
  /** First the schedule ends, then the service. */
  #phase: "Open" | "Unscheduled" | "Closed" = "Open"

  constructor(
    common: Common,
    account: Telemetry.Account,
    renewal: (service: TokenRequests.Host) => TokenRequests.TokenRequests
  ) {
    super()
    this.#common = common
    this.#account = account
    this.#renewal = renewal(this)
  }

  service(): Service {
    return {
      clientId: this.#common.clientId,
      authorizationId: Effect.sync(() => this.#state.held?.tokenSet.accessToken.authorizationId),
      get: Effect.suspend(() => this.#get()),
      refresh: Effect.withFiber((caller) => this.#decide(TokenState.onRefresh, caller)),
      invalidate: (token) => Effect.withFiber((caller) => Effect.succeed(this.#invalidate(token, caller))),
      authorize: (grant) => this.#inTurn((links) => this.#authorize(grant, links)),
      retryEndedSignIn: Effect.suspend(() => this.#inTurn((links) => this.#retryEndedSignIn(links))),
      signOut: Effect.suspend(() => this.#signOut()),
      status: Effect.sync(() => this.#status()),
      changes: Stream.suspend(() => this.#changes())
    }
  }

  // ---------------------------------------------------------------------------
  // State
  // ---------------------------------------------------------------------------

  /** Looks at the clocks. */
  #look(): Clocks.Instant {
    const now = Clocks.now(this.#common.clock)
    this.#state = TokenState.onLook(this.#state, now)
    return now
  }

  #take<A>([after, decision]: TokenState.Step<A>): A {
    this.#state = after
    return decision
  }

  #usable(): CurrentToken.CurrentToken | undefined {
    const now = this.#look()
    return TokenState.usable(this.#state, now)
  }

  #status(): TokenStatus {
    const now = this.#look()
    return TokenState.status(this.#state, now, this.#common, this.#renewal.unsaved())
  }

  #announce(): void {
    if (this.#statuses !== undefined) PubSub.publishUnsafe(this.#statuses, [this.#status()])
  }

  #changes(): Stream.Stream<TokenStatus> {
    if (this.#statuses !== undefined) return Stream.fromPubSubTake(this.#statuses)
    if (this.#phase === "Closed") return Stream.succeed(this.#status())
    return Stream.unwrap(Effect.map(PubSub.unbounded<Take.Take<TokenStatus>>({ replay: 1 }), (statuses) => {
      this.#statuses ??= statuses
      this.#announce()
      return this.#changes()
    }))
  }

  /** What the service does by itself it does in a context of its own: what a caller has under way is the caller's. */
  #onItsOwn<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.updateContext(
      effect,
      (_callers: Context.Context<never>) => this.#common.telemetry.contextOf(this.#account)
    )
  }

  // ---------------------------------------------------------------------------
  // The token request in flight
  // ---------------------------------------------------------------------------

  /** Run when a request is about to leave. */
  get beforeSending(): Effect.Effect<void, AuthError.AuthError> {
    return Effect.suspend(() => {
      if (this.#phase === "Closed") return hasClosed()
      if (this.#flight !== undefined) this.#flight.isUnderWay = true
      return Effect.void
    })
  }

  /** The one request in flight, or a renewal started now. Never waits for it. */
  #renewalFor(caller: Caller): Flight {
    return this.#flight ?? this.#launch(this.#renew(Telemetry.linksOf(caller)), { isRenewal: true, isScheduled: false })
  }

  #launch(request: Answer, { isRenewal, isScheduled }: {
    readonly isRenewal: boolean
    readonly isScheduled: boolean
  }): Flight {
    const flight = new Flight(isRenewal)
    if (this.#phase === "Closed") {
      flight.land(hasClosed())
      return flight
    }
    this.#flight = flight
    this.#state = TokenState.onRequest(this.#state)
    this.#announce()
    // Whoever starts it goes on first: it takes a turn of its own.
    flight.fiber = Effect.andThen(Effect.yieldNow, request).pipe(
      Effect.onExit((outcome) =>
        Effect.sync(() => {
          this.#land(flight, this.#phase === "Closed" && Exit.hasInterrupts(outcome) ? hasClosed() : outcome)
          // What the schedule did not start has changed what it waits for.
          if (!isScheduled) this.work()
        })
      ),
      Effect.exit,
      Effect.runForkWith(this.#common.telemetry.contextOf(this.#account)),
      Fiber.runIn(this.scope)
    )
    return flight
  }

  #land(flight: Flight, outcome: Outcome): void {
    const now = this.#look()
    this.#flight = undefined
    this.#state = TokenState.onRequestEnd(this.#state, now, this.#renewal.unsaved() !== undefined)
    flight.land(outcome)
    this.#announce()
  }

  #renew(links: ReadonlyArray<Tracer.SpanLink>): Answer {
    return this.#renewBy((held) => this.#renewal.refresh(held), "TokenService.refresh", links)
  }

  #retryEndedSignIn(links: ReadonlyArray<Tracer.SpanLink>): Answer {
    return this.#renewBy((held) => this.#renewal.retryEndedSignIn(held), "TokenService.retryEndedSignIn", links)
  }

  #renewBy(ask: TokenRequests.TokenRequests["refresh"], name: string, links: ReadonlyArray<Tracer.SpanLink>): Answer {
    return Effect.suspend(() => {
      const startedAt = this.#look()
      // That nobody has signed in yet is no news.
      const isBeginning = TokenState.isBeginning(this.#state)
      return ask(this.#state.held?.tokenSet).pipe(
        Effect.flatMap((tokenSet) => this.#admit(tokenSet, startedAt)),
        Effect.catchCause((cause) => this.#note(cause)),
        Effect.tapError((error) => Telemetry.logFailure(error, isBeginning))
      )
    }).pipe((turn) => Telemetry.traced(turn, name, () => ({ links })))
  }

  /** A sign-in that fails leaves everything as it was. */
  #authorize(grant: Grant, links: ReadonlyArray<Tracer.SpanLink>): Answer {
    return Effect.suspend(() => {
      const startedAt = this.#look()
      const accept = (tokenSet: TokenSet) => Effect.fromResult(TokenState.checkScopes(tokenSet, this.#common))
      return Effect.flatMap(this.#renewal.authorize(grant, accept), (tokenSet) => this.#admit(tokenSet, startedAt))
    }).pipe((turn) => Telemetry.traced(turn, "TokenService.authorize", () => ({ links })))
  }

  #endSignIn(links: ReadonlyArray<Tracer.SpanLink>): Answer {
    return Effect.flatMap(
      Telemetry.traced(this.#renewal.signOut, "TokenService.signOut", () => ({ links })),
      (unrevoked) => {
        const signedOut = new AuthError.AuthError({
          reason: new AuthError.ReauthorizationRequired({ kind: "SignedOut" })
        })
        return Effect.mapError(this.#note(Cause.fail(signedOut)), (error) => Option.getOrElse(unrevoked, () => error))
      }
    )
  }

  /** Takes the answer to a token request, as far as it can be used. */
  #admit(tokenSet: TokenSet, startedAt: Clocks.Instant): Answer {
    return Effect.gen({ self: this }, function*() {
      const unsaved = this.#renewal.unsaved()
      if (unsaved !== undefined) yield* Effect.logError(unsaved.message)
      const draw = yield* Random.next
      const now = this.#look()
      const arrival = this.#take(
        TokenState.onTokens(this.#state, { tokenSet, startedAt, now, draw }, this.#common)
      )
      const { token, trouble } = yield* Effect.fromResult(arrival)
      const { generation } = this.#state
      yield* this.#common.telemetry.tellOf(this.#account, tokenSet)
      // That nobody had signed in was no attempt that failed.
      yield* trouble === undefined || trouble.error.reason._tag === "ReauthorizationRequired"
        ? Effect.logDebug(`Token ${generation} is here.`)
        : Effect.logInfo(`Token ${generation} is here. Attempts that failed before it: ${trouble.attempt}.`)
      return token
    })
  }

  /** Remembers why there is no new token. */
  #note(cause: Cause.Cause<AuthError.AuthError>): Effect.Effect<never, AuthError.AuthError> {
    return Effect.flatMap(Random.next, (draw) => {
      const now = this.#look()
      const error = Failure.errorOf(cause)
      return Effect.fail(this.#take(TokenState.onFailure(this.#state, { error, now, draw }, this.#common)))
    })
  }

  // ---------------------------------------------------------------------------
  // Scheduled refresh
  // ---------------------------------------------------------------------------

  override ring(): void {
    this.work()
  }

  /** Does what is due, and has itself woken when something will be next. */
  work(): void {
    if (this.#phase !== "Open") return
    this.#common.dueTimes.clear(this)
    this.#worker?.interruptUnsafe()
    this.#worker = undefined
    const task = this.#nextTask()
    if (task === undefined) return
    const worker = Effect.runForkWith(this.#common.telemetry.contextOf(this.#account))(this.#doWhatIsDue(task))
    if (worker.pollUnsafe() === undefined) this.#worker = worker
  }

  #doWhatIsDue(task: Due): Effect.Effect<void> {
    return Effect.andThen(
      this.#do(task),
      Effect.suspend(() => {
        const next = this.#nextTask()
        return next === undefined ? Effect.void : this.#doWhatIsDue(next)
      })
    )
  }

  /** What is due now; where nothing is, the alarm is set for the time when something will be. */
  #nextTask(): Due | undefined {
    const now = this.#look()
    const isUnsaved = this.#renewal.unsaved() !== undefined
    const task = this.#take(TokenState.nextTask(this.#state, now, this.#common, isUnsaved))
    if (task._tag !== "Sleep") return task
    this.#worker = undefined
    this.#common.dueTimes.set(this, now.monotonic + task.millis)
    return undefined
  }

  #do(task: Due): Effect.Effect<void> {
    switch (task._tag) {
      case "Refresh":
        return this.#renewAndWait()
      case "Warn": {
        this.#announce()
        const due = DateTime.formatIso(task.dueAt)
        return Effect.logWarning(`The sign-in ends at ${due}. Ask the person to sign in again before.`)
      }
      case "Look":
        return Effect.flatMap(this.#storeHasNews(), (hasNews) => hasNews ? this.#renewAndWait() : Effect.void)
      case "Save":
        return this.#save()
    }
  }

  #renewAndWait(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const flight = this.#flight ?? this.#launch(this.#renew([]), { isRenewal: true, isScheduled: true })
      return Effect.asVoid(flight.landed(this.#common.dueTimes))
    })
  }

  #save(): Effect.Effect<void> {
    return Effect.matchEffect(this.#renewal.save, {
      onSuccess: (saved) => {
        this.#announce()
        return Effect.logInfo(
          saved ? "The token at hand is in the store now." : "The store has gone on without the token at hand."
        )
      },
      onFailure: (error) => Effect.logError(error.message)
    })
  }

  /** Looked for in the service's own context: what a caller has under way, such as a transaction, is not the store's. */
  #storeHasNews(): Effect.Effect<boolean> {
    return this.#renewal.storeHasChanged.pipe(
      Effect.timeoutOption(this.#common.policy.patience),
      // A look that the service's end cuts short has found nothing.
      Effect.matchCause({ onFailure: () => false, onSuccess: (news) => Option.contains(news, true) }),
      (look) => this.#onItsOwn(look)
    )
  }

  // ---------------------------------------------------------------------------
  // Callers
  // ---------------------------------------------------------------------------

  #get(): Answer {
    const { held } = this.#state
    const { clock } = this.#common
    return held !== undefined
        && CurrentToken.isFresh(held, clock.currentTimeMillisUnsafe(), Clocks.monotonicMillis(clock))
      ? held.exit
      : Effect.withFiber((caller) => this.#decide(TokenState.onGet, caller))
  }

  #decide(
    rule: (state: TokenState.TokenState, now: Clocks.Instant) => TokenState.Step<TokenState.Decision>,
    caller: Caller
  ): Answer {
    const now = this.#look()
    const decision = this.#take(rule(this.#state, now))
    switch (decision._tag) {
      case "Serve":
        if (decision.andRefresh) this.#renewalFor(caller)
        return decision.token.exit
      case "Await": {
        const token = this.#awaitToken(caller)
        return decision.orServe ? Effect.catch(token, (error) => this.#usable()?.exit ?? Effect.fail(error)) : token
      }
      case "Fail":
        return Effect.fail(decision.error)
      case "LookOrFail":
        return Effect.flatMap(
          this.#storeHasNews(),
          (hasNews) => hasNews ? Effect.withFiber((caller) => this.#awaitToken(caller)) : Effect.fail(decision.error)
        )
    }
  }

  /** Asks for a new token, whatever pause is on, and waits for it as long as patience lasts. */
  #awaitToken(caller: Caller): Answer {
    const flight = this.#renewalFor(caller)
    return this.#common.telemetry.watchWait(this.#account, this.#tokenOf(flight, this.#endOfPatience()))
  }

  /** In monotonic milliseconds. */
  #endOfPatience(): number {
    return this.#look().monotonic + Duration.toMillis(this.#common.policy.patience)
  }

  #tokenOf(flight: Flight, until: number): Answer {
    return Effect.flatMap(flight.landed(this.#common.dueTimes, until), (outcome) => {
      if (outcome === undefined) return this.#outOfPatience()
      // A sign-in that was in the way counts if it succeeds.
      if (flight.isRenewal && Exit.isFailure(outcome)) return outcome
      // The clock may have jumped since an answer came: look at the token again rather than hand out a dead one.
      return Exit.isSuccess(outcome) ? this.#usable()?.exit ?? this.#renewed(until) : this.#renewed(until)
    })
  }

  /** What comes of the one renewal in flight, or of one started now. */
  #renewed(until: number): Answer {
    return Effect.withFiber((caller) => {
      const now = this.#look()
      const pause = TokenState.paused(this.#state, now)
      return pause === undefined ? this.#tokenOf(this.#renewalFor(caller), until) : Effect.fail(pause.error)
    })
  }

  #outOfPatience(): Answer {
    const { patience } = this.#common.policy
    return Effect.fail(TokenState.unusable(`no answer came within ${Duration.format(patience)}`, "Timeout"))
  }

  #invalidate(token: AccessToken, caller: Caller): boolean {
    const now = this.#look()
    const { andRefresh, isWorthARetry } = this.#take(
      TokenState.onInvalidate(this.#state, token, now, this.#common)
    )
    if (andRefresh) this.#renewalFor(caller)
    return isWorthARetry
  }

  /** Starts a request of its own once the one in flight, if any, has ended. */
  #inTurn(request: Request): Answer {
    return Effect.withFiber((caller) => {
      const { dueTimes } = this.#common
      if (this.#flight !== undefined) {
        return Effect.andThen(this.#flight.landed(dueTimes), this.#inTurn(request))
      }
      const flight = this.#launch(request(Telemetry.linksOf(caller)), { isRenewal: false, isScheduled: false })
      return Effect.flatMap(
        flight.landed(dueTimes, this.#endOfPatience()),
        (outcome) => outcome ?? this.#outOfPatience()
      )
    })
  }

  #signOut(): Effect.Effect<void, AuthError.AuthError> {
    return this.#inTurn((links) => this.#endSignIn(links)).pipe(
      Effect.catchReason("AuthError", "ReauthorizationRequired", () => Effect.void),
      Effect.asVoid
    )
  }

  // ---------------------------------------------------------------------------
  // The service's end
  // ---------------------------------------------------------------------------

  /**
   * First the schedule stops; then a request that has left is given the time to be answered and stored. One that has not
   * does not leave any more.
   */
  close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    const { closeTimeout, dueTimes } = this.#common
    return this.#onItsOwn(
      Effect.suspend(() => {
        this.#phase = "Unscheduled"
        dueTimes.clear(this)
        return this.#worker === undefined ? Effect.void : Fiber.interrupt(this.#worker)
      }).pipe(
        Effect.andThen(
          Effect.suspend(() => {
            this.#phase = "Closed"
            const flight = this.#flight
            if (flight === undefined) return Effect.void
            // One that has left gets its full time, and the store as much again to keep what it brings.
            if (flight.isUnderWay) return flight.landed(dueTimes)
            this.#land(flight, hasClosed())
            return flight.fiber === undefined ? Effect.void : Fiber.interrupt(flight.fiber)
          }).pipe(Effect.timeoutOption(Duration.times(closeTimeout, 2)))
        ),
        Effect.andThen(
          Effect.suspend(() =>
            this.#renewal.unsaved() === undefined ? Effect.void : Effect.timeoutOption(this.#save(), closeTimeout)
          )
        ),
        Effect.andThen(Scope.close(this.scope, exit)),
        Effect.andThen(
          Effect.suspend(() => this.#statuses === undefined ? Effect.void : PubSub.end(this.#statuses, Exit.void))
        ),
        Effect.asVoid
      )
    )
  }
}

// =============================================================================
// Errors
// =============================================================================

const hasClosed = (): Exit.Exit<never, AuthError.AuthError> =>
  Exit.fail(TokenState.unusable("the TokenService has been closed"))
