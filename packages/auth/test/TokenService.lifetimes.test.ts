import type * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { between, upTo } from "./support/Runs.ts"
import { withAnswers } from "./support/ScriptedServer.ts"
import { WallClock } from "./support/WallClock.ts"

/** Asks for a token again and again while time passes; how often there was one, which is never over already. */
const callSteadily = Effect.fnUntraced(function*(tokens: TokenService.Service, options: {
  readonly times: number
  readonly everyMillis: number
}) {
  let served = 0
  for (let i = 0; i < options.times; i++) {
    const exit = yield* Effect.exit(tokens.get)
    if (Exit.isSuccess(exit)) {
      assert.isFalse(exit.value.isExpired(yield* DateTime.now))
      served += 1
    }
    yield* TestClock.adjust(options.everyMillis)
  }
  return served
})

describe("a life", () => {
  it.effect.prop("F10, F12: each token is renewed by its own lifetime, whatever the last one was", {
    lifetimes: Schema.Array(Schema.Struct({ seconds: between(3600, 5400), asText: Schema.Boolean })).check(
      Schema.isMinLength(1),
      Schema.isMaxLength(5)
    )
  }, ({ lifetimes }) => {
    const lifetimeOf = (serial: number) =>
      lifetimes[(serial - 1) % lifetimes.length] ?? { seconds: 3600, asText: false }
    return withAnswers(
      (serial) => {
        const { asText, seconds } = lifetimeOf(serial)
        return { expires_in: asText ? String(seconds) : seconds }
      },
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const times = lifetimes.length * 9
          assert.strictEqual(yield* callSteadily(tokens, { times, everyMillis: 600_000 }), times)
          for (const [i, at] of asked.entries()) {
            const next = asked[i + 1]
            if (next === undefined) return
            const { seconds } = lifetimeOf(i + 1)
            assert.isAtLeast(next - at, seconds * 1000 * (7 / 8))
            assert.isAtMost(next - at, seconds * 1000 * (29 / 32) + 1)
          }
        })
    )
  }, { arbitrary: { runs: upTo(100) }, timeout: 60_000 })

  it.effect.each([[1800, 1800], [3590, 3540], [999_999, 3540]] as const)(
    "F10: whose issuer wants it renewed after %i of its 3600 seconds is renewed from the %ith on",
    ([refresh_in, expected]) =>
      withAnswers(() => ({ expires_in: 3600, refresh_in }), ({ asked, tokens }) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* callSteadily(tokens, { times: 3600, everyMillis: 1000 }), 3600)
          assert.isAtLeast((asked[1] ?? 0) / 1000, expected)
          assert.isAtMost((asked[1] ?? Infinity) / 1000, Math.min(expected + 112.5, 3541))
        }))
  )

  it.effect("F11: of unknown length costs a request every ten minutes, not one a call, and ends with a refusal", () =>
    withAnswers(() => ({}), ({ asked, tokens }) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* callSteadily(tokens, { times: 3600, everyMillis: 1000 }), 3600)
        assert.isAtLeast(asked.length, 5)
        assert.isAtMost(asked.length, 6)
        const before = asked.length
        const token = yield* tokens.get
        assert.isTrue(yield* tokens.invalidate(token))
        assert.notStrictEqual(yield* tokens.get, token)
        assert.strictEqual(asked.length, before + 1)
      })))

  it.effect.each([[0], [-5], ["0"], [1e-9]])(
    "F13: of no length (%s) is served to nobody, asked for in growing pauses, and keeps each new refresh token",
    ([expires_in]) =>
      withAnswers(
        (serial) => ({ expires_in: serial <= 10 ? expires_in : 3600, refresh_token: `AQ-${serial}` }),
        ({ asked, sent, store, tokens }) =>
          Effect.gen(function*() {
            const error = yield* Effect.flip(tokens.get)
            assert.strictEqual(error.reason._tag, "TokenRequestFailed")
            assert.include(error.message, "expired before its answer arrived")
            assert.strictEqual(yield* callSteadily(tokens, { times: 600, everyMillis: 100 }), 0)
            assert.isAtMost(asked.length, 7)
            // Ten dead ones in all, and then one that lives.
            yield* TestClock.adjust("10 minutes")
            yield* tokens.get
            assert.strictEqual(asked.length, 11)
            assert.deepStrictEqual(sent, Array.from({ length: 11 }, (_, serial) => `AQ-${serial}`))
            assert.strictEqual(Redacted.value(store.record?.tokenSet?.refreshToken ?? Redacted.make("")), "AQ-11")
          })
      )
  )

  it.effect("F13: of no length displaces no token that lives", () =>
    withAnswers(
      (serial) => ({ expires_in: serial === 1 ? 3600 : 0, refresh_token: `AQ-${serial}` }),
      ({ asked, sent, tokens }) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* callSteadily(tokens, { times: 3600, everyMillis: 1000 }), 3600)
          assert.isAtLeast(asked.length, 4)
          assert.isAtMost(asked.length, 20)
          assert.deepStrictEqual(sent, sent.map((_, serial) => `AQ-${serial}`))
        })
    ))

  it.effect.each([[10 * 365 * 86_400], [2 ** 31], [2 ** 40], ["9".repeat(40)]])(
    "F14: of %s seconds neither fires at once nor overflows a timer or a date",
    ([expires_in]) =>
      withAnswers(() => ({ expires_in }), ({ asked, tokens }) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* callSteadily(tokens, { times: 60, everyMillis: 86_400_000 }), 60)
          assert.strictEqual(asked.length, 1)
          const { expiresAt, phase } = yield* tokens.status
          assert.strictEqual(phase, "Valid")
          assert.isAbove(Date.parse(expiresAt === undefined ? "" : DateTime.formatIso(expiresAt)), 0)
        }))
  )

  it.effect.prop(
    "F15: shorter than, equal to or just over every window is renewed at half of it at the soonest",
    { deciseconds: between(1, 80) },
    ({ deciseconds }) =>
      withAnswers(() => ({ expires_in: deciseconds / 10 }), ({ asked, tokens }) =>
        Effect.gen(function*() {
          // Three lives, looked at twenty times each.
          assert.strictEqual(yield* callSteadily(tokens, { times: 60, everyMillis: deciseconds * 5 }), 60)
          assert.isAtLeast(asked.length, 4)
          assert.isAtMost(asked.length, 7)
        })),
    { arbitrary: { runs: upTo(100) }, timeout: 60_000 }
  )

  it.effect.each(
    [
      ["whose end stays where it was", (now: number) => ({ expires_in: 3600 - now / 1000 })],
      ["whose end moves along", () => ({ expires_in: 3600 })],
      ["whose end is unknown", () => ({})]
    ] as const
  )(
    "F17: that the server hands out again and again, %s, is not asked for without pause",
    ([_name, bodyOf]) =>
      withAnswers(
        (_serial, now) => ({ access_token: "BQ-same", ...bodyOf(now) }),
        ({ asked, tokens }) =>
          Effect.gen(function*() {
            assert.strictEqual(yield* callSteadily(tokens, { times: 3600, everyMillis: 1000 }), 3600)
            yield* callSteadily(tokens, { times: 3600, everyMillis: 1000 })
            for (let i = 0; i + 10 < asked.length; i++) {
              assert.isAtLeast((asked[i + 10] ?? 0) - (asked[i] ?? 0), 10_000)
            }
            assert.isAtMost(asked.length, 100)
          })
      )
  )

  it.effect("F11: that is known of every other token only is renewed each time as it is due", () =>
    withAnswers(
      (serial) => serial % 2 === 0 ? { expires_in: 3600 } : {},
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const times = 4 * 3600
          assert.strictEqual(yield* callSteadily(tokens, { times, everyMillis: 1000 }), times)
          const lives = asked.slice(1).map((at, i) => at - (asked[i] ?? 0))
          assert.isAtLeast(lives.length, 6)
          for (const [i, life] of lives.entries()) {
            assert.isAtLeast(life, i % 2 === 0 ? 600_000 : 3_150_000)
            assert.isAtMost(life, i % 2 === 0 ? 661_000 : 3_263_500)
          }
        })
    ))

  it.effect.prop("that begins within a second of the last one's is planned like any other", {
    laterMillis: between(0, 1000)
  }, ({ laterMillis }) =>
    withAnswers(() => ({ expires_in: 3600 }), ({ tokens }) =>
      Effect.gen(function*() {
        yield* (yield* WallClock).shift(86_400_000)
        yield* tokens.refresh
        yield* TestClock.adjust(laterMillis)
        yield* tokens.refresh
        const { refreshAt } = yield* tokens.status
        const due = Duration.toMillis(DateTime.distance(yield* DateTime.now, refreshAt ?? DateTime.makeUnsafe(0)))
        assert.isAtLeast(due, 3_150_000)
      })), { arbitrary: { runs: upTo(100) } })

  it.effect("F17: that ends when the last one did, though the token is another, is asked for in steps that have an end", () =>
    withAnswers(
      (_serial, now) => ({ expires_in: 3600 - now / 1000 }),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* callSteadily(tokens, { times: 35_980, everyMillis: 100 }), 35_980)
          const pauses = asked.slice(1).map((at, i) => at - (asked[i] ?? Infinity))
          assert.isAtLeast(Math.min(...pauses), 1000)
          // Halved each time from the first attempt on, which is 7.5 minutes before the end.
          assert.isAtLeast(pauses[1] ?? 0, 160_000)
          assert.isAtMost(pauses[1] ?? Infinity, 226_000)
          assert.isAtMost(asked.length, 15)
        })
    ))
})
