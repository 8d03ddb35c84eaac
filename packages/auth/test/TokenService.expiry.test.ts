import { standard } from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./ModelServer.ts"
import { ObservedStore } from "./ObservedStore.ts"
import * as Runs from "./Runs.ts"
import { atOnce, inVirtualTime, layer, secretOf, simulate, start } from "./TokenServiceModel.ts"
import { WallClock } from "./WallClock.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const runs = { arbitrary: { runs: Runs.upTo(50) }, timeout: 60_000 }

const callAtOnce = (callers: number, tokens: TokenService.Service) =>
  Effect.forEach(
    Array.from({ length: callers }),
    () => Effect.forkChild(tokens.get, { startImmediately: true })
  )

/** Lets time pass until the next token request is allowed. */
const untilRetry = (tokens: TokenService.Service) =>
  Effect.gen(function*() {
    const { retryAt } = yield* tokens.status
    if (retryAt === undefined) return assert.fail("no token request is planned")
    yield* TestClock.adjust(DateTime.distance(yield* DateTime.now, retryAt))
  })

describe("whoever waits for a token", () => {
  it.effect.prop("gets it, though whoever asked first has gone (F2)", {
    others: between(1, 20),
    latencyMillis: between(2, 9000)
  }, ({ latencyMillis, others }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        // A token is at hand, so that it is really the first caller who starts the request.
        yield* TestClock.adjust(latencyMillis)
        const token = yield* tokens.get
        const before = server.requests()
        const first = yield* Effect.forkChild(tokens.refresh, { startImmediately: true })
        const rest = yield* Effect.forEach(
          Array.from({ length: others }),
          () => Effect.forkChild(tokens.refresh, { startImmediately: true })
        )
        yield* TestClock.adjust(latencyMillis / 2)
        yield* Fiber.interrupt(first)
        yield* TestClock.adjust(latencyMillis)
        const answers = yield* Fiber.joinAll(rest)
        assert.strictEqual(new Set(answers.map(secretOf)).size, 1)
        assert.notInclude(answers.map(secretOf), secretOf(token))
        assert.strictEqual(server.requests(), before + 1)
      }),
      { behaviour: { latencyMillis } }
    ), runs)

  it.effect("is told after ten seconds where the token ended first, and a later call gets a new one (F4)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(100)
        yield* server.behave({ answer: "Hang" })
        // The request that begins in the advisory window is answered by nobody until long after the token's end.
        yield* TestClock.adjust("60 seconds")
        const waiting = yield* Effect.forkChild(Effect.exit(tokens.get), { startImmediately: true })
        yield* TestClock.adjust("9 seconds")
        assert.isUndefined(waiting.pollUnsafe())
        yield* TestClock.adjust("1 second")
        const error = yield* Effect.flip(yield* Fiber.join(waiting))
        assert.strictEqual(error.reason._tag, "TokenRequestFailed")
        assert.include(error.message, "no answer came within 10s")
        yield* server.behave({ answer: "Token" })
        // The hanging request is given up 30 seconds after it began.
        yield* TestClock.adjust("30 seconds")
        const before = server.requests()
        assert.isFalse((yield* tokens.get).isExpired(yield* DateTime.now))
        assert.strictEqual(server.requests(), before)
      }),
      { behaviour: { lifetimeSeconds: 60 } }
    ))

  it.effect("waits for a fresh one where the last ended long ago (F23)", () => {
    const store = new ObservedStore()
    return inVirtualTime(Effect.gen(function*() {
      const server = yield* ModelServer
      const yesterday = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      const stale = yield* yesterday.tokens.get
      yield* yesterday.stop
      yield* TestClock.adjust("1 day")
      const { stop, tokens } = yield* start({ store: store.layer })
      const callers = yield* callAtOnce(10, tokens)
      yield* TestClock.adjust(99)
      assert.isTrue(callers.every((caller) => caller.pollUnsafe() === undefined))
      yield* TestClock.adjust(1)
      for (const token of yield* Fiber.joinAll(callers)) assert.notStrictEqual(secretOf(token), secretOf(stale))
      assert.strictEqual(server.requests(), 2)
      yield* stop
    }))
  })
})

