/**
 * `npm run example other-provider.ts` uses tokens of another OAuth provider, and a personal access token.
 *
 * **Details**
 *
 * The provider is `oidc-provider`, which runs within this program. Nothing is known of it but its address: the rest comes
 * from its metadata (RFC 8414). The personal access token is one that a person has made on a page of a service, such as
 * GitHub's; it has no refresh, and may have an end.
 */
import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as Discovery from "@app/auth/Discovery"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import { generateKeyPairSync, randomUUID } from "node:crypto"
import { createServer, type RequestListener } from "node:http"
import { type Adapter, type AdapterPayload, Provider } from "oidc-provider"

// =============================================================================
// Servers of this example
// =============================================================================

/** Opens a listener until the scope closes and returns its origin. */
const listen = Effect.fnUntraced(function*(handlerOf: (origin: string) => RequestListener) {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => createServer()),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  yield* Effect.callback<void>((resume) => {
    server.listen(0, "127.0.0.1", () => resume(Effect.void))
  })
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`
  server.on("request", handlerOf(origin))
  return origin
})

const client = { clientId: "my-app" }
const redirectUri = "http://127.0.0.1:8900/callback"
const scopes = ["openid", "offline_access"]

/** All that the provider remembers, since it keeps nothing by itself. */
const memory = () => {
  const records = new Map<string, AdapterPayload>()
  return (model: string): Adapter => {
    const find = async (id: string) => records.get(`${model} ${id}`)
    return {
      find,
      findByUid: async (uid) =>
        Array.from(records.values()).find((record) => record.kind === model && record.uid === uid),
      findByUserCode: async () => undefined,
      upsert: async (id, payload) => void records.set(`${model} ${id}`, payload),
      consume: async (id) => {
        const record = await find(id)
        if (record !== undefined) record.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => void records.delete(`${model} ${id}`),
      revokeByGrantId: async (grantId) => {
        for (const [key, record] of records) if (record.grantId === grantId) records.delete(key)
      }
    }
  }
}

/** A provider at which Ada signs in and agrees at once. */
const providerAt = (issuer: string): RequestListener => {
  const provider = new Provider(issuer, {
    adapter: memory(),
    clients: [{
      client_id: client.clientId,
      token_endpoint_auth_method: "none",
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"]
    }],
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 60, Grant: 3600, IdToken: 60, Interaction: 60, RefreshToken: 3600, Session: 60 },
    issueRefreshToken: async () => true,
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId })
      grant.addOIDCScope(scopes.join(" "))
      await grant.save()
      return grant
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })] }
  })
  const respond = provider.callback()
  return (request, response) =>
    void (request.url?.startsWith("/interaction/") === true
      ? provider.interactionFinished(request, response, { login: { accountId: "ada" } })
      : respond(request, response))
}

/** Ada's browser, which keeps cookies and goes where it is sent, until it is sent to the app. */
const browse = async (url: URL): Promise<URL> => {
  const cookies = new Map<string, string>()
  let place = url
  while (!place.href.startsWith(redirectUri)) {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ")
    const response = await fetch(place, { redirect: "manual", headers: { cookie } })
    for (const header of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      cookies.set(name, value)
    }
    place = new URL(response.headers.get("location") ?? "", place)
  }
  return place
}

/** An API that accepts one personal access token. */
const apiFor = (token: string): RequestListener => (request, response) => {
  const isAccepted = request.headers["authorization"] === `Bearer ${token}`
  response.writeHead(isAccepted ? 200 : 401, { "content-type": "application/json" })
  response.end(JSON.stringify(isAccepted ? { login: "ada" } : { message: "Bad credentials" }))
}

// =============================================================================
// Another provider
// =============================================================================

const withProvider = Effect.gen(function*() {
  const issuer = yield* listen(providerAt)
  const server = yield* Discovery.discover(issuer)
  yield* Console.log(`${new URL(server.tokenEndpoint).pathname} is the token endpoint, by the provider's metadata`)

  const Api = AuthenticatedHttpClient.layer({ origins: [issuer] }).pipe(
    Layer.provideMerge(TokenService.layer({ server, client, scopes })),
    Layer.provide(TokenStore.layerMemory)
  )
  yield* Effect.gen(function*() {
    const request = yield* AuthorizationRequest.make({ server, client, redirectUri, scopes })
    const callback = yield* Effect.promise(() => browse(request.url))
    yield* TokenService.authorize(yield* request.handleCallback(callback))
    const http = yield* AuthenticatedHttpClient.AuthenticatedHttpClient
    const whoAmI = Effect.flatMap(http.get(`${issuer}/me`), ({ json }) => json)
    yield* Console.log(`signed in: ${JSON.stringify(yield* whoAmI)}`)
    yield* TokenService.refresh
    yield* Console.log(`refreshed: ${JSON.stringify(yield* whoAmI)}`)
  }).pipe(Effect.provide(Api))
}).pipe(Effect.scoped)

// =============================================================================
// A personal access token
// =============================================================================

const withPersonalToken = Effect.gen(function*() {
  // Your own program has the token in its configuration, where this example has a default.
  const token = yield* Config.Redacted("PERSONAL_ACCESS_TOKEN").pipe(
    Config.withDefault(Redacted.make("pat_11AAAAAAA"))
  )
  const api = yield* listen(() => apiFor(Redacted.value(token)))

  const Api = AuthenticatedHttpClient.layer({ origins: [api] }).pipe(
    Layer.provide(TokenSource.layer({ acquire: Effect.succeed({ value: token }), name: "personal access token" }))
  )
  yield* Effect.gen(function*() {
    const http = yield* AuthenticatedHttpClient.AuthenticatedHttpClient
    const response = yield* http.get(`${api}/user`)
    yield* Console.log(`personal access token: ${response.status} ${yield* response.text}`)
    // The token goes to the origins that are listed, and nowhere else.
    const error = yield* Effect.flip(http.get("https://elsewhere.example/user"))
    yield* Console.log(`another address: ${error.message}`)
  }).pipe(Effect.provide(Api))
}).pipe(Effect.scoped)

Effect.andThen(withProvider, withPersonalToken).pipe(
  Effect.provide([NodeHttpClient.layerUndici, NodeCrypto.layer]),
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
