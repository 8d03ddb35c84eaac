/**
 * Virtual time whose clocks need not agree. The wall clock can be set, as a person, a time server or a resumed laptop sets
 * one: what has elapsed and the timers under way know nothing of it. And time can pass that no timer notices.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"

export class WallClock extends Context.Service<WallClock, {
  /** Sets the wall clock forward, or back where negative, never to before 1970. */
  readonly shift: (millis: number) => Effect.Effect<void>
  /** Both clocks go on and no timer does: all of them will be late by so much. */
  readonly stall: (millis: number) => Effect.Effect<void>
}>()("test/WallClock") {}

/** A `TestClock` at zero, with a wall clock of its own. */
export const layer: Layer.Layer<WallClock> = Layer.effectContext(Effect.gen(function*() {
  const clock = yield* TestClock.testClockWith(Effect.succeed)
  let offset = 0
  let stalled = 0
  const millis = () => clock.currentTimeMillisUnsafe() + offset
  const nanos = () => clock.currentTimeNanosUnsafe() + BigInt(offset) * 1_000_000n
  const monotonicNanos = () => clock.monotonicTimeNanosUnsafe() + BigInt(stalled) * 1_000_000n
  const skewed: TestClock.TestClock = {
    ...clock,
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonicNanos,
    monotonicTimeNanos: Effect.sync(monotonicNanos)
  }
  const wallClock = WallClock.of({
    shift: (by) =>
      Effect.sync(() => {
        offset = Math.max(offset + by, -clock.currentTimeMillisUnsafe())
      }),
    stall: (by) =>
      Effect.sync(() => {
        offset += by
        stalled += by
      })
  })
  return Context.make(WallClock, wallClock).pipe(Context.add(Clock.Clock, skewed))
})).pipe(Layer.provide(TestClock.layer()))
