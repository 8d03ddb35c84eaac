/**
 * How far back a person's listening counts.
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
 * About a year (`"long_term"`), six months (`"medium_term"`) or four weeks (`"short_term"`).
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category models
 * @since 0.1.0
 */
export type TimeRange = typeof TimeRange.Type
