import * as Accounts from "@app/auth/Accounts"
import * as AuthError from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore } from "./support/ObservedStore.ts"
import { endOf, no, withAnswers } from "./support/ScriptedServer.ts"
import { inVirtualTime, provideWhileTimePasses, start } from "./support/TokenServiceModel.ts"

describe("retryEndedSignIn", () => {
  it.effect("F41: after a provider said invalid_grant to everyone for ten minutes, nobody has to sign in again", () => {
    const people = Array.from({ length: 20 }, (_, i) => `person ${i}`)
    const from = 3_000_000
    const until = from + 600_000
    let refusals = 0
    const httpClient = HttpClient.make((request) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (now >= from && now < until) {
          refusals += 1
          return HttpClientResponse.fromWeb(request, no())
        }
        const form = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
        const owner = new URLSearchParams(form).get("refresh_token")
        return HttpClientResponse.fromWeb(
          request,
          Response.json({
            access_token: `${owner}@${now}`.replaceAll(" ", "-"),
            token_type: "Bearer",
            expires_in: 3600
          })
        )
      })
    )
    const asPerson = <A, E>(person: string, effect: Effect.Effect<A, E, TokenService.TokenService>) =>
      Effect.provide(effect, Accounts.get(person))
    const issuer = Providers.spotify.issuer
    const recordOf = (account: string) =>
      TokenStore.TokenStore.use(({ modify }) => modify({ issuer, clientId: "client", account }, ({ read }) => read))

    return Effect.gen(function*() {
      yield* Effect.forEach(people, (person) => asPerson(person, TokenService.get))
      // Every token's refresh falls into the ten minutes.
      yield* TestClock.adjust(until)
      assert.strictEqual(refusals, people.length)
      yield* TestClock.adjust("1 hour")
      for (const person of people) {
        assert.strictEqual(endOf(yield* Effect.flip(asPerson(person, TokenService.get))), "Revoked")
        const record = yield* Effect.fromOption(yield* recordOf(person))
        assert.strictEqual(record.ended?.kind, "Revoked")
        assert.strictEqual(Redacted.value(record.tokenSet?.refreshToken ?? Redacted.make("")), person)
      }
      assert.strictEqual(refusals, people.length)
      for (const person of people) {
        const token = yield* asPerson(person, TokenService.TokenService.use(({ retryEndedSignIn }) => retryEndedSignIn))
        assert.include(Redacted.value(token.value), person.replaceAll(" ", "-"))
        assert.strictEqual(yield* asPerson(person, TokenService.get), token)
        assert.isUndefined((yield* Effect.fromOption(yield* recordOf(person))).ended)
      }
    }).pipe(
      provideWhileTimePasses(
        Accounts.layer({
          client: { clientId: "client" },
          grantFor: (person) => Effect.succeed(Grant.RefreshToken({ refreshToken: Redacted.make(person) })),
          idleTimeToLive: "1 day"
        }).pipe(
          Layer.provide(Layer.succeed(HttpClient.HttpClient, httpClient)),
          Layer.provideMerge(TokenStore.layerMemory)
        )
      ),
      Effect.provideService(References.MinimumLogLevel, "None"),
      Effect.provide(TestClock.layer())
    )
  })

  it.effect("asks once, and takes the same no for the end once more", () =>
    withAnswers(no, ({ asked, store, tokens }) =>
      Effect.gen(function*() {
        yield* Effect.flip(tokens.get)
        assert.strictEqual(endOf(yield* Effect.flip(tokens.retryEndedSignIn)), "Revoked")
        assert.strictEqual(asked.length, 2)
        yield* TestClock.adjust("1 day")
        assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
        assert.strictEqual(asked.length, 2)
        assert.strictEqual(store.record?.ended?.kind, "Revoked")
        assert.strictEqual((yield* tokens.status).phase, "SignInRequired")
      })))

  it.effect("goes on asking after trouble in passing, as after any other", () =>
    withAnswers(
      (serial) => serial === 1 ? no() : serial < 4 ? new Response("", { status: 503 }) : { expires_in: 3600 },
      ({ asked, store, tokens }) =>
        Effect.gen(function*() {
          yield* Effect.flip(tokens.get)
          assert.strictEqual(endOf(yield* Effect.flip(tokens.retryEndedSignIn)), "TokenRequestFailed")
          assert.strictEqual((yield* tokens.status).phase, "Retrying")
          yield* TestClock.adjust("1 minute")
          yield* tokens.get
          assert.strictEqual(asked.length, 4)
          assert.isUndefined(store.record?.ended)
        })
    ))

  it.effect("finds what another process set aside, although its token still lives, and is noticed there", () =>
    inVirtualTime(Effect.gen(function*() {
      const store = new ObservedStore()
      const server = yield* ModelServer
      const here = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "InvalidGrant", latencyMillis: 0 })
      yield* TestClock.adjust("58 minutes")
      assert.strictEqual(store.record?.ended?.kind, "Revoked")
      const there = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(endOf(yield* Effect.flip(there.tokens.get)), "Revoked")
      assert.strictEqual(server.requests(), 2)
      yield* server.behave({ answer: "Token" })
      const token = yield* there.tokens.retryEndedSignIn
      assert.strictEqual(server.requests(), 3)
      assert.isUndefined(store.record?.ended)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* here.tokens.get, token)
      assert.strictEqual(server.requests(), 3)
      yield* here.stop
      yield* there.stop
    })))

  it.effect("brings nobody back who was signed out", () =>
    withAnswers(() => ({ expires_in: 3600 }), ({ asked, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        yield* tokens.signOut
        assert.strictEqual(endOf(yield* Effect.flip(tokens.retryEndedSignIn)), "SignedOut")
        assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "SignedOut")
        assert.strictEqual(asked.length, 1)
      })))

  it.effect("is a refresh while the sign-in goes on", () =>
    withAnswers(() => ({ expires_in: 3600 }), ({ asked, tokens }) =>
      Effect.gen(function*() {
        const token = yield* tokens.get
        assert.notStrictEqual(yield* tokens.retryEndedSignIn, token)
        assert.strictEqual(asked.length, 2)
      })))

  it.effect("asks a source that had said so once more, unless the person was signed out", () => {
    let answers = false
    return Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
      answers = true
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
      yield* tokens.retryEndedSignIn
      yield* tokens.get
      yield* tokens.signOut
      assert.strictEqual(endOf(yield* Effect.flip(tokens.retryEndedSignIn)), "SignedOut")
    }).pipe(
      provideWhileTimePasses(TokenSource.layer({
        acquire: Effect.suspend(() =>
          answers
            ? Effect.succeed({ value: Redacted.make("token") })
            : Effect.fail(
              new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind: "Revoked" }) })
            )
        )
      })),
      Effect.provideService(References.MinimumLogLevel, "None"),
      Effect.provide(TestClock.layer())
    )
  })
})
