/**
 * The token service of one account: does what the rules of `TokenState` decide, and runs the one token request that may
 * be in flight.
 *
 * **Details**
 *
 * A token request runs in a fiber that no caller owns: callers wait for it and may leave, and only the end of the
 * service waits for it.
 *
 * A program may have a hundred thousand of these, so each owns little: parts that an account rarely needs are made when
 * it needs them.
 */
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { AccessToken } from "../../AccessToken.ts"
import type * as AuthError from "../../AuthError.ts"
import * as Clocks from "../../Clocks.ts"
import type { TokenStatus } from "../../TokenStatus.ts"
import { AccountTokens, type Links, type TokenEffect } from "./AccountTokens.ts"
import type { Common } from "./Common.ts"
import * as CurrentToken from "./CurrentToken.ts"
import type { SignIn } from "./Exchange.ts"
import type { Running } from "./Leases.ts"
import { type Kind, type Outcome, RequestInFlight } from "./RequestInFlight.ts"
import * as Schedule from "./Schedule.ts"
import { StatusChanges } from "./StatusChanges.ts"
import * as Telemetry from "./Telemetry.ts"
import type * as TokenRequests from "./TokenRequests.ts"
import * as TokenState from "./TokenState.ts"

// =============================================================================
// Model
// =============================================================================

type Caller = Fiber.Fiber<unknown, unknown>

/** The service as its users see it: `TokenService.Service`. */
export type Service = ReturnType<Lifecycle["service"]>

// =============================================================================
// Constructors
// =============================================================================

/** Starts a service without waiting for anything. */
export const start = (
  common: Common,
  account: Telemetry.Account,
  requests: (host: TokenRequests.Host) => TokenRequests.TokenRequests
): Running<Service> => {
  const lifecycle = new Lifecycle(common, account, requests)
  lifecycle.watchStore()
  lifecycle.schedule.restart()
  return lifecycle
}

/** A service that runs and does nothing by itself. */
export interface Unscheduled extends Running<Service> {
  /** Takes over what others have left in the store. Sends nothing. */
  readonly takeOver: () => Effect.Effect<void>
}

/** As `start`, for an account that is kept fresh elsewhere. */
export const startUnscheduled = (
  common: Common,
  account: Telemetry.Account,
  requests: (host: TokenRequests.Host) => TokenRequests.TokenRequests
): Unscheduled => {
  const lifecycle = new Lifecycle(common, account, requests)
  lifecycle.schedule.end()
  return lifecycle
}

/** Keeps a service for as long as the scope lives. */
export const scoped = (start: () => Running<Service>): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(Effect.sync(start), (running, exit) => running.close(exit)),
    (running) => running.service()
  )

class Lifecycle implements TokenRequests.Host, Schedule.Tasks {
  readonly #common: Common
  readonly #account: Telemetry.Account
  readonly #tokens: AccountTokens
  readonly schedule: Schedule.Schedule
  /** Scope of token requests and of kept locks. */
  readonly scope = Scope.makeUnsafe()
  #inFlight: RequestInFlight | undefined
  #isClosed = false
  /** Made when somebody first watches. */
  #statusChanges: StatusChanges | undefined

  constructor(
    common: Common,
    account: Telemetry.Account,
    requests: (host: TokenRequests.Host) => TokenRequests.TokenRequests
  ) {
    this.#common = common
    this.#account = account
    this.#tokens = new AccountTokens(common, account, requests(this))
    this.schedule = new Schedule.Schedule(common.dueTimes, this)
  }

