/**
 * The gate of one app, which does what `GateState` and `SpentQuotas` decide.
 *
 * **Details**
 *
 * JavaScript runs one step at a time, so each method below that reads and writes the state without yielding is atomic: no
 * lock guards it.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Clocks from "@app/auth/Clocks"
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as SpotifyError from "../../SpotifyError.ts"
import type * as Deadlines from "../time/Deadlines.ts"
import * as RetryTiming from "../time/RetryTiming.ts"
import type { GateRequest } from "./Gate.ts"
import * as GateQueue from "./GateQueue.ts"
import * as GateState from "./GateState.ts"
import * as SpentQuotas from "./SpentQuotas.ts"

// =============================================================================
// Model
// =============================================================================

type Failure = SpotifyError.SpotifyError | AuthError

export type Send<A, R> = (waited: Duration.Duration) => Effect.Effect<A, Failure, R>

export interface Options {
  /** The client id, or a symbol when it is not known. */
  readonly id: string | symbol
  readonly clock: Clock.Clock
  readonly deadlines: Deadlines.Deadlines
  /** Called when the gate is open again and there is nothing left to remember. */
  readonly onIdle: () => void
}

// =============================================================================
// Gate
// =============================================================================

export class AppGate {
  readonly #options: Options
  readonly #queue = new GateQueue.GateQueue()
  #state = GateState.open
  #quotas = SpentQuotas.none
  /** The time limit at which the state is next looked at. */
  #wake: Deadlines.Limit | undefined
  #isStopped = false

  constructor(options: Options) {
    this.#options = options
  }

  isOpen(bucket: string): boolean {
    return this.#state._tag === "Open" && !this.#quotas.has(bucket)
  }

