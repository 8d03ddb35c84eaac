/**
 * Faults between an app and Spotify, to be set on a route of the sandbox.
 *
 * **Details**
 *
 * Every fault has `times`, the number of requests it applies to: 1 by default, or `"always"` until faults are cleared.
 * The faults of a route form a queue, and each request takes the first.
 *
 * **Example** (One slow response, then two 503s)
 *
 * ```ts
 * import { Fault, Sandbox } from "@app/sandbox"
 * import * as Duration from "effect/Duration"
 * import * as Effect from "effect/Effect"
 *
 * const setUp = Effect.flatMap(Sandbox.Sandbox, ({ inject }) =>
 *   inject("GET /v1/me", [
 *     Fault.Latency({ duration: Duration.seconds(2) }),
 *     Fault.Status({ status: 503, times: 2 })
 *   ]))
 * ```
 */
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"
import { DurationFromJson } from "./internal/DurationFromJson.ts"

// =============================================================================
// Model
// =============================================================================

const HttpStatus = Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))
const Positive = Schema.Int.check(Schema.isGreaterThan(0))
const times = Schema.optionalKey(Schema.Union([Positive, Schema.Literal("always")]))

// RFC 9110 §5.5 and §5.6.2. Other text could not be sent at all, so it is refused when the fault is set.
const HeaderName = Schema.String.check(Schema.isPattern(/^[!#$%&'*+.^_`|~\w-]+$/))
const HeaderValue = Schema.String.check(Schema.isPattern(/^[\t\x20-\x7e\x80-\xff]*$/))
const HeaderValues = Schema.Record(HeaderName, HeaderValue)

/** Maximum length of a body in characters, repetition included. */
const maxBody = 67_108_864

/**
 * Schema for a fault in JSON, such as `{"_tag": "RateLimited", "retryAfter": 7, "times": 2}`.
 *
 * **Details**
 *
 * Durations are numbers of seconds, or texts such as `"250 millis"`. A body has at most 67,108,864 characters,
 * repetition included.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FromJson = Schema.Union([
  Schema.TaggedStruct("Status", {
    status: HttpStatus,
    body: Schema.optionalKey(Schema.Json),
    headers: Schema.optionalKey(HeaderValues),
    times
  }),
  Schema.TaggedStruct("RateLimited", {
    retryAfter: Schema.optionalKey(Schema.Union([Schema.Finite, HeaderValue])),
    quotaExceeded: Schema.optionalKey(Schema.Boolean),
    times
  }),
  Schema.TaggedStruct("Latency", { duration: DurationFromJson, times }),
  Schema.TaggedStruct("LateResponse", { duration: DurationFromJson, times }),
  Schema.TaggedStruct("Hang", { times }),
  Schema.TaggedStruct("Truncated", { times }),
  Schema.TaggedStruct("Drip", { every: DurationFromJson, times }),
  Schema.TaggedStruct("Html", { status: Schema.optionalKey(HttpStatus), times }),
  Schema.TaggedStruct("Reset", { times }),
  Schema.TaggedStruct("Body", {
    status: Schema.optionalKey(HttpStatus),
    body: Schema.String,
    contentType: Schema.optionalKey(HeaderValue),
    repeat: Schema.optionalKey(Positive),
    times
  }).check(
    Schema.makeFilter(({ body, repeat = 1 }) =>
      body.length * repeat <= maxBody || `a body has at most ${maxBody} characters, repetition included`
    )
  ),
  Schema.TaggedStruct("EmptyBody", { status: Schema.optionalKey(HttpStatus), times }),
  Schema.TaggedStruct("Redirect", { location: HeaderValue, status: Schema.optionalKey(HttpStatus), times }),
  Schema.TaggedStruct("Floats", { times }),
  Schema.TaggedStruct("NullRow", { times }),
  Schema.TaggedStruct("NextPage", { next: Schema.optionalKey(Schema.String), times }),
  Schema.TaggedStruct("Total", { total: Schema.Int, times }),
  Schema.TaggedStruct("PlainText", { times })
])

/**
 * A fault, made by the constructors of this module or written as a literal with its `_tag`.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = typeof FromJson.Type

// =============================================================================
// Constructors
// =============================================================================

const fault = Data.taggedEnum<Fault>()

/**
 * Sends a response with this status.
 *
 * **Details**
 *
 * A `body` that is a text is sent as plain text, any other as JSON. Without `body`, the response has the error body that
 * Spotify sends with the status.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Status = fault.Status

/**
 * Sends a 429.
 *
 * **Details**
 *
 * `retryAfter` is sent as it is: seconds as a number, or any text, such as an HTTP date or an invalid value. Without it,
 * the response has no `Retry-After`. `quotaExceeded` adds `reason: "QUOTA_EXCEEDED"`, as Development Mode's quota does.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/rate-limits
 * @see https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates
 * @category constructors
 * @since 0.1.0
 */
export const RateLimited = fault.RateLimited

/**
 * Sends the usual response after `duration`.
 *
 * **Gotchas**
 *
 * The request is executed after the delay, so not at all for a client that has left by then. {@link LateResponse} executes
 * it before the delay.
 *
 * The delay is on Effect's `Clock`, so under a `TestClock` it ends when the test adjusts the clock.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Latency = fault.Latency

/**
 * Executes the request at once and sends its response after `duration`.
 *
 * **When to use**
 *
 * Use to test what a client does about a response that it never receives, such as that of a refresh when the client's
 * process is killed.
 *
 * **Gotchas**
 *
 * The delay is on Effect's `Clock`, so under a `TestClock` it ends when the test adjusts the clock.
 *
 * @category constructors
 * @since 0.1.0
 */
export const LateResponse = fault.LateResponse

/**
 * Sends no response, until the client disconnects or the sandbox closes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Hang = fault.Hang

/**
 * Sends half of the usual response and closes the connection, although `Content-Length` announces all of it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Truncated = fault.Truncated

/**
 * Sends the usual response one byte at a time, with a pause of `every` before each byte.
 *
 * **Gotchas**
 *
 * The pauses are on Effect's `Clock`, so under a `TestClock` they end when the test adjusts the clock.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Drip = fault.Drip

/**
 * Sends an HTML page instead of JSON, as gateways do, with status 502 by default.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Html = fault.Html

/**
 * Resets the connection before any of the response is sent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Reset = fault.Reset

/**
 * Sends exactly this body.
 *
 * **When to use**
 *
 * Use to send broken JSON, an error body with status 200, or megabytes of junk.
 *
 * **Details**
 *
 * `body` is sent `repeat` times, 1 by default. `status` is 200 and `contentType` is `application/json` by default.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Body = fault.Body

/**
 * Sends a status, 200 by default, and no body.
 *
 * @category constructors
 * @since 0.1.0
 */
export const EmptyBody = fault.EmptyBody

/**
 * Redirects to `location`, with status 302 by default.
 *
 * **When to use**
 *
 * Use to test that a client does not send its access token to another origin.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Redirect = fault.Redirect

/**
 * Sends the usual response with every whole number written as a float, `204053.0`, as Spotify did for months in 2024.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Floats = fault.Floats

/**
 * Sends the usual response with null in place of the first row of each list of objects.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NullRow = fault.NullRow

/**
 * Sends the usual page with another `next`: the one given, or the page's own URL.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NextPage = fault.NextPage

/**
 * Sends the usual page with this `total`, whatever the number of rows is.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Total = fault.Total

/**
 * Executes the request and sends a random word as plain text with status 200, as Spotify has done for writes since
 * August 2024.
 *
 * @category constructors
 * @since 0.1.0
 */
export const PlainText = fault.PlainText
