/** Texts that clients and grants are made of: which are credentials, and what is said of others. */
import * as Accounts from "@app/auth/Accounts"
import type { AuthError } from "@app/auth/AuthError"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as RevocationEndpoint from "@app/auth/RevocationEndpoint"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import * as TokenService from "@app/auth/TokenService"
import type * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { assertDiscreet, client, isText, join, sending, settingOf, text, tokenOf } from "./support/Credentials.ts"
import * as Runs from "./support/Runs.ts"

const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)

describe("credentials of a client and a grant", () => {
  /** Where a text may be given, and what it is called there. */
  const places: Record<string, (value: string) => TokenService.Options> = {
    "client.clientId": (value) => ({ client: { clientId: value }, grant: Grant.ClientCredentials({}) }),
    "client.clientSecret": (value) => ({
      client: { ...client, clientSecret: Redacted.make(value) },
      grant: Grant.ClientCredentials({})
    }),
    "grant.refreshToken": (value) => ({ client, grant: Grant.RefreshToken({ refreshToken: Redacted.make(value) }) }),
    "grant.code": (value) => ({
      client,
      grant: Grant.AuthorizationCode({ code: Redacted.make(value), redirectUri: "https://example.com/" })
    }),
    "grant.codeVerifier": (value) => ({
      client,
      grant: Grant.AuthorizationCode({
        code: Redacted.make("AQ"),
        codeVerifier: Redacted.make(value),
        redirectUri: "https://example.com/"
      })
    })
  }

  it.effect.prop(
    "are printable ASCII, or are said by name before anything is sent (F93)",
    { given: text, setting: Schema.Literals(Object.keys(places)) },
    ({ given, setting }) =>
      Effect.gen(function*() {
        const value = join(given)
        const options = places[setting]?.(value) ?? { client }
        const { exit, sent } = yield* sending(tokenOf(TokenService.layer(options)))
        if (isText(value) || (setting === "client.clientSecret" && value === "")) {
          assert.strictEqual(exit._tag, "Success")
          assert.strictEqual(sent.length, 1)
        } else {
          assert.strictEqual(sent.length, 0)
          assert.strictEqual(exit._tag, "Failure")
          if (exit._tag === "Success") return
          assert.strictEqual(settingOf(exit.failure), setting)
          assertDiscreet(exit.failure, value)
        }
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )

  it.effect("are said wherever they come in, and cost no sign-in (F93)", () =>
    Effect.gen(function*() {
      const broken = Redacted.make("AQ-canary\n")
      const grant = Grant.RefreshToken({ refreshToken: broken })
      const complaints: Record<
        string,
        Effect.Effect<unknown, unknown, HttpClient.HttpClient | TokenStore.TokenStore | Scope.Scope>
      > = {
        "grant.refreshToken": Effect.gen(function*() {
          const tokens = yield* TokenService.make({ client, grant: Grant.ClientCredentials({}) })
          const token = yield* tokens.get
          const error = yield* Effect.flip(tokens.authorize(grant))
          assert.strictEqual(yield* tokens.get, token)
          return yield* error
        }),
        "grantFor.refreshToken": Effect.gen(function*() {
          const accounts = yield* Accounts.make({ client, grantFor: () => Effect.succeed(grant) })
          return yield* tokenOf(accounts.get("ann"))
        }),
        "client.clientSecret": Accounts.make({ client: { ...client, clientSecret: broken } }),
        "client.clientId": Effect.provide(
          AuthorizationRequest.make({
            client: { clientId: "\u200bclient" },
            redirectUri: "https://example.com/",
            server: Providers.spotify
          }),
          crypto
        )
      }
      for (const [setting, complaint] of Object.entries(complaints)) {
        const { exit, sent } = yield* sending(complaint)
        assert.strictEqual(exit._tag === "Failure" ? settingOf(exit.failure) : "none", setting)
        assert.isFalse(sent.some(({ form }) => JSON.stringify(form).includes("canary")))
      }
    }))

  it.effect("are checked by the endpoints themselves (F93)", () =>
    Effect.gen(function*() {
      const broken = Redacted.make("AQ-canary\u2028")
      const server = Providers.spotify
      const revocable = new AuthorizationServer.AuthorizationServer({
        ...server,
        revocationEndpoint: "https://example.com/"
      })
      const attempts: ReadonlyArray<Effect.Effect<unknown, AuthError, HttpClient.HttpClient>> = [
        TokenEndpoint.make({ client: { ...client, clientSecret: broken }, server }),
        RevocationEndpoint.make({ client: { clientId: "" }, server: revocable }),
        Effect.flatMap(TokenEndpoint.make({ client, server }), (endpoint) =>
          endpoint.request(Grant.RefreshToken({ refreshToken: broken })))
      ]
      for (const attempt of attempts) {
        const { exit, sent } = yield* sending(attempt)
        assert.strictEqual(exit._tag, "Failure")
        if (exit._tag === "Failure") {
          assert.strictEqual(exit.failure.reason._tag, "InvalidConfiguration")
        }
        assert.deepStrictEqual(sent, [])
      }
    }))

  it.effect("an empty secret is no secret (F93)", () =>
    Effect.gen(function*() {
      const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ") })
      const { exit, sent } = yield* sending(
        tokenOf(TokenService.layer({ client: { ...client, clientSecret: Redacted.make("") }, grant }))
      )
      assert.strictEqual(exit._tag, "Success")
      assert.deepStrictEqual(sent, [{
        authorization: undefined,
        form: { client_id: "client", grant_type: "refresh_token", refresh_token: "AQ" }
      }])
    }))

  it.effect("what a program without types leaves out is said, too (F93)", () =>
    Effect.gen(function*() {
      const { absent, plain, number }: Record<"absent" | "plain" | "number", never> = JSON.parse(
        "{ \"plain\": \"canary\", \"number\": 7 }"
      )
      for (
        const [setting, options] of [
          ["client.clientId", { client: { clientId: absent } }],
          ["client.clientId", { client: { clientId: number } }],
          ["client.clientSecret", { client: { ...client, clientSecret: plain } }],
          ["client.clientSecret", { client: { ...client, clientSecret: Redacted.make("\n") } }],
          ["grant.refreshToken", { client, grant: Grant.RefreshToken({ refreshToken: absent }) }],
          ["grant.refreshToken", { client, grant: Grant.RefreshToken({ refreshToken: Redacted.make(absent) }) }]
        ] as const
      ) {
        const { exit, sent } = yield* sending(tokenOf(TokenService.layer(options)))
        assert.strictEqual(exit._tag === "Failure" ? settingOf(exit.failure) : "none", setting)
        assert.notInclude(inspect(exit, { depth: 10 }), "canary")
        assert.deepStrictEqual(sent, [])
      }
    }))

  it.effect.each(
    [
      ["AQ\r\n", "ends in a line break", "Trim it"],
      ["\nAQ", "begins with a line break", "Trim it"],
      ["AQ\nAQ", "holds a line break", "Join the lines"],
      ["\ufeffAQ", "begins with a byte order mark", "without a byte order mark"],
      ["AQ\u200b", "ends in an invisible character (U+200B)", "Remove it"],
      ["A\u00a0Q", "holds white space (U+00A0)", "Copy it again"],
      ["A\u0007Q", "holds a control character (U+0007)", "Copy it again"],
      ["Äé", "begins with a character that is not printable ASCII", "Copy it again"],
      ["", "is empty", "Give it its value"]
    ] as const
  )("%j is told apart, with what to do about it (F93)", ([value, fault, remedy]) =>
    Effect.gen(function*() {
      const grant = Grant.RefreshToken({ refreshToken: Redacted.make(value) })
      const { exit } = yield* sending(tokenOf(TokenService.layer({ client, grant })))
      const message = exit._tag === "Failure" ? exit.failure.message : ""
      assert.include(message, `grant.refreshToken cannot be used: it ${fault}`)
      assert.include(message, remedy)
    }))

  it.effect("a sign-in from before there were any has no age, once the clock is set (F106)", () =>
    Effect.gen(function*() {
      const refreshToken = Redacted.make("AQ")
      for (
        const [clock, at, due] of [
          ["2026-11-25T00:00:00Z", "1970-01-01T00:00:12Z", "unknown"],
          ["2026-11-25T00:00:00Z", "2012-09-30T23:59:59Z", "unknown"],
          ["2026-11-25T00:00:00Z", "2026-11-01T00:00:00Z", "2027-04-30T00:00:00.000Z"],
          // A clock that has not been set: its own times fit each other, and it cannot judge any other.
          ["1970-01-01T00:01:00Z", "1970-01-01T00:00:12Z", "1970-06-30T00:00:12.000Z"],
          ["1970-01-01T00:01:00Z", "2026-11-01T00:00:00Z", "2027-04-30T00:00:00.000Z"]
        ] as const
      ) {
        yield* TestClock.setTime(DateTime.makeUnsafe(clock).epochMilliseconds)
        const grant = Grant.RefreshToken({ refreshToken, authorizedAt: DateTime.makeUnsafe(at) })
        const { exit } = yield* sending(Effect.flatMap(
          TokenService.make({ client, grant }),
          (tokens) => Effect.andThen(tokens.get, tokens.status)
        ))
        const dueAt = exit._tag === "Success" ? exit.success.signInDueAt : undefined
        assert.strictEqual(dueAt === undefined ? "unknown" : DateTime.formatIso(dueAt), due)
      }
    }))
})
