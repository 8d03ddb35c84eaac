/**
 * Tracks that go with others.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, model, number, rows } from "./internal/ModelSchema.ts"
import { Track } from "./Track.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * What one of the seeds contributed.
 *
 * @category models
 * @since 0.1.0
 */
export class RecommendationSeed extends Schema.Opaque<RecommendationSeed>()(model({
  /** `"ARTIST"`, `"TRACK"` or `"GENRE"`, also in lower case. */
  type: absentOrNull(Schema.String),
  /** The id of the artist or track, or the name of the genre. */
  id: Schema.String,
  /** Absent for genres. */
  href: absentOrNull(Schema.String),
  /** How many tracks it suggested. */
  initialPoolSize: absentOrNull(number),
  /** How many of them the minimums and maximums left. */
  afterFilteringSize: absentOrNull(number),
  /** How many of those can be played in the market. */
  afterRelinkingSize: absentOrNull(number)
})) {}

/**
 * Recommended tracks, and the seeds they come from. Served only to apps in Extended Quota Mode that had it before November
 * 2024.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendations
 * @category models
 * @since 0.1.0
 */
export class Recommendations extends Schema.Opaque<Recommendations>()(model({
  seeds: rows(RecommendationSeed),
  tracks: rows(Track)
})) {}
