/**
 * Time limits, and one sleeping fiber for all of them on a clock.
 *
 * Nearly all are lifted before they are reached. A race with a timer of its own costs each of them 2.7 µs, an entry in a list
 * a tenth of that.
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

/** A limit that is set, linked with the others: a `Map` would hold on to what it no longer has. */
export interface Limit {
  /** When it is reached, in milliseconds of the clock's monotonic time. */
  readonly at: number
  /** Absent once it is reached or lifted. */
  onReached: (() => void) | undefined
  previous: Limit | undefined
  next: Limit | undefined
}

// =============================================================================
// Deadlines
// =============================================================================

/** The limits on one clock. */
export class Deadlines {
  private readonly clock: Clock.Clock
  private readonly run: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  private readonly dispatcher: Scheduler.SchedulerDispatcher
  private first: Limit | undefined
  private sleeper: Fiber.Fiber<void> | undefined
  /** When the sleeper wakes: not later than the earliest limit. */
  private wakesAt = Infinity
  private isStopping = false

  constructor(clock: Clock.Clock, scheduler: Scheduler.Scheduler) {
    this.clock = clock
    this.run = Effect.runForkWith(Context.make(Scheduler.Scheduler, scheduler))
    this.dispatcher = scheduler.makeDispatcher()
  }

  /** `onReached` is never called before this returns. */
  set(at: number, onReached: () => void): Limit {
    const next = this.first
    const limit: Limit = { at, onReached, previous: undefined, next }
    if (next !== undefined) next.previous = limit
    this.first = limit
    if (at < this.wakesAt) this.wakeAt(at)
    return limit
  }

  lift(limit: Limit): void {
    limit.onReached = undefined
    this.unlink(limit)
    if (this.first !== undefined || this.sleeper === undefined || this.isStopping) return
    // The next call is likely to come at once, and would start the timer that this one has stopped.
    this.isStopping = true
    this.dispatcher.scheduleTask(this.stopIfIdle, 0)
  }

  private unlink(limit: Limit): void {
    const { next, previous } = limit
    if (previous !== undefined) previous.next = next
    else if (this.first === limit) this.first = next
    if (next !== undefined) next.previous = previous
    limit.previous = undefined
    limit.next = undefined
  }

  private wakeAt(at: number): void {
    this.sleeper?.interruptUnsafe()
    this.wakesAt = at
    this.sleeper = this.run(this.sleep)
  }

  /** A timer that nobody waits for would keep a finished program alive. */
  private readonly stopIfIdle = (): void => {
    this.isStopping = false
    if (this.first !== undefined) return
    this.sleeper?.interruptUnsafe()
    this.sleeper = undefined
    this.wakesAt = Infinity
  }

  private readonly sleep: Effect.Effect<void> = Effect.suspend(() => {
    // Timers count whole milliseconds: waking a fraction too early would only mean sleeping again.
    const pause = Math.ceil(this.wakesAt - Clocks.monotonicMillis(this.clock))
    return Effect.flatMap(
      pause > 0 ? this.clock.sleep(Duration.millis(pause)) : Effect.yieldNow,
      () => {
        this.reach()
        return this.first === undefined ? Effect.void : this.sleep
      }
    )
  })

  /** In the order in which they were set, for what comes at one instant comes in order. */
  private reach(): void {
    const now = Clocks.monotonicMillis(this.clock)
    // What is set meanwhile is seen below.
    this.wakesAt = -Infinity
    const reached: Array<Limit> = []
    for (let limit = this.first; limit !== undefined;) {
      const { next } = limit
      if (limit.at <= now) {
        this.unlink(limit)
        reached.push(limit)
      }
      limit = next
    }
    for (const limit of reached.toReversed()) {
      const { onReached } = limit
      limit.onReached = undefined
      // One that was reached may lift another.
      onReached?.()
    }
    this.wakesAt = Infinity
    for (let limit = this.first; limit !== undefined; limit = limit.next) {
      this.wakesAt = Math.min(this.wakesAt, limit.at)
    }
    if (this.first === undefined) this.sleeper = undefined
  }
}

const deadlines = new WeakMap<Clock.Clock, Deadlines>()

/** Those on the clock of a fiber. */
export const of = (fiber: Fiber.Fiber<unknown, unknown>): Deadlines => {
  const clock = fiber.getRef(Clock.Clock)
  const known = deadlines.get(clock)
  if (known !== undefined) return known
  const made = new Deadlines(clock, fiber.getRef(Scheduler.Scheduler))
  deadlines.set(clock, made)
  return made
}
