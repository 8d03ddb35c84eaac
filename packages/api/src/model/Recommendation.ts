/**
 * Models of recommendations.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, number } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"
import { rows } from "./internal/Rows.ts"
import { Track } from "./Track.ts"

/**
 * A seed of recommendations, with the number of tracks that it contributed.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecommendationSeed {
  /** `"ARTIST"`, `"TRACK"` or `"GENRE"`, also in lower case. Absent where Spotify does not say. */
  readonly type?: string
  /** Spotify id of the artist or track, or the name of the genre. */
  readonly id: string
  /** Web API URL of the artist or track. Absent for genres. */
  readonly href?: string
  /** Number of tracks that the seed suggested. Absent where Spotify does not say. */
  readonly initialPoolSize?: number
  /** Number of tracks that were left by the minimum and maximum values. Absent where Spotify does not say. */
  readonly afterFilteringSize?: number
  /** Number of tracks that were left and can be played in the market. Absent where Spotify does not say. */
  readonly afterRelinkingSize?: number
}

/**
 * Schema of {@link RecommendationSeed}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RecommendationSeed = modelOf<RecommendationSeed>()({
  type: absentOrNull(Schema.String),
  id: Schema.String,
  href: absentOrNull(Schema.String),
  initialPoolSize: absentOrNull(number),
  afterFilteringSize: absentOrNull(number),
  afterRelinkingSize: absentOrNull(number)
})

/**
 * Recommended tracks, and the seeds that they were found from.
 *
 * **Gotchas**
 *
 * Spotify serves them only to apps in Extended Quota Mode that had access before November 2024.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendations
 * @category models
 * @since 0.1.0
 */
export interface Recommendations {
  /** Seeds of the request. Those that are null or invalid are left out. */
  readonly seeds: ReadonlyArray<RecommendationSeed>
  /** Recommended tracks. Those that are null or invalid are left out. */
  readonly tracks: ReadonlyArray<Track>
}

/**
 * Schema of {@link Recommendations}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Recommendations = modelOf<Recommendations>()({
  seeds: rows(RecommendationSeed),
  tracks: rows(Track)
})
