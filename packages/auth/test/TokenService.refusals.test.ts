import * as Grant from "@app/auth/Grant"
import { standard } from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore } from "./support/ObservedStore.ts"
import { between, fifty } from "./support/Runs.ts"
import { no, rotating, withAnswers } from "./support/ScriptedServer.ts"
import { callAtOnce, refreshToken, secretOf, simulate } from "./support/TokenServiceModel.ts"
import { recordOf } from "./support/TokenStorageContract.ts"

const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>, millis = 1000) =>
  Effect.map(Effect.all([effect, TestClock.adjust(millis)], { concurrency: 2 }), ([a]) => a)

describe("a token that an API refused", () => {
  it.effect.prop("while a refresh runs costs no second request, and is handed out to nobody (F26)", {
    refusals: between(1, 20),
    callers: between(1, 20),
    latencyMillis: between(2, 9000)
  }, ({ callers, latencyMillis, refusals }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(latencyMillis)
        const refused = yield* tokens.get
        const refreshing = yield* Effect.forkChild(tokens.refresh, { startImmediately: true })
        yield* TestClock.adjust(latencyMillis / 2)
        for (let i = 0; i < refusals; i++) assert.isTrue(yield* tokens.invalidate(refused))
        const waiting = yield* callAtOnce(callers, tokens)
        yield* TestClock.adjust(latencyMillis)
        const fresh = [yield* Fiber.join(refreshing), ...yield* Fiber.joinAll(waiting)].map(secretOf)
        assert.deepStrictEqual([...new Set(fresh)], ["BQ-2"])
        assert.strictEqual(server.requests(), 2)
      }),
      { behaviour: { latencyMillis } }
    ), fifty)

  it.effect("and that the server hands out again is not taken: the next attempt waits its turn (F26)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        yield* server.behave({ answer: "TokenAgain" })
        const refused = yield* tokens.get
        yield* tokens.invalidate(refused)
        yield* TestClock.adjust(0)
        const error = yield* Effect.flip(tokens.get)
        assert.include(error.message, "handed out again the token that the API refused")
        yield* TestClock.adjust("1 minute")
        assert.isAtMost(server.requests(), 8)
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust("80 seconds")
        assert.notStrictEqual(secretOf(yield* tokens.get), secretOf(refused))
      }),
      { behaviour: { latencyMillis: 0 } }
    ))

  it.effect.prop("just as its end is near: the refresh token is spent once (F61)", {
    callers: between(1, 20),
    refusedFirst: Schema.Boolean
  }, ({ callers, refusedFirst }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(100)
        const token = yield* tokens.get
        // The schedule fails to renew it, and takes its last chance a minute before the end. There everyone meets.
        yield* server.behave({ answer: "Unreachable" })
        yield* TestClock.adjust(3_539_000)
        yield* server.behave({ answer: "Token" })
        const before = server.refreshTokensSent().length
        yield* TestClock.adjust(950)
        const call = callAtOnce(callers, tokens)
        const refuse = tokens.invalidate(token)
        yield* refusedFirst ? refuse : Effect.void
        const fibers = yield* call
        yield* refusedFirst ? Effect.void : refuse
        yield* TestClock.adjust(100)
        const answers = yield* Fiber.joinAll(fibers)
        assert.deepStrictEqual([...new Set(answers.map(secretOf))], ["BQ-2"])
        assert.strictEqual(server.refreshTokensSent().length, before + 1)
        assert.deepStrictEqual(server.breaches(), [])
      }),
      {
        behaviour: { rotates: true },
        policy: { ...standard, retryDelay: () => Duration.hours(1) }
      }
    ), fifty)

  it.effect("is replaced whatever its age; the one that replaced it only once it is no longer fresh (F60)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        assert.isTrue(yield* tokens.invalidate(yield* tokens.get))
        yield* TestClock.adjust(0)
        const second = yield* tokens.get
        for (let i = 0; i < 5; i++) {
          assert.isFalse(yield* tokens.invalidate(second))
          yield* TestClock.adjust("5900 millis")
        }
        assert.strictEqual(yield* tokens.get, second)
        assert.strictEqual(server.requests(), 2)
        yield* TestClock.adjust("500 millis")
        assert.isTrue(yield* tokens.invalidate(second))
        yield* TestClock.adjust(0)
        assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
      }),
      { behaviour: { latencyMillis: 0 } }
    ))

  it.effect("and that took long to replace is not why the next is handed on: its own age counts (F60)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        const first = yield* tokens.get
        yield* server.behave({ answer: "Unreachable" })
        yield* tokens.invalidate(first)
        yield* TestClock.adjust("5 minutes")
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust("80 seconds")
        yield* whileTimePasses(tokens.refresh, 0)
        // Refreshed in the ordinary way since: it is replaced at once.
        assert.isTrue(yield* tokens.invalidate(yield* tokens.get))
        yield* TestClock.adjust(0)
        // This one is a second old, and has replaced a refused one.
        yield* TestClock.adjust("1 second")
        assert.isFalse(yield* tokens.invalidate(yield* tokens.get))
      }),
      { behaviour: { latencyMillis: 0 } }
    ))

  it.effect("the moment it came is handed on to none of those who waited for it, too (F26)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        const refused = yield* Effect.forkChild(Effect.tap(tokens.get, tokens.invalidate), { startImmediately: true })
        const waiting = yield* Effect.forkChild(tokens.get, { startImmediately: true })
        yield* TestClock.adjust(100)
        assert.strictEqual(secretOf(yield* Fiber.join(refused)), "BQ-1")
        yield* TestClock.adjust(100)
        assert.strictEqual(secretOf(yield* Fiber.join(waiting)), "BQ-2")
        assert.strictEqual(server.requests(), 2)
      })
    ))

  it.effect("in the pause after a failure does not cut it short, however often it is refused (F26)", () =>
    withAnswers(
      (serial) => serial === 2 ? new Response(null, { status: 503 }) : { expires_in: 3600 },
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const refused = yield* tokens.get
          const { message } = yield* Effect.flip(tokens.refresh)
          for (let i = 0; i < 5; i++) assert.isTrue(yield* tokens.invalidate(refused))
          assert.strictEqual((yield* Effect.flip(tokens.get)).message, message)
          assert.strictEqual(asked.length, 2)
          yield* TestClock.adjust("2 minutes")
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
        })
    ))

  it.effect("is nothing to a service that holds another or none", () => {
    const { tokenSet } = recordOf("BQ-theirs")
    return withAnswers(
      (serial) => serial === 1 ? new Response(null, { status: 503 }) : { expires_in: 3600 },
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          if (tokenSet === undefined) return assert.fail("no token to refuse")
          assert.isTrue(yield* tokens.invalidate(tokenSet.accessToken))
          assert.strictEqual(asked.length, 1)
          yield* TestClock.adjust("2 seconds")
          const token = yield* tokens.get
          assert.isTrue(yield* tokens.invalidate(tokenSet.accessToken))
          yield* TestClock.adjust(0)
          assert.strictEqual(yield* tokens.get, token)
          assert.strictEqual(asked.length, 2)
        })
    )
  })
})

