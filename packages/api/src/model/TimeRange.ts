/**
 * The period over which a user's listening is counted.
 */
import * as Schema from "effect/Schema"

/**
 * Schema of {@link TimeRange}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TimeRange = Schema.Literals(["long_term", "medium_term", "short_term"])

/**
 * The period over which a user's top artists and tracks are counted.
 *
 * **Details**
 *
 * `"long_term"` is about a year, `"medium_term"` about six months and `"short_term"` about four weeks.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category models
 * @since 0.1.0
 */
export type TimeRange = typeof TimeRange.Type
