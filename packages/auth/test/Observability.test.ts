import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./ModelServer.ts"
import { simulate } from "./TokenServiceModel.ts"

const day = 86_400_000

/** What the metrics of one world read: name and attributes, then the value. */
const readings = Effect.map(Metric.snapshot, (metrics) =>
  new Map(metrics.map(({ attributes, id, state }) => {
    const { issuer: _, client_id: __, ...rest } = { ...attributes }
    return [[id, ...Object.values(rest)].join(" "), state] as const
  })))

const inOwnRegistry = Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))

describe("metrics", () => {
  it.effect("count token requests by grant and outcome, and time them", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "ServerError" })
      yield* Effect.ignore(Effect.all([tokens.refresh, TestClock.adjust("1 second")], { concurrency: 2 }))
      const seen = yield* readings
      assert.strictEqual(Reflect.get(seen.get("oauth_token_requests RefreshToken success") ?? {}, "count"), 1)
      assert.strictEqual(
        Reflect.get(seen.get("oauth_token_requests RefreshToken TokenRequestFailed") ?? {}, "count"),
        1
      )
      const duration = [...seen].find(([name]) => name.startsWith("oauth_token_request_duration"))?.[1] ?? {}
      assert.deepStrictEqual([Reflect.get(duration, "count"), Reflect.get(duration, "min")], [2, 100])
      assert.strictEqual(Reflect.get(seen.get("oauth_token_expires_at") ?? {}, "value"), 3600)
    })).pipe(inOwnRegistry))

  it.effect("tell how many callers wait", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(tokens.get, { startImmediately: true }))
      assert.strictEqual(Reflect.get((yield* readings).get("oauth_waiting_callers") ?? {}, "value"), 3)
      yield* Fiber.interruptAll(fibers.slice(0, 1))
      assert.strictEqual(Reflect.get((yield* readings).get("oauth_waiting_callers") ?? {}, "value"), 2)
      yield* TestClock.adjust("1 second")
      yield* Fiber.awaitAll(fibers)
      assert.strictEqual(Reflect.get((yield* readings).get("oauth_waiting_callers") ?? {}, "value"), 0)
    })).pipe(inOwnRegistry))
})

describe("the refresh token's own end", () => {
  it.effect.prop("is announced as far ahead as one likes, once, and again after the next sign-in", {
    warningDays: Schema.Literals([1, 14, 60])
  }, ({ warningDays }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const announced: Array<boolean> = []
        yield* tokens.changes.pipe(
          Stream.map(({ isSignInDueSoon }) => isSignInDueSoon),
          Stream.changes,
          Stream.runForEach((soon) => Effect.sync(() => announced.push(soon))),
          Effect.forkChild({ startImmediately: true })
        )
        yield* TestClock.adjust((180 - warningDays) * day - 1000)
        assert.deepStrictEqual(announced, [false])
        assert.isFalse((yield* tokens.status).isSignInDueSoon)
        yield* TestClock.adjust(1000)
        assert.deepStrictEqual(announced, [false, true])
        assert.isTrue((yield* tokens.status).isSignInDueSoon)
        const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: yield* DateTime.now })
        yield* Effect.all([tokens.authorize(grant), TestClock.adjust("1 second")], { concurrency: 2 })
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(announced, [false, true, false])
      }),
      {
        signInWarning: `${warningDays} days`,
        behaviour: { lifetimeSeconds: 86_400 },
        grant: Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: DateTime.makeUnsafe(0) })
      }
    ), { arbitrary: { runs: 10 } })
})
