/**
 * Tracks that go with others. Served only to apps that were in Extended Quota Mode before 27 November 2024; any other gets
 * `Forbidden`, and there is nothing of Spotify's to use instead.
 */
import * as Effect from "effect/Effect"
import { type Bounds, RecommendationsApi } from "./contract/RecommendationsApi.ts"
import * as Ids from "./Ids.ts"
import { extended } from "./internal/call/Extended.ts"
import type { Market } from "./model/Market.ts"
import type { Recommendations } from "./model/Recommendation.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"
import { InvalidArgument, SpotifyError } from "./SpotifyError.ts"

type Call<A> = SpotifyClient.CallEffect<A, ExtendedQuotaMode>

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Ids, URIs or links. One to five seeds in all, of whatever kind. */
  readonly seedArtists?: ReadonlyArray<string> | undefined
  /** Ids, URIs or links. */
  readonly seedTracks?: ReadonlyArray<string> | undefined
  /** Out of `genreSeeds`. */
  readonly seedGenres?: ReadonlyArray<string> | undefined
  readonly market?: Market | undefined
  /** How many tracks to get, from 1 to 100. Default: 20. Spotify may find fewer. */
  readonly limit?: number | undefined
  /** Limits and targets by Spotify's names for them, such as `{ min_energy: 0.4, target_tempo: 120 }`. */
  readonly bounds?: Bounds | undefined
}

/**
 * Tracks that go with the seeds.
 *
 * Fails with `InvalidArgument` without a seed, or with more than five.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendations
 * @category operations
 * @since 0.1.0
 */
export const get: (options: Options) => Call<Recommendations> = Effect.fn("Recommendations.get")(
  function*(options) {
    const artists = yield* Effect.forEach(options.seedArtists ?? [], (id) => Effect.fromResult(Ids.Artist.parse(id)))
    const tracks = yield* Effect.forEach(options.seedTracks ?? [], (id) => Effect.fromResult(Ids.Track.parse(id)))
    const genres = options.seedGenres ?? []
    const seeds = artists.length + tracks.length + genres.length
    if (seeds < 1 || seeds > 5) {
      return yield* new SpotifyError({
        reason: new InvalidArgument({
          argument: "seeds",
          issue: `there are ${seeds}, and Spotify takes one to five in all`
        })
      })
    }
    const query = {
      ...options.bounds,
      ...(artists.length > 0 && { seed_artists: artists }),
      ...(tracks.length > 0 && { seed_tracks: tracks }),
      ...(genres.length > 0 && { seed_genres: genres }),
      ...(options.market !== undefined && { market: options.market }),
      ...(options.limit !== undefined && { limit: options.limit })
    }
    return yield* extended(SpotifyClient.call(RecommendationsApi, (recommendations) => recommendations.get({ query })))
  }
)

/**
 * The genres that can be seeds.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendation-genres
 * @category operations
 * @since 0.1.0
 */
export const genreSeeds: Call<ReadonlyArray<string>> = extended(
  SpotifyClient.call(RecommendationsApi, (recommendations) => recommendations.genreSeeds({}))
).pipe(
  Effect.map(({ genres }) => genres),
  Effect.withSpan("Recommendations.genreSeeds")
)
