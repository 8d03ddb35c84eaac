/** Health and metrics, on a port of their own, which needs no key and shows no account. */
import { AccountDirectory } from "@app/auth/AccountDirectory"
import type { AuthError } from "@app/auth/AuthError"
import * as TokenMetrics from "@app/auth/TokenMetrics"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Stream from "effect/Stream"
import { Phase } from "../../contract/AccountsApi.ts"
import * as FleetMetrics from "../../FleetMetrics.ts"
import { FleetStore } from "../../FleetStore.ts"
import { Stopping } from "../Stopping.ts"
import * as Listening from "./Listening.ts"

// =============================================================================
// Measuring
// =============================================================================

/** The time between two counts of all accounts, in milliseconds. */
const countInterval = Duration.toMillis("1 minute")

/** Accounts that are counted at most as due for a new sign-in. */
const maxSignInsDue = 10_000

const measureLag = AccountDirectory.use(({ backlog }) =>
  Effect.tap(backlog, ({ due, lag }) =>
    Effect.andThen(
      Metric.update(FleetMetrics.lag, Duration.toSeconds(lag)),
      Metric.update(FleetMetrics.due, due)
    ))
)

const measureAccounts = Effect.gen(function*() {
  const directory = yield* AccountDirectory
  const counts = yield* directory.counts
  for (const phase of Phase.literals) {
    yield* Metric.update(Metric.withAttributes(FleetMetrics.accounts, { phase }), counts[phase])
  }
  const signInDueBefore = DateTime.addDuration(yield* DateTime.now, "14 days")
  const due = yield* directory.list({ signInDueBefore }).pipe(Stream.take(maxSignInsDue), Stream.runCount)
  yield* Metric.update(FleetMetrics.signInsDue, due)
})

/** Prometheus asks that the names of counters end in `_total`. */
const counters: ReadonlySet<string> = new Set(
  [TokenMetrics.tokenRequests, TokenMetrics.sharedRefreshes, FleetMetrics.reads, FleetMetrics.unauthorized].map((
    { id }
  ) => id)
)

const formatMetrics = PrometheusMetrics.format({
  metricNameMapper: (name) => counters.has(name) ? `${name}_total` : name
})

// =============================================================================
// Responses
// =============================================================================

const text = (status: number, body: string) => HttpServerResponse.text(`${body}\n`, { status })

const readiness = (maxLag: Duration.Duration) =>
  Effect.gen(function*() {
    if (yield* Stopping.use(({ isStopping }) => isStopping)) return text(503, "This process is stopping.")
    yield* FleetStore.use(({ ping }) => ping)
    const { lag } = yield* measureLag
    return Duration.isLessThanOrEqualTo(lag, maxLag)
      ? text(200, "ready")
      : text(
        503,
        `A refresh has been due for ${Duration.format(lag)}. Start more processes, or raise FLEET_REFRESH_RATE.`
      )
  }).pipe(Effect.catch(({ message }: AuthError) => Effect.succeed(text(503, message))))

const handler = (maxLag: Duration.Duration) => {
  let countedAt = -Infinity
  const metrics = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    if (Math.abs(now - countedAt) >= countInterval) {
      countedAt = now
      yield* measureAccounts
    }
    yield* measureLag
  }).pipe(
    // Metrics of the process are of use most while the database is away.
    Effect.ignore,
    Effect.andThen(formatMetrics),
    Effect.map((body) => HttpServerResponse.text(body, { contentType: "text/plain; version=0.0.4; charset=utf-8" }))
  )
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ method, url }) => {
    if (method !== "GET" && method !== "HEAD") return Effect.succeed(text(405, "GET alone"))
    switch (url.split("?")[0]) {
      case "/livez":
        return Effect.succeed(text(200, "alive"))
      case "/readyz":
        return readiness(maxLag)
      case "/metrics":
        return metrics
      default:
        return Effect.succeed(text(404, "There are /livez, /readyz and /metrics here."))
    }
  })
}

// =============================================================================
// Layers
// =============================================================================

export class HealthServer extends Context.Service<HealthServer, {
  readonly url: string
}>()("@app/fleet/internal/HealthServer") {}

export interface Options {
  readonly host: string
  readonly port: number
  /** The longest time for which a refresh may have been due while the process counts as ready. */
  readonly maxLag: Duration.Duration
}

/** Serves `/livez`, `/readyz` and `/metrics`. */
export const layer = ({ host, maxLag, port }: Options): Layer.Layer<
  HealthServer,
  AuthError,
  AccountDirectory | FleetStore | Stopping
> => {
  const Address = Layer.effect(
    HealthServer,
    HttpServer.HttpServer.use(({ address }) => Effect.succeed({ url: HttpServer.formatAddress(address) }))
  )
  return Layer.merge(Address, HttpServer.serve(handler(maxLag))).pipe(
    Layer.provide(Listening.layer({
      host,
      port,
      setting: "FLEET_HEALTH_PORT",
      shutdownTimeout: Duration.seconds(1)
    }))
  )
}
