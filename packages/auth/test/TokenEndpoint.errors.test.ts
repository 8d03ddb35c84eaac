/** Responses of the token endpoint that are errors. */
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Runs from "./support/Runs.ts"
import { code, program, publicClient, refreshToken, refused, token } from "./support/TokenExchange.ts"

describe("what is refused", () => {
  it.effect.each(
    [
      ["no access token", { token_type: "Bearer" }, "access_token is missing"],
      ["an empty access token", { ...token, access_token: "" }, "access_token"],
      ["an access token with a line break", { ...token, access_token: "BQ\r\nx: y" }, "access_token"],
      [
        "an access token that is a number",
        { ...token, access_token: 7 },
        "access_token is not a printable ASCII string"
      ],
      ["another token type", { ...token, token_type: "mac" }, "token_type"],
      ["another token type, with odd spacing", { ...token, token_type: " DPoP " }, "\"DPoP\", not Bearer"],
      [
        "a number that JSON does not have",
        `{"access_token":"BQ","token_type":"Bearer","expires_in":NaN}`,
        "not a JSON object"
      ],
      ["a list", [], "not a JSON object"],
      ["a text", "hello", "not a JSON object"]
    ] as const
  )("%s is malformed, and says so (F13, F46, F55, F56)", ([_name, answer, mention]) =>
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
  )("%s, with status 400, 401 or 200 (F48)", ([error, grant, expected]) =>
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
      ["bad_refresh_token", ["bad_refresh_token"], refreshToken, "Revoked"],
      ["invalid_request", ["invalid_grant", "invalid_request"], refreshToken, "Revoked"],
      ["invalid_grant", ["invalid_grant", "invalid_request"], refreshToken, "Revoked"],
      ["invalid_client", ["bad_refresh_token"], refreshToken, "InvalidClient"],
      // Of a provider that uses it for passing trouble, and says so by leaving it out.
      ["invalid_grant", ["bad_refresh_token"], refreshToken, "TokenRequestFailed"],
      // A code that was used twice is no refresh token.
      ["invalid_request", ["invalid_grant", "invalid_request"], code, "TokenRequestRejected"],
      ["bad_refresh_token", undefined, refreshToken, "TokenRequestFailed"]
    ] as const
  )(
    "F40: %s of a provider whose codes for a dead refresh token are %o",
    ([error, deadRefreshTokenErrors, grant, expected]) =>
      Effect.gen(function*() {
        const server = new AuthorizationServer.AuthorizationServer({
          ...Providers.spotify,
          ...(deadRefreshTokenErrors !== undefined && { deadRefreshTokenErrors })
        })
        for (const status of [200, 400, 401, 403]) {
          const reason = yield* refused({ answer: Response.json({ error }, { status }), grant, server })
          assert.strictEqual(reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag, expected)
        }
      })
  )

  it.effect.each(
    [
      [404, "UnexpectedStatus"],
      [302, "UnexpectedStatus"],
      [418, "UnexpectedStatus"],
      [429, "RateLimited"],
      [500, "ServerError"],
      [503, "ServerError"]
    ] as const
  )(
    "status %i never condemns a credential, whatever its body says (F50, F51, F52)",
    ([status, kind]) =>
      Effect.gen(function*() {
        for (const body of ["", "<html>", `{"error":"invalid_grant"}`]) {
          const reason = yield* refused({ answer: new Response(body, { status }) })
          assert.strictEqual(reason._tag, "TokenRequestFailed")
          if (reason._tag === "TokenRequestFailed") {
            assert.strictEqual(reason.kind, kind)
            assert.strictEqual(reason.status, status)
          }
        }
      })
  )

  it.effect.each(
    [
      ["7", 7],
      ["0", 0],
      ["Thu, 01 Jan 1970 00:02:00 GMT", 120],
      ["soon", undefined],
      ["-3", undefined],
      ["2, 3", 3],
      ["1.5", 1.5],
      ["9".repeat(12), 36_525 * 86_400]
    ] as const
  )(
    "Retry-After: %s (F51)",
    ([value, seconds]) =>
      Effect.gen(function*() {
        const reason = yield* refused({ answer: new Response("", { status: 503, headers: { "retry-after": value } }) })
        const retryAfter = reason._tag === "TokenRequestFailed" ? reason.retryAfter : undefined
        assert.strictEqual(retryAfter === undefined ? undefined : Duration.toSeconds(retryAfter), seconds)
      })
  )

  it.effect.each(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET"])(
    "%s is named, and may pass (F54)",
    (code) =>
      Effect.gen(function*() {
        const reason = yield* refused({ answer: { code } })
        assert.strictEqual(reason._tag, "TokenRequestFailed")
        assert.include(reason.message, `https://accounts.spotify.com/api/token could not be reached (${code}).`)
        assert.isTrue(reason.isRetryable)
      })
  )

  it.effect.each(["CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"])(
    "%s is named as a lack of trust, and may pass (F54)",
    (code) =>
      Effect.gen(function*() {
        const reason = yield* refused({ answer: { code } })
        assert.strictEqual(reason._tag, "TokenRequestFailed")
        assert.include(reason.message, `has no certificate that is trusted here (${code}), so nothing was sent`)
        assert.isTrue(reason.isRetryable)
      })
  )

  const cyclic = new Error("round and round")
  cyclic.cause = cyclic

  /** A code below as many causes. */
  const codeBelow = (causes: number): unknown =>
    causes === 0 ? { code: "ECONNRESET" } : { cause: codeBelow(causes - 1) }

  const failingWith = (cause: unknown) =>
    refused({
      answer: token,
      own: () =>
        HttpClient.make((request) =>
          Effect.fail(
            new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
          )
        )
    })

  it.effect.each([0, 1, 9])("a code is found below %d causes (F54)", (causes) =>
    Effect.gen(function*() {
      const { message } = yield* failingWith(codeBelow(causes))
      assert.include(message, "could not be reached (ECONNRESET).")
    }))

  it.effect.each<readonly [string, unknown]>([
    ["a code below ten causes", codeBelow(10)],
    ["null", null],
    ["undefined", undefined],
    ["a text", "ECONNREFUSED"],
    ["an error without a code", new Error("failed")],
    ["an error with a code that is a number", Object.assign(new Error("failed"), { code: 7 })],
    ["an error that is its own cause", cyclic]
  ])(
    "a transport that fails with %s says no more than that the place could not be reached (F54)",
    ([, cause]) =>
      Effect.gen(function*() {
        const reason = yield* failingWith(cause)
        assert.strictEqual(
          reason.message,
          "No token could be fetched: https://accounts.spotify.com/api/token could not be reached. "
            + "Check the network and the token endpoint's address."
        )
      })
  )

  it.effect("silence ends after 30 seconds (F44)", () =>
    Effect.gen(function*() {
      const endpoint = yield* TokenEndpoint.make({ server: Providers.spotify, client: publicClient })
      const fiber = yield* Effect.forkChild(Effect.flip(endpoint.request(program)), { startImmediately: true })
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.include(
        (yield* Fiber.join(fiber)).message,
        "https://accounts.spotify.com/api/token did not answer within 30s"
      )
    }).pipe(Effect.provideService(HttpClient.HttpClient, HttpClient.make(() => Effect.never))))

  it.effect("I11: an error shows no secret of any grant in any spelling, whatever the server echoes of them (F57)", () =>
    Effect.gen(function*() {
      const client = { clientId: "a", clientSecret: Redacted.make("s +/:t") }
      const grants = [
        [
          Grant.AuthorizationCode({
            code: Redacted.make("c +/="),
            redirectUri: "https://a.b/",
            codeVerifier: Redacted.make("v +/=")
          }),
          ["c +/=", "v +/="]
        ],
        [Grant.RefreshToken({ refreshToken: Redacted.make("r +/=") }), ["r +/="]],
        [program, []]
      ] as const
      for (const [grant, own] of grants) {
        const spellings = [...own, "s +/:t"].flatMap((secret) => [
          secret,
          encodeURIComponent(secret),
          new URLSearchParams({ "": secret }).toString().slice(1)
        ]).concat(btoa("a:s+%2B%2F%3At"))
        for (const spelling of spellings) {
          const text = `I got "${spelling}" here`
          const described = yield* refused({
            answer: Response.json({ error: "invalid_scope", error_description: text }, { status: 400 }),
            grant,
            client
          })
          assert.include(described.message, `I got "<redacted>" here`)
          const coded = yield* refused({ answer: { error: text }, grant, client })
          assert.include(coded.message, `the authorization server answered 200 I got "<redacted>" here`)
          const typed = yield* refused({ answer: { ...token, token_type: text }, grant, client })
          assert.include(typed.message, `token_type is "I got "<redacted>" here", not Bearer`)
        }
      }
    }))

  it.effect.prop("I11: an error never shows what the server echoed of the request (F57)", {
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
    }), { arbitrary: { runs: Runs.upTo(200) } })
})
