/** The request in flight and its callers, on virtual clocks. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as TestClock from "effect/testing/TestClock"
import * as DueTimes from "../src/internal/lifecycle/DueTimes.ts"
import { RequestInFlight } from "../src/internal/lifecycle/RequestInFlight.ts"
import { errors, tokens } from "./support/TokenStates.ts"
import * as WallClock from "./support/WallClock.ts"

/** A list that counts the alarms that are set, and how often one is cleared. */
class CountedTimes extends DueTimes.DueTimes {
  readonly alarms = new Set<DueTimes.Alarm>()
  clears = 0

  override set(alarm: DueTimes.Alarm, instant: number): void {
    this.alarms.add(alarm)
    super.set(alarm, instant)
  }

  override clear(alarm: DueTimes.Alarm): void {
    this.clears += 1
    this.alarms.delete(alarm)
    super.clear(alarm)
  }
}

const dueTimes = Effect.map(
  Effect.context<never>(),
  (context) => new CountedTimes(Context.get(context, Clock.Clock), Context.get(context, Scheduler.Scheduler))
)

const first = Exit.succeed(tokens("BQ-1").accessToken)
const second = Exit.fail(errors.serverError)

describe("a request in flight", () => {
  it.effect("gives all callers its first outcome, also those who come later", () =>
    Effect.gen(function*() {
      const times = yield* dueTimes
      const request = new RequestInFlight("Refresh")
      const early = yield* Effect.forkChild(request.wait(times), { startImmediately: true })
      request.end(first)
      request.end(second)
      assert.deepStrictEqual([yield* Fiber.join(early), yield* request.wait(times)], [first, first])
    }))

  it.effect("keeps a caller no longer than until an instant, whatever becomes of the wall clock", () =>
    Effect.gen(function*() {
      const { shift } = yield* WallClock.WallClock
      const times = yield* dueTimes
      const request = new RequestInFlight("Refresh")
      const caller = yield* Effect.forkChild(request.wait(times, 100_000), { startImmediately: true })
      yield* TestClock.adjust(5000)
      yield* shift(60_000)
      // The list rings it after 40 seconds, because the clocks have parted.
      yield* TestClock.adjust(94_999)
      assert.isUndefined(caller.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(caller.pollUnsafe(), Exit.succeed(undefined))
      assert.strictEqual(times.alarms.size, 0)
    }).pipe(Effect.provide(WallClock.layer)))

  it.effect("forgets a caller that leaves", () =>
    Effect.gen(function*() {
      const times = yield* dueTimes
      const request = new RequestInFlight("Refresh")
      const caller = yield* Effect.forkChild(request.wait(times, 10_000), { startImmediately: true })
      assert.strictEqual(times.alarms.size, 1)
      yield* Fiber.interrupt(caller)
      assert.deepStrictEqual([times.alarms.size, times.clears], [0, 1])
      request.end(first)
      assert.strictEqual(times.clears, 1)
    }))

  it("is not sent when it is made", () => {
    assert.isFalse(new RequestInFlight("Refresh").isSent)
  })
})
