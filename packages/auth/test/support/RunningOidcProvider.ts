/**
 * `oidc-provider` as a running server: certified by the OpenID Foundation, and written by nobody here. Known to its
 * clients by its metadata alone.
 *
 * @see https://github.com/panva/node-oidc-provider
 */
import * as Discovery from "@app/auth/Discovery"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { generateKeyPairSync, randomUUID } from "node:crypto"
import { createServer, type Server } from "node:http"
import { type Adapter, type AdapterPayload, Provider } from "oidc-provider"
import { RunningServer, scopes, type Settings, type TokenRequest } from "./RunningServer.ts"

const redirectUri = "http://127.0.0.1:8900/callback"
const registration = { redirect_uris: [redirectUri], response_types: ["code" as const] }
const publicClient = { clientId: "public client" }
/** Every character that RFC 6749 §2.3.1 has a client encode. */
const confidentialClient = { clientId: "confidential:client", clientSecret: Redacted.make("s:cret +/%&=?") }

/** A client that sends its secret in the body (RFC 6749 §2.3.1), since it is registered so. */
export const postingClient = { clientId: "posting-client", clientSecret: Redacted.make("s:cret +/%&=?") }

/** Everything the provider remembers; forgotten as a whole when every token is to end. */
const memory = () => {
  const records = new Map<string, AdapterPayload>()
  const adapter = (model: string): Adapter => {
    const find = async (id: string) => records.get(`${model} ${id}`)
    const where = (isMeant: (payload: AdapterPayload) => boolean) =>
      [...records].find(([key, payload]) => key.startsWith(`${model} `) && isMeant(payload))?.[1]
    return {
      find,
      findByUid: async (uid) => where((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => where((payload) => payload.userCode === userCode),
      upsert: async (id, payload) => {
        records.set(`${model} ${id}`, payload)
      },
      consume: async (id) => {
        const payload = await find(id)
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => {
        records.delete(`${model} ${id}`)
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, payload] of records) if (payload.grantId === grantId) records.delete(key)
      }
    }
  }
  return { adapter, forget: () => records.clear() }
}

const listen = Effect.acquireRelease(
  Effect.callback<Server>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
)

/** Goes where it is sent, with all the cookies it is given, until it is sent to the app. */
const browse = async (url: URL, decision: "agree" | "decline"): Promise<URL> => {
  const cookies = new Map<string, string>()
  let place = url
  while (!place.href.startsWith(redirectUri)) {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ")
    const response = await fetch(place, { redirect: "manual", headers: { cookie, "x-decision": decision } })
    for (const header of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get("location")
    if (location === null) throw new Error(`${place.pathname} answered ${response.status} ${await response.text()}`)
    place = new URL(location, place)
  }
  return place
}

const make = Effect.fnUntraced(function*({ accessTokenLifetime, rotatesRefreshTokens = false }: Settings) {
  const listener = yield* listen
  const address = listener.address()
  const issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`
  const lifetime = Duration.toSeconds(accessTokenLifetime ?? Duration.hours(1))
  const { adapter, forget } = memory()
  const requests: Array<TokenRequest> = []

  const provider = new Provider(issuer, {
    adapter,
    clients: [
      {
        ...registration,
        client_id: publicClient.clientId,
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"]
      },
      {
        ...registration,
        client_id: confidentialClient.clientId,
        client_secret: Redacted.value(confidentialClient.clientSecret),
        grant_types: ["authorization_code", "refresh_token", "client_credentials"]
      },
      {
        redirect_uris: [],
        response_types: [],
        client_id: postingClient.clientId,
        client_secret: Redacted.value(postingClient.clientSecret),
        token_endpoint_auth_method: "client_secret_post",
        grant_types: ["client_credentials"]
      }
    ],
    scopes,
    features: {
      clientCredentials: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: async (_context, client, token) => client.clientId === token.clientId
      },
      devInteractions: { enabled: false }
    },
    ttl: {
      AccessToken: lifetime,
      ClientCredentials: lifetime,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 60,
      Interaction: 60
    },
    rotateRefreshToken: rotatesRefreshTokens,
    issueRefreshToken: async () => true,
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client?.clientId,
        accountId: oidc.session?.accountId
      })
      grant.addOIDCScope(scopes.join(" "))
      await grant.save()
      return grant
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })] }
  })

  provider.use(async (context, next) => {
    await next()
    if (context.oidc?.route === "token") {
      const { grant_type, refresh_token } = context.oidc.params ?? {}
      requests.push({
        grantType: String(grant_type),
        refreshToken: refresh_token === undefined ? undefined : String(refresh_token),
        status: context.status
      })
    }
  })
  const answer = provider.callback()
  listener.on("request", (request, response) => {
    if (request.url?.startsWith("/interaction/") !== true) return void answer(request, response)
    return void provider.interactionFinished(
      request,
      response,
      request.headers["x-decision"] === "agree" ? { login: { accountId: "person" } } : { error: "access_denied" }
    )
  })

  return RunningServer.of({
    server: yield* Effect.provide(Discovery.discover(issuer), FetchHttpClient.layer),
    publicClient,
    confidentialClient,
    redirectUri,
    agree: (url) => Effect.promise(() => browse(url, "agree")),
    decline: (url) => Effect.promise(() => browse(url, "decline")),
    revokeAll: Effect.sync(forget),
    honours: ({ value }) =>
      Effect.promise(async () => (await provider.AccessToken.find(Redacted.value(value)))?.isValid === true),
    tokenRequests: Effect.sync(() => [...requests])
  })
})

export const layer = (settings: Settings = {}): Layer.Layer<RunningServer> =>
  Layer.effect(RunningServer, Effect.orDie(make(settings)))