  service() {
    return {
      clientId: this.#common.clientId,
      authorizationId: Effect.sync(() => this.#tokens.state.held?.tokenSet.accessToken.authorizationId),
      get: Effect.suspend(() => this.#get()),
      refresh: Effect.withFiber((caller) => this.#decide(TokenState.onRefresh, caller)),
      invalidate: (token: AccessToken) => Effect.withFiber((caller) => Effect.succeed(this.#invalidate(token, caller))),
      authorize: (signIn: SignIn) => this.#afterCurrentRequest((links) => this.#tokens.authorize(signIn, links)),
      retryEndedSignIn: Effect.suspend(() =>
        this.#afterCurrentRequest((links) => this.#tokens.retryEndedSignIn(links))
      ),
      signOut: Effect.suspend(() => this.#signOut()),
      status: Effect.sync(() => this.#tokens.status),
      changes: Stream.suspend(() => this.#changes())
    }
  }

  get context(): Context.Context<never> {
    return this.#tokens.context
  }

  #announce(): void {
    this.#statusChanges?.publish(() => this.#tokens.status)
  }

  #changes(): Stream.Stream<TokenStatus> {
    return this.#isClosed
      ? Stream.succeed(this.#tokens.status)
      : (this.#statusChanges ??= new StatusChanges()).watch(() => this.#tokens.status)
  }

  // ---------------------------------------------------------------------------
  // The token request in flight
  // ---------------------------------------------------------------------------

  get beforeSending(): Effect.Effect<void, AuthError.AuthError> {
    return Effect.suspend(() => {
      if (this.#isClosed) return hasClosed()
      if (this.#inFlight !== undefined) this.#inFlight.isSent = true
      return Effect.void
    })
  }

  #currentOrRefresh(caller: Caller): RequestInFlight {
    return this.#inFlight ?? this.#startRequest("Refresh", this.#tokens.refresh(Telemetry.linksOf(caller)))
  }

  #startRequest(kind: Kind, request: TokenEffect): RequestInFlight {
    const inFlight = new RequestInFlight(kind)
    if (this.#isClosed) {
      inFlight.end(hasClosed())
      return inFlight
    }
    this.#inFlight = inFlight
    this.#tokens.become(TokenState.onRequest)
    this.#announce()
    // The caller goes on first, so that it waits before the request ends.
    Effect.andThen(Effect.yieldNow, request).pipe(
      Effect.onExit((outcome) =>
        Effect.sync(() => {
          this.#endRequest(inFlight, outcome)
          // The outcome changes what the schedule waits for.
          this.schedule.restart()
        })
      ),
      Effect.exit,
      Effect.runForkWith(this.context),
      Fiber.runIn(this.scope)
    )
    return inFlight
  }

  #endRequest(inFlight: RequestInFlight, outcome: Outcome): void {
    this.#inFlight = undefined
    this.#tokens.become((state, now) => TokenState.onRequestEnd(state, now, this.#tokens.isUnsaved))
    inFlight.end(outcome)
    this.#announce()
  }

  /** Starts a request once the one in flight, if any, has ended. */
  #afterCurrentRequest(request: (links: Links) => TokenEffect): TokenEffect {
    return Effect.withFiber((caller) => {
      const { dueTimes } = this.#common
      if (this.#inFlight !== undefined) {
        return Effect.andThen(this.#inFlight.wait(dueTimes), this.#afterCurrentRequest(request))
      }
      const inFlight = this.#startRequest("SignIn", request(Telemetry.linksOf(caller)))
      return Effect.flatMap(
        inFlight.wait(dueTimes, this.#waitLimit()),
        (outcome) => outcome ?? this.#waitedTooLong()
      )
    })
  }

  // ---------------------------------------------------------------------------
  // Scheduled tasks
  // ---------------------------------------------------------------------------

  next(): readonly [task: TokenState.Task, now: Clocks.Instant] {
    return this.#tokens.decide((state, now) => {
      const [after, task] = TokenState.nextTask(state, now, this.#common, this.#tokens.isUnsaved)
      return [after, [task, now]]
    })
  }

  run(task: Schedule.Due): Effect.Effect<void> {
    switch (task._tag) {
      case "Refresh":
        return this.#refreshAndWait()
      case "Warn": {
        this.#announce()
        const due = DateTime.formatIso(task.dueAt)
        return Effect.logWarning(`The sign-in ends at ${due}. Ask the person to sign in again before.`)
      }
      case "Look":
        return Effect.flatMap(
          this.#tokens.recheckStore(),
          (hasChanged) => hasChanged ? this.#refreshAndWait() : Effect.void
        )
      case "Save":
        return this.#tokens.save(() => this.#announce())
    }
  }

  /** Takes over what others leave in the store, where the store tells of it. */
  watchStore(): void {
    const watch = this.#tokens.watchStore
    if (watch === undefined) return
    watch(this.takeOver()).pipe(
      Effect.provideService(Scope.Scope, this.scope),
      Effect.runForkWith(this.context)
    )
  }

  takeOver(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#isClosed) return Effect.void
      // What the request in flight brings may be the news, or be older than it.
      if (this.#inFlight !== undefined) {
        return Effect.andThen(this.#inFlight.wait(this.#common.dueTimes), this.takeOver())
      }
      return Effect.flatMap(this.#tokens.storeHasNews, (hasNews) => {
        if (!hasNews) return Effect.void
        return this.#inFlight === undefined
          ? Effect.asVoid(this.#startRequest("SignIn", this.#tokens.adopt()).wait(this.#common.dueTimes))
          : this.takeOver()
      })
    })
  }

  #refreshAndWait(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const inFlight = this.#inFlight ?? this.#startRequest("Refresh", this.#tokens.refresh([]))
      return Effect.asVoid(inFlight.wait(this.#common.dueTimes))
    })
  }

  #signOut(): Effect.Effect<void, AuthError.AuthError> {
    return this.#afterCurrentRequest((links) => this.#tokens.signOut(links)).pipe(
      Effect.catchReason("AuthError", "ReauthorizationRequired", () => Effect.void),
      Effect.asVoid
    )
  }

  // ---------------------------------------------------------------------------
  // Callers
  // ---------------------------------------------------------------------------

  #get(): TokenEffect {
    const { held } = this.#tokens.state
    const { clock } = this.#common
    return held !== undefined
        && CurrentToken.isFresh(held, clock.currentTimeMillisUnsafe(), Clocks.monotonicMillis(clock))
      ? held.exit
      : Effect.withFiber((caller) => this.#decide(TokenState.onGet, caller))
  }

  #decide(
    rule: (state: TokenState.TokenState, now: Clocks.Instant) => TokenState.Step<TokenState.Decision>,
    caller: Caller
  ): TokenEffect {
    const decision = this.#tokens.decide(rule)
    switch (decision._tag) {
      case "Serve":
        if (decision.andRefresh) this.#currentOrRefresh(caller)
        return decision.token.exit
      case "Await": {
        const token = this.#awaitToken(caller)
        return decision.orServe
          ? Effect.catch(token, (error) => this.#tokens.usable?.exit ?? Effect.fail(error))
          : token
      }
      case "Fail":
        return Effect.fail(decision.error)
      case "LookOrFail":
        return Effect.flatMap(
          this.#tokens.recheckStore(),
          (hasChanged) =>
            hasChanged ? Effect.withFiber((caller) => this.#awaitToken(caller)) : Effect.fail(decision.error)
        )
    }
  }

  #invalidate(token: AccessToken, caller: Caller): boolean {
    const { andRefresh, isWorthARetry } = this.#tokens.decide((state, now) =>
      TokenState.onInvalidate(state, token, now, this.#common)
    )
    if (andRefresh) this.#currentOrRefresh(caller)
    return isWorthARetry
  }

  /** Waits for a new token, whatever pause is on. */
  #awaitToken(caller: Caller): TokenEffect {
    const inFlight = this.#currentOrRefresh(caller)
    return this.#common.telemetry.watchWait(this.#account, this.#tokenOf(inFlight, this.#waitLimit()))
  }

  #tokenOf(inFlight: RequestInFlight, until: number): TokenEffect {
    return Effect.flatMap(inFlight.wait(this.#common.dueTimes, until), (outcome) => {
      if (outcome === undefined) return this.#waitedTooLong()
      if (Exit.isFailure(outcome)) return inFlight.kind === "Refresh" ? outcome : this.#refreshUnlessPaused(until)
      // The clock may have jumped since the response, so that the token is over already.
      return this.#tokens.usable?.exit ?? this.#refreshUnlessPaused(until)
    })
  }

  #refreshUnlessPaused(until: number): TokenEffect {
    return Effect.withFiber((caller) => {
      const now = this.#tokens.look()
      const pause = TokenState.paused(this.#tokens.state, now)
      return pause === undefined ? this.#tokenOf(this.#currentOrRefresh(caller), until) : Effect.fail(pause.error)
    })
  }

  /** In monotonic milliseconds. */
  #waitLimit(): number {
    return this.#tokens.look().monotonic + Duration.toMillis(this.#common.policy.maxWait)
  }

