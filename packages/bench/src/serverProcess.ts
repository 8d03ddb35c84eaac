/**
 * The process that `Server` starts. Its responses are made once and kept as bytes, so that the client is the busy one.
 */
import { Catalogue, Sandbox } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

const latencyOfFar = 20
const savedTracks = 10_000

// =============================================================================
// Responses
// =============================================================================

const Granted = Schema.Struct({ access_token: Schema.String })

/** A track as an app in Extended Quota Mode gets it, some 2 kB. */
const recorded = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client } = yield* Sandbox.Sandbox
  const http = yield* HttpClient.HttpClient
  const { access_token } = yield* HttpClientRequest.post(`${accountsUrl}/api/token`).pipe(
    HttpClientRequest.basicAuth(client.clientId, client.clientSecret),
    HttpClientRequest.bodyUrlParams({ grant_type: "client_credentials" }),
    http.execute,
    Effect.flatMap((response) => response.json),
    Effect.flatMap(Schema.decodeUnknownEffect(Granted))
  )
  const response = yield* http.get(`${apiUrl}/tracks/${Catalogue.ids.cutToTheFeeling}`, {
    headers: { authorization: `Bearer ${access_token}` }
  })
  return yield* response.text
}).pipe(Effect.provide(Layer.merge(Sandbox.layer({ quotaMode: "extended" }), NodeHttpClient.layerUndici)))

const track = await Effect.runPromise(recorded)

const trackOf = (id: string): string => track.replaceAll(Catalogue.ids.cutToTheFeeling, id)

const bodies = new Map<string, Buffer>()

const kept = (path: string, make: () => string): Buffer => {
  const known = bodies.get(path)
  if (known !== undefined) return known
  const body = Buffer.from(make())
  bodies.set(path, body)
  return body
}

const several = (ids: string): string => `{"tracks":[${ids.split(",").map(trackOf).join(",")}]}`

const saved = (url: URL): string => {
  const offset = Number(url.searchParams.get("offset") ?? 0)
  const limit = Number(url.searchParams.get("limit") ?? 20)
  const end = Math.min(offset + limit, savedTracks)
  const at = (offset: number) => `"${url.origin}${url.pathname}?offset=${offset}&limit=${limit}"`
  const items = Array.from(
    { length: end - offset },
    (_, i) => `{"added_at":"2026-01-01T00:00:00Z","track":${trackOf(String(offset + i).padStart(22, "0"))}}`
  )
  return `{"href":${at(offset)},"limit":${limit},"next":${end < savedTracks ? at(end) : null},"offset":${offset},`
    + `"previous":null,"total":${savedTracks},"items":[${items.join(",")}]}`
}

const token = Buffer.from(JSON.stringify({
  access_token: `BQ${"A".repeat(200)}`,
  token_type: "Bearer",
  expires_in: 3600
}))

// =============================================================================
// Server
// =============================================================================

const json = { "content-type": "application/json; charset=utf-8" }
let requests = { api: 0, token: 0 }

const bodyOf = (path: string, request: IncomingMessage): Buffer | undefined => {
  if (path.startsWith("/v1/tracks/")) return kept(path, () => trackOf(path.slice("/v1/tracks/".length)))
  const url = new URL(path, `http://${request.headers.host}`)
  if (url.pathname === "/v1/tracks") return kept(path, () => several(url.searchParams.get("ids") ?? ""))
  return url.pathname === "/v1/me/tracks" ? kept(path, () => saved(url)) : undefined
}

const send = (response: ServerResponse, body: Buffer | undefined): void => {
  response.writeHead(body === undefined ? 404 : 200, { ...json, "content-length": body?.byteLength ?? 0 })
  response.end(body)
}

const server = createServer((request, response) => {
  const path = request.url ?? ""
  if (path === "/api/token") {
    requests.token += 1
    request.resume()
    send(response, token)
    return
  }
  requests.api += 1
  if (path.startsWith("/far/")) {
    const body = bodyOf(path.slice("/far".length), request)
    setTimeout(() => send(response, body), latencyOfFar)
  } else {
    send(response, bodyOf(path, request))
  }
})

// Between its turns a client keeps its connections.
server.keepAliveTimeout = 600_000
server.listen(0, "127.0.0.1")
await once(server, "listening")

const address = server.address()
const port = typeof address === "object" ? address?.port : undefined

process.on("message", () => {
  process.send?.({ port, ...requests })
  requests = { api: 0, token: 0 }
})
// Whoever started it may end without a word.
process.on("disconnect", () => process.exit())
process.send?.("ready")
