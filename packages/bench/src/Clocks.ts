/**
 * Clocks that move when they are told to.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const clockOf = (millis: () => number, sleep: Clock.Clock["sleep"]): Clock.Clock => {
  const nanos = () => BigInt(Math.round(millis())) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep
  }
}

/** The clock of a machine that can be put to sleep: after a jump it is later, and no timer has noticed. */
export const jumpingClock = (
  clock: Clock.Clock
): { readonly clock: Clock.Clock; readonly jump: (millis: number) => void } => {
  let ahead = 0
  return {
    clock: clockOf(() => clock.currentTimeMillisUnsafe() + ahead, (duration) => clock.sleep(duration)),
    jump: (millis) => {
      ahead += millis
    }
  }
}

/**
 * A clock that goes by the second. `tick` wakes all whose time has come, and says whether there were any. Falling asleep and
 * being interrupted cost the same however many sleep, which is not so with `TestClock`.
 */
export const virtualClock = (): {
  readonly clock: Clock.Clock
  readonly seconds: () => number
  readonly tick: () => boolean
} => {
  const begin = Date.UTC(2026, 0, 1)
  const due = new Map<number, Set<() => void>>()
  let second = 0
  const millis = () => begin + second * 1000
  const sleep = (duration: Duration.Duration): Effect.Effect<void> => {
    const time = Duration.toMillis(duration)
    if (time <= 0) return Effect.yieldNow
    if (!Number.isFinite(time)) return Effect.never
    return Effect.callback((resume) => {
      const at = second + Math.ceil(time / 1000)
      const sleepers = due.get(at) ?? new Set()
      due.set(at, sleepers)
      const wake = () => resume(Effect.void)
      sleepers.add(wake)
      return Effect.sync(() => sleepers.delete(wake))
    })
  }
  return {
    clock: clockOf(millis, sleep),
    seconds: () => second,
    tick: () => {
      second += 1
      const sleepers = due.get(second)
      due.delete(second)
      for (const wake of sleepers ?? []) wake()
      return sleepers !== undefined && sleepers.size > 0
    }
  }
}
