/**
 * Metrics of a client.
 *
 * **When to use**
 *
 * Use to find the metrics by value. To export them, add any of Effect's exporters, such as `Otlp.layerJson` or
 * `PrometheusMetrics`.
 *
 * **Details**
 *
 * | metric | kind | attributes | reads |
 * | --- | --- | --- | --- |
 * | `spotify_calls` | counter | `operation`, `outcome` | calls by how they ended: `success`, `interrupted` or the reason's tag |
 * | `spotify_call_duration` | histogram of milliseconds | `operation` | how long they took, waiting and repetitions included |
 * | `spotify_retries` | counter | `operation`, `reason` | requests sent again, by the reason of the failure before |
 * | `spotify_rate_limited` | counter | `operation` | 429s that were received |
 * | `spotify_quota_exceeded` | counter | `operation` | 429s that said a Development Mode quota is spent |
 * | `spotify_gate_waits` | histogram of milliseconds | `operation` | how long requests waited at the app's gate |
 * | `spotify_cache` | counter | `outcome` | responses of a `cache`: `hit`, `revalidated`, `miss` |
 *
 * An `operation` reads like `tracks.get`. Each call also is a span with the name of its operation, whose attributes are the
 * number of requests, the reasons for which they were repeated and how long they waited at the gate.
 */
import * as Metric from "effect/Metric"
import * as Milliseconds from "./internal/time/Milliseconds.ts"

/**
 * Counter of calls by operation and outcome.
 *
 * @category metrics
 * @since 0.1.0
 */
export const calls = Metric.counter("spotify_calls", {
  description: "Calls by operation and outcome",
  incremental: true
})

/**
 * Histogram of how long calls take, in milliseconds.
 *
 * @category metrics
 * @since 0.1.0
 */
export const callDuration = Metric.timer("spotify_call_duration", {
  description: "How long calls take",
  boundaries: Milliseconds.boundaries
})

/**
 * Counter of requests that were sent again, by operation and reason.
 *
 * @category metrics
 * @since 0.1.0
 */
export const retries = Metric.counter("spotify_retries", {
  description: "Requests sent again, by reason",
  incremental: true
})

/**
 * Counter of 429s by operation.
 *
 * @category metrics
 * @since 0.1.0
 */
export const rateLimited = Metric.counter("spotify_rate_limited", {
  description: "429s received",
  incremental: true
})

/**
 * Counter of 429s that say that a Development Mode quota is spent, by operation.
 *
 * @category metrics
 * @since 0.1.0
 */
export const quotaExceeded = Metric.counter("spotify_quota_exceeded", {
  description: "429s that say that a Development Mode quota is spent",
  incremental: true
})

/**
 * Histogram of how long requests wait at the gate, in milliseconds.
 *
 * @category metrics
 * @since 0.1.0
 */
export const gateWaits = Metric.timer("spotify_gate_waits", {
  description: "How long requests are held back at the gate",
  boundaries: Milliseconds.boundaries
})

/**
 * Counter of responses by what the cache did for them.
 *
 * @category metrics
 * @since 0.1.0
 */
export const cache = Metric.counter("spotify_cache", {
  description: "Answers by what the cache did for them",
  incremental: true
})
