/** The end of a sign-in, signing out, and signing in again. */
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { counted, ObservedStore } from "./support/ObservedStore.ts"
import { between, fifty } from "./support/Runs.ts"
import { inVirtualTime, refreshToken, secretOf, simulate, start } from "./support/TokenServiceModel.ts"

describe("the end of a sign-in", () => {
  const endOf = Effect.flatMap(
    TokenService.TokenService,
    (tokens) =>
      Effect.map(
        Effect.flip(tokens.get),
        ({ reason }) => reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag
      )
  )

  it.effect("I7: is remembered across restarts (F35)", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        const first = yield* start({ store: store.layer })
        yield* TestClock.adjust("1 second")
        yield* first.stop
        const second = yield* start({ store: store.layer })
        yield* TestClock.adjust("1 day")
        assert.strictEqual((yield* Effect.flip(second.tokens.get)).reason._tag, "ReauthorizationRequired")
        assert.strictEqual(server.requests(), 1)
        yield* second.stop
      }),
      { answer: "InvalidGrant" }
    ))

  it.effect("keeps the dead record beside the verdict (F41)", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("2 hours")
        assert.strictEqual(store.record?.ended?.kind, "Revoked")
        assert.isDefined(store.record?.tokenSet?.refreshToken)
      }),
      { store: store.layer }
    )
  })

  it.effect("is Expired rather than Revoked once its time is over, and is announced beforehand (F37)", () => {
    const grant = Grant.RefreshToken({
      refreshToken: Redacted.make("AQ-0"),
      authorizedAt: DateTime.makeUnsafe(0)
    })
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* tokens.status).signInDueAt?.epochMilliseconds, 180 * 86_400_000)
        yield* TestClock.adjust("180 days")
        // Refreshing does not extend it.
        assert.strictEqual((yield* tokens.status).signInDueAt?.epochMilliseconds, 180 * 86_400_000)
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("2 days")
        assert.strictEqual(yield* endOf, "Expired")
      }),
      { grant, behaviour: { lifetimeSeconds: 86_400 } }
    )
  })

  it.effect("is AnswerLost when an earlier answer never arrived, also across a crash (F32, F34)", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        yield* start({ store: store.layer })
        yield* TestClock.adjust("1 second")
        // This process dies here: nothing of it is heard again, and no answer was stored.
        const record = store.record
        assert.isDefined(record?.pendingSince)
        yield* server.behave({ answer: "InvalidGrant" })
        const next = new ObservedStore()
        next.record = record
        const second = yield* start({ store: next.layer })
        yield* TestClock.adjust("1 second")
        const { reason } = yield* Effect.flip(second.tokens.get)
        assert.strictEqual(reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag, "AnswerLost")
        yield* second.stop
      }),
      { answer: "Hang" }
    ))

  it.effect("leaves no doubt behind where the server clearly answered", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const server = yield* ModelServer
        // Between the answer at 0.1 s and the next attempt, 0.8 s later at the soonest.
        yield* TestClock.adjust("500 millis")
        assert.isUndefined(store.record?.pendingSince)
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(store.record?.ended?.kind, "Revoked")
      }),
      { store: store.layer, behaviour: { answer: "ServerError" } }
    )
  })

  it.effect("signing out forgets the tokens for everyone who shares the store, until the next sign-in", () =>
    inVirtualTime(Effect.gen(function*() {
      const store = new ObservedStore()
      const server = yield* ModelServer
      const here = yield* start({ store: store.layer })
      const there = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      yield* here.tokens.signOut
      assert.isUndefined(store.record?.tokenSet)
      const requests = server.requests()
      yield* TestClock.adjust("1 day")
      for (const { tokens } of [here, there]) {
        const { reason } = yield* Effect.flip(tokens.get)
        assert.strictEqual(reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag, "SignedOut")
      }
      assert.strictEqual(server.requests(), requests)
      yield* Effect.all([here.tokens.authorize(refreshToken), TestClock.adjust("1 second")], { concurrency: 2 })
      yield* here.tokens.get
      yield* here.stop
      yield* there.stop
    })))

  it.effect.prop("I7: a sign-in by one ends it for all who share the store, and costs the others no token request", {
    services: between(2, 5),
    calls: between(0, 5),
    signsOut: Schema.Boolean
  }, ({ calls, services, signsOut }) =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        const running = yield* Effect.forEach(Array.from({ length: services }), () => start({ store: store.layer }))
        const [here] = running
        if (here === undefined) return assert.fail("nobody to sign in")
        yield* TestClock.adjust("1 second")
        if (signsOut) yield* here.tokens.signOut
        const asked = server.requests()
        for (let call = 0; call < calls; call++) {
          for (const { tokens } of running) {
            assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "ReauthorizationRequired")
            assert.strictEqual((yield* Effect.flip(tokens.refresh)).reason._tag, "ReauthorizationRequired")
          }
        }
        yield* server.behave({ answer: "Token", latencyMillis: 0 })
        const token = yield* here.tokens.authorize(refreshToken)
        yield* TestClock.adjust("1 second")
        for (const { tokens } of running) assert.strictEqual(secretOf(yield* tokens.get), secretOf(token))
        assert.strictEqual(server.requests(), asked + 1)
        for (const { tokens } of running) assert.strictEqual((yield* tokens.status).phase, "Valid")
        yield* Effect.forEach(running, ({ stop }) => stop)
      }),
      { answer: "InvalidGrant", latencyMillis: 0 }
    ), fifty)

  it.effect("I7: nothing but a new sign-in counts as one, also where the verdict could not be kept", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        const first = yield* start({ store: store.layer })
        yield* TestClock.adjust("1 second")
        yield* first.stop
        yield* TestClock.adjust("2 hours")
        const second = yield* start({ store: store.layer })
        store.failsWrites = true
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("1 second")
        const asked = server.requests()
        for (let minute = 0; minute < 10; minute++) {
          yield* TestClock.adjust("1 minute")
          assert.strictEqual((yield* Effect.flip(second.tokens.get)).reason._tag, "ReauthorizationRequired")
          assert.strictEqual((yield* Effect.flip(second.tokens.refresh)).reason._tag, "ReauthorizationRequired")
        }
        assert.isUndefined(store.record?.ended)
        assert.strictEqual(server.requests(), asked)
        yield* second.stop
      }),
      { latencyMillis: 0 }
    ))

  it.effect("finding out whether someone signed in costs no more than a look in the store a second", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const { layer, turns } = counted(new ObservedStore())
        const { stop, tokens } = yield* start({ store: layer })
        yield* TestClock.adjust("1 second")
        const before = turns()
        yield* Effect.forEach(Array.from({ length: 1000 }), () => Effect.flip(tokens.get), { concurrency: "unbounded" })
        assert.strictEqual(turns(), before + 1)
        yield* TestClock.adjust("1 second")
        yield* Effect.flip(tokens.get)
        assert.strictEqual(turns(), before + 2)
        yield* stop
      }),
      { answer: "InvalidGrant", latencyMillis: 0 }
    ))

  it.effect.prop("signing out while a refresh runs stays signed out (F42)", {
    latencyMillis: between(1, 9000),
    signOutAfterMillis: between(0, 9000)
  }, ({ latencyMillis, signOutAfterMillis }) => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* TestClock.adjust(Math.min(signOutAfterMillis, latencyMillis - 1))
        yield* Effect.all([tokens.signOut, TestClock.adjust(latencyMillis)], { concurrency: 2 })
        assert.strictEqual(yield* endOf, "SignedOut")
        assert.isUndefined(store.record?.tokenSet)
      }),
      { store: store.layer, behaviour: { latencyMillis } }
    )
  }, fifty)

  it.effect("a sign-in that fails leaves the old one as it was", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        const token = yield* tokens.get
        yield* server.behave({ answer: "InvalidGrant", latencyMillis: 0 })
        yield* Effect.flip(tokens.authorize(refreshToken))
        assert.strictEqual(yield* tokens.get, token)
        assert.strictEqual((yield* tokens.status).phase, "Valid")
        assert.deepStrictEqual(store.record?.tokenSet?.accessToken, token)
        assert.isUndefined(store.record?.ended)
      }),
      { store: store.layer }
    )
  })

  it.effect("a sign-in during a refresh stands, whatever the refresh brings (F43)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "Token", latencyMillis: 0 })
        const [token] = yield* Effect.all([
          tokens.authorize(Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0") })),
          TestClock.adjust("2 minutes")
        ], { concurrency: 2 })
        assert.strictEqual(yield* tokens.get, token)
      }),
      { behaviour: { answer: "Hang" } }
    ))
})
