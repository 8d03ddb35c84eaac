import type { AuthError } from "@app/auth/AuthError"
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as RevocationEndpoint from "@app/auth/RevocationEndpoint"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import { gzipSync } from "node:zlib"
import { ObservedStore } from "./support/ObservedStore.ts"

const server = new AuthorizationServer({
  issuer: "https://login.example.com",
  authorizationEndpoint: "https://login.example.com/authorize",
  tokenEndpoint: "https://login.example.com/token",
  revocationEndpoint: "https://login.example.com/revoke"
})

const client = { clientId: "client", clientSecret: Redacted.make("secret") }

/** A server that gives tokens to all, and answers a revocation with `status`. */
const provider = (status: number, body = "", fields: object = {}) => {
  const revocations: Array<{ readonly form: URLSearchParams; readonly authorization: string | undefined }> = []
  let serial = 1
  const httpClient = HttpClient.make((request, url) => {
    if (url.pathname === "/token") {
      serial += 1
      const tokens = {
        access_token: `at-${serial}`,
        token_type: "Bearer",
        expires_in: 3600,
        refresh_token: `rt-${serial}`,
        ...fields
      }
      return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(tokens)))
    }
    const form = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    revocations.push({ form: new URLSearchParams(form), authorization: request.headers["authorization"] })
    return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status })))
  })
  return { httpClient, revocations }
}

describe("RevocationEndpoint", () => {
  it.effect("is there only where the server has one", () =>
    Effect.gen(function*() {
      const { revocationEndpoint: _, ...without } = server
      assert.isUndefined(yield* RevocationEndpoint.make({ server: new AuthorizationServer(without), client }))
    }).pipe(Effect.provideService(HttpClient.HttpClient, provider(200).httpClient)))

  it.effect("sends the token in the body, as the client it belongs to", () => {
    const { httpClient, revocations } = provider(200)
    return Effect.gen(function*() {
      const endpoint = yield* RevocationEndpoint.make({ server, client })
      yield* endpoint?.revoke(Redacted.make("rt-1")) ?? Effect.die("no endpoint")
      const sent = revocations[0]
      assert.deepStrictEqual([...sent?.form ?? []], [["token", "rt-1"], ["token_type_hint", "refresh_token"]])
      assert.strictEqual(sent?.authorization, `Basic ${btoa("client:secret")}`)
    }).pipe(Effect.provideService(HttpClient.HttpClient, httpClient))
  })

  it.effect("a 503 may be tried again, a wrong client may not", () =>
    Effect.gen(function*() {
      for (
        const [status, body, tag, isRetryable] of [
          [503, "", "TokenRequestFailed", true],
          [401, `{"error":"invalid_client"}`, "InvalidClient", false]
        ] as const
      ) {
        const endpoint = yield* Effect.provideService(
          RevocationEndpoint.make({ server, client }),
          HttpClient.HttpClient,
          provider(status, body).httpClient
        )
        const error = yield* Effect.flip(endpoint?.revoke(Redacted.make("rt-1")) ?? Effect.die("no endpoint"))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.isRetryable, isRetryable)
      }
    }))
})

describe("a revocation that is refused", () => {
  const reasonOf = (answer: Response) =>
    Effect.gen(function*() {
      const httpClient = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, answer)))
      const endpoint = yield* Effect.provideService(
        RevocationEndpoint.make({ server, client }),
        HttpClient.HttpClient,
        httpClient
      )
      const error = yield* Effect.flip(endpoint?.revoke(Redacted.make("rt-1")) ?? Effect.die("no endpoint"))
      return error.reason
    })

  it.effect.each<readonly [unknown]>([[{ code: 7 }], [["because"]], [7], [true], [null]])(
    "says so by its code alone, whatever its description is: %j (F88)",
    ([error_description]) =>
      Effect.gen(function*() {
        const answer = Response.json({ error: "invalid_client", error_description }, { status: 401 })
        assert.strictEqual((yield* reasonOf(answer))._tag, "InvalidClient")
      })
  )

  it.effect("is understood where it is compressed, and says when to come back (F89, F109)", () =>
    Effect.gen(function*() {
      const body = new Uint8Array(gzipSync(`{"error":"invalid_client"}`))
      const refusal = new Response(body, { status: 401, headers: { "content-encoding": "gzip" } })
      assert.strictEqual((yield* reasonOf(refusal))._tag, "InvalidClient")
      const busy = yield* reasonOf(new Response("", { status: 503, headers: { "retry-after": "2, 3" } }))
      const { retryAfter } = busy._tag === "TokenRequestFailed" ? busy : {}
      assert.strictEqual(retryAfter && Duration.toSeconds(retryAfter), 3)
    }))
})

