import type { Scope } from "@app/api/Scope"
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
import * as TestClock from "effect/testing/TestClock"
import * as WallClock from "./WallClock.ts"

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

  it.effect("asks for the scopes of a provider's own type, and no misspelt ones", () =>
    Effect.gen(function*() {
      const scopes: ReadonlyArray<Scope> = ["user-read-email"]
      const { url } = yield* begin({ scopes })
      assert.strictEqual(url.searchParams.get("scope"), "user-read-email")
      const options = { server: AuthorizationServer.spotify, client: { clientId: "a client" }, redirectUri }
      // @ts-expect-error: the scope is called user-read-email.
      yield* Effect.provide(AuthorizationRequest.make<Scope>({ ...options, scopes: ["user-read-mail"] }), crypto)
    }))

  it.effect("asks for consent again only when told to", () =>
    Effect.gen(function*() {
      assert.isFalse((yield* begin()).url.searchParams.has("show_dialog"))
      assert.strictEqual((yield* begin({ showDialog: true })).url.searchParams.get("show_dialog"), "true")
    }))

  it.effect("F76: each sign-in has a state and a verifier of its own", () =>
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
      ["myapp://callback", "neither https nor http"],
      ["https://example.com/callback#signed-in", "fragment"]
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
    { arbitrary: { runs: 200 } }
  )

  it.effect("F78: works once", () =>
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

  it.effect("with an error tells it in one short line, whatever it is made of", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const noise = `no\u001b[2J\r\n${"!".repeat(10_000)}`
      const parameters = { error: noise, error_description: noise, state: stateOf(request) }
      const { message } = yield* Effect.flip(request.callback(callback(parameters)))
      assert.notMatch(message, /\p{Cc}/u)
      assert.isBelow(message.length, 500)
    }))

  it.effect("F83: from another issuer costs no code (RFC 9207)", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const state = stateOf(request)
      const mixedUp = callback({ code: "AQ", state, iss: "https://evil.example" })
      assert.strictEqual(yield* tagOf(request.callback(mixedUp)), "StateMismatch")
      yield* request.callback(callback({ code: "AQ", state, iss: "https://accounts.spotify.com" }))
    }))

  it.effect("F83: without an issuer is refused where the server always names it (RFC 9207 §2.4)", () =>
    Effect.gen(function*() {
      const { issuer } = AuthorizationServer.spotify
      const server = new AuthorizationServer.AuthorizationServer({
        ...AuthorizationServer.spotify,
        authorizationResponseIssParameterSupported: true
      })
      const request = yield* begin({ server })
      const state = stateOf(request)
      assert.strictEqual(yield* tagOf(request.callback(callback({ code: "AQ", state }))), "StateMismatch")
      yield* request.callback(callback({ code: "AQ", state, iss: issuer }))
    }))

  it.effect.prop("is waited for as long as it was told to, 10 minutes by default", {
    lifetimeMinutes: Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 }))),
    lateMillis: Schema.Int.check(Schema.isBetween({ minimum: -1000, maximum: 1000 })),
    sleeps: Schema.Boolean,
    answer: Schema.Literals(["code", "error"])
  }, ({ answer, lateMillis, lifetimeMinutes, sleeps }) =>
    Effect.gen(function*() {
      const wallClock = yield* WallClock.WallClock
      const request = yield* begin(lifetimeMinutes === null ? {} : { lifetime: `${lifetimeMinutes} minutes` })
      const age = (lifetimeMinutes ?? 10) * 60_000 + lateMillis
      // While the machine sleeps the wall clock goes on alone; a clock set back makes nothing younger.
      yield* sleeps ? wallClock.shift(age) : Effect.andThen(TestClock.adjust(age), wallClock.shift(-age))
      const reason = yield* tagOf(request.callback(callback({ [answer]: "access_denied", state: stateOf(request) })))
        .pipe(
          Effect.orElseSucceed(() => "grant")
        )
      assert.strictEqual(reason, lateMillis > 0 ? "StateMismatch" : answer === "code" ? "grant" : "AuthorizationDenied")
    }).pipe(Effect.provide(WallClock.layer)), { arbitrary: { runs: 200 } })

  it.effect("with two states, issuers or codes is not one (RFC 6749 §3.1)", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const own = callback({ code: "AQ", state: stateOf(request), iss: AuthorizationServer.spotify.issuer })
      for (const more of ["state=x", "code=BQ", "iss=https%3A%2F%2Fevil.example"]) {
        assert.strictEqual(yield* tagOf(request.callback(`${own}&${more}`)), "StateMismatch")
      }
      yield* request.callback(own)
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
