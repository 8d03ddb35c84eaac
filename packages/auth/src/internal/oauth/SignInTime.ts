/** When a person signed in, as far as that can be true, and when they must do so again. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

// =============================================================================
// Rules
// =============================================================================

/** OAuth 2.0 is of October 2012 (RFC 6749): no refresh token is older. */
const earliest = Date.UTC(2012, 9, 1)

/**
 * Whether someone may have signed in at that time. A machine without a clock of its own begins in 1970, or in some year of
 * its maker's; what it wrote down then is no time once the clock has been set. Until then its times fit each other.
 */
export const isPlausibleSignInTime = (at: DateTime.Utc, now: DateTime.Utc): boolean =>
  at.epochMilliseconds >= earliest || now.epochMilliseconds < earliest

/** The end of a refresh token that lives for so long from the sign-in on; none where either is unknown. */
export const dueAt = (
  authorizedAt: DateTime.Utc | undefined,
  refreshTokenLifetime: Duration.Duration | undefined,
  now: DateTime.Utc
): Option.Option<DateTime.Utc> =>
  authorizedAt === undefined || refreshTokenLifetime === undefined || !isPlausibleSignInTime(authorizedAt, now)
    ? Option.none()
    // None, too, for one beyond the last instant that dates reach.
    : DateTime.make(authorizedAt.epochMilliseconds + Duration.toMillis(refreshTokenLifetime))

/**
 * A time in ISO 8601, a date alone included, as a text may hold it; none for one that no sign-in can have. Without an
 * offset it counts as UTC: what is reckoned from it are months.
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

/** A date alone may be that of tomorrow, by UTC; clocks are a little wrong. */
const tolerance = Duration.days(1)

// =============================================================================
// ISO 8601
// =============================================================================

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)?$/

/** Epoch milliseconds; none for a day that no month has, which `Date` would take for one of the next. */
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
