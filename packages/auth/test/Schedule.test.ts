/** The tasks of one account, one after the other. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as Clocks from "../src/Clocks.ts"
import * as DueTimes from "../src/internal/lifecycle/DueTimes.ts"
import * as Schedule from "../src/internal/lifecycle/Schedule.ts"

/** Runs tasks that are decided beforehand, each by its tag; a number sleeps for so many milliseconds, the end for good. */
const open = Effect.fnUntraced(function*(
  plan: Array<number | "Look" | "Save">,
  tasks: { readonly [tag in "Look" | "Save"]?: Effect.Effect<void> } = {}
) {
  const context = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const log: Array<string> = []
  const ran: Array<Schedule.Due> = []
  const tell = (text: string) =>
    Effect.sync(() => log.push(`${text} at ${Math.round(Clocks.monotonicMillis(clock)) / 1000}`))
  const schedule = new Schedule.Schedule(DueTimes.of(context), {
    context,
    next: () => {
      const planned = plan.shift() ?? Infinity
      const task = typeof planned === "number" ? { _tag: "Sleep", millis: planned } as const : { _tag: planned }
      return [task, Clocks.now(clock)]
    },
    run: (task) => {
      ran.push(task)
      const { _tag } = task
      return (_tag === "Look" || _tag === "Save" ? tasks[_tag] ?? Effect.void : Effect.void).pipe(
        Effect.onInterrupt(() => tell(`${_tag} interrupted`)),
        Effect.andThen(tell(_tag))
      )
    }
  })
  return { log, ran, schedule }
})

describe("a schedule", () => {
  it.effect("runs what is due, one task after the other, and sleeps in between", () =>
    Effect.gen(function*() {
      const plan = ["Look", "Save", 1000, "Look", 2000, "Save", "Look", "Save"] as const
      const { log, ran, schedule } = yield* open([...plan], { Save: Effect.sleep("5 seconds") })
      schedule.restart()
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log, [
        "Look at 0",
        "Save at 5",
        "Look at 6",
        "Save at 13",
        "Look at 13",
        "Save at 18"
      ])
      assert.strictEqual(ran.length, log.length)
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("that is restarted gives up what it slept for, and what it was doing", () =>
    Effect.gen(function*() {
      const { log, schedule } = yield* open([1000, "Save", "Look"], { Save: Effect.sleep("5 seconds") })
      schedule.restart()
      yield* TestClock.adjust(500)
      schedule.restart()
      // The alarm that was set for 1 would restart it.
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(log, [])
      schedule.restart()
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log, ["Save interrupted at 4.5", "Look at 4.5"])
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("that is stopped gives up what it was doing, and starts nothing more", () =>
    Effect.gen(function*() {
      const { log, schedule } = yield* open(["Save", "Look", "Look"], { Save: Effect.sleep("5 seconds") })
      schedule.restart()
      yield* TestClock.adjust("1 second")
      yield* schedule.stop()
      assert.deepStrictEqual(log, ["Save interrupted at 1"])
      schedule.restart()
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(log.length, 1)
    }).pipe(Effect.provide(TestClock.layer())))

  it.live("that is stopped leaves no timer behind", () =>
    Effect.gen(function*() {
      const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
      const before = timers()
      const { schedule } = yield* open([60_000])
      schedule.restart()
      assert.strictEqual(timers(), before + 1)
      yield* schedule.stop()
      assert.strictEqual(timers(), before)
    }))
})
