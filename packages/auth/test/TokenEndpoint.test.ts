import type { AuthError, AuthErrorReason } from "@app/auth/AuthError"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as Grant from "@app/auth/Grant"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import type { TokenSet } from "@app/auth/TokenSet"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"

const publicClient: Client = { clientId: "a client" }
const confidentialClient: Client = { clientId: "a client", clientSecret: Redacted.make("s:cret/+%") }

const code = Grant.AuthorizationCode({
  code: Redacted.make("AQcode"),
  redirectUri: "http://127.0.0.1:8888/callback",
  codeVerifier: Redacted.make("verifier")
})
const refreshToken = Grant.RefreshToken({ refreshToken: Redacted.make("AQrefresh") })
const program = Grant.ClientCredentials({})

/** One token request and its answer: what was sent, and what came of it. */
const exchange = Effect.fnUntraced(function*(options: {
  readonly answer: Response | string | object | { readonly code: string }
  readonly grant?: Grant.Grant
  readonly client?: Client
  readonly server?: AuthorizationServer.AuthorizationServer
}) {
  const { answer, client = publicClient, grant = refreshToken, server = AuthorizationServer.spotify } = options
  let sent:
    | { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly form: object }
    | undefined
  const httpClient = HttpClient.make((request, url) => {
    const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    sent = { url: url.href, headers: request.headers, form: Object.fromEntries(new URLSearchParams(body)) }
    if (answer instanceof Response) return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    if (typeof answer === "string") return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(answer)))
    if ("code" in answer) {
      const reason = new HttpClientError.TransportError({
        request,
        cause: new Error("fetch failed", { cause: answer })
      })
      return Effect.fail(new HttpClientError.HttpClientError({ reason }))
    }
    return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(answer)))
  })
  const endpoint = yield* Effect.provideService(
    TokenEndpoint.make({ server, client }),
    HttpClient.HttpClient,
    httpClient
  )
  const result = yield* Effect.result(endpoint.request(grant))
  return { sent, result }
})

const accepted = (options: Parameters<typeof exchange>[0]): Effect.Effect<TokenSet, AuthError> =>
  Effect.flatMap(exchange(options), ({ result }) => Effect.fromResult(result))

const refused = (options: Parameters<typeof exchange>[0]): Effect.Effect<AuthErrorReason, TokenSet | AuthError> =>
  Effect.map(Effect.flip(accepted(options)), (error) => error.reason)

const token = { access_token: "BQtoken", token_type: "Bearer", expires_in: 3600 }

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
        assert.strictEqual(confidential.sent?.headers["authorization"], `Basic ${btoa("a%20client:s%3Acret%2F%2B%25")}`)

        const server = new AuthorizationServer.AuthorizationServer({
          ...AuthorizationServer.spotify,
          clientAuthentication: "client_secret_post"
        })
        const inBody = yield* exchange({ answer: token, grant, client: confidentialClient, server })
        assert.deepStrictEqual(inBody.sent?.form, { ...form, client_id: "a client", client_secret: "s:cret/+%" })
      })
  )

  it.effect("nothing, to an endpoint in the clear", () =>
    Effect.gen(function*() {
      const server = AuthorizationServer.spotify.at("http://accounts.example.com")
      const error = yield* Effect.flip(exchange({ answer: token, server }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "in the clear")
    }))
})

describe("what is accepted", () => {
  it.effect.prop("a life of any length, counted from before the request left", {
    seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 * 365 * 86_400 })),
    asText: Schema.Boolean
  }, ({ asText, seconds }) =>
    Effect.gen(function*() {
      const before = yield* DateTime.now
      const { accessToken } = yield* accepted({ answer: { ...token, expires_in: asText ? String(seconds) : seconds } })
      assert.strictEqual(accessToken.expiresAt?.epochMilliseconds, before.epochMilliseconds + seconds * 1000)
    }), { arbitrary: { runs: 100 } })

  it.effect.each([[undefined], [null], [""], ["soon"]])(
    "an unknown end (%s) is unknown, not eternal",
    ([expires_in]) =>
      Effect.gen(function*() {
        const { accessToken } = yield* accepted({ answer: { ...token, expires_in } })
        assert.isUndefined(accessToken.expiresAt)
      })
  )

  it.effect.each([[undefined], [null], [""]])(
    "no new refresh token (%s) leaves the old one in force",
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
      assert.deepStrictEqual(tokenSet.authorizedAt, authorizedAt)
    }))

  it.effect("scopes in any spacing, other cases of bearer, and fields nobody knows", () =>
    Effect.gen(function*() {
      const { accessToken } = yield* accepted({
        answer: { ...token, token_type: "bearer", scope: " b  a ", hint: { new: true } }
      })
      assert.deepStrictEqual(accessToken.scopes, ["b", "a"])
    }))
})

