import { standard } from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore } from "./support/ObservedStore.ts"
import { between, fifty } from "./support/Runs.ts"
import { withAnswers } from "./support/ScriptedServer.ts"
import { callAtOnce, secretOf, simulate, start } from "./support/TokenServiceModel.ts"

/** Lets time pass until the next token request is allowed. */
const untilRetry = (tokens: TokenService.Service) =>
  Effect.gen(function*() {
    const { retryAt } = yield* tokens.status
    if (retryAt === undefined) return assert.fail("no token request is planned")
    yield* TestClock.adjust(DateTime.distance(yield* DateTime.now, retryAt))
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
      assert.include(error.message, "unexpected fault (Error)")
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
    ), fifty)

  it.effect.prop("fails everyone at once inside its pause, which no number of callers makes longer (F22)", {
    answer: Schema.Literals(["ServerError", "RateLimited", "NotFound", "Html", "Truncated", "Unreachable"]),
    callers: between(1, 200),
    failures: between(1, 8)
  }, ({ answer, callers, failures }) =>
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
      { behaviour: { answer, latencyMillis: 0 } }
    ), fifty)

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
    fifty
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
    const policy = { ...standard, retryDelayWithoutToken: () => Duration.millis(pause) }
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

  it.effect.each([[503], [429]] as const)(
    "with status %i is not repeated sooner than its answer asks, whatever token serves meanwhile (F51)",
    ([status]) =>
      withAnswers(
        (serial) =>
          serial === 1
            ? { expires_in: 3600 }
            : new Response(null, { status, headers: { "retry-after": "600" } }),
        ({ asked, tokens }) =>
          Effect.gen(function*() {
            yield* tokens.get
            yield* Effect.flip(tokens.refresh)
            yield* TestClock.adjust("599 seconds")
            assert.strictEqual(asked.length, 2)
            yield* TestClock.adjust("1 second")
            assert.strictEqual(asked.length, 3)
          })
      )
  )

  it.effect("with a 429 that names no time is repeated a minute later (F51)", () =>
    withAnswers(() => new Response(null, { status: 429 }), ({ asked }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("10 minutes")
        assert.deepStrictEqual(asked.slice(0, 3), [0, 60_000, 120_000])
      })))

  it.effect("for want of the right client is not repeated by itself; a minute later a caller may (F53)", () =>
    withAnswers(
      (serial) => serial === 1 ? Response.json({ error: "invalid_client" }, { status: 401 }) : { expires_in: 3600 },
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          yield* TestClock.adjust(59_999)
          assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "InvalidClient")
          assert.strictEqual((yield* tokens.status).phase, "Misconfigured")
          yield* TestClock.adjust("1 day")
          assert.strictEqual(asked.length, 1)
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-2")
        })
    ))

  it.effect.each([["Lost"], ["Unreachable"], ["Hang"]] as const)(
    "whose answer may be lost is repeated soon, since a refresh token may have been spent (F32): %s",
    ([answer]) => {
      const store = new ObservedStore()
      return simulate(
        Effect.gen(function*() {
          const tokens = yield* TokenService.TokenService
          const server = yield* ModelServer
          yield* TestClock.adjust(0)
          yield* server.behave({ answer, rotates: true })
          yield* Effect.forkChild(tokens.refresh, { startImmediately: true })
          yield* TestClock.adjust(answer === "Hang" ? 30_000 : 0)
          assert.isDefined(store.record?.pendingSince)
          yield* server.behave({ answer: "Token" })
          yield* TestClock.adjust(1200)
          assert.deepStrictEqual(server.refreshTokensSent(), ["AQ-0", "AQ-0", "AQ-0"])
          assert.strictEqual((yield* tokens.status).phase, "Valid")
          assert.isUndefined(store.record?.pendingSince)
        }),
        { behaviour: { latencyMillis: 0 }, store: store.layer }
      )
    }
  )

  it.effect("is repeated in haste neither a second time, nor where its answer leaves no doubt", () =>
    withAnswers(
      (serial) =>
        serial === 1
          ? { expires_in: 3600 }
          : serial < 4
          ? new Response("{\"access_token\":\"BQ")
          : new Response(null, { status: 503 }),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* Effect.flip(tokens.refresh)
          yield* TestClock.adjust("20 minutes")
          const pauses = asked.slice(1).map((at, i) => at - (asked[i] ?? 0))
          assert.isAtMost(pauses[1] ?? Infinity, 1200)
          // 45 seconds is the second step for an hour's token, and all of it may be halved.
          assert.isAtLeast(pauses[2] ?? 0, 22_500)
          assert.isAtLeast(pauses[3] ?? 0, 45_000)
        })
    ))

  it.effect("that leaves no doubt is repeated in the calm of a token that serves from the first time on", () =>
    withAnswers(
      (serial) => serial === 1 ? { expires_in: 3600 } : new Response(null, { status: 503 }),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* Effect.flip(tokens.refresh)
          yield* TestClock.adjust(11_249)
          assert.strictEqual(asked.length, 2)
          yield* TestClock.adjust(11_251)
          assert.strictEqual(asked.length, 3)
        })
    ))
})
