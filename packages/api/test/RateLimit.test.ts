import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as WallClock from "../../auth/test/support/WallClock.ts"
import * as RateLimit from "../src/RateLimit.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import { failing, inFrontOf, start, startMany, until, withPolicy } from "./support/GateCalls.ts"
import * as PlayerApi from "./support/PlayerApi.ts"
import * as RuleTransport from "./support/RuleTransport.ts"
import { call, latency, limited, ok } from "./support/RuleTransport.ts"

describe("a closed gate", () => {
  it.effect("I15: holds back new calls until its time, and lets them through in the order they came", () => {
    const server = RuleTransport.make(until(5_100))
    return Effect.gen(function*() {
      const first = yield* start(call)
      yield* TestClock.adjust(1_000)
      const waiting = yield* startMany(3)
      yield* TestClock.adjust(4_000)
      assert.deepStrictEqual(server.times(), [0])
      yield* TestClock.adjust("1 minute")
      const endings = yield* Fiber.joinAll([first, ...waiting])
      assert.deepStrictEqual(endings.map(({ outcome }) => outcome), ["Success", "Success", "Success", "Success"])
      // One goes first, then two at a time.
      assert.deepStrictEqual(endings.map(({ at }) => at), [5_200, 5_300, 5_300, 5_400])
      assert.deepStrictEqual(server.log.filter(({ answer }) => answer?.status === 429).length, 1)
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I15: only calls already under way draw another 429, and it stays closed as long as the last says", () => {
    const server = RuleTransport.make(({ count }) => count <= 3 ? limited(count) : ok)
    return Effect.gen(function*() {
      const early = yield* startMany(3)
      yield* TestClock.adjust(latency)
      const late = yield* startMany(20)
      yield* TestClock.adjust("1 minute")
      const endings = yield* Fiber.joinAll([...early, ...late])
      assert.isTrue(endings.every(({ outcome }) => outcome === "Success"))
      assert.deepStrictEqual(server.times().slice(0, 4), [0, 0, 0, 3_100])
      assert.strictEqual(server.log.length, 26)
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: a call whose budget ends before it opens fails at once, with that time", () => {
    const server = RuleTransport.make(until(5_100))
    return Effect.gen(function*() {
      yield* start(call)
      yield* TestClock.adjust(1_000)
      const hasty = yield* start(withPolicy({ budget: "4 seconds" })(call))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(yield* Fiber.join(hasty), {
        at: 1_000,
        outcome: "RateLimited",
        endsAt: 5_100,
        wasSent: false
      })
      yield* TestClock.adjust("1 minute")
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: with `whileLimited: \"fail\"` no call waits, not even the one that closed it", () => {
    const server = RuleTransport.make(until(5_100))
    return Effect.gen(function*() {
      const first = yield* start(failing(call))
      yield* TestClock.adjust(1_000)
      const second = yield* start(failing(call))
      yield* TestClock.adjust(4_100)
      const third = yield* start(failing(call))
      const fourth = yield* start(failing(call))
      yield* TestClock.adjust(latency)
      assert.deepStrictEqual(yield* Fiber.joinAll([first, second, third, fourth]), [
        { at: 100, outcome: "RateLimited", endsAt: 5_100, wasSent: true },
        { at: 1_000, outcome: "RateLimited", endsAt: 5_100, wasSent: false },
        { at: 5_200, outcome: "Success", endsAt: undefined, wasSent: true },
        // It came while the first one through was still under way.
        { at: 5_100, outcome: "RateLimited", endsAt: undefined, wasSent: false }
      ])
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: those who wait fail at once when it turns out that they wait in vain", () => {
    const server = RuleTransport.make(({ count }) => limited(count === 1 ? 1 : 3600))
    return Effect.gen(function*() {
      const fibers = yield* startMany(1)
      yield* TestClock.adjust(500)
      fibers.push(...yield* startMany(5))
      yield* TestClock.adjust(800)
      const endings = yield* Fiber.joinAll(fibers)
      assert.isTrue(
        endings.every(({ at, endsAt, outcome }) => outcome === "RateLimited" && at === 1_200 && endsAt === 3_601_200)
      )
      assert.strictEqual(server.log.length, 2)
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: a Retry-After of an hour is an error at once, for all who come in that hour", () => {
    const server = RuleTransport.make(until(3_600_100))
    return Effect.gen(function*() {
      yield* start(call)
      for (let minute = 0; minute < 59; minute++) {
        yield* TestClock.adjust("1 minute")
        const at = yield* Clock.currentTimeMillis
        const fiber = yield* start(call)
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* Fiber.join(fiber), {
          at,
          outcome: "RateLimited",
          endsAt: 3_600_100,
          wasSent: false
        })
      }
      // With less than the cap to go, waiting is worth it again.
      yield* TestClock.adjust("45 seconds")
      const last = yield* start(call)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(last)).at, 3_600_200)
      assert.strictEqual(server.log.length, 2)
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: an absurd Retry-After is believed for a day", () => {
    const server = RuleTransport.make(({ count }) => count === 1 ? limited("99999999999999999999") : ok)
    return Effect.gen(function*() {
      yield* start(call)
      yield* TestClock.adjust("23 hours")
      const early = yield* start(call)
      yield* TestClock.adjust("1 hour")
      const late = yield* start(call)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(early)).outcome, "RateLimited")
      assert.strictEqual((yield* Fiber.join(late)).outcome, "Success")
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  for (const said of [undefined, 0, "soon", -3]) {
    it.effect(`I15: a 429 whose Retry-After is ${said ?? "missing"} closes it for the policy's time, doubled each time`, () => {
      const server = RuleTransport.make(({ count }) => count <= 4 ? limited(said) : ok)
      return Effect.gen(function*() {
        const fibers = yield* startMany(1)
        yield* TestClock.adjust(latency)
        fibers.push(...yield* startMany(1))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.joinAll(fibers)
        assert.deepStrictEqual(server.times().slice(0, 5), [0, 2_100, 6_200, 14_300, 24_400])
      }).pipe(
        withPolicy({ retryAfterDefault: "2 seconds", retryAfterCap: "10 seconds", budget: "1 minute" }),
        Effect.provide(inFrontOf(server))
      )
    })
  }
})

describe("a gate whose layer has ended", () => {
  /** A clock that knows how many wait for it. */
  const counted = Effect.map(Clock.Clock, (clock) => {
    let sleeping = 0
    const sleep = (duration: Duration.Duration) => {
      sleeping += 1
      return Effect.ensuring(
        clock.sleep(duration),
        Effect.sync(() => {
          sleeping -= 1
        })
      )
    }
    const counting: Clock.Clock = Object.create(clock, { sleep: { value: sleep } })
    return { counting, sleeping: () => sleeping }
  })

  for (const [when, endsAt] of [["answered", 1_000], ["under way", latency / 2]] as const) {
    it.effect(`lets calls that are ${when} wait no longer, and keeps no program alive`, () => {
      const server = RuleTransport.make(() => limited(20))
      return Effect.gen(function*() {
        const { counting, sleeping } = yield* counted
        yield* Effect.gen(function*() {
          const scope = yield* Scope.make()
          const services = yield* Layer.buildWithScope(inFrontOf(server), scope)
          const calls = yield* Effect.provideContext(startMany(2), services)
          yield* TestClock.adjust(endsAt)
          yield* Scope.close(scope, Exit.void)
          yield* TestClock.adjust(latency)
          const endings = yield* Fiber.joinAll(calls)
          assert.deepStrictEqual(endings.map(({ outcome }) => outcome), ["RateLimited", "RateLimited"])
          assert.strictEqual(server.log.length, 2)
          yield* TestClock.adjust(1)
          assert.strictEqual(sleeping(), 0)
        }).pipe(Effect.provideService(Clock.Clock, counting))
      })
    })
  }
})

describe("several clients", () => {
  /** What each sends when one of them has been limited. */
  const requestsOf = Effect.fnUntraced(function*(first: string | undefined, second: string | undefined) {
    const server = RuleTransport.make(until(5_100))
    return yield* Effect.gen(function*() {
      const build = (clientId: string | undefined) => Layer.build(Layer.fresh(RuleTransport.clientOf(clientId)))
      const a = yield* build(first)
      const b = yield* build(second)
      yield* start(Effect.provideContext(call, a))
      yield* TestClock.adjust(1_000)
      yield* start(Effect.provideContext(call, b))
      yield* TestClock.adjust(1_000)
      return server.log.length
    }).pipe(Effect.provide([server.layer, RateLimit.layer]))
  })

  it.effect("I15: share the gate of their app", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* requestsOf("app", "app"), 1)
    }))

  for (const [first, second] of [["app", "other"], ["app", undefined], [undefined, undefined]]) {
    it.effect(`have nothing to do with another app's gate: ${first ?? "unknown"} and ${second ?? "unknown"}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* requestsOf(first, second), 2)
      }))
  }

  it.effect("I15: share a gate through `SpotifyClient.layer` when they are built in one program", () => {
    const server = RuleTransport.make(until(5_100))
    class Second extends Context.Service<Second, SpotifyClient.Service>()("test/Second") {}
    const tokens = RuleTransport.tokensOf("app")
    const program = Effect.gen(function*() {
      yield* start(call)
      yield* TestClock.adjust(1_000)
      yield* start(Effect.provideService(call, SpotifyClient.SpotifyClient, yield* Second))
      yield* TestClock.adjust(1_000)
      assert.strictEqual(server.log.length, 1)
    })
    const second = Layer.effect(Second, SpotifyClient.SpotifyClient).pipe(
      Layer.provide(SpotifyClient.layer({ maxBodySize: 1_000_000 }))
    )
    return program.pipe(
      Effect.provide(Layer.merge(SpotifyClient.layer(), second).pipe(Layer.provide([server.layer, tokens])))
    )
  })

  it.effect("can be given another kind of gate", () => {
    const server = RuleTransport.make(() => ok)
    const requests: Array<RateLimit.GateRequest> = []
    const watching = Layer.succeed(RateLimit.RateLimit, {
      gate: () => ({
        run: (request, send) => {
          requests.push(request)
          return send(Duration.zero)
        }
      })
    })
    return Effect.gen(function*() {
      yield* start(call)
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(requests.map(({ bucket, operation }) => [operation, bucket]), [["profile.me", "profile"]])
    }).pipe(Effect.provide(RuleTransport.clientOf("app").pipe(Layer.provide([server.layer, watching]))))
  })

  it.effect("are not held up by a gate that says it is open, which hears what they fail with", () => {
    const server = RuleTransport.make(({ count }) => count === 2 ? limited("5") : ok)
    const heard: Array<string> = []
    let isOpen = true
    let passed = 0
    const watching = Layer.succeed(RateLimit.RateLimit, {
      gate: () => ({
        isOpen: (bucket) => isOpen && bucket === "profile",
        learn: (_, error) =>
          Effect.sync(() => {
            heard.push(error._tag === "SpotifyError" ? error.reason._tag : error._tag)
          }),
        run: (_, send) =>
          Effect.suspend(() => {
            passed += 1
            return send(Duration.zero)
          })
      })
    })
    const ended = Effect.gen(function*() {
      const fiber = yield* start(failing(call))
      yield* TestClock.adjust(1_000)
      return (yield* Fiber.join(fiber)).outcome
    })
    return Effect.gen(function*() {
      assert.deepStrictEqual([yield* ended, passed, heard], ["Success", 0, []])
      assert.deepStrictEqual([yield* ended, passed, heard], ["RateLimited", 0, ["RateLimited"]])
      isOpen = false
      assert.deepStrictEqual([yield* ended, passed, heard], ["Success", 1, ["RateLimited"]])
    }).pipe(Effect.provide(RuleTransport.clientOf("app").pipe(Layer.provide([server.layer, watching]))))
  })
})

describe("a spent quota", () => {
  const spentFor = (retryAfter: number | undefined): RuleTransport.Rule => ({ at, path }) =>
    path === "/me" && at < 7_200_000
      ? { status: 429, reason: "QUOTA_EXCEEDED", ...(retryAfter !== undefined && { retryAfter }) }
      : ok

  it.effect("I16: is not asked about again until its end; operations of other buckets go on", () => {
    const server = RuleTransport.make(spentFor(7_200))
    return Effect.gen(function*() {
      const first = yield* start(call)
      yield* TestClock.adjust("1 hour")
      const second = yield* start(call)
      const other = yield* start(PlayerApi.next)
      yield* TestClock.adjust("1 hour")
      const third = yield* start(call)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.joinAll([first, second, other, third]), [
        { at: 100, outcome: "QuotaExceeded", endsAt: 7_200_100, wasSent: true },
        { at: 3_600_000, outcome: "QuotaExceeded", endsAt: 7_200_100, wasSent: false },
        { at: 3_600_100, outcome: "Success", endsAt: undefined, wasSent: true },
        { at: 7_200_000, outcome: "QuotaExceeded", endsAt: 7_200_100, wasSent: false }
      ])
      yield* TestClock.adjust(latency)
      const fourth = yield* start(call)
      yield* TestClock.adjust(latency)
      assert.strictEqual((yield* Fiber.join(fourth)).outcome, "Success")
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: whose end is not told is asked about once a minute", () => {
    const server = RuleTransport.make(spentFor(undefined))
    return Effect.gen(function*() {
      for (let second = 0; second < 120; second++) {
        yield* start(call)
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(server.times(), [0, 61_000])
    }).pipe(Effect.provide(inFrontOf(server)))
  })
})

describe("the wall clock", () => {
  const closedFor20Seconds = () => RuleTransport.make(({ count }) => count === 1 ? limited(20) : ok)

  it.effect("a laptop that slept through the pause finds the gate open", () => {
    const server = closedFor20Seconds()
    return Effect.gen(function*() {
      const clock = yield* WallClock.WallClock
      yield* start(call)
      yield* TestClock.adjust(1_000)
      yield* clock.shift(3_600_000)
      const fiber = yield* start(call)
      // The first call goes first.
      yield* TestClock.adjust(2 * latency)
      assert.strictEqual((yield* Fiber.join(fiber)).outcome, "Success")
    }).pipe(Effect.provide(Layer.provideMerge(inFrontOf(server), WallClock.layer)))
  })

  it.effect("a clock set back does not hold the gate closed", () => {
    const server = closedFor20Seconds()
    return Effect.gen(function*() {
      const clock = yield* WallClock.WallClock
      yield* clock.shift(10_000_000)
      yield* start(call)
      yield* TestClock.adjust(1_000)
      yield* clock.shift(-3_600_000)
      const fiber = yield* start(call)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).outcome, "Success")
      assert.strictEqual(server.log.length, 3)
    }).pipe(Effect.provide(Layer.provideMerge(inFrontOf(server), WallClock.layer)))
  })
})
