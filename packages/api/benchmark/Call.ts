/**
 * What one call costs: CPU time of the client's process, over loopback, as a ratio to a bare `undici.request` and
 * `JSON.parse` of the same answer.
 *
 * The server and each measurement are processes of their own, and clients take turns with the bare one: what else the
 * machine does meets all alike. Only the ratios mean something, and those of a busy machine not much.
 */
// oxlint-disable import/namespace -- platform-node hands on what undici exports, which the rule does not see.
import { TrackId } from "@app/api/Ids"
import * as SpotifyClient from "@app/api/SpotifyClient"
import { TracksApi } from "@app/api/TracksApi"
import * as TokenService from "@app/auth/TokenService"
import { Catalogue, Sandbox } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"

const calls = { warmUp: 4_000, measured: 8_000, concurrency: 32 }
const turns = 3

const id = Catalogue.ids.cutToTheFeeling

// =============================================================================
// Server
// =============================================================================

/** A track as an app in Extended Quota Mode gets it. */
const track = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client } = yield* Sandbox.Sandbox
  const http = yield* HttpClient.HttpClient
  const granted = yield* HttpClientRequest.post(`${accountsUrl}/api/token`).pipe(
    HttpClientRequest.basicAuth(client.clientId, client.clientSecret),
    HttpClientRequest.bodyUrlParams({ grant_type: "client_credentials" }),
    http.execute,
    Effect.flatMap((response) => response.json)
  )
  const token = typeof granted === "object" && granted !== null ? Reflect.get(granted, "access_token") : ""
  const response = yield* http.get(`${apiUrl}/tracks/${id}`, { headers: { authorization: `Bearer ${token}` } })
  return yield* response.text
}).pipe(Effect.provide(Layer.merge(Sandbox.layer({ quotaMode: "extended" }), NodeHttpClient.layerUndici)))

const serve = Effect.map(track, (text) => {
  const body = Buffer.from(text)
  const headers = { "content-type": "application/json; charset=utf-8", "content-length": body.byteLength }
  const server = createServer((_, response) => {
    response.writeHead(200, headers)
    response.end(body)
  })
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`)
  })
})

// =============================================================================
// Clients
// =============================================================================

/** Prints the CPU time of a call, in microseconds. */
const measure = (call: () => Promise<unknown>) =>
  Effect.promise(async () => {
    const many = async (times: number) => {
      let left = times
      await Promise.all(Array.from({ length: calls.concurrency }, async () => {
        while (left-- > 0) await call()
      }))
    }
    await many(calls.warmUp)
    const before = process.cpuUsage()
    await many(calls.measured)
    const { system, user } = process.cpuUsage(before)
    process.stdout.write(`${(system + user) / calls.measured}\n`)
  })

const measureEffect = <R>(call: Effect.Effect<unknown, unknown, R>) =>
  Effect.flatMap(Effect.context<R>(), (context) => measure(() => Effect.runPromiseWith(context)(call)))

/** Past `Tracks.get`, which makes one request of all that ask for the same track at the same time. */
const getTrack = SpotifyClient.call(TracksApi, (tracks) => tracks.get({ params: { id: TrackId.make(id) }, query: {} }))

const tracksGet = (origin: string) =>
  measureEffect(getTrack).pipe(
    Effect.provide(
      SpotifyClient.layer({ apiUrl: `${origin}/v1` }).pipe(
        Layer.provide([TokenService.layerStatic({ value: Redacted.make("token") }), NodeHttpClient.layerUndici])
      )
    )
  )

const bare = "undici.request + JSON.parse"

const clients: Readonly<Record<string, (origin: string) => Effect.Effect<void, unknown>>> = {
  [bare]: (origin) => {
    const url = `${origin}/v1/tracks/${id}`
    const headers = { authorization: "Bearer token" }
    return Effect.acquireUseRelease(
      Effect.sync(() => new Undici.Agent()),
      (dispatcher) =>
        measure(async () => {
          const { body } = await Undici.request(url, { dispatcher, headers })
          return JSON.parse(await body.text())
        }),
      (dispatcher) => Effect.promise(() => dispatcher.destroy())
    )
  },
  "HttpClient.get + response.json": (origin) =>
    Effect.flatMap(HttpClient.HttpClient, (http) =>
      measureEffect(
        http.get(`${origin}/v1/tracks/${id}`, { headers: { authorization: "Bearer token" } }).pipe(
          Effect.flatMap((response) => response.json)
        )
      )).pipe(Effect.provide(NodeHttpClient.layerUndici)),
  "tracks.get": tracksGet,
  "tracks.get, schemas compiled": (origin) =>
    Effect.andThen(Effect.promise(() => import("effect/schema/SchemaJITCompiler/enable")), tracksGet(origin))
}

// =============================================================================
// Turns
// =============================================================================

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

const compare = Effect.promise(async () => {
  const self = [...process.execArgv, import.meta.filename]
  const server = spawn(process.execPath, [...self, "serve"], { stdio: ["ignore", "pipe", "inherit"] })
  const [port] = await once(server.stdout, "data")
  const origin = `http://127.0.0.1:${String(port).trim()}`
  const cpuOf = (name: string) => Number(execFileSync(process.execPath, [...self, name, origin]))
  for (const name of Object.keys(clients)) {
    const measured = Array.from({ length: turns }, () => {
      const before = cpuOf(bare)
      const cpu = cpuOf(name)
      const after = cpuOf(bare)
      return { cpu, ratio: 2 * cpu / (before + after) }
    })
    const ratios = measured.map(({ ratio }) => ratio.toFixed(2)).join(" ")
    process.stdout.write(
      `${name}: ${median(measured.map(({ ratio }) => ratio)).toFixed(2)} times ${bare}`
        + ` (${ratios}; ${median(measured.map(({ cpu }) => cpu)).toFixed(0)} µs)\n`
    )
  }
  server.kill()
})

const [role, origin = ""] = process.argv.slice(2)
const client = role === undefined ? undefined : clients[role]
await Effect.runPromise(role === "serve" ? serve : client === undefined ? compare : client(origin))
