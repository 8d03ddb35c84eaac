import { Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as CurrentSettings from "../src/internal/CurrentSettings.ts"
import * as RateLimiter from "../src/internal/webApi/RateLimiter.ts"
import { at, call, personToken, programToken } from "./support/Requests.ts"

const rateLimit = { requests: 3, window: Duration.seconds(30) }

describe("the rate limit", () => {
  it.effect("refuses what is too much, says for how long, and keeps its word", () =>
    Effect.gen(function*() {
      const program = yield* programToken
      const ask = Effect.gen(function*() {
        const seen = yield* call("/search?q=x&type=track", program)
        return [seen.status, seen.headers.get("retry-after"), at(seen, "error.message") ?? null]
      })
      const good = [200, null, null]
      assert.deepStrictEqual(yield* ask, good)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([yield* ask, yield* ask], [good, good])
      assert.deepStrictEqual(yield* ask, [429, "20", "API rate limit exceeded"])
      // All tokens of a client count alike.
      assert.strictEqual((yield* call("/me", yield* personToken())).status, 429)
      yield* TestClock.adjust("19 seconds")
      assert.deepStrictEqual(yield* ask, [429, "1", "API rate limit exceeded"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* ask, yield* ask], [good, [429, "10", "API rate limit exceeded"]])
    }).pipe(Effect.provide(Sandbox.layer({ rateLimit }))))

  const Gap = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 }))

  it.effect.prop(
    "lets no more through than it allows in any window, and whoever waits as told is let through",
    { gaps: Schema.Array(Gap).check(Schema.isMaxLength(30)) },
    ({ gaps }) =>
      Effect.gen(function*() {
        const { admit } = yield* RateLimiter.RateLimiter
        const admitted: Array<number> = []
        let now = 0
        const pass = (millis: number) => {
          now += millis
          return TestClock.adjust(millis)
        }
        for (const gap of gaps) {
          yield* pass(gap)
          const exceeded = yield* admit("client", "bucket")
          if (exceeded !== undefined) {
            yield* pass(exceeded.retryAfter * 1000)
            assert.isUndefined(yield* admit("client", "bucket"))
          }
          admitted.push(now)
        }
        for (const [index, time] of admitted.entries()) {
          const later = admitted[index + rateLimit.requests]
          assert.isTrue(later === undefined || later - time >= Duration.toMillis(rateLimit.window))
        }
      }).pipe(Effect.provide(Layer.provide(RateLimiter.layer, CurrentSettings.layer({ rateLimit })))),
    { arbitrary: { runs: 200 } }
  )
})

describe("the quota", () => {
  it.live("is one of a kind for each group of operations, in Development Mode alone", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      const token = yield* personToken()
      const search = "/search?q=x&type=track"
      assert.strictEqual((yield* call(search, token)).status, 200)
      const seen = yield* call(search, token)
      assert.deepStrictEqual(seen.json, {
        error: { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
      })
      assert.isAbove(Number(seen.headers.get("retry-after")), 86_000)
      assert.strictEqual((yield* call("/me", token)).status, 200)
      yield* configure({ quotaMode: "extended" })
      assert.strictEqual((yield* call(search, token)).status, 200)
    }).pipe(Effect.provide(Sandbox.layer({ quota: { requests: 1, window: Duration.hours(24) } }))))
})
