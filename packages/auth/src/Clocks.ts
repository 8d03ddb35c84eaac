/**
 * Instants by two clocks, so that a time limit holds through a machine's sleep and through a change of its clock.
 *
 * **Details**
 *
 * The wall clock goes on while a machine sleeps, and somebody can set it. The monotonic clock only goes forward, and may
 * stand still while the machine sleeps. Time that has passed by either clock has passed.
 */
import type * as Clock from "effect/Clock"

/**
 * An instant, in milliseconds by each clock.
 *
 * @category models
 * @since 0.1.0
 */
export interface Instant {
  /** Milliseconds since the epoch by the wall clock. */
  readonly wall: number
  /** Milliseconds by the monotonic clock, whose zero has no meaning. */
  readonly monotonic: number
}

/**
 * Reads the monotonic clock, in milliseconds.
 *
 * @category accessors
 * @since 0.1.0
 */
export const monotonicMillis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/**
 * Reads both clocks.
 *
 * @category accessors
 * @since 0.1.0
 */
export const now = (clock: Clock.Clock): Instant => ({
  wall: clock.currentTimeMillisUnsafe(),
  monotonic: monotonicMillis(clock)
})

/**
 * Returns the milliseconds from one instant to another, by the clock that says more.
 *
 * @category accessors
 * @since 0.1.0
 */
export const elapsed = (since: Instant, until: Instant): number =>
  Math.max(until.wall - since.wall, until.monotonic - since.monotonic)

/**
 * A span of time that begins at an instant.
 *
 * @category models
 * @since 0.1.0
 */
export interface Period {
  readonly since: Instant
  /** The length in milliseconds. */
  readonly lasts: number
}

/**
 * Returns the milliseconds that remain of a period at an instant; zero or less once it is over.
 *
 * @category accessors
 * @since 0.1.0
 */
export const remaining = ({ lasts, since }: Period, at: Instant): number => lasts - elapsed(since, at)

/**
 * The milliseconds by which clocks are set all the time, without a meaning for the age of anything.
 *
 * @category constants
 * @since 0.1.0
 */
export const tolerance = 1000
