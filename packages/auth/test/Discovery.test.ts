import type { AuthError } from "@app/auth/AuthError"
import * as Discovery from "@app/auth/Discovery"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"

type Internet = Readonly<Record<string, Response | (() => Response) | null>>

/** An internet of a few pages; everything else is 404, and `null` never answers. */
const internet = (pages: Internet) => {
  const asked: Array<string> = []
  const client = HttpClient.make((request, url) => {
    asked.push(url.href)
    const page = pages[url.href]
    if (page === null) return Effect.never
    const answer = typeof page === "function" ? page() : page?.clone() ?? new Response("", { status: 404 })
    return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
  })
  return { asked, client }
}

const metadata = (issuer: string, more: object = {}) =>
  Response.json({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ["code"],
    ...more
  })

const discover = (issuer: string, pages: Internet) =>
  Effect.provideService(Discovery.discover(issuer), HttpClient.HttpClient, internet(pages).client)

const failure = (effect: Effect.Effect<unknown, AuthError>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error.reason._tag, "DiscoveryFailed")
    return error
  })

describe("Discovery", () => {
  it.effect.prop("asks at the well-known path before the issuer's own, then after it", {
    path: Schema.String.check(Schema.isPattern(/^(\/[a-z0-9]{1,8}){0,3}$/))
  }, ({ path }) =>
    Effect.gen(function*() {
      const issuer = `https://login.example.com${path}`
      const { asked, client } = internet({})
      yield* Effect.flip(Effect.provideService(Discovery.discover(issuer), HttpClient.HttpClient, client))
      assert.deepStrictEqual(asked, [
        `https://login.example.com/.well-known/oauth-authorization-server${path}`,
        `https://login.example.com${path}/.well-known/openid-configuration`
      ])
    }), { arbitrary: { runs: 100 } })

  it.effect("takes endpoints and habits from the metadata", () =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com/tenant"
      const server = yield* discover(issuer, {
        "https://login.example.com/.well-known/oauth-authorization-server/tenant": metadata(issuer, {
          revocation_endpoint: `${issuer}/revoke`,
          token_endpoint_auth_methods_supported: ["private_key_jwt", "client_secret_post"],
          authorization_response_iss_parameter_supported: true
        })
      })
      assert.deepStrictEqual({ ...server }, {
        issuer,
        authorizationEndpoint: `${issuer}/authorize`,
        tokenEndpoint: `${issuer}/token`,
        revocationEndpoint: `${issuer}/revoke`,
        authorizationResponseIssParameterSupported: true,
        clientAuthentication: "client_secret_post"
      })
    }))

  it.effect("trusts nothing in the metadata of another issuer", () =>
    Effect.gen(function*() {
      const error = yield* failure(discover("https://login.example.com", {
        "https://login.example.com/.well-known/oauth-authorization-server": metadata("https://evil.example")
      }))
      assert.isFalse(error.isRetryable)
      assert.include(error.message, "another issuer's, \"https://evil.example\"")
    }))

  it.effect("refuses endpoints that would carry secrets in the clear, and such an issuer", () =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com"
      const error = yield* failure(discover(issuer, {
        [`${issuer}/.well-known/oauth-authorization-server`]: metadata(issuer, {
          token_endpoint: "http://login.example.com/t"
        })
      }))
      assert.include(error.message, "in the clear")
      assert.include((yield* failure(discover("http://login.example.com", {}))).message, "in the clear")
    }))

  it.effect("says what is missing, and whether to try again", () =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com"
      const lacking = yield* failure(discover(issuer, {
        [`${issuer}/.well-known/oauth-authorization-server`]: Response.json({ issuer })
      }))
      assert.isFalse(lacking.isRetryable)
      assert.include(lacking.message, "lack")
      const absent = yield* failure(discover(issuer, {}))
      assert.isTrue(absent.isRetryable)
      assert.include(absent.message, "404")
    }))

  it.effect.each(
    [
      [
        "a page",
        () => new Response("<html>welcome</html>", { headers: { "content-type": "text/html" } }),
        "no metadata"
      ],
      ["an empty body", () => new Response(null), "no metadata"],
      ["another document", () => Response.json({ hello: "world" }), "no metadata"],
      ["ten megabytes", () => new Response("x".repeat(10_000_000)), "more than"],
      ["a redirect", () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }), "302"],
      ["an outage", () => new Response(null, { status: 503 }), "503"]
    ] as const
  )("%s at one place does not keep it from looking at the other", ([_name, answer, mention]) =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com"
      const places = [`${issuer}/.well-known/oauth-authorization-server`, `${issuer}/.well-known/openid-configuration`]
      const [first = "", second = ""] = places
      const server = yield* discover(issuer, { [first]: answer, [second]: metadata(issuer) })
      assert.strictEqual(server.tokenEndpoint, `${issuer}/token`)
      const error = yield* failure(discover(issuer, { [first]: answer, [second]: answer }))
      assert.isTrue(error.isRetryable)
      assert.include(error.message, mention)
    }))

  it.effect("waits ten seconds for each of the two places", () =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com"
      const fiber = yield* Effect.forkChild(
        failure(discover(issuer, {
          [`${issuer}/.well-known/oauth-authorization-server`]: null,
          [`${issuer}/.well-known/openid-configuration`]: null
        })),
        { startImmediately: true }
      )
      yield* TestClock.adjust("20 seconds")
      assert.isDefined(fiber.pollUnsafe())
    }))
})
