import type { Scope } from "@app/api/model/Scope"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Pkce from "@app/auth/Pkce"
import * as Providers from "@app/auth/Providers"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Runs from "./support/Runs.ts"
import * as WallClock from "./support/WallClock.ts"

const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)

const redirectUri = "http://127.0.0.1:8888/callback"

const begin = (options?: Partial<AuthorizationRequest.Options>) =>
  AuthorizationRequest.make({
    server: Providers.spotify,
    client: { clientId: "a client" },
    redirectUri,
    ...options
  }).pipe(Effect.provide(crypto))

const stateOf = (request: AuthorizationRequest.AuthorizationRequest) => request.url.searchParams.get("state") ?? ""

const callback = (parameters: Readonly<Record<string, string>>) => `${redirectUri}?${new URLSearchParams(parameters)}`

const tagOf = (effect: ReturnType<AuthorizationRequest.AuthorizationRequest["handleCallback"]>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason._tag)

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
      const options = { server: Providers.spotify, client: { clientId: "a client" }, redirectUri }
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
      ["https://example.com/callback#signed-in", "fragment"]
    ] as const
  )("is not made with the redirect URI %s", ([uri, mention]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(begin({ redirectUri: uri }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "redirectUri")
      assert.include(error.message, mention)
    }))

  it.effect.each([
    "https://example.com/callback",
    "http://127.0.0.1:1/x",
    "http://[::1]:8888/callback",
    "http://127.0.0.1:8888//callback",
    "https://example.com/callback?tenant=a%20b",
    "com.example.app:/oauth2redirect",
    "com.example.app://oauth2redirect?a=b",
    "myapp://callback",
    "MyApp:callback",
    "exp://127.0.0.1:19000/--/callback"
  ])("is made with %s, letter for letter (F95)", (uri) =>
    Effect.gen(function*() {
      for (const secret of [undefined, Redacted.make("secret")]) {
        const request = yield* begin({ redirectUri: uri, client: { clientId: "a client", clientSecret: secret } })
        assert.strictEqual(request.url.searchParams.get("redirect_uri"), uri)
        const grant = yield* request.handleCallback(
          `${uri}${uri.includes("?") ? "&" : "?"}code=AQ&state=${stateOf(request)}`
        )
        assert.strictEqual(grant._tag === "AuthorizationCode" ? grant.redirectUri : grant._tag, uri)
      }
    }))

  it.effect.each(
    [
      ...["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///tmp/x", "blob:https://a.example/1"]
        .map(
          (uri) => [uri, "no app's own"] as const
        ),
      ...["about:blank", "vbscript:x", "ws://127.0.0.1/", "wss://a.example/", "ftp://a.example/", "mailto:a@b.example"]
        .map(
          (uri) => [uri, "no app's own"] as const
        ),
      ["https://example.com/cb ", "ends in a space"],
      [" https://example.com/cb", "begins with a space"],
      ["https://example.com/c b", "holds a space"],
      ["https://example.com/cb\n", "ends in a line break"],
      ["https://exam\tple.com/cb", "holds a tab"],
      ["com.example.app:/ cb", "holds a space"],
      ["https://example.com/c\u0000b", "control character"],
      ["\ufeffhttps://example.com/cb", "byte order mark"],
      ["https://example.com/c\u200bb", "invisible character"],
      ["https://b\u00fccher.example/cb", "not printable ASCII"],
      ["http:\\\\127.0.0.1:8888\\cb", "backslash"],
      ["\"https://example.com/cb\"", "quotation marks"],
      ["https://me:canary@example.com/cb", "user name or a password"],
      ["https:example.com/cb", "in full"],
      ["https:///example.com/cb", "in full"],
      ["http:127.0.0.1:8888/cb", "in full"],
      ["localhost:8888/callback", "in full"],
      ["example.com:443/callback", "in full"],
      ["127.0.0.1:8888/callback", "in full"],
      ["c:/callback", "in full"],
      ["", "in full"],
      ["myapp://[", "myapp:/callback"],
      ["com.example.app:/cb#x", "fragment"],
      ["https://example.com/cb#", "fragment"],
      ["https://example.com/cb?state=mine", "parameter \"state\""],
      ["com.example.app:/cb?code=1", "parameter \"code\""]
    ] as const
  )(
    "is not made with %j, whose redirectUri is told what is wrong with it (F95)",
    ([uri, mention]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(begin({ redirectUri: uri }))
        assert.strictEqual(error.reason._tag, "InvalidConfiguration")
        assert.match(error.message, /^redirectUri cannot be used: [\x20-\x7e§…]+$/)
        assert.include(error.message, mention)
        assert.notInclude(error.message, "canary")
      })
  )

  it.effect.prop(
    "is sent as it is, or refused where RFC 3986 has no such character (F95)",
    {
      base: Schema.Literals(["https://example.com/", "http://127.0.0.1:8888/", "com.example.app:/", "myapp://"]),
      path: Schema.String
    },
    ({ base, path }) =>
      Effect.gen(function*() {
        const uri = `${base}${path}`
        const request = yield* Effect.result(begin({ redirectUri: uri }))
        if (request._tag === "Success") {
          assert.match(uri, /^[\x21-\x7e]+$/)
          assert.strictEqual(request.success.url.searchParams.get("redirect_uri"), uri)
          assert.strictEqual(request.success.redirectUri, uri)
        } else {
          assert.strictEqual(request.failure.reason._tag, "InvalidConfiguration")
          assert.match(request.failure.message, /^redirectUri cannot be used: [\x20-\x7e§…]+$/)
          if (/^[\w/.~-]*$/.test(path) && base !== "myapp://") assert.fail(request.failure.message)
        }
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )
})

