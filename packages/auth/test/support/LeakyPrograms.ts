/** Programs that hold secrets, and servers and stores that quote them back. */
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as TokenStore from "@app/auth/TokenStore"
import { Fault, Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { LeakHunt } from "./LeakHunt.ts"

/** With characters that look different in a URL, a form, JSON and a header. */
export const clientSecret = "s3cret/+=&% \"of the app\""

export const timeout = "300 millis"

/** What a program may do with a token service. */
export const use = Effect.fnUntraced(function*(hunt: LeakHunt, tokens: TokenService.Service) {
  yield* tokens.changes.pipe(
    Stream.runForEach((status) => Effect.sync(() => hunt.print(status))),
    Effect.forkScoped
  )
  hunt.print(tokens)
  yield* hunt.observe(tokens.get)
  yield* hunt.observe(tokens.refresh)
  yield* hunt.observe(Effect.flatMap(tokens.get, tokens.invalidate))
  yield* hunt.observe(tokens.get)
  yield* hunt.observe(tokens.status)
})

/** As Spotify's are: its Accounts service takes a secret in HTTP Basic as it comes. */
export const spotifySecret = "0123456789abcdef0123456789abcdef"

export const clientId = "an-app"

export const redirectUri = "http://127.0.0.1:8900/callback"

/** A sandbox with rotating refresh tokens, reached over a wire that the hunt listens to. */
export const withSpotify = (hunt: LeakHunt) =>
  Effect.provide([
    hunt.wiretap.pipe(Layer.provide(NodeHttpClient.layerUndici)),
    TokenStore.layerMemory,
    NodeCrypto.layer,
    Sandbox.layer({
      rotateRefreshTokens: true,
      clients: [{
        clientId,
        clientSecret: Redacted.make(spotifySecret),
        redirectUris: [redirectUri, "http://127.0.0.1/callback"]
      }]
    })
  ])

export const authorizationServer = Effect.map(
  Sandbox.Sandbox,
  ({ accountsUrl }) => Providers.spotify.at(accountsUrl)
)

/** What the server knows of an answer before it is secret here: the code in the callback. */
export const approve = Effect.fnUntraced(function*(hunt: LeakHunt, url: URL) {
  const sandbox = yield* Sandbox.Sandbox
  const callback = yield* sandbox.approve(url)
  hunt.secret(callback.searchParams.get("code") ?? "")
  return callback
})

/** A person who signs in, up to the grant, and whatever else may come to the callback. */
export const signIn = Effect.fnUntraced(function*(
  hunt: LeakHunt,
  options: Pick<AuthorizationRequest.Options, "client" | "server">
) {
  const request = yield* AuthorizationRequest.make({ ...options, redirectUri })
  const callback = yield* approve(hunt, request.url)
  yield* hunt.observe(request.handleCallback(`${redirectUri}?code=stray&state=wrong`))
  const grant = yield* request.handleCallback(callback)
  yield* hunt.observe(request.handleCallback(callback))
  hunt.print(grant)
  return grant
})

/** Trouble at the token endpoint, some of it with all secrets so far in it. */
export const troubles = (hunt: LeakHunt) => [
  Fault.Status({ status: 503 }),
  Fault.RateLimited({ retryAfter: 1 }),
  Fault.Hang({}),
  Fault.Reset({}),
  Fault.Truncated({}),
  Fault.Html({ status: 200 }),
  Fault.Redirect({ location: "https://example.com" }),
  ...["invalid_scope", "invalid_grant", "invalid_client", hunt.echo()].map((error) =>
    Fault.Body({ body: JSON.stringify({ error, error_description: hunt.echo() }), status: 400 })
  ),
  Fault.Body({ body: hunt.echo(), status: 200 }),
  ...["access_token", "token_type", "refresh_token", "expires_in"].map((name) =>
    Fault.Body({
      body: JSON.stringify({ access_token: "unheard-of", token_type: "Bearer", [name]: hunt.echo() }),
      status: 200
    })
  )
]

export const someServer = new AuthorizationServer.AuthorizationServer({
  issuer: "https://login.example.com",
  authorizationEndpoint: "https://login.example.com/authorize",
  tokenEndpoint: "https://login.example.com/token",
  revocationEndpoint: "https://login.example.com/revoke"
})

export type Trouble = "none" | "echo" | "unreachable"

/** A provider that can be discovered, and that hands out tokens until it is in trouble. */
export const provider = (hunt: LeakHunt, trouble: () => Trouble = () => "none") => {
  let serial = 0
  const answer = (path: string): Response => {
    serial += 1
    if (path.includes("/.well-known/")) {
      return Response.json({
        issuer: trouble() === "none" ? someServer.issuer : "https://elsewhere.example.com",
        authorization_endpoint: someServer.authorizationEndpoint,
        token_endpoint: someServer.tokenEndpoint,
        revocation_endpoint: someServer.revocationEndpoint
      })
    }
    if (trouble() === "echo") {
      return Response.json({ error: "invalid_client", error_description: hunt.echo() }, { status: 400 })
    }
    return path === "/token"
      ? Response.json({
        access_token: `access-token-of-twenty-four-letters-${serial}`,
        refresh_token: `refresh-token-of-twenty-four-letters-${serial}`,
        token_type: "Bearer",
        expires_in: 3600
      })
      : new Response("")
  }
  const httpClient = HttpClient.make((request, { pathname }) =>
    trouble() === "unreachable"
      ? Effect.fail(
        new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({ request, cause: { code: "ECONNREFUSED" } })
        })
      )
      : Effect.succeed(HttpClientResponse.fromWeb(request, answer(pathname)))
  )
  return hunt.wiretap.pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, httpClient)))
}

export const someClient = (hunt: LeakHunt): Client => ({
  clientId,
  clientSecret: Redacted.make(hunt.secret(clientSecret))
})

export const someGrant = (hunt: LeakHunt) =>
  Grant.RefreshToken({ refreshToken: Redacted.make(hunt.secret("refresh-token-of-twenty-four-letters-0")) })

/** A token service over a storage, used and signed out of. */
export const useOver = <E>(hunt: LeakHunt, storage: Layer.Layer<TokenStorage.TokenStorage, E>) =>
  Effect.gen(function*() {
    const services = yield* Layer.build(
      TokenService.layer({ server: someServer, client: someClient(hunt), grant: someGrant(hunt), timeout }).pipe(
        Layer.provide(TokenStorage.layerTokenStore),
        Layer.provide([Layer.fresh(storage), provider(hunt)])
      )
    )
    const tokens = Context.get(services, TokenService.TokenService)
    yield* use(hunt, tokens)
    yield* hunt.observe(tokens.signOut)
  }).pipe(Effect.scoped, hunt.observe)
