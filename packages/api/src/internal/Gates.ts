/**
 * The gates of a process. There is one only while there is something to remember of an app: that it is limited, or that
 * a quota of it is spent.
 *
 * JavaScript runs one step at a time, so every step below that reads and writes this state without yielding is atomic: no
 * lock guards it.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Gate, Passage, Service } from "../RateLimit.ts"
import * as SpotifyError from "../SpotifyError.ts"
import * as TwoClocks from "./TwoClocks.ts"

// =============================================================================
// Model
// =============================================================================

/** What is remembered of one app. */
interface Memory {
  closure: Closure | undefined
  /** Buckets whose quota is spent. */
  readonly quotas: Map<string, TwoClocks.Stretch>
  /** When, by the monotonic clock, this memory is next looked through. */
  wakesAt: number
}

/** A gate that is closed, or that opens. */
interface Closure {
  closed: TwoClocks.Stretch
  opening: Opening
  /** How often it closed since a call last got through. */
  refusals: number
  /** In the order they came. */
  readonly waiting: Set<Turn>
}

/** How many calls may be under way at a time while the gate opens, and which are, in the order they were let in. */
interface Opening {
  width: number
  readonly underWay: Set<Turn>
}

/** A call at the gate. */
interface Turn {
  readonly passage: Passage
  readonly resume: (answer: Effect.Effect<void, SpotifyError.SpotifyError>) => void
  /** What it was let through in, and when by the monotonic clock. */
  opening: Opening | undefined
  letInAt: number
}

type Failure = SpotifyError.SpotifyError | AuthError

// =============================================================================
// Figures
// =============================================================================

/** Nothing longer has been seen from Spotify. After it one call asks again, should a server have said something absurd. */
const longest = 24 * 60 * 60 * 1000

/** A quota whose end is not told is asked about as often. */
const quotaDefault = 60 * 1000

/** Spotify counts over this time, so a gate that nobody came to in it opens by itself. */
const window = 30 * 1000

/**
 * How long a call that was let in is waited for. The question is whether the app is still limited, which Spotify answers
 * within a fraction of this; a call that hangs does not tell, so the next is let in to ask.
 */
const probePatience = 2 * 1000

// =============================================================================
// Constructor
// =============================================================================