describe("clocks", () => {
  it.effect.prop("that stood still while the machine slept: nobody gets the token that ended meanwhile (F7)", {
    sleptSeconds: between(3600, 86_400),
    awakeSeconds: between(1, 3000)
  }, ({ awakeSeconds, sleptSeconds }) =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust(awakeSeconds * 1000)
      const before = yield* tokens.get
      // Only the wall clock goes on during a sleep; no timer fires.
      yield* (yield* WallClock).shift(sleptSeconds * 1000)
      assert.strictEqual(yield* atOnce(tokens.get), "waits")
      yield* TestClock.adjust(100)
      assert.notStrictEqual(secretOf(yield* tokens.get), secretOf(before))
      assert.strictEqual(server.requests(), 2)
    })), runs)

  it.effect("that stood still near a token's end are noticed within half a minute, with nobody calling (F7)", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      const { refreshAt } = yield* tokens.status
      yield* TestClock.adjust((refreshAt?.epochMilliseconds ?? 0) - 1000 - 59_000)
      assert.strictEqual(server.requests(), 1)
      yield* (yield* WallClock).shift(8 * 3_600_000)
      yield* TestClock.adjust("31 seconds")
      assert.strictEqual(server.requests(), 2)
      assert.strictEqual((yield* tokens.status).phase, "Valid")
    })))

  it.effect.prop("set back make no token live longer than it was issued for (F9)", {
    backSeconds: between(2, 86_400),
    afterSeconds: between(1, 3599)
  }, ({ afterSeconds, backSeconds }) =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      // The wall clock starts a day in, so that there is a past to set it to.
      yield* (yield* WallClock).shift(86_400_000)
      yield* TestClock.adjust(100)
      yield* server.behave({ answer: "Unreachable", latencyMillis: 0 })
      yield* TestClock.adjust(afterSeconds * 1000 - 100)
      yield* (yield* WallClock).shift(-backSeconds * 1000)
      yield* TestClock.adjust((3600 - afterSeconds) * 1000 - 1)
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(tokens.get)))
      yield* TestClock.adjust(1)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(tokens.get)))
    })), runs)

  it.effect("set back to before a token was issued: another is asked for at once, and only once (F9)", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* (yield* WallClock).shift(86_400_000)
      yield* TestClock.adjust("10 minutes")
      // Made while the clock was a day ahead.
      yield* Effect.all([tokens.refresh, TestClock.adjust(100)], { concurrency: 2 })
      const before = server.requests()
      yield* (yield* WallClock).shift(-86_400_000)
      assert.strictEqual(yield* atOnce(tokens.get), "waits")
      yield* TestClock.adjust(100)
      for (let minute = 0; minute < 50; minute++) {
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
        yield* TestClock.adjust("1 minute")
      }
      assert.strictEqual(server.requests(), before + 1)
    })))

  it.effect("set back before a restart: a stored token from the future is not trusted (F9)", () => {
    const store = new ObservedStore()
    return inVirtualTime(Effect.gen(function*() {
      const server = yield* ModelServer
      yield* (yield* WallClock).shift(86_400_000)
      const before = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      yield* before.stop
      yield* (yield* WallClock).shift(-86_400_000)
      const { stop, tokens } = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(server.requests(), 2)
      assert.isFalse((yield* tokens.get).isExpired(yield* DateTime.now))
      yield* stop
    }))
  })

  it.effect.prop("paused between request and answer: a life is counted from the request (F24)", {
    pauseMillis: between(0, 9999),
    lifetimeSeconds: between(20, 7200)
  }, ({ lifetimeSeconds, pauseMillis }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const [token] = yield* Effect.all([tokens.get, TestClock.adjust(pauseMillis)], { concurrency: 2 })
        assert.strictEqual(token.expiresAt?.epochMilliseconds, lifetimeSeconds * 1000)
        assert.strictEqual((yield* tokens.status).expiresAt?.epochMilliseconds, lifetimeSeconds * 1000)
      }),
      { behaviour: { lifetimeSeconds, latencyMillis: pauseMillis } }
    ), runs)
})

