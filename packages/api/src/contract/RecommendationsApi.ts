/**
 * The contract of recommendations.
 *
 * **Details**
 *
 * Served only to apps that were in Extended Quota Mode before 27 November 2024.
 *
 * @see https://developer.spotify.com/blog/2024-11-27-changes-to-the-web-api
 */
import * as Schema from "effect/Schema"
import * as Ids from "../Ids.ts"
import { model } from "../model/internal/ModelSchema.ts"
import { rows } from "../model/internal/Rows.ts"
import { Market } from "../model/Market.ts"
import { Recommendations } from "../model/Recommendation.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"
import * as Query from "./internal/Query.ts"

// =============================================================================
// Operations
// =============================================================================

const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const tunable = {
  acousticness: share,
  danceability: share,
  duration_ms: Schema.Int,
  energy: share,
  instrumentalness: share,
  key: between(0, 11),
  liveness: share,
  loudness: Schema.Finite,
  mode: between(0, 1),
  popularity: between(0, 100),
  speechiness: share,
  tempo: Schema.Finite,
  time_signature: between(0, 11),
  valence: share
}

type Tunable = typeof tunable

type BoundFields = {
  readonly [K in `${"min" | "max" | "target"}_${keyof Tunable}`]: K extends
    `${string}_${infer Name extends keyof Tunable}` ? Schema.optionalKey<Tunable[Name]>
    : never
}

// The keys are those of the type, which the loop that makes them cannot say.
const bounds = Object.fromEntries(
  Object.entries(tunable).flatMap(([name, schema]) =>
    ["min", "max", "target"].map((bound) => [`${bound}_${name}`, Schema.optionalKey<Schema.Top>(schema)])
  )
) as BoundFields

/**
 * Minimum, maximum and target values for audio features, by Spotify's parameter names.
 *
 * **Details**
 *
 * Such as `min_energy`, `max_energy`, `target_energy`.
 *
 * @category models
 * @since 0.1.0
 */
export type Bounds = Schema.Struct<BoundFields>["Type"]

/**
 * Recommends tracks for up to five seeds.
 *
 * **Details**
 *
 * See {@link Bounds} for limits and targets.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendations
 * @category operations
 * @since 0.1.0
 */
export const get = Endpoint.get("get", "/recommendations", {
  query: {
    seed_artists: Schema.optionalKey(Query.commaSeparated(Ids.Artist.schema, 5)),
    seed_genres: Schema.optionalKey(Query.commaSeparated(Schema.NonEmptyString, 5)),
    seed_tracks: Schema.optionalKey(Query.commaSeparated(Ids.Track.schema, 5)),
    market: Schema.optionalKey(Market),
    limit: Schema.optionalKey(Query.limitUpTo(100)),
    ...bounds
  },
  success: Recommendations
})
  .annotate(Annotations.Reference, "get-recommendations")
  .annotate(Annotations.Audience, "legacy")

/**
 * Lists the genres that can be seeds.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendation-genres
 * @category operations
 * @since 0.1.0
 */
export const genreSeeds = Endpoint.get("genreSeeds", "/recommendations/available-genre-seeds", {
  success: model({ genres: rows(Schema.String) })
})
  .annotate(Annotations.Reference, "get-recommendation-genres")
  .annotate(Annotations.Audience, "legacy")

// =============================================================================
// Group
// =============================================================================

/**
 * The operations on recommendations.
 *
 * @category groups
 * @since 0.1.0
 */
export const RecommendationsApi = EndpointGroup.make("recommendations", { get, genreSeeds })
