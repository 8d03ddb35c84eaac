/**
 * The gates of a process, which do what `GateState` decides. There is one only while there is something to remember of an
 * app: that it is limited, or that a quota of it is spent.
 *
 * JavaScript runs one step at a time, so every step below that reads and writes this state without yielding is atomic: no
 * lock guards it.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Clocks from "@app/auth/Clocks"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Gate, GateRequest, Service } from "../../RateLimit.ts"
import * as SpotifyError from "../../SpotifyError.ts"
import * as Deadlines from "../time/Deadlines.ts"
import * as RetryTiming from "../time/RetryTiming.ts"
import * as GateState from "./GateState.ts"

// =============================================================================
// Model
// =============================================================================

type Failure = SpotifyError.SpotifyError | AuthError

type Send<A, R> = (held: Duration.Duration) => Effect.Effect<A, Failure, R>

/** A call at the gate, linked with the others that wait. */
interface Turn {
  readonly passage: GateRequest
  readonly caller: GateState.Caller
  readonly resume: (answer: Effect.Effect<void, SpotifyError.SpotifyError>) => void
  isWaiting: boolean
  /** Of one that was let in while the gate opened. */
  ticket: GateState.Ticket | undefined
  previous: Turn | undefined
  next: Turn | undefined
}

/** Those that wait, in the order they came. */
class Queue {
  length = 0
  private first: Turn | undefined
  private last: Turn | undefined

  add(turn: Turn): void {
    turn.isWaiting = true
    turn.previous = this.last
    if (this.last === undefined) this.first = turn
    else this.last.next = turn
    this.last = turn
    this.length += 1
  }

  remove(turn: Turn): void {
    if (!turn.isWaiting) return
    const { next, previous } = turn
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    turn.isWaiting = false
    turn.previous = undefined
    turn.next = undefined
    this.length -= 1
  }

  /** Takes out the first so many of those that are meant. */
  take(count: number, isMeant: (turn: Turn) => boolean): ReadonlyArray<Turn> {
    const taken: Array<Turn> = []
    for (let turn = this.first; turn !== undefined && taken.length < count;) {
      const { next } = turn
      if (isMeant(turn)) {
        this.remove(turn)
        taken.push(turn)
      }
      turn = next
    }
    return taken
  }
}

/** A quota whose end is not told is asked about as often. */
const quotaDefault = 60 * 1000

// =============================================================================
// Constructor
// =============================================================================

export const make: Effect.Effect<Service, never, Scope.Scope> = Effect.withFiber((fiber) => {
  const clock = fiber.getRef(Clock.Clock)
  const deadlines = Deadlines.of(fiber)
  const apps = new Map<string | symbol, App>()
  const appOf = (id: string | symbol): App => {
    const known = apps.get(id)
    if (known !== undefined) return known
    const made: App = new App(id, clock, deadlines, () => {
      if (apps.get(id) === made) apps.delete(id)
    })
    apps.set(id, made)
    return made
  }
  const stop = Effect.sync(() => {
    for (const app of apps.values()) app.stop()
  })

  return Effect.as(Effect.addFinalizer(() => stop), {
    gate: (clientId): Gate => {
      const id = clientId ?? Symbol("an app whose client id is not known")
      const learn = (passage: GateRequest, error: Failure) =>
        Effect.suspend(() => isLimit(error) ? appOf(id).learn(passage, error) : Effect.void)
      return {
        isOpen: (bucket) => apps.get(id)?.isOpen(bucket) ?? true,
        learn,
        through: (passage, send) => {
          const sendAndLearn = (held: Duration.Duration) =>
            Effect.tapError(send(held), (error) => learn(passage, error))
          return Effect.suspend(() => apps.get(id)?.through(passage, sendAndLearn) ?? sendAndLearn(Duration.zero))
        }
      }
    }
  })
})

/** What is remembered of one app, and who waits for it. */
class App {
  private readonly id: string | symbol
  private readonly clock: Clock.Clock
  private readonly deadlines: Deadlines.Deadlines
  /** There is nothing to remember any more. */
  private readonly forget: () => void
  private state = GateState.open
  private readonly queue = new Queue()
  /** Buckets whose quota is spent. */
  private readonly spent = new Map<string, Clocks.Period>()
  /** When all of this is next looked at. */
  private wake: Deadlines.Limit | undefined

  constructor(id: string | symbol, clock: Clock.Clock, deadlines: Deadlines.Deadlines, forget: () => void) {
    this.id = id
    this.clock = clock
    this.deadlines = deadlines
    this.forget = forget
  }

  isOpen(bucket: string): boolean {
    return this.state._tag === "Open" && !this.spent.has(bucket)
  }

  through<A, R>(passage: GateRequest, send: Send<A, R>): Effect.Effect<A, Failure, R> {
    const now = Clocks.now(this.clock)
    const spent = this.spent.get(passage.bucket)
    const left = spent === undefined ? 0 : Clocks.remaining(spent, now)
    if (left > 0) return quotaExceeded(passage, timesOf(left, now))
    const caller = { timing: RetryTiming.fromPolicy(passage.policy), deadline: passage.deadline }
    const arrival = GateState.arrive(this.state, caller, this.queue.length, now)
    switch (arrival._tag) {
      case "Pass":
        return send(Duration.zero)
      case "Queue":
        return this.takeTurn(passage, caller, send)
      case "Refuse":
        return rateLimited(passage, arrival.millis === undefined ? {} : timesOf(arrival.millis, now))
    }
  }

