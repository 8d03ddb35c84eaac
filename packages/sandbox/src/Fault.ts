/**
 * What can go wrong between an app and Spotify, to be set on a route of the sandbox.
 *
 * Every fault has `times`: how many requests it meets, 1 unless told otherwise, or `"always"` until cleared. Faults of
 * one route wait in line; each request meets the first.
 */
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"
import { DurationFromJson } from "./internal/DurationFromJson.ts"

const HttpStatus = Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))
const Positive = Schema.Int.check(Schema.isGreaterThan(0))
const times = Schema.optionalKey(Schema.Union([Positive, Schema.Literal("always")]))
/** What a header can carry (RFC 9110 §5.5, §5.6.2); anything else would break the answer, not be a fault in it. */
const HeaderName = Schema.String.check(Schema.isPattern(/^[!#$%&'*+.^_`|~\w-]+$/))
const HeaderValue = Schema.String.check(Schema.isPattern(/^[\t\x20-\x7e\x80-\xff]*$/))
const HeaderValues = Schema.Record(HeaderName, HeaderValue)

/** Characters of the longest body, repetition included. */
const maxBody = 67_108_864

/**
 * Faults as JSON: `{"_tag": "RateLimited", "retryAfter": 7, "times": 2}`. Durations are seconds, or a text such as
 * `"250 millis"`.
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
 * One thing that goes wrong. Made by the constructors of this module, or written as a literal with its `_tag`.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = typeof FromJson.Type

const fault = Data.taggedEnum<Fault>()

/**
 * An answer with this status. `body`: a text goes out as plain text, anything else as JSON; absent, the error body
 * Spotify sends with that status.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Status = fault.Status

/**
 * A 429. `retryAfter` is sent as it is, seconds as a number or any text (an HTTP date, nonsense); absent, no header.
 * `quotaExceeded` adds `reason: "QUOTA_EXCEEDED"`, as the Development Mode quota does.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/rate-limits
 * @see https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates
 * @category constructors
 * @since 0.1.0
 */
export const RateLimited = fault.RateLimited

/**
 * The usual answer, later. The wait is on Effect's `Clock`, so a `TestClock` decides when it is over.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Latency = fault.Latency

/**
 * No answer, until the client leaves or the sandbox closes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Hang = fault.Hang

/**
 * The usual answer cut in the middle: `Content-Length` promises all of it, half is sent, the connection closes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Truncated = fault.Truncated

/**
 * The usual answer one byte at a time, with a pause of `every` (on Effect's `Clock`) before each byte.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Drip = fault.Drip

/**
 * A page for people where JSON belongs, as gateways send it. `status` is 502 unless told otherwise.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Html = fault.Html

/**
 * The connection is reset before anything is answered.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Reset = fault.Reset

/**
 * Exactly these bytes: broken JSON, an error body under status 200, megabytes of junk (`repeat` times `body`).
 * `status` is 200 and `contentType` `application/json` unless told otherwise.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Body = fault.Body

/**
 * A status, 200 unless told otherwise, and no body.
 *
 * @category constructors
 * @since 0.1.0
 */
export const EmptyBody = fault.EmptyBody

/**
 * Somewhere else, 302 unless told otherwise: a client must not take its bearer along to a foreign origin.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Redirect = fault.Redirect

/**
 * The usual answer with every whole number written as a float, `204053.0`, as it came for months in 2024.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Floats = fault.Floats

/**
 * The usual answer with null in place of the first row of each of its lists of objects.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NullRow = fault.NullRow

/**
 * The usual page with this `next`; absent, one that leads back to the same page.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NextPage = fault.NextPage

/**
 * The usual page with this `total`, which need not be the number of rows.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Total = fault.Total

/**
 * What was asked is done, and answered with a random word in plain text under status 200, as writes have been since
 * August 2024.
 *
 * @category constructors
 * @since 0.1.0
 */
export const PlainText = fault.PlainText
