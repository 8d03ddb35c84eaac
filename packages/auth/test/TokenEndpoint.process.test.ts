/** The request and the meaning of its response as pure functions, without HTTP and without Effect. */
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as Grant from "@app/auth/Grant"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

const server = new AuthorizationServer({ issuer: "https://as.example", tokenEndpoint: "https://as.example/token" })
const client: Client = { clientId: "app", clientSecret: Redacted.make("app-secret") }
const issuedAt = DateTime.makeUnsafe("2026-11-01T12:00:00Z")
const signedInAt = DateTime.makeUnsafe("2026-05-01T12:00:00Z")

const code = Grant.AuthorizationCode({
  code: Redacted.make("code-1"),
  redirectUri: "https://app.example/callback",
  codeVerifier: Redacted.make("verifier-1")
})
const refresh = Grant.RefreshToken({ refreshToken: Redacted.make("refresh-1"), authorizedAt: signedInAt })
const credentials = Grant.ClientCredentials({ scopes: ["a", "b"] })

const process = (
  response: Partial<TokenEndpoint.TokenResponse>,
  context: Partial<TokenEndpoint.ResponseContext> = {}
) =>
  TokenEndpoint.processTokenResponse(
    { status: 200, headers: Headers.empty, members: undefined, bodyIssue: undefined, receivedAt: 0, ...response },
    { server, client, grant: refresh, issuedAt, ...context }
  )

const plain = (form: TokenEndpoint.TokenRequest) =>
  Object.fromEntries(
    Object.entries(form).filter(([, value]) => value !== undefined).map(([name, value]) => [
      name,
      Redacted.isRedacted(value) ? Redacted.value(value) : value
    ])
  )

const rejected = (response: Partial<TokenEndpoint.TokenResponse>, context?: Partial<TokenEndpoint.ResponseContext>) =>
  Result.getOrThrow(Result.flip(process(response, context)))

describe("tokenRequest", () => {
  it.each<readonly [string, Grant.Grant, object]>([
    ["a code", code, {
      grant_type: "authorization_code",
      code: "code-1",
      redirect_uri: "https://app.example/callback",
      code_verifier: "verifier-1"
    }],
    ["a refresh token", refresh, { grant_type: "refresh_token", refresh_token: "refresh-1" }],
    ["the client's own credentials", credentials, { grant_type: "client_credentials", scope: "a b" }],
    ["no scopes", Grant.ClientCredentials({}), { grant_type: "client_credentials" }]
  ])("asks with %s", (_, grant, form) => {
    assert.deepStrictEqual(plain(TokenEndpoint.tokenRequest(grant)), form)
  })

  it("keeps secrets redacted", () => {
    const { code: secret, code_verifier: verifier } = TokenEndpoint.tokenRequest(code)
    assert.isTrue(Redacted.isRedacted(secret) && Redacted.isRedacted(verifier))
    assert.isTrue(Redacted.isRedacted(TokenEndpoint.tokenRequest(refresh)["refresh_token"]))
  })
})

describe("processTokenResponse", () => {
  it("reads a success, and counts its life from when the request left", () => {
    const tokenSet = Result.getOrThrow(process({
      members: {
        access_token: "access-2",
        token_type: "bearer",
        expires_in: 3600,
        scope: "a b",
        refresh_token: "refresh-2"
      },
      receivedAt: issuedAt.epochMilliseconds + 5000
    }))
    assert.strictEqual(Redacted.value(tokenSet.accessToken.value), "access-2")
    assert.deepStrictEqual(tokenSet.accessToken.scopes, ["a", "b"])
    assert.deepStrictEqual(
      tokenSet.accessToken.expiresAt,
      DateTime.addDuration(issuedAt, Duration.hours(1))
    )
    assert.strictEqual(tokenSet.refreshToken && Redacted.value(tokenSet.refreshToken), "refresh-2")
  })

  it.each<readonly [string, Grant.Grant, string | undefined, DateTime.Utc | undefined]>([
    ["a code", code, undefined, issuedAt],
    ["a refresh token", refresh, "refresh-1", signedInAt],
    ["the client's own credentials", credentials, undefined, undefined]
  ])("I6: after %s, a success without a refresh token keeps what there was", (_, grant, kept, authorizedAt) => {
    const tokenSet = Result.getOrThrow(process({ members: { access_token: "access-2" } }, { grant }))
    assert.strictEqual(tokenSet.refreshToken && Redacted.value(tokenSet.refreshToken), kept)
    assert.deepStrictEqual(tokenSet.authorizedAt, authorizedAt)
  })

  it.each<readonly [string, Partial<TokenEndpoint.TokenResponse>, Grant.Grant, string]>([
    ["a dead refresh token", { status: 400, members: { error: "invalid_grant" } }, refresh, "Revoked"],
    ["a spent code", { status: 400, members: { error: "invalid_grant" } }, code, "TokenRequestRejected"],
    ["an unknown client", { status: 401, members: { error: "invalid_client" } }, refresh, "InvalidClient"],
    ["a wrong scope", { status: 400, members: { error: "invalid_scope" } }, credentials, "TokenRequestRejected"],
    ["an error with status 200", { members: { error: "invalid_grant" } }, refresh, "Revoked"],
    ["a code nobody knows", { status: 400, members: { error: "tea_break" } }, refresh, "UnexpectedStatus"],
    ["an error with status 500", { status: 500, members: { error: "invalid_grant" } }, refresh, "ServerError"],
    ["too many requests", { status: 429, members: {} }, refresh, "RateLimited"],
    ["no JSON object", {}, refresh, "MalformedTokenResponse"],
    [
      "a body that could not be read",
      { bodyIssue: "the body is larger than 9 bytes" },
      refresh,
      "MalformedTokenResponse"
    ],
    ["no access token", { members: { token_type: "Bearer" } }, refresh, "MalformedTokenResponse"],
    ["another token type", { members: { access_token: "a", token_type: "mac" } }, refresh, "MalformedTokenResponse"]
  ])("I21: %s is told by status and error code", (_, response, grant, expected) => {
    const { reason } = rejected(response, { grant })
    assert.strictEqual("kind" in reason ? reason.kind : reason._tag, expected)
  })

  it.each<readonly [string, Partial<TokenEndpoint.TokenResponse>]>([
    ["an unknown token type", { members: { access_token: "a", token_type: "mac", refresh_token: "refresh-2" } }],
    ["an error beside tokens", {
      status: 400,
      members: { access_token: "a", refresh_token: "refresh-2", error: "invalid_grant" }
    }]
  ])("I20: a refresh token that comes with %s is handed over", (_, response) => {
    const { refreshToken } = rejected(response)
    assert.strictEqual(refreshToken && Redacted.value(refreshToken), "refresh-2")
  })

  it("counts Retry-After from when the response was read", () => {
    const at = DateTime.makeUnsafe("2026-11-01T12:00:10Z").epochMilliseconds
    const { reason } = rejected({
      status: 503,
      headers: Headers.fromInput({ "retry-after": "Sun, 01 Nov 2026 12:00:40 GMT" }),
      receivedAt: at
    })
    assert.deepStrictEqual("retryAfter" in reason && reason.retryAfter, Duration.seconds(30))
  })

  it("I11: takes the request's secrets out of the server's words", () => {
    const { reason } = rejected({
      status: 400,
      members: { error: "invalid_grant", error_description: "refresh-1 of app-secret is unknown" }
    })
    assert.strictEqual(
      "description" in reason && reason.description,
      "<redacted> of <redacted> is unknown"
    )
  })
})
