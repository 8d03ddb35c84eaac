/** What every token must be, whoever issued it: a text that can stand in a header, with an end that clocks can reach. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/** RFC 6749 appendix A.12 and A.17: tokens are printable ASCII, so one can never end a header line. */
export const TokenText = Schema.String.check(Schema.isPattern(/^[\x21-\x7e]+$/))

export const isTokenText = Schema.is(TokenText)

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
