import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as SpanRecorder from "../../auth/test/support/SpanRecorder.ts"
import { TracksApi } from "../src/contract/TracksApi.ts"
import * as Ids from "../src/Ids.ts"
import * as ResponseCache from "../src/ResponseCache.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as SpotifyMetrics from "../src/SpotifyMetrics.ts"
import * as Answers from "./support/Answers.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

const ok = answer(200, Answers.developmentTrack)

const track = SpotifyClient.call(
  TracksApi,
  (tracks) => tracks.get({ params: { id: Ids.TrackId.make(Answers.trackId) }, query: { market: "DE" } })
)

/** Runs a call to its end, and everything it tells meanwhile. */
const watch = Effect.fnUntraced(function*<E>(call: Effect.Effect<unknown, E, SpotifyClient.SpotifyClient>) {
  const { spans, tracer } = SpanRecorder.make()
  const lines: Array<string> = []
  yield* Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.exit(call), { startImmediately: true })
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(fiber)
  }).pipe(
    Effect.withTracer(tracer),
    Effect.provide(
      Logger.layer([Logger.make(({ logLevel, message }) => lines.push(`${logLevel} ${String(message)}`))])
    ),
    Effect.provideService(References.MinimumLogLevel, "Trace")
  )
  const metrics = (yield* Metric.snapshot).map(({ attributes, id, state }) => {
    const { time_unit: _, ...named } = attributes ?? {}
    return [[id, ...Object.values(named)].join(" "), "count" in state ? Number(state.count) : 0] as const
  })
  return { spans, lines, metrics: Object.fromEntries(metrics) }
}, Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map())))

describe("a call", () => {
  it.effect("is one span of its operation's name, and says what it took", () =>
    Effect.gen(function*() {
      const { spans } = yield* watch(track)
      assert.deepStrictEqual(spans.map(({ kind, name }) => [name, kind]), [["tracks.get", "client"]])
      assert.deepStrictEqual(Object.fromEntries(spans[0]?.attributes ?? []), {
        "spotify.operation": "tracks.get",
        "spotify.market": "DE",
        "spotify.requests": 4,
        "spotify.retry_reasons": ["ServiceUnavailable", "Unauthorized", "RateLimited"],
        "spotify.rate_limit_wait_ms": 7_000
      })
    }).pipe(
      Effect.provide(ScriptedTransport.layer(answer(503), answer(401), answer(429, "", { "retry-after": "7" }), ok))
    ))

  it.effect("that fails says so in its span", () =>
    Effect.gen(function*() {
      const { spans } = yield* watch(track)
      const status = spans[0]?.status
      assert.isTrue(status?._tag === "Ended" && status.exit._tag === "Failure")
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, "{")))))

  it.effect("is counted by operation and outcome, as is all that happens to it", () =>
    Effect.gen(function*() {
      const { metrics } = yield* watch(track)
      assert.deepStrictEqual(metrics, {
        "spotify_calls tracks.get success": 1,
        "spotify_call_duration tracks.get": 1,
        "spotify_retries tracks.get Transport": 1,
        "spotify_retries tracks.get RateLimited": 1,
        "spotify_rate_limited tracks.get": 1,
        "spotify_gate_waits tracks.get": 1
      })
    }).pipe(Effect.provide(ScriptedTransport.layer({ _tag: "Reset" }, answer(429, "", { "retry-after": "7" }), ok))))

  it.effect("is read by the metrics that the program has, with its operation as an attribute", () =>
    Effect.gen(function*() {
      yield* Effect.replicateEffect(track, 2)
      const operation = "tracks.get"
      const calls = Metric.withAttributes(SpotifyMetrics.calls, { operation, outcome: "success" })
      const duration = Metric.withAttributes(SpotifyMetrics.callDuration, { operation })
      assert.strictEqual((yield* Metric.value(calls)).count, 2)
      assert.strictEqual((yield* Metric.value(duration)).count, 2)
    }).pipe(
      Effect.provide(ScriptedTransport.layer(ok)),
      Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))
    ))

  for (
    const [outcome, answers] of [
      ["NotFound", answer(404, "")],
      ["UnexpectedResponse", answer(200, "{}")],
      ["QuotaExceeded", answer(429, { error: { status: 429, reason: "QUOTA_EXCEEDED" } })]
    ] as const
  ) {
    it.effect(`that ends with ${outcome} is counted so`, () =>
      Effect.gen(function*() {
        const { metrics } = yield* watch(track)
        assert.strictEqual(metrics[`spotify_calls tracks.get ${outcome}`], 1)
        assert.strictEqual(metrics["spotify_quota_exceeded tracks.get"], outcome === "QuotaExceeded" ? 1 : undefined)
      }).pipe(Effect.provide(ScriptedTransport.layer(answers))))
  }

  it.effect("that is given up is counted so", () =>
    Effect.gen(function*() {
      const { metrics } = yield* watch(Effect.timeout(track, "1 second"))
      assert.strictEqual(metrics["spotify_calls tracks.get interrupted"], 1)
    }).pipe(Effect.provide(ScriptedTransport.layer({ _tag: "Hang" }))))
})

describe("a cache", () => {
  it.effect("is counted by what it does", () =>
    Effect.gen(function*() {
      const { metrics } = yield* watch(Effect.replicateEffect(track, 3))
      assert.strictEqual(metrics["spotify_cache miss"], 1)
      assert.strictEqual(metrics["spotify_cache revalidated"], 1)
      assert.strictEqual(metrics["spotify_cache hit"], 1)
    }).pipe(Effect.provide(ScriptedTransport.layerOf(
      { cache: ResponseCache.make({ capacity: 1 }) },
      answer(200, Answers.developmentTrack, { "cache-control": "max-age=0", etag: "\"a\"" }),
      answer(304, "", { "cache-control": "max-age=60" })
    ))))
})

describe("log lines", () => {
  it.effect("are debug for a repetition, and warnings for a closed gate", () =>
    Effect.gen(function*() {
      const { lines } = yield* watch(Effect.provideService(track, RetryPolicy.RetryPolicy, {
        ...RetryPolicy.standard,
        pauses: RetryPolicy.fullJitter({ base: 0, times: 4 })
      }))
      assert.deepStrictEqual(lines, [
        "Debug tracks.get is tried again: ServiceUnavailable",
        "Warn Spotify limits this app: its gate is closed until 1970-01-01T00:00:07.000Z.",
        "Debug tracks.get is tried again: RateLimited"
      ])
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(503), answer(429, "", { "retry-after": "7" }), ok))))

  it.effect("warn of a spent quota once, until its end", () =>
    Effect.gen(function*() {
      const { lines } = yield* watch(Effect.flatMap(Effect.exit(track), () => track))
      assert.deepStrictEqual(lines, [
        "Warn The Development Mode quota for tracks is spent: such calls fail until 1970-01-01T01:00:00.000Z."
      ])
    }).pipe(
      Effect.provide(
        ScriptedTransport.layer(
          answer(429, { error: { status: 429, reason: "QUOTA_EXCEEDED" } }, { "retry-after": "3600" })
        )
      )
    ))

  it.effect("say nothing of a call that succeeds or fails at once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* watch(track)).lines, [])
      assert.deepStrictEqual((yield* watch(track)).lines, [])
    }).pipe(Effect.provide(ScriptedTransport.layer(ok, answer(404, "")))))
})
