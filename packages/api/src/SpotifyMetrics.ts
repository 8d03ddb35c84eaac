/**
 * What a client can be watched by.
 *
 * | metric | kind | attributes | reads |
 * | --- | --- | --- | --- |
 * | `spotify_calls` | counter | `operation`, `outcome` | calls by how they ended: `success`, `interrupted` or the reason's tag |
 * | `spotify_call_duration` | histogram of milliseconds | `operation` | how long they took, waiting and repetitions included |
 * | `spotify_retries` | counter | `operation`, `reason` | requests sent again, by what became of the one before |
 * | `spotify_rate_limited` | counter | `operation` | 429s that were received |
 * | `spotify_quota_exceeded` | counter | `operation` | 429s that said a Development Mode quota is spent |
 * | `spotify_gate_waits` | histogram of milliseconds | `operation` | how long requests were held back at the app's gate |
 * | `spotify_cache` | counter | `outcome` | answers of a `cache`: `hit`, `revalidated`, `miss` |
 *
 * An `operation` reads as in `tracks.get`. Export them with any of Effect's exporters, such as `Otlp.layerJson` or
 * `PrometheusMetrics`. Each call also is a span of its operation's name, with its number of requests, what they were
 * repeated for and how long they were held back as attributes.
 */
import * as Metric from "effect/Metric"
import * as Milliseconds from "./internal/time/Milliseconds.ts"

/**
 * @category metrics
 * @since 0.1.0
 */
export const calls = Metric.counter("spotify_calls", {
  description: "Calls by operation and outcome",
  incremental: true
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const callDuration = Metric.timer("spotify_call_duration", {
  description: "How long calls take",
  boundaries: Milliseconds.boundaries
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const retries = Metric.counter("spotify_retries", {
  description: "Requests sent again, by reason",
  incremental: true
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const rateLimited = Metric.counter("spotify_rate_limited", {
  description: "429s received",
  incremental: true
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const quotaExceeded = Metric.counter("spotify_quota_exceeded", {
  description: "429s that say that a Development Mode quota is spent",
  incremental: true
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const gateWaits = Metric.timer("spotify_gate_waits", {
  description: "How long requests are held back at the gate",
  boundaries: Milliseconds.boundaries
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const cache = Metric.counter("spotify_cache", {
  description: "Answers by what the cache did for them",
  incremental: true
})