describe("a fleet", () => {
  it.effect("whose tokens end together refreshes spread out, each at the moment once drawn (F18)", () =>
    inVirtualTime(Effect.gen(function*() {
      const fleet = yield* Effect.forEach(Array.from({ length: 60 }), () => start())
      yield* TestClock.adjust("1 second")
      const drawn = yield* Effect.forEach(
        fleet,
        ({ tokens }) => Effect.map(tokens.status, ({ refreshAt }) => refreshAt)
      )
      const moments = drawn.map((at) => at?.epochMilliseconds ?? 0)
      // A quarter of the advisory window of 7.5 minutes lies between the first and the last to be due.
      assert.isAtLeast(Math.min(...moments), 3_150_000)
      assert.isAtMost(Math.max(...moments), 3_150_000 + 112_500)
      assert.isAbove(Math.max(...moments) - Math.min(...moments), 60_000)
      const server = yield* ModelServer
      let before = server.requests()
      let most = 0
      for (let i = 0; i < 600; i++) {
        yield* TestClock.adjust("6 seconds")
        for (const [index, { tokens }] of fleet.entries()) {
          const { generation, refreshAt } = yield* tokens.status
          if (generation === 1) assert.deepStrictEqual(refreshAt, drawn[index])
          yield* tokens.get
        }
        most = Math.max(most, server.requests() - before)
        before = server.requests()
      }
      assert.isAtMost(most, 20)
      yield* Effect.forEach(fleet, ({ stop }) => stop, { concurrency: "unbounded" })
    })))
})

describe("scopes", () => {
  it.effect("neither the fiber that made the service nor the scope of a caller is what refreshes hang on (F19)", () =>
    inVirtualTime(Effect.gen(function*() {
      const server = yield* ModelServer
      const scope = yield* Scope.make()
      // Made by a fiber that ends, and first asked in a scope that closes.
      const maker = yield* Effect.forkChild(Layer.buildWithScope(layer(), scope), { startImmediately: true })
      const services = yield* Fiber.join(maker)
      const tokens = Context.get(services, TokenService.TokenService)
      const caller = yield* Scope.make()
      yield* Effect.all([
        Effect.scoped(Effect.provideService(tokens.refresh, Scope.Scope, caller)),
        TestClock.adjust("1 second")
      ], { concurrency: 2 })
      yield* Scope.close(caller, Exit.void)
      yield* TestClock.adjust("1 day")
      assert.isAtLeast(server.requests(), 26)
      assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
      yield* Scope.close(scope, Exit.void)
    })))
})

