/** What only `oidc-provider` does: metadata, secrets in the body, reuse detection, revocation, `iss`. */
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as Discovery from "@app/auth/Discovery"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ObservedStore } from "./support/ObservedStore.ts"
import * as RunningOidcProvider from "./support/RunningOidcProvider.ts"
import { RunningServer } from "./support/RunningServer.ts"
import * as SignIn from "./support/SignIn.ts"
import { against, asPerson, endOf, refreshTokenIn, start, tokenRequests } from "./support/WireService.ts"

describe("against oidc-provider alone", () => {
  const onTheWire = against(RunningOidcProvider.layer)

  it.live("metadata, from which a client learns all there is to know", () =>
    onTheWire(Effect.gen(function*() {
      const { server: { issuer, ...endpoints } } = yield* RunningServer
      assert.deepStrictEqual(endpoints, {
        authorizationEndpoint: `${issuer}/auth`,
        tokenEndpoint: `${issuer}/token`,
        revocationEndpoint: `${issuer}/token/revocation`,
        authorizationResponseIssParameterSupported: true
      })
      const error = yield* Effect.flip(Discovery.discover(`${issuer}/`))
      assert.include(error.message, "another issuer's")
    })))

  it.live("a client whose secret comes in the body", () =>
    onTheWire(Effect.gen(function*() {
      const { server } = yield* RunningServer
      const tokens = yield* Effect.provide(
        TokenService.make({
          server: new AuthorizationServer({ ...server, clientAuthentication: "client_secret_post" }),
          client: RunningOidcProvider.postingClient,
          grant: Grant.ClientCredentials({})
        }),
        TokenStore.layerMemory
      )
      yield* tokens.get
    })))

  it.live("reuse of a replaced refresh token ends the whole sign-in, which is asked about once", () =>
    onTheWire(
      Effect.gen(function*() {
        const { honours, publicClient: client } = yield* RunningServer
        const store = new ObservedStore()
        const tokens = yield* asPerson(store.layer)
        yield* tokens.get
        const copy = refreshTokenIn(store)
        const token = yield* tokens.refresh
        const thief = yield* start({ client, grant: Grant.RefreshToken({ refreshToken: copy }) })
        yield* Effect.flip(thief.get)
        assert.isFalse(yield* honours(token))
        const before = (yield* tokenRequests).length
        yield* tokens.invalidate(token)
        for (let i = 0; i < 5; i++) assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
        assert.strictEqual((yield* tokenRequests).length - before, 1)
      }),
      { rotatesRefreshTokens: true }
    ))

  it.live("revocation: signing out ends the sign-in at the server too", () =>
    onTheWire(Effect.gen(function*() {
      const { honours, publicClient: client } = yield* RunningServer
      const store = new ObservedStore()
      const tokens = yield* asPerson(store.layer)
      const token = yield* tokens.get
      const refreshToken = refreshTokenIn(store)
      yield* tokens.signOut
      assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "SignedOut")
      assert.isFalse(yield* honours(token))
      const late = yield* start({ client, grant: Grant.RefreshToken({ refreshToken }) })
      assert.strictEqual(endOf(yield* Effect.flip(late.get)), "Revoked")
    })))

  it.live("F83: a callback of another issuer is not exchanged, and the true one still counts", () =>
    onTheWire(Effect.gen(function*() {
      const { agree, publicClient } = yield* RunningServer
      const request = yield* SignIn.begin(publicClient)
      const callback = yield* agree(request.url)
      const foreign = new URL(callback)
      foreign.searchParams.set("iss", "https://evil.example")
      const nameless = new URL(callback)
      nameless.searchParams.delete("iss")
      for (
        const [url, complaint] of [
          [foreign, "another authorization server"],
          [nameless, "does not say which authorization server"]
        ] as const
      ) {
        const error = yield* Effect.flip(request.handleCallback(url))
        assert.strictEqual(error.reason._tag, "StateMismatch")
        assert.include(error.message, complaint)
      }
      assert.strictEqual((yield* request.handleCallback(callback))._tag, "AuthorizationCode")
      assert.deepStrictEqual(yield* tokenRequests, [])
    })))
})