  learn(passage: GateRequest, error: SpotifyError.SpotifyError): Effect.Effect<void> {
    const retryAfter = error.retryAfter === undefined ? undefined : Duration.toMillis(error.retryAfter)
    const learned = error.reason._tag === "RateLimited"
      ? this.close(passage, retryAfter)
      : this.spend(passage, retryAfter)
    return typeof this.id === "string" ? Effect.annotateLogs(learned, { client_id: this.id }) : learned
  }

  stop(): void {
    if (this.wake !== undefined) this.deadlines.lift(this.wake)
  }

  // ---------------------------------------------------------------------------
  // Limits
  // ---------------------------------------------------------------------------

  private close(passage: GateRequest, retryAfter: number | undefined): Effect.Effect<void> {
    const now = Clocks.now(this.clock)
    const timing = RetryTiming.fromPolicy(passage.policy)
    const { closedFor, state, wasClosed } = GateState.limit(this.state, retryAfter, timing, now)
    this.state = state
    if (closedFor === undefined) return Effect.void
    const refused = this.queue.take(Infinity, ({ caller }) => !GateState.waits(caller, closedFor, now))
    this.watch(now)
    for (const turn of refused) turn.resume(rateLimited(turn.passage, timesOf(closedFor, now)))
    return wasClosed
      ? Effect.void
      : Effect.logWarning(`Spotify limits this app: its gate is closed until ${iso(now.wall + closedFor)}.`)
  }

  private spend({ bucket }: GateRequest, retryAfter: number | undefined): Effect.Effect<void> {
    const now = Clocks.now(this.clock)
    const lasts = Math.min(retryAfter ?? quotaDefault, GateState.longest)
    this.spent.set(bucket, { since: now, lasts })
    this.watch(now)
    return Effect.logWarning(
      `The Development Mode quota for ${bucket} is spent: such calls fail until ${iso(now.wall + lasts)}.`
    )
  }

  // ---------------------------------------------------------------------------
  // Turns
  // ---------------------------------------------------------------------------

  private takeTurn<A, R>(
    passage: GateRequest,
    caller: GateState.Caller,
    send: Send<A, R>
  ): Effect.Effect<A, Failure, R> {
    return Effect.uninterruptibleMask((restore) => {
      const cameAt = Clocks.monotonicMillis(this.clock)
      let turn: Turn | undefined
      const admission = Effect.callback<void, SpotifyError.SpotifyError>((resume) => {
        const added: Turn = {
          passage,
          caller,
          resume,
          isWaiting: false,
          ticket: undefined,
          previous: undefined,
          next: undefined
        }
        turn = added
        this.queue.add(added)
        this.admit(Clocks.now(this.clock))
        return Effect.sync(() => this.queue.remove(added))
      })
      return restore(admission).pipe(
        Effect.andThen(
          Effect.suspend(() => restore(send(Duration.millis(Clocks.monotonicMillis(this.clock) - cameAt))))
        ),
        Effect.onExit((exit) => Effect.sync(() => this.leave(turn, wasAnswered(exit))))
      )
    })
  }

  /** A turn is over: however it ended, its place is free. */
  private leave(turn: Turn | undefined, isAnswered: boolean): void {
    if (turn?.ticket === undefined) return
    const now = Clocks.now(this.clock)
    this.state = GateState.leave(this.state, turn.ticket, isAnswered, this.queue.length, now)
    this.admit(now)
  }

  /** Lets in who may go, and sees to it that those who may not are looked at again. */
  private admit(now: Clocks.Instant): void {
    const { admitted, state, ticket } = GateState.admit(this.state, this.queue.length, now)
    this.state = state
    const turns = this.queue.take(admitted, () => true)
    this.watch(now)
    for (const turn of turns) {
      turn.ticket = ticket
      turn.resume(Effect.void)
    }
  }

  // ---------------------------------------------------------------------------
  // Time
  // ---------------------------------------------------------------------------

  private readonly look = (): void => {
    const now = Clocks.now(this.clock)
    for (const [bucket, spent] of this.spent) {
      if (Clocks.remaining(spent, now) <= 0) this.spent.delete(bucket)
    }
    this.state = GateState.rest(this.state, this.queue.length, now)
    this.admit(now)
  }

  private watch(now: Clocks.Instant): void {
    if (this.wake !== undefined) this.deadlines.lift(this.wake)
    this.wake = undefined
    let next = GateState.wakesIn(this.state, this.queue.length, now)
    for (const spent of this.spent.values()) next = Math.min(next, Clocks.remaining(spent, now))
    if (next === Infinity) this.forget()
    // Timers count whole milliseconds: waking a fraction too early would only mean sleeping again.
    else this.wake = this.deadlines.set(now.monotonic + Math.ceil(next), this.look)
  }
}

// =============================================================================
// Failures
// =============================================================================

const isLimit = (error: Failure): error is SpotifyError.SpotifyError =>
  error._tag === "SpotifyError" && (error.reason._tag === "RateLimited" || error.reason._tag === "QuotaExceeded")

/** Whatever the answer was, the limit let the call through. */
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
