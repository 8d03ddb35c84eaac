import type * as Clocks from "@app/auth/Clocks"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as DueTimes from "../src/internal/lifecycle/DueTimes.ts"
import * as Runs from "./support/Runs.ts"
import * as WallClock from "./support/WallClock.ts"

class Bell extends DueTimes.Alarm {
  readonly #onRing: (now: Clocks.Instant) => void

  constructor(onRing: (now: Clocks.Instant) => void) {
    super()
    this.#onRing = onRing
  }

  override ring(now: Clocks.Instant): void {
    this.#onRing(now)
  }
}

const dueTimes = Effect.map(Effect.context<never>(), DueTimes.of)

const Plan = Schema.Array(Schema.Struct({
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200_000 })),
  andThen: Schema.Literals(["nothing", "clear", "later", "sooner"])
})).check(Schema.isMaxLength(40))

const runs = { arbitrary: { runs: Runs.upTo(200) } }

describe("what is due", () => {
  it.effect.prop(
    "rings at its time and in its turn, however many wait, and once",
    { plan: Plan },
    ({ plan }) =>
      Effect.gen(function*() {
        const list = yield* dueTimes
        const rung: Array<{ readonly name: number; readonly at: number }> = []
        const bells = plan.map(({ at }, name) => {
          const bell = new Bell(({ monotonic }) => rung.push({ name, at: monotonic }))
          list.set(bell, at)
          return bell
        })
        const expected = plan.flatMap(({ andThen, at }, name) => {
          const bell = bells[name]
          if (bell === undefined || andThen === "nothing") return [{ name, at, order: name }]
          const moved = andThen === "later" ? at + 1000 : Math.floor(at / 2)
          if (andThen === "clear") list.clear(bell)
          else list.set(bell, moved)
          return andThen === "clear" ? [] : [{ name, at: moved, order: plan.length + name }]
        })
        // In one step, which passes every instant at which something is due.
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(
          rung,
          expected.toSorted((a, b) => a.at - b.at || a.order - b.order).map(({ at, name }) => ({ name, at }))
        )
      }).pipe(Effect.provide(TestClock.layer())),
    runs
  )

  it.effect("rings what is set while something rings", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const rung: Array<number> = []
      const bell: Bell = new Bell(({ monotonic }) => {
        rung.push(monotonic)
        if (rung.length < 4) list.set(bell, monotonic + 90_000)
      })
      list.set(bell, 1000)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(rung, [1000, 91_000, 181_000, 271_000])
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("rings nothing that something which rang with it has taken off the list", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const rung: Array<string> = []
      const second = new Bell(() => rung.push("second"))
      list.set(
        new Bell(() => {
          rung.push("first")
          list.clear(second)
        }),
        1000
      )
      list.set(second, 1000)
      list.set(new Bell(() => rung.push("third")), 1000)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(rung, ["first", "third"])
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("rings the others where one has a fault", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const rung: Array<string> = []
      list.set(
        new Bell(() => {
          throw new Error("a fault")
        }),
        1000
      )
      list.set(new Bell(() => rung.push("with it")), 1000)
      list.set(new Bell(() => rung.push("later")), 2000)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(rung, ["with it", "later"])
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("has everyone look at the clocks once they have parted, a minute ahead of time at the latest (F9)", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const rung: Array<string> = []
      const minutes = ({ monotonic }: Clocks.Instant) => monotonic / 60_000
      list.set(new Bell((now) => rung.push(`first at ${minutes(now)}`)), 3_600_000)
      list.set(new Bell((now) => rung.push(`second at ${minutes(now)}`)), 7_200_000)
      yield* TestClock.adjust("10 minutes")
      // By no more than clocks differ anyway.
      yield* (yield* WallClock.WallClock).shift(50)
      yield* TestClock.adjust("49 minutes")
      assert.deepStrictEqual(rung, [])
      yield* (yield* WallClock.WallClock).shift(60_000)
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(rung, ["first at 59.5", "second at 59.5"])
    }).pipe(Effect.provide(WallClock.layer)))

  it.live("keeps no timer while nothing waits, and one while anything does", () =>
    Effect.gen(function*() {
      const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
      const list = yield* dueTimes
      const before = timers()
      const soon = performance.now() + 1e12
      const bells = Array.from({ length: 100 }, () => new Bell(() => undefined))
      for (const bell of bells) list.set(bell, soon)
      assert.strictEqual(timers(), before + 1)
      for (const bell of bells) list.clear(bell)
      assert.strictEqual(timers(), before)
    }))

  it.effect("that never is waits for nothing", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const rung: Array<number> = []
      const bell = new Bell(({ monotonic }) => rung.push(monotonic))
      list.set(bell, 1000)
      list.set(bell, Infinity)
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(rung, [])
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect.each<readonly [string, ReadonlyArray<number>]>([
    ["falling", [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    ["rising", [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ["mixed", [5, 3, 8, 1, 9, 2, 7, 4, 6, 3, 8]],
    ["equal", [4, 4, 4, 4, 4, 4, 4]]
  ])(
    "rings %s times in order, and equal ones in the order in which they were set",
    ([, times]) =>
      Effect.gen(function*() {
        const list = yield* dueTimes
        const rung: Array<string> = []
        const told = times.map((time, i) => `${time} set at ${i}`)
        const bells = times.map((time, i) => {
          const bell = new Bell(() => rung.push(told[i] ?? ""))
          list.set(bell, time * 1000)
          return bell
        })
        // One out of the middle, and one that is not on the list any more.
        const middle = bells[4]
        if (middle !== undefined) {
          list.clear(middle)
          list.clear(middle)
        }
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(
          rung,
          told.filter((_, i) => i !== 4).toSorted((a, b) => Number(a[0]) - Number(b[0]))
        )
      }).pipe(Effect.provide(TestClock.layer()))
  )

  it.effect("is one list for each clock", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const other = yield* Effect.provide(dueTimes, TestClock.layer())
      assert.strictEqual(yield* dueTimes, list)
      assert.notStrictEqual(other, list)
    }))

  it.effect("rings nothing that never is, also once the clocks have parted", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const rung: Array<string> = []
      list.set(new Bell(() => rung.push("never")), Infinity)
      list.set(new Bell(() => rung.push("in a minute")), 60_000)
      yield* (yield* WallClock.WallClock).shift(60_000)
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(rung, ["in a minute"])
    }).pipe(Effect.provide(WallClock.layer)))

  it.effect("reads the clocks anew where it has been empty", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const { shift } = yield* WallClock.WallClock
      const rung: Array<number> = []
      list.set(new Bell(({ monotonic }) => rung.push(monotonic)), 1000)
      yield* TestClock.adjust("10 seconds")
      yield* shift(60_000)
      list.set(new Bell(({ monotonic }) => rung.push(monotonic)), 100_000)
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(rung, [1000, 100_000])
    }).pipe(Effect.provide(WallClock.layer)))

  it.effect("notices clocks that have parted also where more was set since", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const rung: Array<string> = []
      list.set(new Bell(() => rung.push("first")), 100_000)
      yield* (yield* WallClock.WallClock).shift(60_000)
      list.set(new Bell(() => rung.push("second")), 200_000)
      yield* TestClock.adjust("40 seconds")
      assert.deepStrictEqual(rung, ["first", "second"])
    }).pipe(Effect.provide(WallClock.layer)))

  it.effect("has everyone look once for each time that the clocks part, by little at a time as well", () =>
    Effect.gen(function*() {
      const list = yield* dueTimes
      const { shift } = yield* WallClock.WallClock
      let rings = 0
      const bell: Bell = new Bell(() => {
        rings += 1
        list.set(bell, 3_600_000)
      })
      // Wakes the list twice a minute.
      const alarm: Bell = new Bell(({ monotonic }) => list.set(alarm, monotonic + 30_000))
      list.set(bell, 3_600_000)
      list.set(alarm, 30_000)
      const rang: Array<number> = []
      for (const millis of [60_000, 0, 40, 40, 0]) {
        yield* shift(millis)
        yield* TestClock.adjust("1 minute")
        rang.push(rings)
      }
      assert.deepStrictEqual(rang, [1, 1, 1, 2, 2])
    }).pipe(Effect.provide(WallClock.layer)))

  it.live("keeps one timer where each is due before the ones that were set", () =>
    Effect.gen(function*() {
      const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
      const list = yield* dueTimes
      const before = timers()
      const soon = performance.now() + 1e8
      const bells = Array.from({ length: 10 }, () => new Bell(() => undefined))
      for (const [i, bell] of bells.entries()) list.set(bell, soon - i * 1e6)
      assert.strictEqual(timers(), before + 1)
      for (const bell of bells) list.clear(bell)
      assert.strictEqual(timers(), before)
    }))

  it.effect("sleeps no more often than it must", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.Clock
      const slept: Array<number> = []
      const list = new DueTimes.DueTimes({
        ...clock,
        sleep: (duration) => {
          slept.push(Duration.toMillis(duration))
          return clock.sleep(duration)
        }
      }, yield* Scheduler.Scheduler)
      // Twice in the last minute; no more for others that are due later, or at the same millisecond.
      list.set(new Bell(() => undefined), 200_000)
      list.set(new Bell(() => undefined), 300_000)
      list.set(new Bell(() => undefined), 199_999.9999)
      yield* TestClock.adjust(200_000)
      assert.deepStrictEqual(slept, [140_000, 30_000, 30_000, 40_000])
      // Not at all for what is due already, and once for all that is set while something rings.
      list.set(
        new Bell(({ monotonic }) => {
          for (const millis of [80_000, 70_000]) list.set(new Bell(() => undefined), monotonic + millis)
        }),
        0
      )
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(slept.slice(4), [10_000])
    }).pipe(Effect.provide(TestClock.layer())))
})
