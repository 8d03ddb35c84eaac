import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as WallClock from "../../auth/test/support/WallClock.ts"
import * as RateLimit from "../src/RateLimit.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import { SpotifyError } from "../src/SpotifyError.ts"
import * as LimitedServer from "./support/LimitedServer.ts"
import { call, latency, limited, ok } from "./support/LimitedServer.ts"
import * as PlayerApi from "./support/PlayerApi.ts"

// =============================================================================
// Calls
// =============================================================================

interface Ending {
  readonly at: number
  /** `"Success"`, or the reason's tag. */
  readonly outcome: string
  readonly endsAt: number | undefined
  readonly wasSent: boolean
}

const endingOf = <A, E>(exit: Exit.Exit<A, E>, at: number): Ending => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  if (!(error instanceof SpotifyError)) {
    return { at, outcome: Exit.isSuccess(exit) ? "Success" : "Interrupted", endsAt: undefined, wasSent: true }
  }
  const endsAt = "endsAt" in error.reason ? error.reason.endsAt : undefined
  return {
    at,
    outcome: error.reason._tag,
    endsAt: endsAt === undefined ? undefined : DateTime.toEpochMillis(endsAt),
    wasSent: error.response !== undefined
  }
}

/** Starts a call and goes on; its fiber tells when and how it ends. */
const start = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.exit(effect).pipe(
    Effect.flatMap((exit) => Effect.map(Clock.currentTimeMillis, (at) => endingOf(exit, at))),
    Effect.forkChild({ startImmediately: true })
  )

const startMany = (count: number) => Effect.forEach(Array.from({ length: count }), () => start(call))

const withPolicy = (policy: Partial<RetryPolicy.Service>) =>
  Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.standard, ...policy })

const failing = withPolicy({ whileLimited: "fail" })

const inFrontOf = (
  { layer }: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
  clientId: string | undefined = "app"
): Layer.Layer<SpotifyClient.SpotifyClient> =>
  Layer.orDie(LimitedServer.clientOf(clientId)).pipe(Layer.provide([layer, RateLimit.layer]))

/** Limits those who come before `until`, and tells them how long in seconds. */
const until = (time: number): LimitedServer.Rule => ({ at }) =>
  at < time ? limited(Math.ceil((time - at - latency) / 1000)) : ok

// =============================================================================
// Tests
// =============================================================================

describe("a closed gate", () => {
  it.effect("I15: holds back new calls until its time, and lets them through in the order they came", () => {
    const server = LimitedServer.make(until(5_100))
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
    const server = LimitedServer.make(({ count }) => count <= 3 ? limited(count) : ok)
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
    const server = LimitedServer.make(until(5_100))
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
    const server = LimitedServer.make(until(5_100))
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
    const server = LimitedServer.make(({ count }) => limited(count === 1 ? 1 : 3600))
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
    const server = LimitedServer.make(until(3_600_100))
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
    const server = LimitedServer.make(({ count }) => count === 1 ? limited("99999999999999999999") : ok)
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
      const server = LimitedServer.make(({ count }) => count <= 4 ? limited(said) : ok)
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

describe("a gate that opens", () => {
  it.effect("I15: lets one go first, and doubles with each round until all are through", () => {
    const server = LimitedServer.make(until(2_100))
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
    const server = LimitedServer.make(({ count }) => count === 1 || count === 3 ? limited(2) : ok)
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
    const server = LimitedServer.make(({ count }) => count === 1 ? limited(1) : count === 2 ? undefined : ok)
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
    const server = LimitedServer.make(({ count }) => count === 1 ? limited(1) : count === 2 ? undefined : ok)
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
    const server = LimitedServer.make(({ count }) => count === 1 ? limited(1) : undefined)
    return Effect.gen(function*() {
      yield* start(patient(call))
      yield* TestClock.adjust(latency)
      yield* Effect.forEach([1, 2, 3, 4], () => start(patient(call)))
      yield* TestClock.adjust("12 seconds")
      assert.deepStrictEqual(server.times(), [0, 1_100, 3_100, 5_100, 7_100, 9_100])
    }).pipe(Effect.provide(inFrontOf(server)))
  })

  it.effect("I15: closes when the one that was not waited for draws a 429 after all (F126)", () => {
    const server = LimitedServer.make(({ count }) => count === 1 ? limited(1) : count <= 3 ? slow : ok)
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
    const server = LimitedServer.make(({ count }) => count === 1 ? limited(1) : count === 2 ? undefined : ok)
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
      const server = LimitedServer.make(({ count }) =>
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
    const server = LimitedServer.make(until(1_100))
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
    const server = LimitedServer.make(({ count }) => count === 1 ? limited(1) : undefined)
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

describe("several clients", () => {
  /** What each sends when one of them has been limited. */
  const requestsOf = Effect.fnUntraced(function*(first: string | undefined, second: string | undefined) {
    const server = LimitedServer.make(until(5_100))
    return yield* Effect.gen(function*() {
      const build = (clientId: string | undefined) => Layer.build(Layer.fresh(LimitedServer.clientOf(clientId)))
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
    const server = LimitedServer.make(until(5_100))
    class Second extends Context.Service<Second, SpotifyClient.Service>()("test/Second") {}
    const tokens = LimitedServer.tokensOf("app")
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
    const server = LimitedServer.make(() => ok)
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
    }).pipe(Effect.provide(LimitedServer.clientOf("app").pipe(Layer.provide([server.layer, watching]))))
  })

  it.effect("are not held up by a gate that says it is open, which hears what they fail with", () => {
    const server = LimitedServer.make(({ count }) => count === 2 ? limited("5") : ok)
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
    }).pipe(Effect.provide(LimitedServer.clientOf("app").pipe(Layer.provide([server.layer, watching]))))
  })
})

describe("a spent quota", () => {
  const spentFor = (retryAfter: number | undefined): LimitedServer.Rule => ({ at, path }) =>
    path === "/me" && at < 7_200_000
      ? { status: 429, reason: "QUOTA_EXCEEDED", ...(retryAfter !== undefined && { retryAfter }) }
      : ok

  it.effect("I16: is not asked about again until its end; operations of other buckets go on", () => {
    const server = LimitedServer.make(spentFor(7_200))
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
    const server = LimitedServer.make(spentFor(undefined))
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
  const closedFor20Seconds = () => LimitedServer.make(({ count }) => count === 1 ? limited(20) : ok)

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
      const server = LimitedServer.make(({ at }) =>
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
