/** When a person signed in, as far as a clock can be believed, and when they must do so again. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** Nobody signed in by OAuth 2.0 before RFC 6749 was published. */
const earliest = Date.UTC(2012, 9)

/** A machine whose clock stood decades back did not know the time, which shows once it does. */
const isPlausible = (authorizedAt: DateTime.Utc, now: DateTime.Utc): boolean =>
  authorizedAt.epochMilliseconds >= earliest || now.epochMilliseconds < earliest

/** The end of a refresh token that lives for so long from the sign-in on; none where either is unknown. */
export const dueAt = (
  authorizedAt: DateTime.Utc | undefined,
  refreshTokenLifetime: Duration.Duration | undefined,
  now: DateTime.Utc
): Option.Option<DateTime.Utc> =>
  authorizedAt === undefined || refreshTokenLifetime === undefined || !isPlausible(authorizedAt, now)
    ? Option.none()
    // None, too, for one beyond the last instant that dates reach.
    : DateTime.make(authorizedAt.epochMilliseconds + Duration.toMillis(refreshTokenLifetime))
