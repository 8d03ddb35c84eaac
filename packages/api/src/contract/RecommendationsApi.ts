/**
 * The contract of recommendations. Only for apps that were in Extended Quota Mode before 27 November 2024.
 *
 * @see https://developer.spotify.com/blog/2024-11-27-changes-to-the-web-api
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import * as Ids from "../Ids.ts"
import { model } from "../model/internal/ModelSchema.ts"
import { rows } from "../model/internal/Rows.ts"
import { Market } from "../model/Market.ts"
import { Recommendations } from "../model/Recommendation.ts"
import * as Annotations from "./Annotations.ts"
import * as Query from "./internal/Query.ts"
import { SpotifyMiddleware } from "./SpotifyMiddleware.ts"

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
 * The least, the most and the best of what Spotify has measured in tracks: `min_energy`, `max_energy`, `target_energy` and
 * so on.
 *
 * @category models
 * @since 0.1.0
 */
export type Bounds = Schema.Struct<BoundFields>["Type"]

/**
 * Takes up to five seeds in all, and bounds for what Spotify has measured: `min_energy`, `max_energy`, `target_energy` and
 * so on.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendations
 * @category operations
 * @since 0.1.0
 */
export const get = HttpApiEndpoint.get("get", "/recommendations", {
  query: {
    seed_artists: Schema.optionalKey(Query.commaSeparated(Ids.Artist.schema, 5)),
    seed_genres: Schema.optionalKey(Query.commaSeparated(Schema.NonEmptyString, 5)),
    seed_tracks: Schema.optionalKey(Query.commaSeparated(Ids.Track.schema, 5)),
    market: Schema.optionalKey(Market),
    limit: Schema.optionalKey(Query.limitUpTo(100)),
    ...bounds
  },
  success: Recommendations
}).annotate(Annotations.Reference, "get-recommendations").annotate(Annotations.Audience, "legacy")

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendation-genres
 * @category operations
 * @since 0.1.0
 */
export const genreSeeds = HttpApiEndpoint.get("genreSeeds", "/recommendations/available-genre-seeds", {
  success: model({ genres: rows(Schema.String) })
}).annotate(Annotations.Reference, "get-recommendation-genres").annotate(Annotations.Audience, "legacy")

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const RecommendationsApi = HttpApiGroup.make("recommendations").add(get, genreSeeds).middleware(
  SpotifyMiddleware
)
