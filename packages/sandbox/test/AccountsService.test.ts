import { People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import {
  authorizeUrl,
  call,
  challenge,
  field,
  inSandbox,
  programToken,
  requestToken,
  send,
  signIn,
  text,
  verifier
} from "./support/Requests.ts"

describe("GET /authorize", () => {
  it.live("sends the person back with a code and the state", () =>
    Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const callback = yield* approve(yield* authorizeUrl())
      assert.strictEqual(callback.searchParams.get("state"), "a state")
      assert.isAbove(callback.searchParams.get("code")?.length ?? 0, 20)
    }).pipe(inSandbox()))

  it.live("sends a refusal back, too", () =>
    Effect.gen(function*() {
      const { deny } = yield* Sandbox.Sandbox
      const callback = yield* deny(yield* authorizeUrl())
      assert.strictEqual(callback.searchParams.get("error"), "access_denied")
      assert.strictEqual(callback.searchParams.get("state"), "a state")
    }).pipe(inSandbox()))

  it.live.each(
    [
      ["http://localhost:8900/callback", "INVALID_CLIENT: Insecure redirect URI"],
      ["http://192.168.0.7/callback", "INVALID_CLIENT: Insecure redirect URI"],
      ["https://example.com/other", "INVALID_CLIENT: Invalid redirect URI"],
      ["http://127.0.0.1:8900/other", "INVALID_CLIENT: Invalid redirect URI"]
    ] as const
  )("answers a bad redirect URI with a page and no redirect: %s", ([redirectUri, heading]) =>
    Effect.gen(function*() {
      const seen = yield* send(yield* authorizeUrl({ redirect_uri: redirectUri }))
      assert.strictEqual(seen.status, 400)
      assert.isNull(seen.headers.get("location"))
      assert.include(seen.text, heading)
    }).pipe(inSandbox()))

  it.live("lets a loopback redirect URI choose its port", () =>
    Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const callback = yield* approve(yield* authorizeUrl({ redirect_uri: "http://127.0.0.1:51234/callback" }))
      assert.strictEqual(callback.port, "51234")
    }).pipe(inSandbox()))

  it.live.each(
    [
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ code_challenge: "short", code_challenge_method: "S256" }, "invalid_request"],
      [{ code_challenge: challenge, code_challenge_method: "plain" }, "invalid_request"],
      [{ code_challenge_method: "S256" }, "invalid_request"]
    ] as const
  )("sends every other mistake back to the app: %o", ([parameters, error]) =>
    Effect.gen(function*() {
      const seen = yield* send(yield* authorizeUrl(parameters))
      assert.strictEqual(seen.status, 302)
      assert.strictEqual(new URL(seen.headers.get("location") ?? "").searchParams.get("error"), error)
    }).pipe(inSandbox()))

  it.live("asks the person when it is told to, and believes the answer", () =>
    Effect.gen(function*() {
      const url = yield* authorizeUrl({ scope: "user-read-private" })
      const page = yield* send(url)
      assert.strictEqual(page.status, 200)
      assert.include(page.text, "user-read-private")
      for (const [decision, parameter] of [["agree", "code"], ["cancel", "error"]] as const) {
        const seen = yield* send(url, { method: "POST", body: new URLSearchParams({ decision }) })
        assert.isTrue(new URL(seen.headers.get("location") ?? "").searchParams.has(parameter))
      }
    }).pipe(inSandbox({ autoApprove: false })))

  it.live("lets the person say who it is", () =>
    Effect.gen(function*() {
      const { approve, client } = yield* Sandbox.Sandbox
      const url = yield* authorizeUrl()
      const { id } = People.quiet
      assert.include((yield* send(url)).text, "jürgen_#1.$/?")
      const seen = yield* send(url, { method: "POST", body: new URLSearchParams({ decision: "agree", person: id }) })
      const code = new URL(seen.headers.get("location") ?? "").searchParams.get("code") ?? ""
      const token = yield* requestToken({ grant_type: "authorization_code", code, redirect_uri: client.redirectUri })
      assert.strictEqual(field(yield* call("/me", text(token, "access_token")), "id"), id)
      const refused = yield* Effect.flip(approve(url, { as: "nobody" }))
      assert.strictEqual(refused.reason._tag, "AuthorizationRefused")
    }).pipe(inSandbox({ autoApprove: false })))

  it.effect.prop(
    "escapes what it shows",
    { scope: Schema.String.check(Schema.isPattern(/^[<>"'&a-z]{1,20}$/)) },
    ({ scope }) =>
      Effect.gen(function*() {
        const page = yield* send(yield* authorizeUrl({ scope: `<script>${scope}</script>` }))
        assert.notInclude(page.text, "<script>")
        assert.include(page.text, "&#60;script&#62;")
      }).pipe(inSandbox({ autoApprove: false })),
    { arbitrary: { runs: 20 }, timeout: 30_000 }
  )
})

describe("POST /api/token", () => {
  it.live("authorization code with PKCE gives all five fields", () =>
    Effect.gen(function*() {
      const seen = yield* signIn()
      assert.strictEqual(seen.status, 200)
      assert.strictEqual(seen.headers.get("cache-control"), "no-store")
      assert.deepStrictEqual(
        [field(seen, "token_type"), field(seen, "expires_in"), field(seen, "scope")],
        ["Bearer", 3600, "user-read-private user-read-email"]
      )
      assert.match(text(seen, "access_token"), /^BQ/)
      assert.match(text(seen, "refresh_token"), /^AQ/)
    }).pipe(inSandbox()))

  it.live("client credentials give neither scope nor refresh token", () =>
    Effect.gen(function*() {
      const seen = yield* requestToken({ grant_type: "client_credentials" })
      assert.deepStrictEqual(
        [field(seen, "scope"), field(seen, "refresh_token"), field(seen, "expires_in")],
        [undefined, undefined, 3600]
      )
    }).pipe(inSandbox()))

  it.live("a refresh omits the refresh token, unless rotation is on; then the old one is dead", () =>
    Effect.gen(function*() {
      const { client: { clientId }, configure } = yield* Sandbox.Sandbox
      const refreshToken = text(yield* signIn(), "refresh_token")
      const refresh = (token: string) =>
        requestToken({ grant_type: "refresh_token", refresh_token: token, client_id: clientId }, null)
      assert.isUndefined(field(yield* refresh(refreshToken), "refresh_token"))
      yield* configure({ rotateRefreshTokens: true })
      const rotated = text(yield* refresh(refreshToken), "refresh_token")
      assert.notStrictEqual(rotated, refreshToken)
      const dead = yield* refresh(refreshToken)
      assert.deepStrictEqual(dead.json, { error: "invalid_grant", error_description: "Refresh token revoked" })
      assert.strictEqual((yield* refresh(rotated)).status, 200)
    }).pipe(inSandbox()))

  it.live("a code works once", () =>
    Effect.gen(function*() {
      const { approve, client: { redirectUri } } = yield* Sandbox.Sandbox
      const callback = yield* approve(yield* authorizeUrl())
      const exchange = requestToken({
        grant_type: "authorization_code",
        code: callback.searchParams.get("code") ?? "",
        redirect_uri: redirectUri
      })
      assert.strictEqual((yield* exchange).status, 200)
      assert.deepStrictEqual((yield* exchange).json, {
        error: "invalid_grant",
        error_description: "Invalid authorization code"
      })
    }).pipe(inSandbox()))

  it.live.each(
    [
      ["no credentials", { grant_type: "client_credentials" }, null, { error: "invalid_client" }],
      [
        "an unknown client",
        { grant_type: "client_credentials" },
        `Basic ${btoa("nobody:secret")}`,
        { error: "invalid_client", error_description: "Invalid client" }
      ],
      [
        "a wrong secret",
        { grant_type: "client_credentials" },
        `Basic ${btoa(`${Sandbox.defaultClient.clientId}:wrong`)}`,
        { error: "invalid_client", error_description: "Invalid client secret" }
      ],
      [
        "no grant type",
        {},
        undefined,
        { error: "unsupported_grant_type", error_description: "grant_type parameter is missing" }
      ],
      [
        "an unknown refresh token",
        { grant_type: "refresh_token", refresh_token: "AQnone" },
        undefined,
        { error: "invalid_grant", error_description: "Invalid refresh token" }
      ]
    ] as const
  )(
    "refuses %s in Spotify's words, with status 400",
    ([_name, form, authorization, expected]) =>
      Effect.gen(function*() {
        const seen = yield* requestToken(form, authorization)
        assert.strictEqual(seen.status, 400)
        assert.deepStrictEqual(seen.json, expected)
      }).pipe(inSandbox())
  )

  it.live("a JSON body is not read", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      const seen = yield* send(`${accountsUrl}/api/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ grant_type: "client_credentials" })
      })
      assert.strictEqual(field(seen, "error"), "unsupported_grant_type")
    }).pipe(inSandbox()))

  it.live("a wrong verifier or redirect URI is told apart, and costs no code", () =>
    Effect.gen(function*() {
      const { approve, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
      const callback = yield* approve(yield* authorizeUrl({ code_challenge: challenge, code_challenge_method: "S256" }))
      const exchange = (change: Readonly<Record<string, string>>) =>
        requestToken({
          grant_type: "authorization_code",
          code: callback.searchParams.get("code") ?? "",
          redirect_uri: redirectUri,
          client_id: clientId,
          code_verifier: verifier,
          ...change
        }, null)
      assert.strictEqual(
        field(yield* exchange({ code_verifier: `${verifier}x` }), "error_description"),
        "code_verifier was incorrect"
      )
      assert.strictEqual(
        field(yield* exchange({ redirect_uri: "http://127.0.0.1:1/x" }), "error_description"),
        "Invalid redirect URI"
      )
      assert.strictEqual((yield* exchange({})).status, 200)
    }).pipe(inSandbox()))
})

describe("lifetimes", () => {
  it.effect.prop("an access token lives as long as it says, by Effect's clock", {
    seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7200 }))
  }, ({ seconds }) =>
    Effect.gen(function*() {
      const token = yield* programToken
      yield* TestClock.adjust(Duration.millis(seconds * 1000 - 1))
      assert.strictEqual((yield* call("/tracks/11dFghVXANMlKmJXsNCbNl", token)).status, 200)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* call("/tracks/11dFghVXANMlKmJXsNCbNl", token)).status, 401)
    }).pipe(inSandbox({ accessTokenLifetime: Duration.seconds(seconds) }), Effect.provide(TestClock.layer())), {
    arbitrary: { runs: 20 },
    timeout: 30_000
  })

  it.effect("a refresh token ends six months after the sign-in, however often it is used", () =>
    Effect.gen(function*() {
      const { client: { clientId } } = yield* Sandbox.Sandbox
      const refreshToken = text(yield* signIn(), "refresh_token")
      const refresh = requestToken(
        { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId },
        null
      )
      for (let month = 1; month < 6; month++) {
        yield* TestClock.adjust("30 days")
        assert.strictEqual((yield* refresh).status, 200)
      }
      yield* TestClock.adjust("32 days")
      const seen = yield* refresh
      assert.strictEqual(seen.status, 400)
      assert.strictEqual(field(seen, "error"), "invalid_grant")
    }).pipe(inSandbox()))
})