describe("signing out", () => {
  const signOut = (
    status: number,
    before: (tokens: TokenService.Service, store: ObservedStore) => Effect.Effect<unknown, AuthError> = () =>
      Effect.void
  ) =>
    Effect.gen(function*() {
      const store = new ObservedStore()
      const { httpClient, revocations } = provider(status)
      const tokens = yield* TokenService.make({
        server,
        client,
        grant: Grant.RefreshToken({ refreshToken: Redacted.make("rt-1") })
      }).pipe(Effect.provide(store.layer), Effect.provideService(HttpClient.HttpClient, httpClient))
      yield* tokens.get
      yield* before(tokens, store)
      const exit = yield* Effect.exit(tokens.signOut)
      const error = yield* Effect.flip(tokens.get)
      return { exit, error, revocations, store }
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))

  it.live("hands back the refresh token of the moment", () =>
    Effect.gen(function*() {
      const { error, exit, revocations, store } = yield* signOut(200)
      assert.strictEqual(exit._tag, "Success")
      assert.deepStrictEqual(revocations.map(({ form }) => form.get("token")), ["rt-2"])
      assert.include(error.message, "signed out")
      assert.isUndefined(store.record?.tokenSet)
    }))

  it.effect("hands back the ones that are not stored yet, too", () =>
    Effect.gen(function*() {
      const { revocations, store } = yield* signOut(200, (tokens, store) =>
        Effect.gen(function*() {
          store.failsWrites = true
          yield* tokens.refresh
          store.failsWrites = false
        }))
      assert.sameMembers(revocations.map(({ form }) => form.get("token")), ["rt-2", "rt-3"])
      assert.isUndefined(store.record?.tokenSet)
    }))

  it.live("hands back nothing where the server had given no refresh token, and holds", () => {
    const { httpClient, revocations } = provider(200, "", { refresh_token: null })
    return Effect.gen(function*() {
      const tokens = yield* TokenService.make({ server, client, grant: Grant.ClientCredentials({}) })
      yield* tokens.get
      yield* tokens.signOut
      assert.include((yield* Effect.flip(tokens.get)).message, "signed out")
      assert.deepStrictEqual(revocations, [])
    }).pipe(
      Effect.provide(new ObservedStore().layer),
      Effect.provideService(HttpClient.HttpClient, httpClient),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
  })

  it.live("hands back nothing where nobody had signed in, and holds", () => {
    const { httpClient, revocations } = provider(200)
    const store = new ObservedStore()
    return Effect.gen(function*() {
      const tokens = yield* TokenService.make({ server, client })
      yield* tokens.signOut
      assert.include((yield* Effect.flip(tokens.get)).message, "signed out")
      assert.strictEqual(store.record?.ended?.kind, "SignedOut")
      assert.deepStrictEqual(revocations, [])
    }).pipe(
      Effect.provide(store.layer),
      Effect.provideService(HttpClient.HttpClient, httpClient),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
  })

  it.live("holds although the server cannot be told, and says so", () =>
    Effect.gen(function*() {
      const { error, exit, store } = yield* signOut(503)
      assert.strictEqual(exit._tag, "Failure")
      assert.include(error.message, "signed out")
      assert.isUndefined(store.record?.tokenSet)
      assert.strictEqual(store.record?.ended?.kind, "SignedOut")
    }))
})
