/**
 * The delay that a response asks for in `Retry-After` (RFC 9110 §10.2.3).
 */
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import * as Result from "effect/Result"

/** A longer delay than a century would exceed the limits of dates and timers. */
const longest = Duration.days(36_525)

/**
 * Returns the delay that `Retry-After` asks for, or `undefined` when there is none that can be read.
 *
 * **Details**
 *
 * Reads seconds, also with a fraction, and HTTP dates, which are counted from `now` in epoch milliseconds. When the header
 * was sent more than once, by a server and the CDN in front of it, the longest delay counts. The delay is never negative,
 * and a hundred years at most.
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

/** Splits a header at its commas. An HTTP date holds a comma itself, so each two neighbours count as one value, too. */
const values = (header: string): ReadonlyArray<string> => {
  const parts = header.split(",").map((part) => part.trim())
  return parts.flatMap((part, i) => [part, `${part}, ${parts[i + 1]}`])
}

const pause = (value: string, now: number): Duration.Duration | undefined => {
  if (/^\d+(\.\d+)?$/.test(value)) return Duration.seconds(Math.min(Number(value), Duration.toSeconds(longest)))
  const parsed = Headers.parseRetryAfter(value)
  return Result.isFailure(parsed) ? undefined : Headers.retryAfterDelay(parsed.success, now)
}
