import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Deadlines from "../src/internal/time/Deadlines.ts"

/** The limits on the test's clock, and who sleeps on it. */
const counted = Effect.gen(function*() {
  const clock = yield* Clock.Clock
  const sleepers = { now: 0, ever: 0 }
  const counting: Clock.Clock = {
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
    currentTimeMillis: clock.currentTimeMillis,
    currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
    currentTimeNanos: clock.currentTimeNanos,
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          sleepers.now += 1
          sleepers.ever += 1
        }),
        () => clock.sleep(duration),
        () => Effect.sync(() => sleepers.now -= 1)
      )
  }
  const deadlines = yield* Effect.provideService(
    Effect.withFiber((fiber) => Effect.succeed(Deadlines.of(fiber))),
    Clock.Clock,
    counting
  )
  return { clock, deadlines, sleepers }
})

const macrotask = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

const Limits = Schema.Array(
  Schema.Struct({ at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })), isLifted: Schema.Boolean })
)

describe("limits", () => {
  it.effect.prop(
    "are reached each at its time, in the order of their times, unless they are lifted",
    { limits: Limits },
    ({ limits }) =>
      Effect.gen(function*() {
        const { clock, deadlines, sleepers } = yield* counted
        const reached: Array<{ readonly at: number; readonly now: number }> = []
        const set = limits.map(({ at }) =>
          deadlines.set(at, () => reached.push({ at, now: clock.currentTimeMillisUnsafe() }))
        )
        limits.forEach(({ isLifted }, i) => {
          const limit = set[i]
          if (isLifted && limit !== undefined) deadlines.clear(limit)
        })
        assert.isAtMost(sleepers.now, 1)
        yield* TestClock.adjust(50)
        const kept = limits.filter(({ isLifted }) => !isLifted).map(({ at }) => at).toSorted((a, b) => a - b)
        assert.deepStrictEqual(reached, kept.map((at) => ({ at, now: at })))
        yield* macrotask
        assert.strictEqual(sleepers.now, 0)
      })
  )

  it.effect("may set and lift others when they are reached", () =>
    Effect.gen(function*() {
      const { clock, deadlines, sleepers } = yield* counted
      const reached: Array<readonly [string, number]> = []
      const note = (name: string) => reached.push([name, clock.currentTimeMillisUnsafe()])
      deadlines.set(10, () => {
        note("first")
        deadlines.clear(second)
        deadlines.set(15, () => note("third"))
      })
      const second = deadlines.set(10, () => note("second"))
      yield* TestClock.adjust(20)
      assert.deepStrictEqual(reached, [["first", 10], ["third", 15]])
      assert.strictEqual(sleepers.now, 0)
    }))

  it.effect("that are set and lifted one after the other share one sleep, which ends when no more come", () =>
    Effect.gen(function*() {
      const { deadlines, sleepers } = yield* counted
      for (let i = 0; i < 100; i++) deadlines.clear(deadlines.set(1_000 + i, () => assert.fail("it was lifted")))
      assert.deepStrictEqual(sleepers, { now: 1, ever: 1 })
      yield* macrotask
      assert.strictEqual(sleepers.now, 0)
    }))
})

it.live("no timer is left once the last limit is lifted", () =>
  Effect.gen(function*() {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
    const before = timers()
    const deadlines = yield* Effect.withFiber((fiber) => Effect.succeed(Deadlines.of(fiber)))
    const limit = deadlines.set(1e12, () => {})
    assert.strictEqual(timers(), before + 1)
    deadlines.clear(limit)
    yield* macrotask
    assert.strictEqual(timers(), before)
  }))
