/**
 * Time by both clocks. The wall's goes on while a laptop sleeps, and can be set; the other only goes forward, and may
 * stand still meanwhile. What is over by either is over.
 */
import type * as Clock from "effect/Clock"

/** An instant, in milliseconds by each. */
export interface Instant {
  readonly wall: number
  readonly monotonic: number
}

export const monotonic = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

export const now = (clock: Clock.Clock): Instant => ({
  wall: clock.currentTimeMillisUnsafe(),
  monotonic: monotonic(clock)
})

/** A stretch of time, in milliseconds. */
export interface Period {
  readonly since: Instant
  readonly lasts: number
}

/** How much of it is left: nothing or less once it is over. */
export const remaining = ({ lasts, since }: Period, at: Instant): number =>
  lasts - Math.max(at.wall - since.wall, at.monotonic - since.monotonic)
