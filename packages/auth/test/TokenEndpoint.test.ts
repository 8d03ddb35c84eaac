import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import type { TokenSet } from "@app/auth/TokenSet"
import { assert, describe, it, vi } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import manifest from "../package.json" with { type: "json" }
import * as Runs from "./support/Runs.ts"
import { accepted, code, confidentialClient, exchange, program, refreshToken, token } from "./support/TokenExchange.ts"

describe("what is sent", () => {
  it.effect.each(
    [
      ["authorization_code", code, {
        grant_type: "authorization_code",
        code: "AQcode",
        redirect_uri: "http://127.0.0.1:8888/callback",
        code_verifier: "verifier"
      }],
      ["refresh_token", refreshToken, { grant_type: "refresh_token", refresh_token: "AQrefresh" }],
      ["client_credentials", program, { grant_type: "client_credentials" }]
    ] as const
  )(
    "%s: the grant in the body, the client as it is registered, nothing in the URL",
    ([_name, grant, form]) =>
      Effect.gen(function*() {
        const asPublic = yield* exchange({ answer: token, grant })
        assert.strictEqual(asPublic.sent?.url, "https://accounts.spotify.com/api/token")
        assert.deepStrictEqual(asPublic.sent?.form, { ...form, client_id: "a client" })
        assert.isUndefined(asPublic.sent?.headers["authorization"])

        const confidential = yield* exchange({ answer: token, grant, client: confidentialClient })
        assert.deepStrictEqual(confidential.sent?.form, form)
        // RFC 6749 §2.3.1: form-encoded before they are joined.
        assert.strictEqual(confidential.sent?.headers["authorization"], `Basic ${btoa("a+client:s%3Acret%2F%2B%25")}`)

        const server = new AuthorizationServer.AuthorizationServer({
          ...Providers.spotify,
          clientAuthentication: "client_secret_post"
        })
        const inBody = yield* exchange({ answer: token, grant, client: confidentialClient, server })
        assert.deepStrictEqual(inBody.sent?.form, { ...form, client_id: "a client", client_secret: "s:cret/+%" })
      })
  )

  it.effect.prop("HTTP Basic holds id and secret as a form would, whatever they are made of (F107)", {
    clientId: Schema.String.check(Schema.isPattern(/^[ -~]{1,20}$/)),
    secret: Schema.String.check(Schema.isPattern(/^[ -~]{1,20}$/))
  }, ({ clientId, secret }) =>
    Effect.gen(function*() {
      const { sent } = yield* exchange({ answer: token, client: { clientId, clientSecret: Redacted.make(secret) } })
      const [, credentials = ""] = /^Basic (.+)$/.exec(sent?.headers["authorization"] ?? "") ?? []
      const halves = atob(credentials).split(":")
      assert.deepStrictEqual(
        halves.map((half) => new URLSearchParams(`x=${half}`).get("x")),
        [clientId, secret]
      )
      // Appendix B: nothing but these stays as it is.
      for (const half of halves) assert.match(half, /^(?:[\w.*+-]|%[0-9A-F]{2})*$/)
    }), { arbitrary: { runs: Runs.upTo(200) } })

  it.effect("an empty client secret is none: the client says only who it is (F93)", () =>
    Effect.gen(function*() {
      const client = { clientId: "a client", clientSecret: Redacted.make("") }
      for (const clientAuthentication of ["client_secret_basic", "client_secret_post"] as const) {
        const server = new AuthorizationServer.AuthorizationServer({
          ...Providers.spotify,
          clientAuthentication
        })
        const { sent } = yield* exchange({ answer: token, client, server })
        assert.isUndefined(sent?.headers["authorization"])
        assert.deepStrictEqual(sent?.form, {
          grant_type: "refresh_token",
          refresh_token: "AQrefresh",
          client_id: "a client"
        })
      }
    }))

  it.effect("the name of this package, unless the program has one of its own or is a page in a browser (F100)", () =>
    Effect.gen(function*() {
      const agentOf = (own?: (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient) =>
        Effect.map(
          exchange({ answer: token, ...(own !== undefined && { own }) }),
          ({ sent }) => sent?.headers["user-agent"]
        )
      assert.strictEqual(yield* agentOf(), `app-auth/${manifest.version}`)
      const named = HttpClient.mapRequest(HttpClientRequest.setHeader("user-agent", "a-program/2"))
      assert.strictEqual(yield* agentOf(named), "a-program/2")
      vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11; Linux x86_64)" })
      assert.isUndefined(yield* Effect.ensuring(agentOf(), Effect.sync(() => vi.unstubAllGlobals())))
    }))

  it.effect("a wish for an answer that is not compressed (F89)", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* exchange({ answer: token })).sent?.headers["accept-encoding"], "identity")
    }))

  it.effect("nothing, to an endpoint in the clear", () =>
    Effect.gen(function*() {
      const server = Providers.spotify.at("http://accounts.example.com")
      const error = yield* Effect.flip(exchange({ answer: token, server }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "tokenEndpoint cannot be used")
      assert.include(error.message, "in the clear")
    }))

  it.effect.each<readonly [ReadonlyArray<string> | undefined, string | undefined]>([
    [undefined, undefined],
    [[], undefined],
    [["a"], "a"],
    [["a", "b:c"], "a b:c"]
  ])("the scopes %j that a program asks for", ([scopes, scope]) =>
    Effect.gen(function*() {
      const { sent } = yield* exchange({ answer: token, grant: Grant.ClientCredentials({ scopes }) })
      assert.deepStrictEqual(sent?.form, {
        grant_type: "client_credentials",
        client_id: "a client",
        ...(scope !== undefined && { scope })
      })
    }))
})

