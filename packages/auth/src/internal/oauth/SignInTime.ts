/** The time at which a person signed in, and the time at which they must sign in again. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

// =============================================================================
// Rules
// =============================================================================

/** The earliest time of a sign-in: OAuth 2.0 is of October 2012 (RFC 6749). */
const earliest = Date.UTC(2012, 9, 1)

/**
 * Reports whether a person may have signed in at a time.
 *
 * A machine without a battery for its clock starts in 1970 or another past year. A time that it recorded then is useless
 * once the clock is set. While `now` is as early, the two fit each other.
 */
export const isPlausibleSignInTime = (at: DateTime.Utc, now: DateTime.Utc): boolean =>
  at.epochMilliseconds >= earliest || now.epochMilliseconds < earliest

/** Returns the end of a refresh token, counted from the sign-in; none when the time or the lifetime is unknown. */
export const dueAt = (
  authorizedAt: DateTime.Utc | undefined,
  refreshTokenLifetime: Duration.Duration | undefined,
  now: DateTime.Utc
): Option.Option<DateTime.Utc> =>
  authorizedAt === undefined || refreshTokenLifetime === undefined || !isPlausibleSignInTime(authorizedAt, now)
    ? Option.none()
    // Also none beyond the range of dates.
    : DateTime.make(authorizedAt.epochMilliseconds + Duration.toMillis(refreshTokenLifetime))

/**
 * Parses a date or a time in ISO 8601; `undefined` for a time that no sign-in can have. Without an offset it counts as UTC,
 * which is close enough for a lifetime of months.
 */
export const parse = (text: string, now: DateTime.Utc): Result.Result<DateTime.Utc | undefined, string> => {
  const millis = iso8601(text)
  if (millis === undefined) {
    return Result.fail("it is no date of ISO 8601. Write it as 2026-11-01 or 2026-11-01T09:30:00Z.")
  }
  const at = DateTime.makeUnsafe(millis)
  const isClockSet = now.epochMilliseconds >= earliest
  if (isClockSet && millis > now.epochMilliseconds + Duration.toMillis(tolerance)) {
    return Result.fail(
      `it lies ahead of this machine's clock, which says ${
        DateTime.formatIso(now)
      }. Give the time of the sign-in, not of its end, and check the clock.`
    )
  }
  return Result.succeed(isPlausibleSignInTime(at, now) ? at : undefined)
}

/** The time by which a sign-in may lie ahead: a date alone may be tomorrow's by UTC, and clocks are a little wrong. */
const tolerance = Duration.days(1)

// =============================================================================
// ISO 8601
// =============================================================================

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)?$/

/** Parses to epoch milliseconds; `undefined` for a day that the month does not have, which `Date` would move on. */
const iso8601 = (text: string): number | undefined => {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const numbers = (from: number, to: number) => match.slice(from, to).map((digits) => Number(digits ?? 0))
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = numbers(1, 7)
  const [, , , , , , , fraction = "", sign] = match
  const [offsetHours = 0, offsetMinutes = 0] = numbers(9, 11)
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, day)
  if (midnight.getUTCMonth() !== month - 1) return undefined
  if (hours > 23 || minutes > 59 || seconds > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined
  const offset = (sign === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes)
  const millis = Math.floor(Number(`0.${fraction}`) * 1000)
  return midnight.getTime() + ((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + millis
}
