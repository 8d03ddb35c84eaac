/** How long the services of many accounts live. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Leases from "../src/internal/lifecycle/Leases.ts"
import * as WallClock from "./support/WallClock.ts"

/** Services that are called by their name and a number, and what becomes of them. */
const open = Effect.fnUntraced(function*(
  { closing = Effect.void, idle = "5 minutes" }: {
    readonly closing?: Effect.Effect<void>
    readonly idle?: Duration.Input
  } = {}
) {
  const scope = yield* Scope.make()
  const log: Array<string> = []
  let serial = 0
  const leases = yield* Leases.make({
    start: (name) => {
      serial += 1
      const service = `${name}${serial}`
      log.push(`${service} starts`)
      return {
        service: () => service,
        close: (exit) => Effect.andThen(closing, Effect.sync(() => log.push(`${service} ends with ${exit._tag}`)))
      }
    },
    idleTimeToLive: Duration.fromInputUnsafe(idle)
  }).pipe(Scope.provide(scope))
  const use = Effect.fnUntraced(function*(name: string) {
    const user = yield* Scope.make()
    return { service: yield* leases.take(name, user), leave: Scope.close(user, Exit.void) }
  })
  return { leases, log, use, close: Scope.close(scope, Exit.fail("the reason")) }
})

describe("services by name", () => {
  it.effect("are shared by those who use them, and end five minutes after the last has left", () =>
    Effect.gen(function*() {
      const { log, use } = yield* open()
      const first = yield* use("a")
      const second = yield* use("a")
      assert.deepStrictEqual([first.service, second.service], ["a1", "a1"])
      yield* first.leave
      yield* TestClock.adjust("1 hour")
      yield* second.leave
      yield* TestClock.adjust("4 minutes")
      // Another user comes in time, and stays.
      const third = yield* use("a")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log, ["a1 starts"])
      yield* third.leave
      yield* TestClock.adjust(299_999)
      assert.deepStrictEqual(log, ["a1 starts"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log, ["a1 starts", "a1 ends with Success"])
      assert.strictEqual((yield* use("a")).service, "a2")
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("do not end sooner where only the wall clock says that they have been idle", () =>
    Effect.gen(function*() {
      const { log, use } = yield* open()
      yield* (yield* use("a")).leave
      yield* (yield* WallClock.WallClock).shift(3_600_000)
      yield* TestClock.adjust("4 minutes")
      assert.deepStrictEqual(log, ["a1 starts"])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(log, ["a1 starts", "a1 ends with Success"])
    }).pipe(Effect.provide(WallClock.layer)))

  it.effect("that are released end with their last user, and the next user gets a new one", () =>
    Effect.gen(function*() {
      const { leases, log, use } = yield* open()
      yield* leases.release("nobody")
      const old = yield* use("a")
      yield* leases.release("a")
      assert.deepStrictEqual(log, ["a1 starts"])
      const next = yield* use("a")
      assert.strictEqual(next.service, "a2")
      yield* old.leave
      assert.deepStrictEqual(log, ["a1 starts", "a2 starts", "a1 ends with Success"])
      yield* next.leave
      yield* leases.release("a")
      assert.deepStrictEqual(log.slice(3), ["a2 ends with Success"])
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("that may not be idle end before their last user has left, and each by itself", () =>
    Effect.gen(function*() {
      const { leases, log, use } = yield* open({ idle: 0, closing: Effect.sleep("1 second") })
      const old = yield* use("a")
      yield* leases.release("a")
      const first = yield* use("a")
      const leavesAfterASecond = Effect.fnUntraced(function*(leave: Effect.Effect<void>) {
        const leaving = yield* Effect.forkChild(leave, { startImmediately: true })
        yield* TestClock.adjust(999)
        assert.isUndefined(leaving.pollUnsafe())
        yield* TestClock.adjust(1)
        yield* Fiber.join(leaving)
      })
      yield* leavesAfterASecond(old.leave)
      assert.deepStrictEqual(log, ["a1 starts", "a2 starts", "a1 ends with Success"])
      const second = yield* use("a")
      assert.strictEqual(second.service, first.service)
      yield* first.leave
      yield* leavesAfterASecond(second.leave)
      assert.deepStrictEqual(log.slice(3), ["a2 ends with Success"])
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("end once, at the same time and with the exit of their scope, and none begins afterwards", () =>
    Effect.gen(function*() {
      const { close, log, use } = yield* open({ closing: Effect.sleep("1 second") })
      const inUse = yield* use("a")
      yield* (yield* use("b")).leave
      const closing = yield* Effect.forkChild(close, { startImmediately: true })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(log, ["a1 starts", "b2 starts", "a1 ends with Failure", "b2 ends with Failure"])
      yield* inUse.leave
      yield* TestClock.adjust("1 hour")
      assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(use("c"))))
      assert.strictEqual(log.length, 4)
    }).pipe(Effect.provide(TestClock.layer())))

  it.live("leave no timer behind", () =>
    Effect.gen(function*() {
      const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
      const before = timers()
      const { close, leases, use } = yield* open()
      for (const name of ["a", "b"]) yield* (yield* use(name)).leave
      assert.strictEqual(timers(), before + 1)
      yield* leases.release("a")
      yield* leases.release("b")
      assert.strictEqual(timers(), before)
      yield* (yield* use("c")).leave
      const inUse = yield* use("d")
      assert.strictEqual(timers(), before + 1)
      yield* close
      yield* inUse.leave
      assert.strictEqual(timers(), before)
    }))
})
