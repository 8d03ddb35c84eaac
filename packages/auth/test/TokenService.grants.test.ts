/** What a token service is configured to begin with, and what it does with that beside the tokens in the store. */
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore } from "./support/ObservedStore.ts"
import { endOf, no, withAnswers } from "./support/ScriptedServer.ts"
import { inVirtualTime, secretOf, start } from "./support/TokenServiceModel.ts"

const code = (code: string) =>
  Grant.AuthorizationCode({ code: Redacted.make(code), redirectUri: "http://127.0.0.1:8888/callback" })

const refreshToken = (refreshToken: string) => Grant.RefreshToken({ refreshToken: Redacted.make(refreshToken) })

const forScopes = (scopes: ReadonlyArray<string> | undefined) => Grant.ClientCredentials({ scopes })

const hourly = () => ({ expires_in: 3600 })

describe("the client's own credentials", () => {
  const grant = forScopes(undefined)

  it.effect("give one token after the other, and none of them is spent: nothing is noted", () =>
    withAnswers(hourly, ({ asked, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        yield* TestClock.adjust("2 hours")
        assert.strictEqual(secretOf(yield* tokens.get), `BQ-${asked.length}`)
        assert.isAtLeast(asked.length, 3)
        assert.strictEqual(store.written.length, asked.length)
        assert.isTrue(store.written.every(({ pendingSince }) => pendingSince === undefined))
      }), { grant }))

  it.effect("leave the store alone where the server gives nothing", () =>
    withAnswers(() => new Response("", { status: 503 }), ({ asked, store }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("1 minute")
        assert.isAbove(asked.length, 1)
        assert.deepStrictEqual(store.written, [])
      }), { grant }))
})

describe("without a refresh token", () => {
  it.effect("a program with nothing to begin with says that somebody must sign in, and asks for nothing", () =>
    withAnswers(hourly, ({ asked, tokens }) =>
      Effect.gen(function*() {
        for (let second = 0; second < 3; second++) {
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "NoRefreshToken")
          yield* TestClock.adjust("1 second")
        }
        assert.strictEqual(asked.length, 0)
      }), { grant: undefined }))

  it.effect.each([
    { from: "its configuration", grant: code("1") },
    { from: "a sign-in", grant: undefined }
  ])(
    "a program with a code from $from uses that once",
    ({ grant }) =>
      withAnswers(hourly, ({ asked, tokens }) =>
        Effect.gen(function*() {
          if (grant === undefined) yield* tokens.authorize(code("1"))
          yield* tokens.get
          yield* TestClock.adjust("2 hours")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "NoRefreshToken")
          assert.strictEqual(asked.length, 1)
        }), { grant })
  )
})

describe("tokens in the store", () => {
  /** How many token requests the second of two services makes that begin with these. */
  const requestsOfSecond = (first: Grant.Grant, second: Grant.Grant | undefined) =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        yield* Effect.flatMap(start({ store: store.layer, grant: first }), ({ stop, tokens }) =>
          Effect.andThen(tokens.get, stop))
        const asked = server.requests()
        yield* Effect.flatMap(start({ store: store.layer, grant: second }), ({ stop, tokens }) =>
          Effect.andThen(tokens.get, stop))
        return server.requests() - asked
      }),
      { latencyMillis: 0 }
    )

  it.effect.each([
    { other: "code", first: code("1"), second: code("2") },
    { other: "refresh token", first: refreshToken("AQ-0"), second: refreshToken("AQ-1") },
    { other: "scope", first: forScopes(["a"]), second: forScopes(["b"]) },
    { other: "set of scopes, though it reads alike", first: forScopes(["ab"]), second: forScopes(["a", "b"]) },
    { other: "kind of grant", first: forScopes([]), second: refreshToken("AQ-0") }
  ])("are left for a new start where a program is given another $other", ({ first, second }) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* requestsOfSecond(first, second), 1)
    }))

  it.effect.each([
    { what: "the same code", first: code("1"), second: code("1") },
    { what: "the same refresh token", first: refreshToken("AQ-0"), second: refreshToken("AQ-0") },
    { what: "an empty list of scopes for none", first: forScopes(undefined), second: forScopes([]) },
    { what: "nothing of its own", first: refreshToken("AQ-0"), second: undefined }
  ])("are gone on from where a program is given $what", ({ first, second }) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* requestsOfSecond(first, second), 0)
    }))
})

describe("a sign-in whose time is configured only after its tokens were stored", () => {
  const signedIn = (day: number | undefined) =>
    Grant.RefreshToken({
      refreshToken: Redacted.make("AQ-0"),
      authorizedAt: day === undefined ? undefined : DateTime.makeUnsafe(day * 86_400_000)
    })

  it.effect.each<readonly [string, Grant.Grant, Grant.Grant | undefined, number | undefined]>([
    ["is due by that", signedIn(undefined), signedIn(2), 182],
    ["is due by the time it had, where it had one", signedIn(1), signedIn(2), 181],
    ["goes on without, where nothing is configured any more", signedIn(undefined), undefined, undefined]
  ])("%s", ([, first, second, due]) => {
    const store = new ObservedStore()
    const days = (grant: Grant.Grant | undefined) =>
      Effect.flatMap(start({ store: store.layer, grant }), ({ stop, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* tokens.refresh
          const { signInDueAt } = yield* tokens.status
          yield* stop
          return signInDueAt && signInDueAt.epochMilliseconds / 86_400_000
        }))
    return inVirtualTime(
      Effect.gen(function*() {
        yield* days(first)
        assert.strictEqual(yield* days(second), due)
      }),
      { latencyMillis: 0 }
    )
  })
})

describe("a sign-in whose time is known", () => {
  const { refreshTokenLifetime: _, ...unlimited } = Providers.spotify

  it.effect.each([
    { end: "before its time", server: Providers.spotify },
    { end: "where the server sets it none", server: new AuthorizationServer.AuthorizationServer(unlimited) }
  ])("has been Revoked when it ends $end", ({ server }) =>
    withAnswers(
      (serial) => serial === 1 ? { expires_in: 3600 } : no(),
      ({ tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* TestClock.adjust("2 hours")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
        }),
      {
        server,
        grant: Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: DateTime.makeUnsafe(0) })
      }
    ))
})