describe("a failed refresh", () => {
  it.effect("that nobody awaits is seen in status, and harms nothing else (F20)", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "ServerError" })
      yield* TestClock.adjust("55 minutes")
      const { error, phase, retryAt } = yield* tokens.status
      assert.strictEqual(phase, "Retrying")
      assert.include(error?.message, "503")
      assert.isAbove(retryAt?.epochMilliseconds ?? 0, yield* Clock.currentTimeMillis)
      yield* server.behave({ answer: "Token" })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* tokens.status).phase, "Valid")
    })))

  it.effect("is one even where the transport has a defect: the service lives on (F20)", () => {
    let isBroken = true
    const transport = HttpClient.make((request) =>
      isBroken
        ? Effect.die(new Error("a bug"))
        : Effect.succeed(
          HttpClientResponse.fromWeb(
            request,
            Response.json({ access_token: "BQ", token_type: "Bearer", expires_in: 3600 })
          )
        )
    )
    return Effect.gen(function*() {
      const { stop, tokens } = yield* start()
      yield* TestClock.adjust(0)
      const error = yield* Effect.flip(tokens.get)
      assert.strictEqual(error.reason._tag, "TokenRequestFailed")
      assert.notInclude(error.message, "a bug")
      isBroken = false
      yield* untilRetry(tokens)
      assert.strictEqual(secretOf(yield* tokens.get), "BQ")
      yield* stop
    }).pipe(
      Effect.provideService(HttpClient.HttpClient, transport),
      Effect.provideService(References.MinimumLogLevel, "None"),
      Effect.provide(TestClock.layer())
    )
  })

  it.effect.prop("is not kept: the first call after the pause asks again and gets a token (F21)", {
    answer: Schema.Literals(["ServerError", "RateLimited", "NotFound", "Html", "Truncated", "Unreachable"]),
    failures: between(1, 8)
  }, ({ answer, failures }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        for (let i = 1; i < failures; i++) {
          assert.isTrue((yield* Effect.flip(tokens.get)).isRetryable)
          yield* untilRetry(tokens)
        }
        yield* server.behave({ answer: "Token" })
        yield* untilRetry(tokens)
        assert.strictEqual((yield* tokens.status).phase, "Valid")
        yield* tokens.get
        assert.strictEqual(server.requests(), failures + 1)
      }),
      { behaviour: { answer, latencyMillis: 0 } }
    ), runs)

  it.effect.prop("fails everyone at once inside its pause, which no number of callers makes longer (F22)", {
    callers: between(1, 200),
    failures: between(1, 8)
  }, ({ callers, failures }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        for (let i = 1; i < failures; i++) yield* untilRetry(tokens)
        const { retryAt } = yield* tokens.status
        const before = server.requests()
        const fibers = yield* callAtOnce(callers, tokens)
        // No time passes: whoever waited would be left over.
        for (const exit of fibers.map((fiber) => fiber.pollUnsafe())) {
          if (exit === undefined) return assert.fail("a caller waits")
          const { message } = yield* Effect.flip(exit)
          assert.include(message, DateTime.formatIso(retryAt ?? DateTime.makeUnsafe(0)))
        }
        assert.deepStrictEqual((yield* tokens.status).retryAt, retryAt)
        assert.strictEqual(server.requests(), before)
      }),
      { behaviour: { answer: "ServerError", latencyMillis: 0 } }
    ), runs)

  it.effect.prop(
    "is followed by pauses that are really slept (F27)",
    { failures: between(2, 10) },
    ({ failures }) =>
      simulate(
        Effect.gen(function*() {
          const tokens = yield* TokenService.TokenService
          const server = yield* ModelServer
          yield* TestClock.adjust(0)
          for (let attempt = 1; attempt < failures; attempt++) {
            assert.strictEqual(server.requests(), attempt)
            const { retryAt } = yield* tokens.status
            const pause = Duration.toMillis(DateTime.distance(yield* DateTime.now, retryAt ?? DateTime.makeUnsafe(0)))
            assert.isAtLeast(pause, Math.min(1000 * 2 ** (attempt - 1), 60_000) * 0.8)
            yield* TestClock.adjust(pause - 1)
            assert.strictEqual(server.requests(), attempt)
            yield* TestClock.adjust(1)
          }
          assert.strictEqual(server.requests(), failures)
        }),
        { behaviour: { answer: "ServerError", latencyMillis: 0 } }
      ),
    runs
  )

  it.live("is followed by pauses that are really slept, by every other clock too (F27)", () => {
    const asked: Array<number> = []
    const transport = HttpClient.make((request) =>
      Effect.map(Clock.monotonicTimeNanos, (now) => {
        asked.push(Number(now) / 1e6)
        return HttpClientResponse.fromWeb(request, new Response(null, { status: 503 }))
      })
    )
    const pause = 40
    const policy = { ...standard, pauseWithoutToken: () => Duration.millis(pause) }
    return Effect.gen(function*() {
      const { tokens } = yield* Effect.provideService(start({ policy }), HttpClient.HttpClient, transport)
      // Callers all the time, whom no pause lets through.
      yield* Effect.ignore(tokens.get).pipe(
        Effect.andThen(Effect.sleep(1)),
        Effect.repeat({ until: () => asked.length > 5 })
      )
      for (const [index, at] of asked.slice(1).entries()) {
        assert.isAtLeast(at - (asked[index] ?? Infinity), pause)
      }
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  })

  it.effect("pauses anew from a second on once no token is left, and not from where it was (F6)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        yield* server.behave({ answer: "ServerError" })
        yield* TestClock.adjust("600 seconds")
        const { expiresAt, retryAt } = yield* tokens.status
        assert.isAtMost(retryAt?.epochMilliseconds ?? Infinity, (expiresAt?.epochMilliseconds ?? 0) + 1200)
      }),
      { behaviour: { lifetimeSeconds: 600, latencyMillis: 0 } }
    ))

  it.effect("is not repeated before the time the server asked for, not even in a token's last moments (F51)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        // It asks for 7 seconds, and the token has 2 left for its last, mandatory, half second.
        yield* server.behave({ answer: "RateLimited" })
        yield* TestClock.adjust("4 seconds")
        const before = server.requests()
        assert.strictEqual(before, 2)
        for (let i = 0; i < 30; i++) {
          yield* Effect.exit(tokens.get)
          yield* TestClock.adjust(200)
        }
        assert.strictEqual(server.requests(), before)
        yield* TestClock.adjust("4 seconds")
        assert.strictEqual(server.requests(), before + 1)
      }),
      { behaviour: { lifetimeSeconds: 5, latencyMillis: 0 } }
    ))

  it.effect("whose answer may be lost is repeated soon, since a refresh token may have been spent (F32)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        yield* server.behave({ answer: "Lost", rotates: true })
        yield* Effect.ignore(tokens.refresh)
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust(1200)
        assert.deepStrictEqual(server.refreshTokensSent(), ["AQ-0", "AQ-0", "AQ-0"])
        assert.strictEqual((yield* tokens.status).phase, "Valid")
      }),
      { behaviour: { latencyMillis: 0 } }
    ))
})
