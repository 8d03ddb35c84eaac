import type * as AuthError from "@app/auth/AuthError"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Fault, Sandbox } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"

const transports = { undici: NodeHttpClient.layerUndici, fetch: FetchHttpClient.layer }

const sandbox = Sandbox.Sandbox

/** Signs a person in at the sandbox, up to the grant. */
const signIn = (client: Client) =>
  Effect.gen(function*() {
    const { accountsUrl, approve, client: { redirectUri } } = yield* sandbox
    const request = yield* AuthorizationRequest.make({
      server: AuthorizationServer.spotify.at(accountsUrl),
      client,
      redirectUri,
      scopes: ["user-read-private"]
    })
    return yield* request.callback(yield* approve(request.url))
  }).pipe(Effect.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto]))

/** A token service at the sandbox, in a scope of its own. */
const start = (options: Omit<TokenService.Options, "server">) =>
  Effect.gen(function*() {
    const { accountsUrl } = yield* sandbox
    return yield* TokenService.make({ ...options, server: AuthorizationServer.spotify.at(accountsUrl) })
  }).pipe(Effect.provide(TokenStore.layerMemory))

const publicClient = Effect.map(sandbox, ({ client: { clientId } }): Client => ({ clientId }))
const confidentialClient = Effect.map(
  sandbox,
  ({ client: { clientId, clientSecret } }): Client => ({ clientId, clientSecret })
)

const asPerson = Effect.gen(function*() {
  const client = yield* publicClient
  return yield* start({ client, grant: yield* signIn(client) })
})

const asProgram = Effect.flatMap(confidentialClient, (client) => start({ client, grant: Grant.ClientCredentials({}) }))

const tokenRequests = Effect.flatMap(sandbox, ({ count }) => count("POST /api/token"))