describe("what is refused", () => {
  it.effect.each(
    [
      ["no access token", { token_type: "Bearer" }, "access_token"],
      ["an empty access token", { ...token, access_token: "" }, "access_token"],
      ["an access token with a line break", { ...token, access_token: "BQ\r\nx: y" }, "access_token"],
      ["an access token that is a number", { ...token, access_token: 7 }, "access_token"],
      ["no token type", { access_token: "BQ" }, "token_type"],
      ["another token type", { ...token, token_type: "mac" }, "token_type"],
      ["a refresh token with a line break", { ...token, refresh_token: "AQ\n" }, "refresh_token"],
      ["a life of zero", { ...token, expires_in: 0 }, "dead on arrival"],
      ["a negative life", { ...token, expires_in: -5 }, "dead on arrival"],
      ["a list", [], "not a JSON object"],
      ["a text", "hello", "not a JSON object"]
    ] as const
  )("%s is malformed, and says so", ([_name, answer, mention]) =>
    Effect.gen(function*() {
      const reason = yield* refused({ answer })
      assert.strictEqual(reason._tag, "MalformedTokenResponse")
      assert.include(reason.message, mention)
      assert.isTrue(reason.isRetryable)
    }))

  it.effect.each(
    [
      ["invalid_grant", refreshToken, "ReauthorizationRequired"],
      ["invalid_grant", code, "TokenRequestRejected"],
      ["invalid_client", refreshToken, "InvalidClient"],
      ["invalid_request", refreshToken, "TokenRequestRejected"],
      ["invalid_scope", refreshToken, "TokenRequestRejected"],
      ["unauthorized_client", refreshToken, "TokenRequestRejected"],
      ["unsupported_grant_type", refreshToken, "TokenRequestRejected"],
      ["temporarily_unavailable", refreshToken, "TokenRequestFailed"],
      ["never_heard_of", refreshToken, "TokenRequestFailed"]
    ] as const
  )("%s, with status 400, 401 or 200", ([error, grant, expected]) =>
    Effect.gen(function*() {
      for (const status of [400, 401, 200]) {
        const answer = Response.json({ error, error_description: "because" }, { status })
        const reason = yield* refused({ answer, grant })
        assert.strictEqual(reason._tag, expected)
        assert.strictEqual(reason.isRetryable, expected === "TokenRequestFailed")
      }
    }))

  it.effect.each(
    [
      [404, "UnexpectedStatus"],
      [302, "UnexpectedStatus"],
      [418, "UnexpectedStatus"],
      [429, "RateLimited"],
      [500, "ServerError"],
      [503, "ServerError"]
    ] as const
  )("status %i never condemns a credential, whatever its body says", ([status, kind]) =>
    Effect.gen(function*() {
      for (const body of ["", "<html>", `{"error":"invalid_grant"}`]) {
        const reason = yield* refused({ answer: new Response(body, { status }) })
        assert.strictEqual(reason._tag, "TokenRequestFailed")
        if (reason._tag === "TokenRequestFailed") {
          assert.strictEqual(reason.kind, kind)
          assert.strictEqual(reason.status, status)
        }
      }
    }))

  it.effect.each(
    [["7", 7], ["0", 0], ["Thu, 01 Jan 1970 00:02:00 GMT", 120], ["soon", undefined], ["-3", undefined]] as const
  )(
    "Retry-After: %s",
    ([value, seconds]) =>
      Effect.gen(function*() {
        const reason = yield* refused({ answer: new Response("", { status: 503, headers: { "retry-after": value } }) })
        const retryAfter = reason._tag === "TokenRequestFailed" ? reason.retryAfter : undefined
        assert.strictEqual(retryAfter === undefined ? undefined : Duration.toSeconds(retryAfter), seconds)
      })
  )

  it.effect.each(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "CERT_HAS_EXPIRED"])(
    "%s is named, and may pass",
    (code) =>
      Effect.gen(function*() {
        const reason = yield* refused({ answer: { code } })
        assert.strictEqual(reason._tag, "TokenRequestFailed")
        assert.include(reason.message, code)
        assert.isTrue(reason.isRetryable)
      })
  )

  it.effect("silence ends after 30 seconds", () =>
    Effect.gen(function*() {
      const endpoint = yield* TokenEndpoint.make({ server: AuthorizationServer.spotify, client: publicClient })
      const fiber = yield* Effect.forkChild(Effect.flip(endpoint.request(program)), { startImmediately: true })
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isDefined(fiber.pollUnsafe())
    }).pipe(Effect.provideService(HttpClient.HttpClient, HttpClient.make(() => Effect.never))))

  it.effect.prop("I11: an error never shows what the server echoed of the request", {
    secret: Schema.String.check(Schema.isPattern(/^[!-~]{1,40}$/)),
    words: Schema.String
  }, ({ secret, words }) =>
    Effect.gen(function*() {
      const canary = `canary-${secret}`
      const grant = Grant.RefreshToken({ refreshToken: Redacted.make(canary) })
      const answer = Response.json({ error: "invalid_scope", error_description: `${words} ${canary} ${words}` }, {
        status: 400
      })
      const reason = yield* refused({ answer, grant })
      assert.notInclude(reason.message, canary)
      assert.notInclude(JSON.stringify(reason), canary)
      assert.notMatch(reason.message, /[\n\r]/)
    }), { arbitrary: { runs: 200 } })
})
