/**
 * How long a server asks to be left alone (`Retry-After`, RFC 9110 §10.2.3), as servers really write it.
 */
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import * as Result from "effect/Result"

/** Nobody means more: a century stays clear of every limit of dates and timers. */
const longest = Duration.days(36_525)

/**
 * The pause that a `Retry-After` asks for, counted from `now` in milliseconds: seconds, also with a fraction, or an HTTP
 * date. Where it was sent more than once, by a server and the CDN before it, the longest counts. Never negative, and a
 * hundred years at most; `undefined` where there is none that can be read.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 * @category accessors
 * @since 0.1.0
 */
export const delay = (headers: Headers.Headers, now: number): Duration.Duration | undefined => {
  const header = headers["retry-after"]
  if (header === undefined) return undefined
  const pauses = values(header).map((value) => pause(value, now)).filter((pause) => pause !== undefined)
  return pauses.length === 0 ? undefined : Duration.min(pauses.reduce(Duration.max), longest)
}

/** Fields of one name arrive as one, joined by commas, and a date has a comma of its own: neighbours may belong together. */
const values = (header: string): ReadonlyArray<string> => {
  const parts = header.split(",").map((part) => part.trim())
  return parts.flatMap((part, i) => [part, `${part}, ${parts[i + 1]}`])
}

const pause = (value: string, now: number): Duration.Duration | undefined => {
  if (/^\d+(\.\d+)?$/.test(value)) return Duration.seconds(Math.min(Number(value), Duration.toSeconds(longest)))
  const parsed = Headers.parseRetryAfter(value)
  return Result.isFailure(parsed) ? undefined : Headers.retryAfterDelay(parsed.success, now)
}