const onTheWire = <A, E>(
  program: Effect.Effect<A, E, Sandbox.Sandbox | HttpClient.HttpClient | Scope.Scope>,
  settings?: Parameters<typeof Sandbox.layer>[0],
  transport: Layer.Layer<HttpClient.HttpClient> = NodeHttpClient.layerUndici
) =>
  Effect.scoped(program).pipe(
    Effect.provide([Sandbox.layer(settings), transport]),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

const reasonOf = (error: AuthError.AuthError) => error.reason._tag

describe.each(Object.entries(transports))("grants over real sockets, with %s", (_name, transport) => {
  it.live("authorization code with PKCE, then refreshes with the token it brought", () =>
    onTheWire(
      Effect.gen(function*() {
        const tokens = yield* asPerson
        const first = yield* tokens.get
        const second = yield* tokens.refresh
        assert.notStrictEqual(Redacted.value(first.value), Redacted.value(second.value))
        assert.deepStrictEqual(second.scopes, ["user-read-private"])
        const { requests } = yield* sandbox
        assert.deepStrictEqual(
          (yield* requests).flatMap(({ grantType }) => grantType ?? []),
          ["authorization_code", "refresh_token"]
        )
      }),
      {},
      transport
    ))

  it.live("authorization code with a secret", () =>
    onTheWire(
      Effect.gen(function*() {
        const client = yield* confidentialClient
        const tokens = yield* start({ client, grant: yield* signIn(client) })
        yield* tokens.get
        yield* tokens.refresh
        assert.strictEqual((yield* tokens.status).phase, "Valid")
      }),
      {},
      transport
    ))

  it.live("client credentials", () =>
    onTheWire(
      Effect.gen(function*() {
        const tokens = yield* asProgram
        yield* tokens.get
        yield* tokens.refresh
        assert.strictEqual(yield* tokenRequests, 2)
      }),
      {},
      transport
    ))

  it.live("I12: the token request does not follow a redirect", () =>
    onTheWire(
      Effect.gen(function*() {
        const { inject } = yield* sandbox
        const elsewhere = yield* Layer.build(Layer.fresh(Sandbox.layer()))
        const { accountsUrl, requests } = yield* Effect.provideContext(sandbox, elsewhere)
        for (const status of [302, 307, 308]) {
          yield* inject("POST /api/token", Fault.Redirect({ location: `${accountsUrl}/api/token`, status }))
          const tokens = yield* asProgram
          assert.strictEqual(reasonOf(yield* Effect.flip(tokens.get)), "TokenRequestFailed")
        }
        assert.deepStrictEqual(yield* requests, [])
      }),
      {},
      transport
    ))
})

describe("a life over real sockets", () => {
  it.live("I3: a thousand callers at once cost one token request", () =>
    onTheWire(Effect.gen(function*() {
      const tokens = yield* asProgram
      const answers = yield* Effect.all(Array.from({ length: 1000 }, () => tokens.get), { concurrency: "unbounded" })
      assert.strictEqual(new Set(answers).size, 1)
      assert.strictEqual(yield* tokenRequests, 1)
    })))

  it.live("I6: with rotation on, thirty refreshes lose no refresh token", () =>
    onTheWire(
      Effect.gen(function*() {
        const tokens = yield* asPerson
        yield* tokens.get
        for (let i = 0; i < 30; i++) yield* tokens.refresh
        const { requests } = yield* sandbox
        const sent = (yield* requests).flatMap(({ refreshToken }) => refreshToken ?? [])
        assert.strictEqual(new Set(sent).size, 30)
        assert.isTrue((yield* requests).every(({ status }) => status !== 400))
      }),
      { rotateRefreshTokens: true }
    ))

  it.live("I6: without rotation the one refresh token goes on serving", () =>
    onTheWire(Effect.gen(function*() {
      const tokens = yield* asPerson
      yield* tokens.get
      for (let i = 0; i < 5; i++) yield* tokens.refresh
      const { requests } = yield* sandbox
      assert.strictEqual(new Set((yield* requests).flatMap(({ refreshToken }) => refreshToken ?? [])).size, 1)
    })))

  it.live("I7: a revoked refresh token is asked about once, however many ask", () =>
    onTheWire(Effect.gen(function*() {
      const tokens = yield* asPerson
      const token = yield* tokens.get
      const { revokeAccessTokens, revokeRefreshTokens } = yield* sandbox
      yield* revokeRefreshTokens
      yield* revokeAccessTokens
      const before = yield* tokenRequests
      yield* tokens.invalidate(token)
      for (let i = 0; i < 20; i++) {
        const error = yield* Effect.flip(tokens.get)
        assert.strictEqual(reasonOf(error), "ReauthorizationRequired")
        assert.include(error.message, "sign in again")
      }
      assert.strictEqual((yield* tokenRequests) - before, 1)
    })))

  it.live("I9: a late refusal of an older token changes nothing", () =>
    onTheWire(Effect.gen(function*() {
      const tokens = yield* asProgram
      const older = yield* tokens.get
      const current = yield* tokens.refresh
      assert.isTrue(yield* tokens.invalidate(older))
      assert.strictEqual(yield* tokens.get, current)
      assert.strictEqual(yield* tokenRequests, 2)
    })))
})

describe("bad input", () => {
  it.live("a wrong client secret", () =>
    onTheWire(Effect.gen(function*() {
      const { client: { clientId } } = yield* sandbox
      const tokens = yield* start({
        client: { clientId, clientSecret: Redacted.make("wrong") },
        grant: Grant.ClientCredentials({})
      })
      const error = yield* Effect.flip(tokens.get)
      assert.strictEqual(reasonOf(error), "InvalidClient")
      assert.include(error.message, "Check the client id and the client secret")
      assert.include(error.message, clientId)
      for (let i = 0; i < 5; i++) yield* Effect.flip(tokens.get)
      assert.strictEqual(yield* tokenRequests, 1)
    })))

  it.live("a token endpoint that is down at the start", () =>
    Effect.gen(function*() {
      // A port that was free a moment ago, and on which nobody listens.
      const { accountsUrl } = yield* Effect.provide(sandbox, Sandbox.layer())
      const tokens = yield* TokenService.make({
        server: AuthorizationServer.spotify.at(accountsUrl),
        client: { clientId: "client", clientSecret: Redacted.make("secret") },
        grant: Grant.ClientCredentials({})
      })
      const error = yield* Effect.flip(tokens.get)
      assert.strictEqual(reasonOf(error), "TokenRequestFailed")
      assert.include(error.message, "ECONNREFUSED")
      assert.include(error.message, "Check the network")
    }).pipe(
      Effect.scoped,
      Effect.provide([TokenStore.layerMemory, NodeHttpClient.layerUndici]),
      Effect.provideService(References.MinimumLogLevel, "None")
    ))

  const junk = Fault.Body({ body: "0123456789abcdef", repeat: 640 * 1024 })
  it.live.each(
    [
      ["a status of 503", Fault.Status({ status: 503 }), "TokenRequestFailed"],
      ["a 429 with Retry-After", Fault.RateLimited({ retryAfter: 7 }), "TokenRequestFailed"],
      ["a 429 with an absurd Retry-After", Fault.RateLimited({ retryAfter: "soon" }), "TokenRequestFailed"],
      ["a 404, as in a world-wide outage", Fault.Status({ status: 404 }), "TokenRequestFailed"],
      ["a hang", Fault.Hang({}), "TokenRequestFailed"],
      ["an answer that drips", Fault.Drip({ every: Duration.millis(100) }), "TokenRequestFailed"],
      ["a connection reset", Fault.Reset({}), "TokenRequestFailed"],
      ["an answer cut in the middle", Fault.Truncated({}), "TokenRequestFailed"],
      ["a page in place of JSON", Fault.Html({ status: 200 }), "MalformedTokenResponse"],
      ["an empty body", Fault.EmptyBody({}), "MalformedTokenResponse"],
      ["ten megabytes of junk", junk, "MalformedTokenResponse"],
      ["an unknown error with status 200", Fault.Body({ body: `{"error":"odd"}` }), "TokenRequestFailed"]
    ] as const
  )(
    "%s is typed, bounded in time, and costs no credential",
    ([_name, fault, expected]) =>
      onTheWire(Effect.gen(function*() {
        const client = yield* publicClient
        const tokens = yield* start({ client, grant: yield* signIn(client), timeout: "500 millis" })
        const { inject } = yield* sandbox
        const token = yield* tokens.get
        yield* inject("POST /api/token", fault)
        const error = yield* Effect.flip(tokens.refresh)
        assert.strictEqual(reasonOf(error), expected)
        assert.isTrue(error.isRetryable)
        // The old token goes on serving, and the credential is there for the next try.
        assert.strictEqual(yield* tokens.get, token)
      }))
  )
})
