import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore } from "./support/ObservedStore.ts"
import { between, fifty } from "./support/Runs.ts"
import {
  atOnce,
  callAtOnce,
  inVirtualTime,
  layer,
  secretOf,
  simulate,
  start,
  stop
} from "./support/TokenServiceModel.ts"
import { WallClock } from "./support/WallClock.ts"

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
    ), fifty)

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
    })), fifty)

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
    })), fifty)

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

  it.effect.prop("set back after a restart make no stored token live longer than it was issued for (F9)", {
    restartSeconds: between(1, 3000),
    backSeconds: between(0, 86_400)
  }, ({ backSeconds, restartSeconds }) => {
    const store = new ObservedStore()
    return inVirtualTime(
      Effect.gen(function*() {
        const server = yield* ModelServer
        yield* (yield* WallClock).shift(86_400_000)
        const before = yield* start({ store: store.layer })
        yield* TestClock.adjust(restartSeconds * 1000)
        yield* before.stop
        yield* server.behave({ answer: "Unreachable" })
        const { stop, tokens } = yield* start({ store: store.layer })
        yield* TestClock.adjust(0)
        assert.strictEqual(server.requests(), 1)
        yield* (yield* WallClock).shift(-backSeconds * 1000)
        yield* TestClock.adjust((3600 - restartSeconds) * 1000 - 1)
        assert.isTrue(Exit.isSuccess(yield* Effect.exit(tokens.get)))
        yield* TestClock.adjust(1)
        assert.isTrue(Exit.isFailure(yield* Effect.exit(tokens.get)))
        yield* stop
      }),
      { latencyMillis: 0 }
    )
  }, fifty)

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
    ), fifty)
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
      yield* stop(scope)
    })))
})