export const make: Effect.Effect<Service, never, Scope.Scope> = Effect.gen(function*() {
  const clock = yield* Clock.Clock
  const keepers = yield* FiberMap.makeRuntime<never, Memory>()
  const memories = new Map<string | symbol, Memory>()

  // ---------------------------------------------------------------------------
  // Remembering
  // ---------------------------------------------------------------------------

  const memoryOf = (app: string | symbol): Memory => {
    const known = memories.get(app)
    if (known !== undefined) return known
    const memory: Memory = { closure: undefined, quotas: new Map(), wakesAt: Infinity }
    memories.set(app, memory)
    return memory
  }

  const forgetIfEmpty = (app: string | symbol, memory: Memory): boolean => {
    const isEmpty = memory.closure === undefined && memory.quotas.size === 0
    if (isEmpty && memories.get(app) === memory) memories.delete(app)
    return isEmpty
  }

  /** Sees to it that whoever waits is let in on time, and that memories end. */
  const keep = (app: string | symbol, memory: Memory): Effect.Effect<void> =>
    Effect.suspend(() => {
      const now = TwoClocks.now(clock)
      let next = Infinity
      for (const [bucket, spent] of memory.quotas) {
        const left = TwoClocks.left(spent, now)
        if (left > 0) next = Math.min(next, left)
        else memory.quotas.delete(bucket)
      }
      const { closure } = memory
      if (closure !== undefined) {
        admit(closure, now)
        const left = TwoClocks.left(closure.closed, now)
        if (left > 0) next = Math.min(next, left)
        else if (left > -window || closure.waiting.size + closure.opening.underWay.size > 0) {
          next = Math.min(next, window, untilOverdue(closure, now))
        } else memory.closure = undefined
      }
      if (forgetIfEmpty(app, memory)) return Effect.void
      // Timers count whole milliseconds: waking a fraction too early would only mean sleeping again.
      const pause = Math.ceil(next)
      memory.wakesAt = now.monotonic + pause
      return Effect.andThen(Effect.sleep(pause), keep(app, memory))
    })

  const wakeBefore = (app: string | symbol, memory: Memory, end: number): void => {
    if (end >= memory.wakesAt) return
    memory.wakesAt = end
    keepers(memory, keep(app, memory))
  }

  // ---------------------------------------------------------------------------
  // Closing
  // ---------------------------------------------------------------------------

  const close = (
    app: string | symbol,
    { policy }: Passage,
    retryAfter: Duration.Duration | undefined
  ): Effect.Effect<void> => {
    const now = TwoClocks.now(clock)
    const memory = memoryOf(app)
    const closure = memory.closure ??= {
      closed: { since: now, lasts: 0 },
      opening: { width: 1, underWay: new Set() },
      refusals: 0,
      waiting: new Set()
    }
    const left = TwoClocks.left(closure.closed, now)
    if (left <= 0) closure.refusals += 1
    const asked = retryAfter === undefined
      ? Math.min(
        Duration.toMillis(policy.retryAfterDefault) * 2 ** (closure.refusals - 1),
        Duration.toMillis(policy.retryAfterCap)
      )
      : Duration.toMillis(retryAfter)
    const lasts = Math.min(asked, longest)
    if (lasts <= left) return Effect.void
    closure.closed = { since: now, lasts }
    closure.opening = { width: 1, underWay: new Set() }
    for (const turn of closure.waiting) {
      if (canWait(turn.passage, lasts, now)) continue
      closure.waiting.delete(turn)
      turn.resume(limited(turn.passage, timesOf(lasts, now)))
    }
    wakeBefore(app, memory, now.monotonic + lasts)
    return left > 0
      ? Effect.void
      : Effect.logWarning(`Spotify limits this app: its gate is closed until ${iso(now.wall + lasts)}.`)
  }

  const spend = (
    app: string | symbol,
    { bucket }: Passage,
    retryAfter: Duration.Duration | undefined
  ): Effect.Effect<void> => {
    const now = TwoClocks.now(clock)
    const memory = memoryOf(app)
    const lasts = Math.min(retryAfter === undefined ? quotaDefault : Duration.toMillis(retryAfter), longest)
    memory.quotas.set(bucket, { since: now, lasts })
    wakeBefore(app, memory, now.monotonic + lasts)
    return Effect.logWarning(
      `The Development Mode quota for ${bucket} is spent: such calls fail until ${iso(now.wall + lasts)}.`
    )
  }

  const learn = (app: string | symbol, passage: Passage, error: Failure): Effect.Effect<void> => {
    if (error._tag === "AuthError") return Effect.void
    const { _tag } = error.reason
    if (_tag !== "RateLimited" && _tag !== "QuotaExceeded") return Effect.void
    const learned = (_tag === "RateLimited" ? close : spend)(app, passage, error.retryAfter)
    return typeof app === "string" ? Effect.annotateLogs(learned, { client_id: app }) : learned
  }

  // ---------------------------------------------------------------------------
  // Opening
  // ---------------------------------------------------------------------------

  const admit = ({ closed, opening, waiting }: Closure, now: TwoClocks.Instant): void => {
    if (TwoClocks.left(closed, now) > 0) return
    giveUpOverdue(opening, now)
    for (const turn of waiting) {
      if (opening.underWay.size >= opening.width) return
      waiting.delete(turn)
      opening.underWay.add(turn)
      turn.opening = opening
      turn.letInAt = now.monotonic
      turn.resume(Effect.void)
    }
  }

  /** Calls that have had no answer for too long lose their places, and nothing else. */
  const giveUpOverdue = ({ underWay }: Opening, now: TwoClocks.Instant): void => {
    for (const turn of underWay) {
      if (now.monotonic - turn.letInAt < probePatience) return
      underWay.delete(turn)
    }
  }

  /** How long until a place is given up that somebody waits for. */
  const untilOverdue = ({ opening, waiting }: Closure, now: TwoClocks.Instant): number => {
    if (waiting.size === 0) return Infinity
    for (const { letInAt } of opening.underWay) return letInAt + probePatience - now.monotonic
    return Infinity
  }

  /** Lets in who may go, and sees to it that those who may not are looked at again. */
  const admitAndWatch = (app: string | symbol, memory: Memory, closure: Closure): void => {
    const now = TwoClocks.now(clock)
    admit(closure, now)
    wakeBefore(app, memory, now.monotonic + untilOverdue(closure, now))
  }

  /** A turn is over: however it ended, its place is free. */
  const leave = (
    app: string | symbol,
    memory: Memory,
    turn: Turn,
    exit: Exit.Exit<unknown, unknown>
  ): void => {
    const { closure } = memory
    const { opening } = turn
    // What was under way when the gate closed again tells nothing of the opening that follows.
    if (closure === undefined || opening === undefined || closure.opening !== opening) return
    opening.underWay.delete(turn)
    if (wasAnswered(exit)) {
      opening.width += 1
      closure.refusals = 0
      if (closure.waiting.size === 0) {
        memory.closure = undefined
        forgetIfEmpty(app, memory)
        return
      }
    }
    admitAndWatch(app, memory, closure)
  }

  const takeTurn = <A, R>(
    app: string | symbol,
    memory: Memory,
    closure: Closure,
    passage: Passage,
    send: (held: Duration.Duration) => Effect.Effect<A, Failure, R>
  ): Effect.Effect<A, Failure, R> =>
    Effect.uninterruptibleMask((restore) => {
      const cameAt = TwoClocks.monotonic(clock)
      let turn: Turn | undefined
      const admission = Effect.callback<void, SpotifyError.SpotifyError>((resume) => {
        const added: Turn = { passage, resume, opening: undefined, letInAt: 0 }
        turn = added
        closure.waiting.add(added)
        admitAndWatch(app, memory, closure)
        return Effect.sync(() => closure.waiting.delete(added))
      })
      return restore(admission).pipe(
        Effect.andThen(Effect.suspend(() => restore(send(Duration.millis(TwoClocks.monotonic(clock) - cameAt))))),
        Effect.onExit((exit) =>
          Effect.sync(() => {
            if (turn !== undefined) leave(app, memory, turn, exit)
          })
        )
      )
    })

  const atGate = <A, R>(
    app: string | symbol,
    memory: Memory,
    passage: Passage,
    send: (held: Duration.Duration) => Effect.Effect<A, Failure, R>
  ): Effect.Effect<A, Failure, R> => {
    const now = TwoClocks.now(clock)
    const spent = memory.quotas.get(passage.bucket)
    if (spent !== undefined && TwoClocks.left(spent, now) > 0) {
      return quotaExceeded(passage, timesOf(TwoClocks.left(spent, now), now))
    }
    const { closure } = memory
    if (closure === undefined) return send(Duration.zero)
    const left = TwoClocks.left(closure.closed, now)
    if (left > 0 && !canWait(passage, left, now)) return limited(passage, timesOf(left, now))
    admit(closure, now)
    const mustWait = closure.waiting.size > 0 || closure.opening.underWay.size >= closure.opening.width
    if (left <= 0 && mustWait && passage.policy.whileLimited === "fail") return limited(passage, {})
    return takeTurn(app, memory, closure, passage, send)
  }

  return {
    gate: (clientId): Gate => {
      const app = clientId ?? Symbol("an app whose client id is not known")
      return {
        through: (passage, send) =>
          Effect.suspend(() => {
            const memory = memories.get(app)
            const sendAndLearn = (held: Duration.Duration) =>
              Effect.tapError(send(held), (error) => learn(app, passage, error))
            return memory === undefined ? sendAndLearn(Duration.zero) : atGate(app, memory, passage, sendAndLearn)
          })
      }
    }
  }
})

