/** A call from its arguments to its result: what is known of it while it runs, and what it tells of itself. */
import type { AuthError } from "@app/auth/AuthError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Tracer from "effect/Tracer"
import * as SpotifyError from "../SpotifyError.ts"
import * as SpotifyMetrics from "../SpotifyMetrics.ts"
import type * as Answer from "./Answer.ts"
import * as TwoClocks from "./TwoClocks.ts"

// =============================================================================
// Model
// =============================================================================

export interface Call {
  /** Group and endpoint, such as `tracks.get`. */
  readonly operation: string
  /** The path and query to ask for instead of the operation's own. */
  readonly follow: string | undefined
  /** The last answer; it is only put into words when an error needs it. */
  answer: (() => Answer.Reading) | undefined
  /** How many requests were sent. */
  requests: number
  /** Why there was more than one. */
  readonly reasons: Array<string>
  /** How long they were held back at the gate, in milliseconds. */
  held: number
}

export const make = (operation: string, follow: string | undefined): Call => ({
  operation,
  follow,
  answer: undefined,
  requests: 0,
  reasons: [],
  held: 0
})

/** The call that a request is made for. */
export const Current = Context.Reference<Call | undefined>("@app/api/internal/Call/Current", {
  defaultValue: () => undefined
})

/** See `CallOptions.follow`. */
export const Follow = Context.Reference<string | undefined>("@app/api/internal/Call/Follow", {
  defaultValue: () => undefined
})

// =============================================================================
// Running
// =============================================================================

type Failure = SpotifyError.SpotifyError | AuthError | HttpClientError.HttpClientError | Schema.SchemaError

/** One operation of the contract: from its arguments to its answer. */
export type Method = (request?: Arguments) => Effect.Effect<unknown, Failure>

interface Arguments {
  readonly params?: object
  readonly query?: unknown
  readonly payload?: unknown
}

/** Makes each use of an operation a call: a span, counted and timed, with its failure in order. */
export const observed = (operation: string, method: Method): Method => {
  const succeeded = Metric.withAttributes(SpotifyMetrics.calls, { operation, outcome: "success" })
  const duration = Metric.withAttributes(SpotifyMetrics.callDuration, { operation })

  const ended = (call: Call, span: Tracer.Span, took: number, exit: Exit.Exit<unknown, Failure>) => {
    span.attribute("spotify.requests", call.requests)
    if (call.reasons.length > 0) span.attribute("spotify.retry_reasons", call.reasons)
    if (call.held > 0) span.attribute("spotify.rate_limit_wait_ms", Math.round(call.held))
    const calls = Exit.isSuccess(exit)
      ? succeeded
      : Metric.withAttributes(SpotifyMetrics.calls, { operation, outcome: outcomeOf(exit) })
    return Effect.andThen(Metric.update(calls, 1), Metric.update(duration, Duration.millis(took)))
  }

  return (request) =>
    Effect.useSpan(operation, { kind: "client" }, (span) =>
      Effect.withFiber((fiber) => {
        span.attribute("spotify.operation", operation)
        const market = marketOf(request?.query)
        if (market !== undefined) span.attribute("spotify.market", market)
        const clock = fiber.getRef(Clock.Clock)
        const startedAt = TwoClocks.monotonic(clock)
        const call = make(operation, fiber.getRef(Follow))
        return method(request).pipe(
          Effect.mapError((failure) => naming(tidy(failure, call), request)),
          Effect.onExit((exit) => ended(call, span, TwoClocks.monotonic(clock) - startedAt, exit)),
          Effect.updateContext((context: Context.Context<never>) =>
            onTheWire(context).pipe(Context.add(Current, call), Context.add(Tracer.ParentSpan, span))
          )
        )
      }))
}

/**
 * A redirect would take the token along; trace headers tell a stranger about this program, and break CORS. The call's own
 * span says all that the transport's would.
 */
