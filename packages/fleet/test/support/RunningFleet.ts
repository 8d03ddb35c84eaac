/** A fleet over HTTP on free ports, with stores in memory and the sandbox as its provider. */
import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as MemorySharedTokenStore from "@app/auth/MemorySharedTokenStore"
import * as Providers from "@app/auth/Providers"
import * as Apps from "@app/fleet/Apps"
import * as FleetServer from "@app/fleet/FleetServer"
import * as FleetStore from "@app/fleet/FleetStore"
import type * as ServiceKey from "@app/fleet/ServiceKey"
import * as ServiceKeys from "@app/fleet/ServiceKeys"
import * as Sandbox from "@app/sandbox/Sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import type * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"

/** The administrator's key of every fleet here. */
export const adminKey = Redacted.make(`fk_root_${"A".repeat(43)}`)

const Registered = Layer.unwrap(
  Effect.map(Sandbox.Sandbox, ({ accountsUrl, client }) =>
    Apps.layer([{
      name: "spotify",
      client: { clientId: client.clientId, clientSecret: client.clientSecret },
      server: new AuthorizationServer({ ...Providers.spotify.at(accountsUrl), refreshTokenGrace: Duration.seconds(30) })
    }], { ahead: "always" }))
)

export const layer = (
  options: {
    readonly sandbox?: Partial<Sandbox.Settings>
    readonly server?: FleetServer.Options
    readonly minimumLogLevel?: LogLevel.LogLevel
  } = {}
) =>
  FleetServer.layer({ port: 0, healthPort: 0, ...options.server }).pipe(
    Layer.provideMerge(Layer.merge(Registered, ServiceKeys.layer({ adminKey }))),
    Layer.provideMerge(Layer.mergeAll(
      MemorySharedTokenStore.layer(),
      FleetStore.layerMemory,
      AuthorizationRequestStore.layerMemory,
      Sandbox.layer({
        rotateRefreshTokens: true,
        refreshTokenGrace: { duration: Duration.seconds(30) },
        ...options.sandbox
      })
    )),
    Layer.provideMerge(Layer.mergeAll(
      NodeCrypto.layer,
      NodeHttpClient.layerNodeHttp,
      Layer.succeed(References.MinimumLogLevel, options.minimumLogLevel ?? "None")
    )),
    Layer.orDie
  )

export interface Sent {
  readonly method?: "DELETE" | "GET" | "HEAD" | "OPTIONS" | "PATCH" | "POST" | "PUT"
  readonly key?: Redacted.Redacted<string> | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The JSON of the body, without a member where it is none. */
  readonly json: Readonly<Record<string, unknown>>
}

/** Sends a request to the API. */
export const send = Effect.fnUntraced(function*(path: string, { body, headers = {}, key, method = "GET" }: Sent = {}) {
  const { url } = yield* FleetServer.FleetServer
  const request = HttpClientRequest.make(method)(`${url}${path}`).pipe(
    HttpClientRequest.setHeaders(headers),
    (request) => key === undefined ? request : HttpClientRequest.bearerToken(request, key),
    (request) => body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, body)
  )
  const response = yield* HttpClient.execute(request)
  const text = yield* response.text
  return { status: response.status, headers: response.headers, text, json: parsed(text) }
})

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const parsed = (text: string) => Option.getOrElse(decode(text), (): Readonly<Record<string, unknown>> => ({}))

/** Reads from the port of health. */
export const health = Effect.fnUntraced(function*(path: string) {
  const { healthUrl } = yield* FleetServer.FleetServer
  const response = yield* HttpClient.get(`${healthUrl}${path}`)
  return { status: response.status, text: yield* response.text }
})

/** Makes a service key. */
export const keyFor = (tenants: ServiceKey.Tenants, ...rights: ReadonlyArray<ServiceKey.Right>) =>
  ServiceKeys.ServiceKeys.use(({ create }) => create({ name: "a service", tenants, rights })).pipe(
    Effect.map(({ key }) => key)
  )

export const pathOf = (tenant: string, account?: string) =>
  `/v1/tenants/${tenant}/apps/spotify/accounts${account === undefined ? "" : `/${encodeURIComponent(account)}`}`

/** Signs an account in with a refresh token of the sandbox, and returns that. */
export const signIn = Effect.fnUntraced(function*(tenant: string, account: string) {
  const { issueRefreshTokens } = yield* Sandbox.Sandbox
  const [token] = yield* issueRefreshTokens(1)
  const refreshToken = Redacted.value(token ?? Redacted.make(""))
  const answered = yield* send(`${pathOf(tenant, account)}/authorization`, {
    method: "PUT",
    key: adminKey,
    body: { refresh_token: refreshToken }
  })
  return { ...answered, refreshToken }
})
