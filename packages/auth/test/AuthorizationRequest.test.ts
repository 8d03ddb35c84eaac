import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Pkce from "@app/auth/Pkce"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)

const redirectUri = "http://127.0.0.1:8888/callback"

const begin = (options?: Partial<AuthorizationRequest.Options>) =>
  AuthorizationRequest.make({
    server: AuthorizationServer.spotify,
    client: { clientId: "a client" },
    redirectUri,
    ...options
  }).pipe(Effect.provide(crypto))

const stateOf = (request: AuthorizationRequest.AuthorizationRequest) => request.url.searchParams.get("state") ?? ""

const callback = (parameters: Readonly<Record<string, string>>) => `${redirectUri}?${new URLSearchParams(parameters)}`

const tagOf = (effect: ReturnType<AuthorizationRequest.AuthorizationRequest["callback"]>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason._tag)

describe("Pkce", () => {
  it.effect("agrees with the vector of RFC 7636 appendix B", () =>
    Effect.gen(function*() {
      const verifier = Redacted.make("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
      assert.strictEqual(yield* Pkce.codeChallenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }).pipe(Effect.provide(crypto)))

  it.effect("makes verifiers of 43 unreserved characters, never twice", () =>
    Effect.gen(function*() {
      const made = yield* Effect.forEach(Array.from({ length: 100 }), () => Pkce.make)
      const verifiers = made.map(({ codeVerifier }) => Redacted.value(codeVerifier))
      assert.strictEqual(new Set(verifiers).size, 100)
      for (const verifier of verifiers) assert.match(verifier, /^[A-Za-z0-9\-._~]{43}$/)
    }).pipe(Effect.provide(crypto)))
})

describe("the URL", () => {
  it.effect("carries what RFC 6749 §4.1.1 and RFC 7636 §4.3 ask for, and nothing else", () =>
    Effect.gen(function*() {
      const { url } = yield* begin({ scopes: ["user-read-private", "user-top-read"] })
      assert.strictEqual(url.origin + url.pathname, "https://accounts.spotify.com/authorize")
      const { code_challenge, state, ...rest } = Object.fromEntries(url.searchParams)
      assert.deepStrictEqual(rest, {
        client_id: "a client",
        response_type: "code",
        redirect_uri: redirectUri,
        code_challenge_method: "S256",
        scope: "user-read-private user-top-read"
      })
      assert.match(state ?? "", /^[\w-]{43}$/)
      assert.match(code_challenge ?? "", /^[\w-]{43}$/)
    }))

  it.effect("asks for consent again only when told to", () =>
    Effect.gen(function*() {
      assert.isFalse((yield* begin()).url.searchParams.has("show_dialog"))
      assert.strictEqual((yield* begin({ showDialog: true })).url.searchParams.get("show_dialog"), "true")
    }))

  it.effect("each sign-in has a state and a verifier of its own", () =>
    Effect.gen(function*() {
      const requests = yield* Effect.forEach(Array.from({ length: 50 }), () => begin())
      assert.strictEqual(new Set(requests.map(stateOf)).size, 50)
      assert.strictEqual(new Set(requests.map(({ url }) => url.searchParams.get("code_challenge"))).size, 50)
    }))

  it.effect.each(
    [
      ["http://localhost:8888/callback", "127.0.0.1"],
      ["http://example.com/callback", "Use https"],
      ["http://192.168.0.7/callback", "Use https"],
      ["http://0.0.0.0:8888/callback", "Use https"],
      ["/callback", "in full"],
      ["myapp://callback", "neither https nor http"]
    ] as const
  )("is not made with the redirect URI %s", ([uri, mention]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(begin({ redirectUri: uri }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "redirectUri")
      assert.include(error.message, mention)
    }))

  it.effect.each(["https://example.com/callback", "http://127.0.0.1:1/x", "http://[::1]:8888/callback"])(
    "is made with %s",
    (uri) => Effect.asVoid(begin({ redirectUri: uri }))
  )
})

describe("the callback", () => {
  it.effect("of this sign-in is the grant to exchange", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const grant = yield* request.callback(callback({ code: "AQ", state: stateOf(request) }))
      assert.strictEqual(grant._tag, "AuthorizationCode")
      if (grant._tag !== "AuthorizationCode") return
      assert.strictEqual(Redacted.value(grant.code), "AQ")
      assert.strictEqual(grant.redirectUri, redirectUri)
      const challenge = yield* Effect.provide(Pkce.codeChallenge(grant.codeVerifier ?? Redacted.make("")), crypto)
      assert.strictEqual(challenge, request.url.searchParams.get("code_challenge"))
    }))

  it.effect.prop(
    "of another is refused, and leaves this one as it was",
    { state: Schema.String },
    ({ state }) =>
      Effect.gen(function*() {
        const request = yield* begin()
        const own = stateOf(request)
        for (const wrong of [state, own.slice(1), `${own}x`, own.toLowerCase() === own ? "" : own.toLowerCase()]) {
          assert.strictEqual(yield* tagOf(request.callback(callback({ code: "AQ", state: wrong }))), "StateMismatch")
          assert.strictEqual(
            yield* tagOf(request.callback(callback({ error: "access_denied", state: wrong }))),
            "StateMismatch"
          )
        }
        assert.strictEqual(yield* tagOf(request.callback(`${redirectUri}?code=AQ`)), "StateMismatch")
        yield* request.callback(callback({ code: "AQ", state: own }))
      }),
    { arbitrary: { runs: 100 } }
  )

  it.effect("works once", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const url = callback({ code: "AQ", state: stateOf(request) })
      yield* request.callback(url)
      const error = yield* Effect.flip(request.callback(url))
      assert.strictEqual(error.reason._tag, "StateMismatch")
      assert.include(error.message, "used already")
    }))

  it.effect("with an error is the person's or the server's no", () =>
    Effect.gen(function*() {
      for (const error of ["access_denied", "server_error"]) {
        const request = yield* begin()
        const refusal = yield* Effect.flip(request.callback(callback({ error, state: stateOf(request) })))
        assert.strictEqual(refusal.reason._tag, "AuthorizationDenied")
        assert.isFalse(refusal.isRetryable)
      }
    }))

  it.effect("from another issuer costs no code (RFC 9207)", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const state = stateOf(request)
      const mixedUp = callback({ code: "AQ", state, iss: "https://evil.example" })
      assert.strictEqual(yield* tagOf(request.callback(mixedUp)), "StateMismatch")
      yield* request.callback(callback({ code: "AQ", state, iss: "https://accounts.spotify.com" }))
    }))

  it.effect("with neither code nor error is not one", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      for (const code of [{}, { code: "" }]) {
        assert.strictEqual(
          yield* tagOf(request.callback(callback({ ...code, state: stateOf(request) }))),
          "StateMismatch"
        )
      }
    }))

  it.effect("may be a URL, a path with a query, or nonsense", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      assert.strictEqual(yield* tagOf(request.callback("")), "StateMismatch")
      assert.strictEqual(yield* tagOf(request.callback("http://[")), "StateMismatch")
      yield* request.callback(`/callback?code=AQ&state=${stateOf(request)}`)
    }))
})