// =============================================================================
// Patience
// =============================================================================

const canWait = ({ deadline, policy }: Passage, millis: number, now: TwoClocks.Instant): boolean =>
  policy.whileLimited === "wait"
  && millis <= Duration.toMillis(policy.retryAfterCap)
  && now.monotonic + millis < deadline

/** Whatever the answer was, the limit let the call through. */
const wasAnswered = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isSuccess(exit)
  || Option.exists(
    Exit.findErrorOption(exit),
    (error) => error instanceof SpotifyError.SpotifyError && error.answer !== undefined
  )

// =============================================================================
// Errors
// =============================================================================

const iso = (epochMillis: number): string => DateTime.formatIso(DateTime.makeUnsafe(Math.ceil(epochMillis)))

const timesOf = (millis: number, now: TwoClocks.Instant) => ({
  retryAfter: Duration.millis(Math.ceil(millis)),
  endsAt: DateTime.makeUnsafe(Math.ceil(now.wall + millis))
})

type Times = ReturnType<typeof timesOf> | Record<never, never>

const limited = ({ operation }: Passage, times: Times): Effect.Effect<never, SpotifyError.SpotifyError> =>
  Effect.fail(new SpotifyError.SpotifyError({ reason: new SpotifyError.RateLimited(times), operation }))

const quotaExceeded = ({ operation }: Passage, times: Times): Effect.Effect<never, SpotifyError.SpotifyError> =>
  Effect.fail(new SpotifyError.SpotifyError({ reason: new SpotifyError.QuotaExceeded(times), operation }))
