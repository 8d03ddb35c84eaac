/**
 * `npm run example prometheus.ts` serves the metrics of tokens and calls at `/metrics`, and prints what Prometheus would get.
 *
 * **Details**
 *
 * `@app/sandbox` has tokens of two seconds, and answers some requests with faults: 503 for a token, 500 and 429 for calls,
 * and a spent quota. `observability/dashboard.json` is a dashboard for Grafana over these metrics, and
 * `observability/alerts.yaml` has alert rules for Prometheus.
 */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Profile from "@app/api/Profile"
import * as ResponseCache from "@app/api/ResponseCache"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as SpotifyMetrics from "@app/api/SpotifyMetrics"
import * as Tracks from "@app/api/Tracks"
import * as TokenMetrics from "@app/auth/TokenMetrics"
import * as TokenService from "@app/auth/TokenService"
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { createServer } from "node:http"

// =============================================================================
// Metrics over HTTP
// =============================================================================

/** Prometheus asks that the names of counters end in `_total`; over OTLP it adds that itself. */
const counters: ReadonlySet<string> = new Set(
  [
    TokenMetrics.tokenRequests,
    SpotifyMetrics.calls,
    SpotifyMetrics.retries,
    SpotifyMetrics.rateLimited,
    SpotifyMetrics.quotaExceeded,
    SpotifyMetrics.cache
  ].map(({ id }) => id)
)

const Metrics = HttpRouter.serve(
  PrometheusMetrics.layerHttp({
    path: "/metrics",
    metricNameMapper: (name) => counters.has(name) ? `${name}_total` : name
  }),
  { disableListenLog: true, disableLogger: true }
).pipe(Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))

/** Reads `/metrics` as Prometheus does. */
const scrape = Effect.gen(function*() {
  const { address } = yield* HttpServer.HttpServer
  const response = yield* HttpClient.get(`${HttpServer.formatAddress(address)}/metrics`)
  return yield* response.text
})

// =============================================================================
// Program
// =============================================================================

const track = Tracks.get(Catalogue.ids.typhoons)

const program = Effect.gen(function*() {
  const { inject } = yield* Sandbox.Sandbox
  yield* Profile.me

  yield* inject("GET /v1/tracks/{id}", Fault.Status({ status: 500 }))
  yield* track

  // The first call gets the 429, and the second one waits at the gate.
  yield* inject("GET /v1/tracks/{id}", Fault.RateLimited({ retryAfter: 1 }))
  yield* Effect.all([track, Effect.delay(Profile.me, "200 millis")], { concurrency: 2 })

  yield* inject("GET /v1/me/tracks", Fault.RateLimited({ retryAfter: 3600, quotaExceeded: true }))
  yield* Effect.ignore(Stream.runHead(Tracks.saved()))

  yield* inject("POST /api/token", Fault.Status({ status: 503 }))
  yield* Effect.repeat(Effect.andThen(Profile.me, TokenService.status), {
    schedule: Schedule.spaced("500 millis"),
    until: ({ generation }) => generation >= 3
  })

  const lines = (yield* scrape).split("\n")
  yield* Console.log(lines.filter((line) => !line.startsWith("# HELP") && !line.includes("_bucket{")).join("\n"))
})

// =============================================================================
// Layers
// =============================================================================

const Client = Layer.unwrap(
  Effect.map(
    Sandbox.Sandbox,
    ({ apiUrl }) => SpotifyClient.layer({ apiUrl, cache: ResponseCache.make({ capacity: 100 }) })
  )
)

const SignedIn = Client.pipe(
  Layer.provideMerge(Sandbox.signedIn({ scopes: ["user-library-read"] })),
  Layer.provideMerge(Sandbox.layer({ accessTokenLifetime: Duration.seconds(2) }))
)

const Main = Layer.mergeAll(SignedIn, Metrics).pipe(Layer.provideMerge(UndiciHttpClient.layer()))

NodeRuntime.runMain(Effect.provide(program, Layer.provideMerge(Main, Logger.layer([]))))