describe("the callback", () => {
  it.effect("of this sign-in is the grant to exchange", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const grant = yield* request.handleCallback(callback({ code: "AQ", state: stateOf(request) }))
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
          assert.strictEqual(
            yield* tagOf(request.handleCallback(callback({ code: "AQ", state: wrong }))),
            "StateMismatch"
          )
          assert.strictEqual(
            yield* tagOf(request.handleCallback(callback({ error: "access_denied", state: wrong }))),
            "StateMismatch"
          )
        }
        assert.strictEqual(yield* tagOf(request.handleCallback(`${redirectUri}?code=AQ`)), "StateMismatch")
        yield* request.handleCallback(callback({ code: "AQ", state: own }))
      }),
    { arbitrary: { runs: 200 } }
  )

  it.effect("F78: works once", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const url = callback({ code: "AQ", state: stateOf(request) })
      yield* request.handleCallback(url)
      const error = yield* Effect.flip(request.handleCallback(url))
      assert.strictEqual(error.reason._tag, "StateMismatch")
      assert.include(error.message, "used already")
    }))

  it.effect("with an error is the person's or the server's no", () =>
    Effect.gen(function*() {
      for (const error of ["access_denied", "server_error"]) {
        const request = yield* begin()
        const refusal = yield* Effect.flip(request.handleCallback(callback({ error, state: stateOf(request) })))
        assert.strictEqual(refusal.reason._tag, "AuthorizationDenied")
        assert.isFalse(refusal.isRetryable)
      }
    }))

  it.effect("with an error tells it in one short line, whatever it is made of", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const noise = `no\u001b[2J\r\n${"!".repeat(10_000)}`
      const parameters = { error: noise, error_description: noise, state: stateOf(request) }
      const { message } = yield* Effect.flip(request.handleCallback(callback(parameters)))
      assert.notMatch(message, /\p{Cc}/u)
      assert.isBelow(message.length, 500)
    }))

  it.effect("F83: from another issuer costs no code (RFC 9207)", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const state = stateOf(request)
      const mixedUp = callback({ code: "AQ", state, iss: "https://evil.example" })
      assert.strictEqual(yield* tagOf(request.handleCallback(mixedUp)), "StateMismatch")
      yield* request.handleCallback(callback({ code: "AQ", state, iss: "https://accounts.spotify.com" }))
    }))

  it.effect("F83: without an issuer is refused where the server always names it (RFC 9207 §2.4)", () =>
    Effect.gen(function*() {
      const { issuer } = Providers.spotify
      const server = new AuthorizationServer.AuthorizationServer({
        ...Providers.spotify,
        authorizationResponseIssParameterSupported: true
      })
      const request = yield* begin({ server })
      const state = stateOf(request)
      assert.strictEqual(yield* tagOf(request.handleCallback(callback({ code: "AQ", state }))), "StateMismatch")
      yield* request.handleCallback(callback({ code: "AQ", state, iss: issuer }))
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
      const reason = yield* tagOf(
        request.handleCallback(callback({ [answer]: "access_denied", state: stateOf(request) }))
      )
        .pipe(
          Effect.orElseSucceed(() => "grant")
        )
      assert.strictEqual(reason, lateMillis > 0 ? "StateMismatch" : answer === "code" ? "grant" : "AuthorizationDenied")
    }).pipe(Effect.provide(WallClock.layer)), { arbitrary: { runs: 200 } })

  it.effect("with two states, issuers or codes is not one (RFC 6749 §3.1)", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const own = callback({ code: "AQ", state: stateOf(request), iss: Providers.spotify.issuer })
      for (const more of ["state=x", "code=BQ", "iss=https%3A%2F%2Fevil.example"]) {
        assert.strictEqual(yield* tagOf(request.handleCallback(`${own}&${more}`)), "StateMismatch")
      }
      yield* request.handleCallback(own)
    }))

  it.effect("with neither code nor error is not one", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      for (const code of [{}, { code: "" }]) {
        assert.strictEqual(
          yield* tagOf(request.handleCallback(callback({ ...code, state: stateOf(request) }))),
          "StateMismatch"
        )
      }
    }))

  it.effect.prop(
    "is read out of whatever a person has copied it from, as long as it is unmistakable (F110)",
    {
      code: Schema.NonEmptyString.check(Schema.isPattern(/^[\x20-\x7e]+$/)),
      form: Schema.Literals(["address", "path", "?query", "query", "fragment", "address#", "URL", "URL#"]),
      escaping: Schema.Literals(["&", "&amp;", "&#38;", "&#x26;"]),
      wrapping: Schema.Literals(["", "\"", "'", "<>", "(<>)", "“”", "\ufeff", " ", "\r\n", "\u200b\t\"\n"]),
      line: Schema.Int.check(Schema.isBetween({ minimum: 5, maximum: 400 })),
      extra: Schema.Literals(["", "#_=_", "&iss=https%3A%2F%2Faccounts.spotify.com"])
    },
    ({ code, escaping, extra, form, line, wrapping }) =>
      Effect.gen(function*() {
        const request = yield* begin()
        const query = `${new URLSearchParams({ code, state: stateOf(request) })}${extra}`.replaceAll("&", escaping)
        const forms = {
          address: `${redirectUri}?${query}`,
          path: `/callback?${query}`,
          "?query": `?${query}`,
          query,
          fragment: `#${query}`,
          "address#": `${redirectUri}#${query}`,
          URL: new URL(`${redirectUri}?${query}`),
          "URL#": new URL(`${redirectUri}#${query}`)
        }
        const given = forms[form]
        const folded = typeof given !== "string" ? given : given.replace(new RegExp(`.{${line}}`, "gs"), "$&\n  ")
        const half = Math.ceil(wrapping.length / 2)
        const [before, after] = wrapping === "\"" || wrapping === "'"
          ? [wrapping, wrapping]
          : wrapping.includes("\"")
          ? [wrapping, Array.from(wrapping).toReversed().join("")]
          : [wrapping.slice(0, half), wrapping.slice(half)]
        const grant = yield* request.handleCallback(typeof folded === "string" ? `${before}${folded}${after}` : folded)
        assert.strictEqual(grant._tag === "AuthorizationCode" ? Redacted.value(grant.code) : grant._tag, code)
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )

  it.effect("that is none says what was given in its place, and leaves the sign-in as it was (F110)", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const state = stateOf(request)
      for (
        const [given, mention] of [
          ["", "neither a state nor a code. Copy the whole address"],
          [" \n", "neither a state nor a code"],
          ["AQcode", "neither a state nor a code"],
          [state, "neither a state nor a code"],
          ["http://[", "neither a state nor a code"],
          [redirectUri, "neither a state nor a code"],
          ["code=AQ", "its state is missing. Copy the whole address"],
          [`${redirectUri}?code=AQ`, "its state is missing"],
          ["error=access_denied", "its state is missing"],
          [request.url, "address where the sign-in begins"],
          [String(request.url), "address where the sign-in begins"],
          [`code=AQ&state=${state}x`, "its state is another sign-in's"],
          [`state=${state}`, "neither a code nor an error"],
          [`state=${state}&code=A%0AQ`, "its code cannot be one: it holds a line break"],
          ["(".repeat(100_000), "neither a state nor a code"],
          [`?${"&amp;".repeat(100_000)}`, "neither a state nor a code"]
        ] as const
      ) {
        const error = yield* Effect.flip(request.handleCallback(given))
        assert.strictEqual(error.reason._tag, "StateMismatch")
        assert.include(error.message, mention)
        assert.notInclude(error.message, state)
      }
      yield* request.handleCallback(`code=AQ&state=${state}`)
    }))
})
