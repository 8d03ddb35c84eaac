/** The refresh ahead of a token's end, in virtual time. */
import { standard } from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { patient } from "./support/Policies.ts"
import { between, fifty } from "./support/Runs.ts"
import { down, withAnswers } from "./support/ScriptedServer.ts"
import { atOnce, callAtOnce, secretOf, simulate } from "./support/TokenServiceModel.ts"
import { WallClock } from "./support/WallClock.ts"

describe("the scheduled refresh", () => {
  it.effect.prop("renews ahead of expiry, so that nobody ever waits for a token again", {
    lifetimeSeconds: between(5, 7200),
    latencyMillis: between(0, 400),
    looks: between(20, 60)
  }, ({ latencyMillis, lifetimeSeconds, looks }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(latencyMillis)
        for (let i = 0; i < looks; i++) {
          yield* TestClock.adjust((lifetimeSeconds * 1000) / 7)
          assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
        }
        const elapsed = (looks * lifetimeSeconds) / 7
        const soonest = Duration.toSeconds(standard.plan(Option.some(Duration.seconds(lifetimeSeconds)), 0).refreshAt)
        assert.isAtMost(server.requests(), Math.floor(elapsed / soonest) + 1)
      }),
      { behaviour: { lifetimeSeconds, latencyMillis } }
    ), fifty)

  it.effect.prop("an outage that ends before the token does is never noticed by a caller (F5, F25)", {
    answer: Schema.Literals(["ServerError", "RateLimited", "NotFound", "Html", "Truncated", "Unreachable"]),
    outageSeconds: between(1, 270)
  }, ({ answer, outageSeconds }) =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      const { refreshAt } = yield* tokens.status
      yield* TestClock.adjust((refreshAt?.epochMilliseconds ?? 0) - 2000)
      yield* server.behave({ answer })
      for (let second = 0; second < outageSeconds / 10; second++) {
        yield* TestClock.adjust("10 seconds")
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
      }
      yield* server.behave({ answer: "Token" })
      for (let minute = 0; minute < 60; minute++) {
        yield* TestClock.adjust("1 minute")
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
      }
      assert.strictEqual((yield* tokens.status).error, undefined)
    })), fifty)

  it.effect("an outage longer than the token ends in errors that say when, and heals by itself (F6)", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "ServerError" })
      yield* TestClock.adjust("3 hours")
      const error = yield* Effect.flip(tokens.get)
      assert.isTrue(error.isRetryable)
      assert.include(error.message, "The next attempt is due at 1970-01-01T0")
      const { retryAt, phase } = yield* tokens.status
      assert.strictEqual(phase, "Retrying")
      assert.isAbove(retryAt?.epochMilliseconds ?? 0, yield* Clock.currentTimeMillis)
      // Backing off to a minute, three hours of outage cost some two hundred requests, however many ask.
      assert.isAtMost(server.requests(), 300)
      yield* server.behave({ answer: "Token" })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* tokens.status).phase, "Valid")
    })))

  it.effect("a token whose end is unknown is renewed in the background, and never waited for (F11)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "Hang" })
        yield* TestClock.adjust("1 day")
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
        yield* server.behave({ answer: "Token" })
        const before = server.requests()
        yield* TestClock.adjust("1 hour")
        assert.isAtLeast(server.requests(), before + 5)
        assert.isAtMost(server.requests(), before + 8)
      }),
      { behaviour: { lifetimeSeconds: null } }
    ))

  it.effect.prop("a clock set forward past the token's end costs one request (F8)", {
    hours: between(1, 48),
    callers: between(1, 50)
  }, ({ callers, hours }) =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      const before = server.requests()
      yield* (yield* WallClock).shift(hours * 3_600_000)
      const fibers = yield* callAtOnce(callers, tokens)
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll(fibers)
      assert.strictEqual(server.requests() - before, 1)
    })), fifty)

  it.effect("has one more chance a minute before the token's end, and no third", () =>
    withAnswers(
      (serial) => serial === 1 ? { expires_in: 3600 } : down(),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          yield* TestClock.adjust(3_540_000)
          yield* TestClock.adjust(59_999)
          assert.deepStrictEqual(asked, [0, 3_150_000, 3_540_000])
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
        }),
      { policy: patient }
    ))

  it.effect("asks nothing more of a server that does not know the client: the next caller does", () =>
    withAnswers(
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          yield* TestClock.adjust("1 day")
          assert.strictEqual((yield* tokens.status).phase, "Misconfigured")
          assert.strictEqual(asked.length, 1)
          for (let i = 0; i < 5; i++) {
            assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "InvalidClient")
          }
          assert.strictEqual(asked.length, 2)
        })
    ))
})