  run<A, R>(request: GateRequest, send: Send<A, R>): Effect.Effect<A, Failure, R> {
    const now = this.#now()
    const spentFor = SpentQuotas.remaining(this.#quotas, request.bucket, now)
    if (spentFor > 0) return quotaExceeded(request, timesOf(spentFor, now))
    const caller = { timing: RetryTiming.fromPolicy(request.policy), deadline: request.deadline }
    const arrival = GateState.arrive(this.#state, caller, this.#queue.length, now)
    switch (arrival._tag) {
      case "Pass":
        return send(Duration.zero)
      case "Queue":
        return this.#isStopped ? rateLimited(request, {}) : this.#takeTurn(request, caller, send)
      case "Refuse":
        return rateLimited(request, arrival.millis === undefined ? {} : timesOf(arrival.millis, now))
    }
  }

  /** Learns from a `RateLimited` or `QuotaExceeded` that a call received. */
  learn(request: GateRequest, error: SpotifyError.SpotifyError): Effect.Effect<void> {
    const { id } = this.#options
    const retryAfter = error.retryAfter === undefined ? undefined : Duration.toMillis(error.retryAfter)
    const learned = error.reason._tag === "RateLimited"
      ? this.#close(request, retryAfter)
      : this.#spend(request, retryAfter)
    return typeof id === "string" ? Effect.annotateLogs(learned, { "oauth.client_id": id }) : learned
  }

  /** Lets no call wait any more, and sets no timer, which would keep a finished program alive. */
  stop(): void {
    this.#isStopped = true
    this.#clearTimer()
    for (const turn of this.#queue.take(Infinity, () => true)) turn.resume(rateLimited(turn.request, {}))
  }

  // ---------------------------------------------------------------------------
  // Limits
  // ---------------------------------------------------------------------------

  #close(request: GateRequest, retryAfter: number | undefined): Effect.Effect<void> {
    const now = this.#now()
    const timing = RetryTiming.fromPolicy(request.policy)
    const { closedFor, state, wasClosed } = GateState.limit(this.#state, retryAfter, timing, now)
    this.#state = state
    if (closedFor === undefined) return Effect.void
    const refused = this.#queue.take(Infinity, ({ caller }) => !GateState.mayWait(caller, closedFor, now))
    this.#watch(now)
    for (const turn of refused) turn.resume(rateLimited(turn.request, timesOf(closedFor, now)))
    return wasClosed
      ? Effect.void
      : Effect.logWarning(`Spotify limits this app: its gate is closed until ${iso(now.wall + closedFor)}.`)
  }

  #spend({ bucket }: GateRequest, retryAfter: number | undefined): Effect.Effect<void> {
    const now = this.#now()
    const { lasts, quotas } = SpentQuotas.spend(this.#quotas, bucket, retryAfter, now)
    this.#quotas = quotas
    this.#watch(now)
    return Effect.logWarning(
      `The Development Mode quota for ${bucket} is spent: such calls fail until ${iso(now.wall + lasts)}.`
    )
  }

  // ---------------------------------------------------------------------------
  // Turns
  // ---------------------------------------------------------------------------

  #takeTurn<A, R>(
    request: GateRequest,
    caller: GateState.Caller,
    send: Send<A, R>
  ): Effect.Effect<A, Failure, R> {
    return Effect.uninterruptibleMask((restore) => {
      const { clock } = this.#options
      const arrivedAt = Clocks.monotonicMillis(clock)
      let turn: GateQueue.Turn | undefined
      const admission = Effect.callback<void, SpotifyError.SpotifyError>((resume) => {
        const added: GateQueue.Turn = { request, caller, resume, ticket: undefined }
        turn = added
        this.#queue.add(added)
        this.#admit(this.#now())
        return Effect.sync(() => this.#queue.remove(added))
      })
      return restore(admission).pipe(
        Effect.andThen(Effect.suspend(() => restore(send(Duration.millis(Clocks.monotonicMillis(clock) - arrivedAt))))),
        Effect.onExit((exit) => Effect.sync(() => this.#leave(turn, wasAnswered(exit))))
      )
    })
  }

  /** Frees the place of a call, however it ended. */
  #leave(turn: GateQueue.Turn | undefined, isAnswered: boolean): void {
    if (turn?.ticket === undefined) return
    const now = this.#now()
    this.#state = GateState.leave(this.#state, turn.ticket, isAnswered, this.#queue.length, now)
    this.#admit(now)
  }

  /** Admits the calls that may go, and sets the timer for the others. */
  #admit(now: Clocks.Instant): void {
    const { admitted, state, ticket } = GateState.admit(this.#state, this.#queue.length, now)
    this.#state = state
    const turns = this.#queue.take(admitted, () => true)
    this.#watch(now)
    for (const turn of turns) {
      turn.ticket = ticket
      turn.resume(Effect.void)
    }
  }

  // ---------------------------------------------------------------------------
  // Time
  // ---------------------------------------------------------------------------

  #now(): Clocks.Instant {
    return Clocks.now(this.#options.clock)
  }

  readonly #tick = (): void => {
    const now = this.#now()
    this.#quotas = SpentQuotas.expire(this.#quotas, now)
    this.#state = GateState.rest(this.#state, this.#queue.length, now)
    this.#admit(now)
  }

  #clearTimer(): void {
    if (this.#wake !== undefined) this.#options.deadlines.clear(this.#wake)
    this.#wake = undefined
  }

  #watch(now: Clocks.Instant): void {
    const { deadlines, onIdle } = this.#options
    this.#clearTimer()
    if (this.#isStopped) return
    const next = Math.min(
      GateState.wakesIn(this.#state, this.#queue.length, now),
      SpentQuotas.wakesIn(this.#quotas, now)
    )
    if (next === Infinity) onIdle()
    // Timers count whole milliseconds: waking a fraction too early would only mean sleeping again.
    else this.#wake = deadlines.set(now.monotonic + Math.ceil(next), this.#tick)
  }
}

// =============================================================================
// Failures
// =============================================================================

/** Returns whether the rate limit admitted the call, whatever the response was. */
const wasAnswered = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isSuccess(exit)
  || Option.exists(
    Exit.findErrorOption(exit),
    (error) => error instanceof SpotifyError.SpotifyError && error.response !== undefined
  )

const iso = (epochMillis: number): string => DateTime.formatIso(DateTime.makeUnsafe(Math.ceil(epochMillis)))

const timesOf = (millis: number, now: Clocks.Instant) => ({
  retryAfter: Duration.millis(Math.ceil(millis)),
  endsAt: DateTime.makeUnsafe(Math.ceil(now.wall + millis))
})

type Times = ReturnType<typeof timesOf> | Record<never, never>

const rateLimited = ({ operation }: GateRequest, times: Times): Effect.Effect<never, SpotifyError.SpotifyError> =>
  Effect.fail(new SpotifyError.SpotifyError({ reason: new SpotifyError.RateLimited(times), operation }))

const quotaExceeded = ({ operation }: GateRequest, times: Times): Effect.Effect<never, SpotifyError.SpotifyError> =>
  Effect.fail(new SpotifyError.SpotifyError({ reason: new SpotifyError.QuotaExceeded(times), operation }))