describe("what is accepted", () => {
  const secondsOf = ({ accessToken: { expiresAt, issuedAt } }: TokenSet) =>
    expiresAt === undefined ? undefined : (expiresAt.epochMilliseconds - issuedAt.epochMilliseconds) / 1000

  it.effect.prop("a life of any length, as a number or a text, counted from before the request left (F12, F24)", {
    millis: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 * 365 * 86_400_000 })),
    asText: Schema.Boolean
  }, ({ asText, millis }) =>
    Effect.gen(function*() {
      const before = yield* DateTime.now
      const seconds = millis / 1000
      const tokenSet = yield* accepted({ answer: { ...token, expires_in: asText ? String(seconds) : seconds } })
      assert.deepStrictEqual(tokenSet.accessToken.issuedAt, before)
      // Whole milliseconds, and never more than were given.
      assert.isAtMost(secondsOf(tokenSet) ?? Infinity, seconds)
      assert.isAbove(secondsOf(tokenSet) ?? 0, seconds - 0.0011)
    }), { arbitrary: { runs: Runs.upTo(200) } })

  it.effect.each(
    [
      ["none", undefined, undefined],
      ["null", null, undefined],
      ["an empty text", "", undefined],
      ["a word", "soon", undefined],
      ["not a number", "NaN", undefined],
      ["a fraction", 3600.5, 3600.5],
      ["zero", 0, 0],
      ["less than zero", -5, 0],
      ["minus infinity", "-Infinity", 0],
      ["a thousand years", 31_557_600_000, 2 ** 31 - 1],
      ["infinity", "Infinity", 2 ** 31 - 1],
      ["more than a number can hold", "1e999", 2 ** 31 - 1],
      ["spaces", " \t", undefined],
      ["no", false, undefined],
      ["an object", {}, undefined],
      ["a list", [3600], undefined]
    ] as const
  )(
    "F11, F12, F13, F14: %s as the lifetime is a known end or an unknown one, and never eternity",
    ([_name, expires_in, seconds]) =>
      Effect.gen(function*() {
        assert.strictEqual(secondsOf(yield* accepted({ answer: { ...token, expires_in } })), seconds)
      })
  )

  it.effect.each(
    [
      ["a number", 1800, 1800],
      ["a text", "1800", 1800],
      ["none", undefined, undefined],
      ["zero", 0, undefined],
      ["less than zero", -1, undefined],
      ["a word", "soon", undefined],
      ["a list", [1800], undefined]
    ] as const
  )(
    "%s as the moment to renew (refresh_in), which is no reason to refuse a token",
    ([_name, refresh_in, seconds]) =>
      Effect.gen(function*() {
        const { accessToken: { issuedAt, refreshAt } } = yield* accepted({ answer: { ...token, refresh_in } })
        assert.strictEqual(refreshAt && (refreshAt.epochMilliseconds - issuedAt.epochMilliseconds) / 1000, seconds)
      })
  )

  it.effect.prop("a token of any length and form, never looked into", {
    text: Schema.Union([
      Schema.String.check(Schema.isPattern(/^[!-~]{1,2000}$/)),
      // What looks like a JWT that ended in 1970.
      Schema.Literal(`${btoa(`{"alg":"none"}`)}.${btoa(`{"exp":1}`)}.`)
    ])
  }, ({ text }) =>
    Effect.gen(function*() {
      const tokenSet = yield* accepted({ answer: { ...token, access_token: text, refresh_token: text } })
      assert.strictEqual(Redacted.value(tokenSet.accessToken.value), text)
      assert.strictEqual(Redacted.value(tokenSet.refreshToken ?? Redacted.make("")), text)
      assert.strictEqual(secondsOf(tokenSet), 3600)
    }), { arbitrary: { runs: Runs.upTo(200) } })

  it.effect.each([[undefined], [null], [""]])(
    "no new refresh token (%s) leaves the old one in force (F28)",
    ([refresh_token]) =>
      Effect.gen(function*() {
        const tokenSet = yield* accepted({ answer: { ...token, refresh_token } })
        assert.strictEqual(Redacted.value(tokenSet.refreshToken ?? Redacted.make("")), "AQrefresh")
        assert.isUndefined((yield* accepted({ answer: { ...token, refresh_token }, grant: program })).refreshToken)
      })
  )

  it.effect("a new refresh token replaces the old one, and does not move the sign-in", () =>
    Effect.gen(function*() {
      const authorizedAt = DateTime.makeUnsafe("2026-11-01T00:00:00Z")
      const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQrefresh"), authorizedAt })
      const tokenSet = yield* accepted({ answer: { ...token, refresh_token: "AQnew" }, grant })
      assert.strictEqual(Redacted.value(tokenSet.refreshToken ?? Redacted.make("")), "AQnew")
      assert.strictEqual(String(tokenSet.refreshToken), "<redacted:refresh_token>")
      assert.deepStrictEqual(tokenSet.authorizedAt, authorizedAt)
    }))

  it.effect("a sign-in counts from the request that ended it, and a program's own token from none", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      const signedIn = yield* accepted({ answer: token, grant: code })
      assert.deepStrictEqual(signedIn.authorizedAt, yield* DateTime.now)
      assert.isUndefined((yield* accepted({ answer: token, grant: program })).authorizedAt)
    }))

  it.effect("fewer scopes than were asked for, in any spacing, other cases of bearer, and fields nobody knows (F38)", () =>
    Effect.gen(function*() {
      const { accessToken } = yield* accepted({
        answer: { ...token, token_type: "bearer", scope: " b  a ", hint: { new: true } }
      })
      assert.deepStrictEqual(accessToken.scopes, ["b", "a"])
    }))
})
