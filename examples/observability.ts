/**
 * `npm run example observability.ts` exports the metrics, traces and logs of a token service through Effect's OTLP exporter.
 *
 * **Details**
 *
 * The tokens come from `@app/sandbox` and live two seconds, and its token endpoint fails once. The collector of this
 * example prints what it receives. Your own program keeps `Telemetry` and gives it the address of a real collector.
 */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Profile from "@app/api/Profile"
import * as TokenService from "@app/auth/TokenService"
import { Fault, Sandbox } from "@app/sandbox"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Otlp from "effect/observability/Otlp"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { createServer } from "node:http"

// =============================================================================
// Program
// =============================================================================

const program = Effect.gen(function*() {
  const sandbox = yield* Sandbox.Sandbox
  const visit = Effect.withSpan(Profile.me, "visit")
  yield* visit
  yield* sandbox.inject("POST /api/token", Fault.Status({ status: 503 }))
  yield* Effect.repeat(Effect.andThen(visit, TokenService.status), {
    schedule: Schedule.spaced("500 millis"),
    until: ({ generation }) => generation >= 4
  })
})

const Telemetry = Layer.unwrap(
  Effect.map(HttpServer.HttpServer, ({ address }) =>
    Otlp.layerJson({
      baseUrl: HttpServer.formatAddress(address),
      resource: { serviceName: "observability-example" },
      tracerExportInterval: "500 millis",
      loggerExportInterval: "500 millis",
      loggerMergeWithExisting: false
    }))
)

// =============================================================================
// Tokens
// =============================================================================

const SignedIn = Sandbox.signedIn().pipe(
  Layer.provideMerge(Sandbox.layer({ accessTokenLifetime: Duration.seconds(2) }))
)

// =============================================================================
// A collector that prints
// =============================================================================

const Text = Schema.Struct({ stringValue: Schema.optionalKey(Schema.String) })

const Spans = Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({
    scopeSpans: Schema.Array(Schema.Struct({
      spans: Schema.Array(Schema.Struct({
        name: Schema.String,
        startTimeUnixNano: Schema.BigIntFromString,
        endTimeUnixNano: Schema.BigIntFromString
      }))
    }))
  }))
})

const describeSpans = ({ resourceSpans }: typeof Spans.Type) =>
  resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans).map((span) =>
    `trace   ${span.name.padEnd(24)} ${(span.endTimeUnixNano - span.startTimeUnixNano) / 1_000_000n} ms`
  )

const Logs = Schema.Struct({
  resourceLogs: Schema.Array(Schema.Struct({
    scopeLogs: Schema.Array(Schema.Struct({
      logRecords: Schema.Array(Schema.Struct({ severityText: Schema.String, body: Text }))
    }))
  }))
})

const describeLogs = ({ resourceLogs }: typeof Logs.Type) =>
  resourceLogs.flatMap(({ scopeLogs }) => scopeLogs).flatMap(({ logRecords }) => logRecords).map((record) =>
    `log     ${record.severityText}: ${record.body.stringValue}`
  )

const Points = Schema.Struct({
  dataPoints: Schema.Array(Schema.Struct({
    attributes: Schema.Array(Schema.Struct({ key: Schema.String, value: Text })),
    /** Value of a counter or a gauge. */
    asDouble: Schema.optionalKey(Schema.Finite),
    /** Number of values of a histogram. */
    count: Schema.optionalKey(Schema.Finite),
    sum: Schema.optionalKey(Schema.Finite)
  }))
})

const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(Schema.Struct({
    scopeMetrics: Schema.Array(Schema.Struct({
      metrics: Schema.Array(Schema.Struct({
        name: Schema.String,
        sum: Schema.optionalKey(Points),
        gauge: Schema.optionalKey(Points),
        histogram: Schema.optionalKey(Points)
      }))
    }))
  }))
})

const describeMetrics = ({ resourceMetrics }: typeof Metrics.Type) =>
  resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics).flatMap((metric) =>
    [metric.sum, metric.gauge, metric.histogram].flatMap((points) => points?.dataPoints ?? []).map((point) => {
      const labels = point.attributes.filter(({ key }) => key === "grant" || key === "outcome")
      const value = point.count === undefined
        ? point.asDouble
        : `${point.count} times, ${Math.round(point.sum ?? 0)} ms in all`
      return `metric  ${
        [metric.name, ...labels.map(({ key, value }) => `${key}=${value.stringValue}`)].join(" ")
      }: ${value}`
    })
  ).filter((line) => line.startsWith("metric  oauth_"))

const receive = <A, I, RD>(
  path: `/v1/${string}`,
  schema: Schema.Codec<A, I, RD>,
  describe: (data: A) => ReadonlyArray<string>
) =>
  HttpRouter.add(
    "POST",
    path,
    HttpServerRequest.schemaBodyJson(schema).pipe(
      Effect.tap((data) => Effect.forEach(describe(data), (line) => Console.log(line))),
      Effect.as(HttpServerResponse.jsonUnsafe({}))
    )
  )

const Collector = HttpRouter.serve(
  Layer.mergeAll(
    receive("/v1/traces", Spans, describeSpans),
    receive("/v1/logs", Logs, describeLogs),
    receive("/v1/metrics", Metrics, describeMetrics)
  ),
  { disableListenLog: true, disableLogger: true }
).pipe(Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))

// =============================================================================
// Layers
// =============================================================================

const Observed = SignedIn.pipe(
  Layer.provideMerge(Telemetry),
  Layer.provide(Collector),
  Layer.provide(UndiciHttpClient.layer())
)

NodeRuntime.runMain(Effect.provide(program, Observed))