  #waitedTooLong(): TokenEffect {
    const { maxWait } = this.#common.policy
    return Effect.fail(TokenState.unusable(`no answer came within ${Duration.format(maxWait)}`, "Timeout"))
  }

  // ---------------------------------------------------------------------------
  // The end of the service
  // ---------------------------------------------------------------------------

  /** Stops the schedule, then gives a request that has been sent time to end; one that has not is never sent. */
  close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    const { closeTimeout } = this.#common
    return this.schedule.stop().pipe(
      Effect.andThen(
        Effect.suspend(() => this.#stopSending()).pipe(
          // The request gets its full time, and the store as much again to write what it brings.
          Effect.timeoutOption(Duration.times(closeTimeout, 2))
        )
      ),
      Effect.andThen(
        Effect.suspend(() =>
          !this.#tokens.isUnsaved
            ? Effect.void
            : Effect.timeoutOption(this.#tokens.save(() => this.#announce()), closeTimeout)
        )
      ),
      Effect.andThen(Effect.suspend(() => {
        if (this.#inFlight !== undefined) this.#endRequest(this.#inFlight, hasClosed())
        return Scope.close(this.scope, exit)
      })),
      Effect.andThen(Effect.suspend(() => this.#statusChanges?.end() ?? Effect.void)),
      Effect.updateContext((_closers: Context.Context<never>) => this.context)
    )
  }

  /** Lets no request be sent any more, and waits for one that has been. */
  #stopSending(): Effect.Effect<unknown> {
    this.#isClosed = true
    return this.#inFlight?.isSent === true ? this.#inFlight.wait(this.#common.dueTimes) : Effect.void
  }
}

// =============================================================================
// Errors
// =============================================================================

const hasClosed = (): Exit.Exit<never, AuthError.AuthError> =>
  Exit.fail(TokenState.unusable("the TokenService has been closed"))
