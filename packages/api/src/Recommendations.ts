/**
 * Recommendations: tracks that go with others.
 *
 * **Gotchas**
 *
 * Served only to apps that were in Extended Quota Mode before 27 November 2024. Any other gets `Forbidden`, and Spotify has
 * nothing to use instead.
 *
 * **Example** (Ten lively tracks)
 *
 * ```ts
 * import * as Recommendations from "@app/api/Recommendations"
 *
 * const lively = Recommendations.get({ seedGenres: ["pop"], limit: 10, bounds: { min_energy: 0.8 } })
 * ```
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Query from "./contract/internal/Query.ts"
import { type Bounds, RecommendationsApi } from "./contract/RecommendationsApi.ts"
import * as Ids from "./Ids.ts"
import { requireExtendedQuotaMode } from "./internal/call/QuotaGuard.ts"
import * as Batch from "./internal/list/Batch.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { Recommendations } from "./model/Recommendation.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"
import { InvalidArgument, SpotifyError } from "./SpotifyError.ts"

/**
 * The seeds and limits of recommendations.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends MarketOptions {
  /** Ids, URIs or links. One to five seeds in all, of whatever kind. */
  readonly seedArtists?: ReadonlyArray<string> | undefined
  /** Ids, URIs or links. */
  readonly seedTracks?: ReadonlyArray<string> | undefined
  /** Out of `genreSeeds`. */
  readonly seedGenres?: ReadonlyArray<string> | undefined
  /** Number of tracks to get, from 1 to 100. Default: 20. Spotify may find fewer. */
  readonly limit?: number | undefined
  /** Limits and targets for audio features, by Spotify's parameter names: `{ min_energy: 0.4, target_tempo: 120 }`. */
  readonly bounds?: Bounds | undefined
}

/**
 * Recommends tracks that go with the seeds.
 *
 * **Details**
 *
 * Fails with `InvalidArgument` without a seed, and with more than five. Needs no scope.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendations
 * @category operations
 * @since 0.1.0
 */
export const get: (
  options: Options
) => Effect.Effect<Recommendations, SpotifyClient.Failure, SpotifyClient.SpotifyClient | ExtendedQuotaMode> = Effect
  .fnUntraced(
    function*(options) {
      const artists = yield* Batch.parseAll(Ids.Artist.parse, options?.seedArtists ?? [], "seedArtists")
      const tracks = yield* Batch.parseAll(Ids.Track.parse, options?.seedTracks ?? [], "seedTracks")
      const genres = yield* Batch.parseAll<string, string>(Result.succeed, options?.seedGenres ?? [], "seedGenres")
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
        ...options?.bounds,
        ...Query.defined({
          seed_artists: artists.length > 0 ? artists : undefined,
          seed_tracks: tracks.length > 0 ? tracks : undefined,
          seed_genres: genres.length > 0 ? genres : undefined,
          market: options?.market,
          limit: options?.limit
        })
      }
      return yield* SpotifyClient.call(RecommendationsApi, (recommendations) => recommendations.get({ query }))
    },
    requireExtendedQuotaMode
  )

/**
 * The genres that can be seeds.
 *
 * **Details**
 *
 * Needs no scope.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendation-genres
 * @category operations
 * @since 0.1.0
 */
export const genreSeeds: Effect.Effect<
  ReadonlyArray<string>,
  SpotifyClient.Failure,
  SpotifyClient.SpotifyClient | ExtendedQuotaMode
> = requireExtendedQuotaMode(
  SpotifyClient.call(RecommendationsApi, (recommendations) => recommendations.genreSeeds({}))
).pipe(
  Effect.map(({ genres }) => genres)
)
