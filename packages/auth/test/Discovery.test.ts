import type { AuthError } from "@app/auth/AuthError"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as Discovery from "@app/auth/Discovery"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { gzipSync } from "node:zlib"

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
  it.effect.prop("asks at the well-known path before the issuer's own, then after it, then before it again (F108)", {
    path: Schema.String.check(Schema.isPattern(/^(\/[a-z0-9]{1,8}){0,3}$/))
  }, ({ path }) =>
    Effect.gen(function*() {
      const issuer = `https://login.example.com${path}`
      const { asked, client } = internet({})
      yield* Effect.flip(Effect.provideService(Discovery.discover(issuer), HttpClient.HttpClient, client))
      assert.deepStrictEqual(asked, [
        `https://login.example.com/.well-known/oauth-authorization-server${path}`,
        `https://login.example.com${path}/.well-known/openid-configuration`,
        ...(path === "" ? [] : [`https://login.example.com/.well-known/openid-configuration${path}`])
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

  const tenant = "https://login.example.com/tenant"
  const places = [
    "https://login.example.com/.well-known/oauth-authorization-server/tenant",
    "https://login.example.com/tenant/.well-known/openid-configuration",
    "https://login.example.com/.well-known/openid-configuration/tenant"
  ]

  it.effect.each<readonly [string, () => Response]>([
    ["that name the issuer and nothing else", () => Response.json({ issuer: tenant })],
    ["of another issuer", () => metadata("https://login.example.com")],
    ["with an endpoint in the clear", () => metadata(tenant, { token_endpoint: "http://login.example.com/token" })],
    ["with an endpoint that is no text", () => metadata(tenant, { token_endpoint: 7 })],
    ["in a coding that nobody knows", () => new Response("\0\x01", { headers: { "content-encoding": "dcz" } })],
    ["that are a list", () => Response.json([tenant])]
  ])("goes on past metadata %s, wherever they are (F97, F108)", ([, useless]) =>
    Effect.gen(function*() {
      for (const good of places) {
        const pages = Object.fromEntries(places.map((place) => [place, place === good ? metadata(tenant) : useless]))
        assert.strictEqual((yield* discover(tenant, pages)).tokenEndpoint, `${tenant}/token`)
      }
    }))

  it.effect("says what is wrong with metadata that are there, and not what is missing elsewhere (F97)", () =>
    Effect.gen(function*() {
      for (
        const [useless, mention] of [
          [Response.json({ issuer: tenant }), "lack a token_endpoint"],
          [metadata("https://evil.example"), "another issuer's, \"https://evil.example\""],
          [metadata(tenant, { token_endpoint: "http://login.example.com/token" }), "in the clear"],
          [metadata(tenant, { revocation_endpoint: "/revoke" }), "\"/revoke\" is not an absolute URL"],
          [metadata(tenant, { token_endpoint: `x${"y".repeat(200_000)}` }), "is not an absolute URL"]
        ] as const
      ) {
        const [first = "", second = ""] = places
        const error = yield* failure(discover(tenant, { [second]: useless }))
        assert.include(error.message, mention)
        assert.include(error.message, second)
        assert.notInclude(error.message, first)
        assert.isBelow(error.message.length, 1000)
        assert.isFalse(error.isRetryable)
      }
      const error = yield* failure(discover(tenant, {}))
      for (const place of places) assert.include(error.message, `${place} answered 404`)
      assert.isTrue(error.isRetryable)
    }))

  it.effect("finds a server for programs alone, where nobody can sign in (F97)", () =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com"
      const server = yield* discover(issuer, {
        [`${issuer}/.well-known/oauth-authorization-server`]: Response.json({
          issuer,
          token_endpoint: `${issuer}/token`,
          grant_types_supported: ["client_credentials"],
          response_types_supported: []
        })
      })
      assert.deepStrictEqual({ ...server }, { issuer, tokenEndpoint: `${issuer}/token` })
      const error = yield* Effect.flip(
        AuthorizationRequest.make({ server, client: { clientId: "a" }, redirectUri: "http://127.0.0.1:8888/callback" })
      )
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "authorizationEndpoint cannot be used: https://login.example.com has none")
    }).pipe(Effect.provide(NodeCrypto.layer)))

  const Odd = Schema.Union([
    Schema.Null,
    Schema.Boolean,
    Schema.Finite,
    Schema.Literals(["", "client_secret_post"]),
    Schema.Array(Schema.Finite),
    Schema.Record(Schema.String, Schema.String)
  ])

  it.effect.prop("counts optional members of another type as absent (F97)", {
    members: Schema.Struct({
      authorization_endpoint: Schema.optionalKey(Schema.Union([Schema.Null, Schema.Finite, Schema.Literal("")])),
      revocation_endpoint: Schema.optionalKey(Schema.Union([Schema.Null, Schema.Finite, Schema.Literal("")])),
      authorization_response_iss_parameter_supported: Schema.optionalKey(
        Schema.Union([Schema.Null, Schema.Literal(false), Schema.String])
      ),
      token_endpoint_auth_methods_supported: Schema.optionalKey(Odd),
      jwks_uri: Schema.optionalKey(Odd)
    })
  }, ({ members }) =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com"
      const server = yield* discover(issuer, {
        [`${issuer}/.well-known/oauth-authorization-server`]: metadata(issuer, members)
      })
      const authorizationEndpoint = "authorization_endpoint" in members ? undefined : `${issuer}/authorize`
      assert.deepStrictEqual({ ...server }, {
        issuer,
        tokenEndpoint: `${issuer}/token`,
        ...(authorizationEndpoint !== undefined && { authorizationEndpoint })
      })
    }), { arbitrary: { runs: 200 } })

  it.effect("reads metadata that are compressed, and asks under a name for some that are not (F89, F100)", () =>
    Effect.gen(function*() {
      const issuer = "https://login.example.com"
      const sent: Array<Readonly<Record<string, string>>> = []
      const client = HttpClient.make((request) => {
        sent.push(request.headers)
        const body = new Uint8Array(gzipSync(JSON.stringify({ issuer, token_endpoint: `${issuer}/token` })))
        return Effect.succeed(
          HttpClientResponse.fromWeb(request, new Response(body, { headers: { "content-encoding": "gzip" } }))
        )
      })
      const server = yield* Effect.provideService(Discovery.discover(issuer), HttpClient.HttpClient, client)
      assert.strictEqual(server.tokenEndpoint, `${issuer}/token`)
      assert.match(sent[0]?.["user-agent"] ?? "", /^app-auth\//)
      assert.strictEqual(sent[0]?.["accept-encoding"], "identity")
    }))

  it.effect.each<readonly [string, (client: HttpClient.HttpClient) => HttpClient.HttpClient, string, boolean]>([
    [
      "asks elsewhere",
      HttpClient.mapRequest(HttpClientRequest.setUrl("https://backend.example/metadata")),
      "to https://backend.example/metadata",
      false
    ],
    ["follows redirects", HttpClient.followRedirects(), "led to https://evil.example/metadata", true]
  ])(
    "takes nothing from elsewhere over a client that %s (I12, F123)",
    ([, own, mention, isRetryable]) =>
      Effect.gen(function*() {
        const issuer = "https://login.example.com"
        const redirect = new Response(null, { status: 302, headers: { location: "https://evil.example/metadata" } })
        const { asked, client } = internet({
          [`${issuer}/.well-known/oauth-authorization-server`]: redirect,
          "https://evil.example/metadata": metadata(issuer, { token_endpoint: "https://evil.example/token" }),
          "https://backend.example/metadata": metadata(issuer, { token_endpoint: "https://evil.example/token" })
        })
        const error = yield* failure(
          Effect.provideService(Discovery.discover(issuer), HttpClient.HttpClient, own(client))
        )
        assert.include(error.message, mention)
        assert.strictEqual(error.isRetryable, isRetryable)
        assert.isFalse(asked.some((url) => url.includes("evil") || url.includes("backend")))
      })
  )

  it.effect("waits ten seconds for each place", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(
        failure(discover(tenant, Object.fromEntries(places.map((place) => [place, null])))),
        { startImmediately: true }
      )
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isDefined(fiber.pollUnsafe())
    }))
})