const onTheWire = (context: Context.Context<never>) =>
  context.pipe(
    Context.add(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Context.add(HttpClient.TracerPropagationEnabled, false),
    Context.add(HttpClient.TracerDisabledWhen, () => true)
  )

const marketOf = (query: unknown): string | undefined =>
  typeof query === "object" && query !== null && "market" in query && typeof query.market === "string"
    ? query.market
    : undefined

const outcomeOf = (exit: Exit.Exit<unknown, Failure>): string =>
  Option.match(Exit.findErrorOption(exit), {
    onNone: () => Exit.hasInterrupts(exit) ? "interrupted" : "defect",
    onSome: (error) => error._tag === "SpotifyError" ? error.reason._tag : error._tag
  })

// =============================================================================
// Telling
// =============================================================================

/** A request was held back at the gate. */
export const held = (call: Call, duration: Duration.Duration): Effect.Effect<void> => {
  call.held += Duration.toMillis(duration)
  return Metric.update(Metric.withAttributes(SpotifyMetrics.gateWaits, { operation: call.operation }), duration)
}

/** A 429 was received. */
export const limited = (call: Call, reason: SpotifyError.RateLimited | SpotifyError.QuotaExceeded) =>
  Metric.update(
    Metric.withAttributes(
      reason._tag === "RateLimited" ? SpotifyMetrics.rateLimited : SpotifyMetrics.quotaExceeded,
      { operation: call.operation }
    ),
    1
  )

/** A request is sent again after `pause` milliseconds, or as soon as the gate lets it. */
export const repeated = (call: Call, { reason }: SpotifyError.SpotifyError, pause: number): Effect.Effect<void> => {
  const { operation } = call
  call.reasons.push(reason._tag)
  return Effect.andThen(
    Metric.update(Metric.withAttributes(SpotifyMetrics.retries, { operation, reason: reason._tag }), 1),
    Effect.logDebug(`${operation} is tried again${pause === 0 ? "" : ` in ${Math.round(pause)} ms`}: ${reason._tag}`)
  )
}

// =============================================================================
// Failure
// =============================================================================

/** What the contract's encoding and decoding leave over, as a `SpotifyError`. */
export const tidy = (failure: Failure, call?: Call): SpotifyError.SpotifyError | AuthError => {
  if (failure._tag === "SpotifyError" || failure._tag === "AuthError") return failure
  const { detail, path } = failure._tag === "SchemaError"
    ? firstIssue(failure.issue)
    : { path: "", detail: "description" in failure.reason ? failure.reason.description ?? "" : "" }
  const reading = call?.answer?.()
  return new SpotifyError.SpotifyError({
    // Without an answer it was the request that could not be encoded.
    reason: reading === undefined
      ? new SpotifyError.InvalidArgument({ argument: path, issue: detail })
      : new SpotifyError.UnexpectedAnswer({ path, detail, ...(reading.form === "page" && { isPage: true }) }),
    ...(call !== undefined && { operation: call.operation }),
    ...(reading !== undefined && { answer: reading.answer })
  })
}

/** What a 404 is about: the ids that the path, the query or the body names. */
const naming = (failure: SpotifyError.SpotifyError | AuthError, request: Arguments | undefined) => {
  if (failure._tag === "AuthError" || failure.reason._tag !== "NotFound") return failure
  const asked = [
    ...Object.values(request?.params ?? {}),
    ...listIn(request?.query, "ids"),
    ...listIn(request?.query, "uris"),
    ...listIn(request?.payload, "timestampedIds").map((row) => Predicate.hasProperty(row, "id") ? row.id : undefined)
  ].filter(Predicate.isString)
  if (asked.length === 0) return failure
  return new SpotifyError.SpotifyError({
    reason: new SpotifyError.NotFound({ ...failure.reason, asked: asked.slice(0, 100).map((id) => id.slice(0, 100)) }),
    ...(failure.operation !== undefined && { operation: failure.operation }),
    ...(failure.answer !== undefined && { answer: failure.answer })
  })
}

const listIn = (value: unknown, name: string): ReadonlyArray<unknown> => {
  const list = Predicate.isObject(value) ? Reflect.get(value, name) : undefined
  return Array.isArray(list) ? list : []
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Where something does not fit, and why. */
export const firstIssue = (issue: SchemaIssue.Issue): { readonly path: string; readonly detail: string } => {
  const first = issuesOf(issue).issues[0]
  const path = (first?.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment))
  return { path: path.join("."), detail: (first?.message ?? "it does not fit").slice(0, 200) }
}
