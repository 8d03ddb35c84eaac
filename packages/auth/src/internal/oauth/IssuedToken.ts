/** Rules for tokens of any issuer: the characters that can be sent, and an end within the range of dates. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/** Schema for an access token: printable ASCII without spaces, which fits into a header (RFC 6750 §2.1). */
export const TokenText = Schema.String.check(Schema.isPattern(/^[\x21-\x7e]+$/))

/** Reports whether a value is an access token that can be sent. */
export const isTokenText = Schema.is(TokenText)

/** Reports whether a value is a refresh token: printable ASCII, with spaces but not blank (RFC 6749 appendix A.17). */
export const isRefreshTokenText = (value: unknown): value is string =>
  typeof value === "string" && /^[\x20-\x7e]+$/.test(value) && value.trim() !== ""

/** The longest lifetime, 68 years in milliseconds, which timers and dates can still count. */
const longestLifetime = (2 ** 31 - 1) * 1000

/**
 * Returns the end of a token's lifetime, in whole milliseconds. A lifetime of less than one, or a negative one, ends when
 * the token is issued: the token is of no use, but a refresh token beside it is.
 */
export const endOf = (issuedAt: DateTime.Utc, lifetime: Duration.Duration): DateTime.Utc => {
  const millis = Math.min(Math.max(Math.floor(Duration.toMillis(lifetime)), 0), longestLifetime)
  return DateTime.addDuration(issuedAt, Duration.millis(millis))
}
