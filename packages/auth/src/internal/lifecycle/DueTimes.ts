/**
 * The times at which anything in the process is due, in one list with one fiber that sleeps until the first of them.
 *
 * **Details**
 *
 * Otherwise a hundred thousand token services would have a timer each. The fiber runs while the list is not empty, and
 * sleeps on the `Clock`.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as Clocks from "../../Clocks.ts"

// =============================================================================
// Model
// =============================================================================

const absent = -1
const called = -2

/** An entry of the list, which is on it once at most. */
export abstract class Alarm {
  /** The time in monotonic milliseconds. */
  dueAt = Infinity
  /** The order among entries with the same time. */
  order = 0
  /** The position in the list; `absent` when it is not on it, `called` when it is about to ring. */
  position = absent
  /** Runs when it is due, or when the clocks have drifted apart so that it may be. */
  abstract ring(now: Clocks.Instant): void
}

/** Milliseconds by which the clocks may drift apart before all alarms ring: no two clocks run exactly alike. */
const driftTolerance = 50

/** The error of floating point in a time, in milliseconds. */
const rounding = 1e-3

/**
 * Milliseconds to sleep at a time. Timers stand still while a machine sleeps, so the clocks are read twice in the last
 * minute before an alarm is due; earlier than that `get` reads them itself.
 */
const slice = (untilDue: number): number => untilDue > 60_000 ? untilDue - 60_000 : Math.min(untilDue, 30_000)

// =============================================================================
// Constructor
// =============================================================================

/** One list for each clock, for as long as the clock is used. */
const lists = new WeakMap<Clock.Clock, DueTimes>()

/** Returns the list of the clock in a context. */
export const of = (context: Context.Context<never>): DueTimes => {
  const clock = Context.get(context, Clock.Clock)
  const existing = lists.get(clock)
  if (existing !== undefined) return existing
  const made = new DueTimes(clock, Context.get(context, Scheduler.Scheduler))
  lists.set(clock, made)
  return made
}

export class DueTimes {
  readonly #clock: Clock.Clock
  /** The context of the fiber, which has nothing of the first caller. */
  readonly #context: Context.Context<never>
  /** A binary heap: none is due before the one at half its position. */
  readonly #alarms: Array<Alarm> = []
  #orders = 0
  #sleeper: Fiber.Fiber<void> | undefined
  /** Monotonic milliseconds. */
  #wakesAt = Infinity
  #isRinging = false
  /** Milliseconds by which the wall clock was ahead of the monotonic clock when all alarms last rang. */
  #drift: number

  constructor(clock: Clock.Clock, scheduler: Scheduler.Scheduler) {
    this.#clock = clock
    this.#context = Context.make(Clock.Clock, clock).pipe(Context.add(Scheduler.Scheduler, scheduler))
    this.#drift = driftOf(Clocks.now(clock))
  }

  /** Sets an alarm to a time in monotonic milliseconds, in place of the time that it had. */
  set(alarm: Alarm, instant: number): void {
    if (instant === Infinity) return this.clear(alarm)
    // Nothing has read the clocks while the list was empty.
    if (this.#alarms.length === 0) this.#drift = driftOf(Clocks.now(this.#clock))
    alarm.dueAt = instant
    alarm.order = this.#orders++
    if (alarm.position < 0) alarm.position = this.#alarms.push(alarm) - 1
    this.#settle(alarm)
    if (alarm.position === 0) this.#sleep()
  }

  /** Takes an alarm off the list. */
  clear(alarm: Alarm): void {
    const { position } = alarm
    alarm.position = absent
    if (position < 0) return
    const last = this.#alarms.pop()
    if (last !== undefined && last !== alarm) {
      this.#alarms[position] = last
      last.position = position
      this.#settle(last)
    }
    if (this.#alarms.length === 0) this.#stop()
  }

  // ---------------------------------------------------------------------------
  // The fiber
  // ---------------------------------------------------------------------------

  /** Sleeps until the first alarm, unless the sleep under way ends by then. */
  #sleep(): void {
    const first = this.#alarms[0]
    if (first === undefined || this.#isRinging) return
    const now = Clocks.now(this.#clock)
    const millis = Math.max(Math.ceil(slice(first.dueAt - now.monotonic) - rounding), 0)
    const wakesAt = now.monotonic + millis
    if (this.#sleeper !== undefined && this.#wakesAt <= wakesAt + rounding) return
    this.#stop()
    this.#wakesAt = wakesAt
    // An alarm never rings while it is being set.
    const sleep = millis === 0 ? Effect.yieldNow : this.#clock.sleep(Duration.millis(millis))
    this.#sleeper = Effect.runForkWith(this.#context)(Effect.andThen(sleep, this.#wake))
  }

  #stop(): void {
    this.#sleeper?.interruptUnsafe()
    this.#sleeper = undefined
    this.#wakesAt = Infinity
  }

  readonly #wake: Effect.Effect<void> = Effect.suspend(() => {
    this.#sleeper = undefined
    this.#wakesAt = Infinity
    this.#isRinging = true
    const now = Clocks.now(this.#clock)
    // One alarm may have cleared another. A defect in one does not affect the others.
    const ring = (alarm: Alarm) => Effect.sync(() => alarm.position === called ? alarm.ring(now) : undefined)
    return Effect.forEach(this.#due(now), (alarm) => Effect.ignoreCause(ring(alarm)), { discard: true })
  }).pipe(Effect.andThen(Effect.sync(() => {
    this.#isRinging = false
    this.#sleep()
  })))

  /** Takes the alarms that are due off the list, in order; all of them where the clocks have drifted apart. */
  #due(now: Clocks.Instant): ReadonlyArray<Alarm> {
    const drift = driftOf(now)
    const haveParted = Math.abs(drift - this.#drift) > driftTolerance
    const until = haveParted ? { ...now, monotonic: Infinity } : now
    const due: Array<Alarm> = []
    for (let first = this.#alarms[0]; first !== undefined && isOver(first.dueAt, until); first = this.#alarms[0]) {
      this.clear(first)
      first.position = called
      due.push(first)
    }
    return due
  }

  // ---------------------------------------------------------------------------
  // The list
  // ---------------------------------------------------------------------------

  /** Moves an alarm to the position that its time requires. */
  #settle(alarm: Alarm): void {
    const alarms = this.#alarms
    let { position } = alarm
    const put = (other: Alarm) => {
      alarms[position] = other
      other.position = position
    }
    while (position > 0) {
      const parent = (position - 1) >> 1
      const above = alarms[parent]
      if (above === undefined || !isBefore(alarm, above)) break
      put(above)
      position = parent
    }
    for (;;) {
      const left = alarms[2 * position + 1]
      const right = alarms[2 * position + 2]
      const below = left !== undefined && right !== undefined && isBefore(right, left) ? right : left
      if (below === undefined || !isBefore(below, alarm)) break
      const { position: beneath } = below
      put(below)
      position = beneath
    }
    put(alarm)
  }
}

/** Reports whether a time has come. */
export const isOver = (instant: number, { monotonic }: Clocks.Instant): boolean => instant <= monotonic + rounding

const isBefore = (a: Alarm, b: Alarm): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order)

const driftOf = ({ monotonic, wall }: Clocks.Instant): number => wall - monotonic
