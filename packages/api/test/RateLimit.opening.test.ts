/** The gate while it opens, and under steady traffic. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { type Ending, failing, inFrontOf, start, startMany, until, withPolicy } from "./support/GateCalls.ts"
import * as RuleTransport from "./support/RuleTransport.ts"
import { call, latency, limited, ok } from "./support/RuleTransport.ts"

describe("a gate that opens", () => {
  it.effect("I15: lets one go first, and doubles with each round until all are through", () => {
    const server = RuleTransport.make(until(2_100))
    return Effect.gen(function*() {
      yield* start(call)
      yield* TestClock.adjust(1_000)
      yield* startMany(20)
      yield* TestClock.adjust("1 minute")
      const rounds = Map.groupBy(server.times(), (at) => at)
      assert.deepStrictEqual(Array.from(rounds, ([at, { length }]) => [at, length]), [
        [0, 1],
        [2_100, 1],
        [2_200, 2],
        [2_300, 4],
        [2_400, 8],
        [2_500, 6]
      ])
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I15: closes again on a 429, with all who have not been let through", () => {
    const server = RuleTransport.make(({ count }) => count === 1 || count === 3 ? limited(2) : ok)
    return Effect.gen(function*() {
      yield* start(call)
      yield* TestClock.adjust(1_000)
      yield* startMany(5)
      yield* TestClock.adjust("1 minute")
      // The second of two draws a 429: the one beside it is answered, all others wait for two seconds more.
      assert.deepStrictEqual(server.times(), [0, 2_100, 2_200, 2_200, 4_300, 4_400, 4_400, 4_500])
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  const patient = withPolicy({ attemptTimeout: "25 seconds", budget: "30 seconds" })

  it.effect("I15: does not wait for one that hangs: after two seconds the next goes (F126)", () => {
    const server = RuleTransport.make(({ count }) => count === 1 ? limited(1) : count === 2 ? undefined : ok)
    return Effect.gen(function*() {
      const first = yield* start(patient(call))
      yield* TestClock.adjust(latency)
      const waiting = yield* Effect.forEach(
        Array.from({ length: 50 }),
        () => start(withPolicy({ budget: "15 seconds" })(call))
      )
      yield* TestClock.adjust("1 minute")
      const rest = yield* Fiber.joinAll(waiting)
      assert.isTrue(rest.every(({ at, outcome }) => outcome === "Success" && at <= 1_100 + 2_000 + 700))
      // The others went as ever: one, then two, then four at a time.
      const rounds = Map.groupBy(server.times(), (at) => at)
      assert.deepStrictEqual(Array.from(rounds, ([at, { length }]) => [at, length]).slice(0, 5), [
        [0, 1],
        [1_100, 1],
        [3_100, 1],
        [3_200, 2],
        [3_300, 4]
      ])
      yield* Fiber.interrupt(first)
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I15: does not wait for one that went when nobody else was there (F126)", () => {
    const server = RuleTransport.make(({ count }) => count === 1 ? limited(1) : count === 2 ? undefined : ok)
    return Effect.gen(function*() {
      yield* start(failing(call))
      yield* TestClock.adjust(5_000)
      yield* start(patient(call))
      yield* TestClock.adjust(500)
      const second = yield* start(call)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(server.times().slice(0, 3), [0, 5_000, 7_000])
      assert.strictEqual((yield* Fiber.join(second)).outcome, "Success")
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I15: lets one go every two seconds while none is answered (F126)", () => {
    const server = RuleTransport.make(({ count }) => count === 1 ? limited(1) : undefined)
    return Effect.gen(function*() {
      yield* start(patient(call))
      yield* TestClock.adjust(latency)
      yield* Effect.forEach([1, 2, 3, 4], () => start(patient(call)))
      yield* TestClock.adjust("12 seconds")
      assert.deepStrictEqual(server.times(), [0, 1_100, 3_100, 5_100, 7_100, 9_100])
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I15: closes when the one that was not waited for draws a 429 after all (F126)", () => {
    const server = RuleTransport.make(({ count }) => count === 1 ? limited(1) : count <= 3 ? slow : ok)
    const slow = { ...limited(5), after: 3_000 }
    return Effect.gen(function*() {
      yield* start(patient(call))
      yield* TestClock.adjust(latency)
      yield* Effect.forEach([1, 2, 3], () => start(patient(call)))
      yield* TestClock.adjust("1 minute")
      // The second was sent at 3,100; the first one's 429 comes at 4,100, the second's at 6,100.
      assert.deepStrictEqual(server.times().slice(0, 4), [0, 1_100, 3_100, 11_100])
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: with `whileLimited: \"fail\"` a call is let through once the one before it has hung too long (F126)", () => {
    const server = RuleTransport.make(({ count }) => count === 1 ? limited(1) : count === 2 ? undefined : ok)
    return Effect.gen(function*() {
      yield* start(patient(call))
      yield* TestClock.adjust(1_100 + 1_999)
      const early = yield* start(failing(call))
      yield* TestClock.adjust(1)
      const late = yield* start(failing(call))
      yield* TestClock.adjust(latency)
      assert.deepStrictEqual(
        (yield* Fiber.joinAll([early, late])).map(({ outcome }) => outcome),
        ["RateLimited", "Success"]
      )
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  const endings = {
    "is interrupted": { status: 200, interrupt: true },
    "breaks off": { status: 0, interrupt: false },
    "meets a 503": { status: 503, interrupt: false }
  } as const
  for (const [how, { interrupt, status }] of Object.entries(endings)) {
    it.effect(`I15: hands the turn on when the first one through ${how}`, () => {
      const server = RuleTransport.make(({ count }) =>
        count === 1 ? limited(2) : count === 2 ? (status === 0 ? undefined : { status }) : ok
      )
      return Effect.gen(function*() {
        const patient = withPolicy({ attemptTimeout: "1 second", pauses: RetryPolicy.once.pauses })
        const first = yield* start(Effect.ignore(call))
        yield* TestClock.adjust(1_000)
        const probe = yield* start(patient(call))
        yield* Fiber.interrupt(first)
        const rest = yield* Effect.forEach([1, 2, 3], () => start(patient(call)))
        yield* TestClock.adjust(1_150)
        if (interrupt) yield* Fiber.interrupt(probe)
        yield* TestClock.adjust("1 minute")
        const outcomes = (yield* Fiber.joinAll(rest)).map(({ outcome }) => outcome)
        assert.deepStrictEqual(outcomes, ["Success", "Success", "Success"])
      }).pipe(Effect.provide(inFrontOf(server)))
    })
  }

  it.effect("I15: opens by itself when nobody has come for as long as Spotify counts", () => {
    const server = RuleTransport.make(until(1_100))
    return Effect.gen(function*() {
      yield* start(failing(call))
      yield* TestClock.adjust("32 seconds")
      const together = yield* startMany(5)
      yield* TestClock.adjust(latency)
      yield* Fiber.joinAll(together)
      assert.deepStrictEqual(server.times(), [0, 32_000, 32_000, 32_000, 32_000, 32_000])
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I16: a call that is never let through has a typed error when its budget ends", () => {
    const server = RuleTransport.make(({ count }) => count === 1 ? limited(1) : undefined)
    return Effect.gen(function*() {
      yield* start(call)
      yield* TestClock.adjust(500)
      const second = yield* start(withPolicy({ budget: "2 seconds" })(call))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.join(second), {
        at: 2_500,
        outcome: "RateLimited",
        endsAt: undefined,
        wasSent: false
      })
    }).pipe(Effect.provide(inFrontOf(server)))
  })
})

describe("under steady traffic", () => {
  const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
  const Traffic = Schema.Struct({
    /** Milliseconds between one call and the next. */
    gaps: Schema.Array(between(0, 400)).check(Schema.isMinLength(1), Schema.isMaxLength(60)),
    /** Stretches of free calls and of limited ones, in turn. */
    stretches: Schema.Array(between(1, 6_000)).check(Schema.isMaxLength(6)),
    retryAfter: Schema.UndefinedOr(Schema.Literals([0, 1, 2, 5])),
    /** Calls that are given up, and how soon. */
    leaving: Schema.Array(Schema.Struct({ call: between(0, 59), after: between(0, 8_000) })).check(
      Schema.isMaxLength(10)
    )
  })

  it.effect.prop(
    "I15, I16: no request leaves a closed gate, one goes first when it opens, and every call ends in time",
    { traffic: Traffic },
    ({ traffic: { gaps, leaving, retryAfter, stretches } }) => {
      const ends = stretches.map((_, index) => stretches.slice(0, index + 1).reduce((sum, length) => sum + length, 0))
      const server = RuleTransport.make(({ at }) =>
        // The first stretch is free, the second limited, and so on; after the last all is free.
        ends.findIndex((end) => at < end) % 2 === 1 ? limited(retryAfter) : ok
      )
      const pause = (retryAfter === 0 ? 1 : retryAfter ?? 1) * 1000
      return Effect.gen(function*() {
        const fibers: Array<{ readonly since: number; readonly fiber: Fiber.Fiber<Ending> }> = []
        for (const [index, gap] of gaps.entries()) {
          yield* TestClock.adjust(gap)
          const leaver = leaving.find(({ call }) => call === index)
          fibers.push({
            since: yield* Clock.currentTimeMillis,
            fiber: yield* start(leaver === undefined ? call : Effect.timeout(call, leaver.after))
          })
        }
        yield* TestClock.adjust("2 minutes")
        for (const { fiber, since } of fibers) {
          const { at, outcome } = yield* Fiber.join(fiber)
          assert.isAtMost(at - since, 30_000)
          assert.include(["Success", "RateLimited", "Interrupted"], outcome)
        }
        const refusals = server.log.filter(({ answer, wasReceived }) => wasReceived && answer?.status === 429)
        for (const { endedAt } of refusals) {
          const opensAt = endedAt + pause
          assert.isUndefined(server.log.find(({ at }) => at > endedAt && at < opensAt))
          const after = server.log.filter(({ at }) => at >= opensAt)
          if ((after[0]?.at ?? 0) > opensAt + 30_000) continue
          const first = after.findIndex(({ wasReceived }) => wasReceived)
          for (const [index, { endedAt }] of after.slice(0, first + 1).entries()) {
            assert.isAtLeast(after[index + 1]?.at ?? Infinity, endedAt, "two went first")
          }
        }
      }).pipe(Effect.provide(Layer.provideMerge(inFrontOf(server), TestClock.layer())))
    },
    { arbitrary: { runs: 200 }, timeout: 120_000 }
  )
})