describe("a sign-in that fails", () => {
  it.effect("is nobody else's error: whoever waits for a token gets one from the sign-in there is", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        const old = yield* tokens.get
        yield* server.behave({ answer: "InvalidGrant", latencyMillis: 100 })
        const signingIn = yield* Effect.forkChild(
          Effect.flip(tokens.authorize(Grant.RefreshToken({ refreshToken: Redacted.make(server.signIn()) }))),
          { startImmediately: true }
        )
        yield* TestClock.adjust(50)
        yield* tokens.invalidate(old)
        const waiting = yield* Effect.forEach(
          [tokens.get, tokens.refresh],
          (call) => Effect.forkChild(call, { startImmediately: true })
        )
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust(50)
        yield* TestClock.adjust(100)
        assert.strictEqual((yield* Fiber.join(signingIn)).reason._tag, "ReauthorizationRequired")
        for (const token of yield* Fiber.joinAll(waiting)) assert.strictEqual(secretOf(token), "BQ-2")
      }),
      { behaviour: { latencyMillis: 0 } }
    ))

  it.effect("does not cut short the pause after a failure: whoever waited for it is told of that", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        const failed = yield* Effect.flip(tokens.get)
        yield* server.behave({ answer: "InvalidGrant", latencyMillis: 100 })
        const signingIn = yield* Effect.forkChild(
          Effect.exit(tokens.authorize(Grant.RefreshToken({ refreshToken: Redacted.make(server.signIn()) }))),
          { startImmediately: true }
        )
        yield* TestClock.adjust(50)
        const waiting = yield* Effect.forkChild(Effect.flip(tokens.get), { startImmediately: true })
        const before = server.requests()
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust(50)
        yield* Fiber.join(signingIn)
        assert.strictEqual((yield* Fiber.join(waiting)).message, failed.message)
        assert.strictEqual(server.requests(), before)
      }),
      { behaviour: { answer: "ServerError", latencyMillis: 0 } }
    ))

  it.effect("for want of a scope leaves the store, and the tokens there, as they were (F38)", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        const token = yield* tokens.get
        const { record } = store
        yield* server.behave({ scope: "user-read-email" })
        const error = yield* Effect.flip(tokens.authorize(refreshToken))
        assert.strictEqual(error.reason._tag, "ReauthorizationRequired")
        assert.include(error.message, "user-read-private")
        assert.strictEqual(yield* tokens.get, token)
        assert.strictEqual(store.record, record)
        yield* server.behave({ scope: undefined })
        yield* TestClock.adjust("2 hours")
        assert.strictEqual((yield* tokens.status).phase, "Valid")
      }),
      { store: store.layer, scopes: ["user-read-private"], behaviour: { latencyMillis: 0 } }
    )
  })
})

describe("a request that the server rejects", () => {
  it.effect.each(["invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"])(
    "%s ends no service for good: it is asked about again a minute later (F128)",
    (error) =>
      withAnswers(
        (serial) => serial === 2 || serial === 3 ? Response.json({ error }, { status: 400 }) : rotating(serial),
        ({ asked, tokens }) =>
          Effect.gen(function*() {
            yield* tokens.get
            assert.strictEqual((yield* Effect.flip(tokens.refresh)).reason._tag, "TokenRequestRejected")
            assert.strictEqual((yield* tokens.status).phase, "Misconfigured")
            yield* tokens.get
            yield* TestClock.adjust("59 seconds")
            assert.strictEqual((yield* Effect.flip(tokens.refresh)).reason._tag, "TokenRequestRejected")
            assert.strictEqual(asked.length, 2)
            yield* TestClock.adjust("1 second")
            yield* Effect.flip(tokens.refresh)
            assert.strictEqual(asked.length, 3)
            yield* TestClock.adjust("1 minute")
            assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-4")
            assert.strictEqual((yield* tokens.status).phase, "Valid")
          })
      )
  )

  it.effect("a code that was refused is not sent again, whoever asks (F128)", () =>
    withAnswers(no, ({ asked, tokens }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("1 day")
        assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "TokenRequestRejected")
        assert.strictEqual(asked.length, 1)
      }), {
      grant: Grant.AuthorizationCode({ code: Redacted.make("code"), redirectUri: "http://127.0.0.1/callback" })
    }))
})
