/** What every token must be, whoever issued it: a text that can be sent where it goes, with an end that clocks can reach. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/** What can stand in a header after `Bearer` (RFC 6750 §2.1): printable ASCII without a space, so none ends a line. */
export const TokenText = Schema.String.check(Schema.isPattern(/^[\x21-\x7e]+$/))

export const isTokenText = Schema.is(TokenText)

/** A refresh token stands in forms alone, and may have spaces (RFC 6749 appendix A.17), though not be made of them. */
export const isRefreshTokenText = (value: unknown): value is string =>
  typeof value === "string" && /^[\x20-\x7e]+$/.test(value) && value.trim() !== ""

/** 68 years in milliseconds: more says nothing more, and strays into what timers and dates cannot count. */
const longestLifetime = (2 ** 31 - 1) * 1000

/**
 * When a token of this lifetime ends, in whole milliseconds as clocks count. One that lives for less, or not at all, is
 * over as soon as it is issued: it is of no use, but a refresh token that came with it is.
 */
export const endOf = (issuedAt: DateTime.Utc, lifetime: Duration.Duration): DateTime.Utc => {
  const millis = Math.min(Math.max(Math.floor(Duration.toMillis(lifetime)), 0), longestLifetime)
  return DateTime.addDuration(issuedAt, Duration.millis(millis))
}
