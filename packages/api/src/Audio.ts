/**
 * Measurements of tracks: audio features and audio analyses.
 *
 * **Gotchas**
 *
 * Served only to apps that were in Extended Quota Mode before 27 November 2024. Any other gets `Forbidden`, and Spotify has
 * nothing to use instead.
 *
 * **Example** (The tempo of a track)
 *
 * ```ts
 * import * as Audio from "@app/api/Audio"
 * import * as Effect from "effect/Effect"
 *
 * const tempo = Audio.features("spotify:track:11dFghVXANMlKmJXsNCbNl").pipe(Effect.map(({ tempo }) => tempo))
 * ```
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AudioApi, maxIds } from "./contract/AudioApi.ts"
import * as Ids from "./Ids.ts"
import * as AuthorizationBinding from "./internal/call/AuthorizationBinding.ts"
import * as Operation from "./internal/call/Operation.ts"
import { requireExtendedQuotaMode } from "./internal/call/QuotaGuard.ts"
import * as Batch from "./internal/list/Batch.ts"
import type { AudioAnalysis } from "./model/AudioAnalysis.ts"
import type { AudioFeatures } from "./model/AudioFeatures.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

/**
 * Looks up the audio features of a track.
 *
 * **Details**
 *
 * Needs no scope. Fails with `NotFound` for a track that Spotify has not measured.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-features
 * @category operations
 * @since 0.1.0
 */
export const features: (
  track: string
) => Effect.Effect<AudioFeatures, SpotifyClient.Failure, SpotifyClient.SpotifyClient | ExtendedQuotaMode> = Effect
  .fnUntraced(
    function*(track) {
      const id = yield* Effect.fromResult(Ids.Track.parse(track))
      return yield* SpotifyClient.call(AudioApi, (audio) => audio.features({ params: { id } }))
    },
    requireExtendedQuotaMode
  )

/**
 * Looks up the audio features of any number of tracks, in the order of their ids.
 *
 * **Details**
 *
 * They are `None` where Spotify has not measured a track, and where they cannot be read. 100 ids make one request. Needs no
 * scope.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-audio-features
 * @category operations
 * @since 0.1.0
 */
export const manyFeatures: (
  tracks: ReadonlyArray<string>
) => Effect.Effect<
  ReadonlyArray<Option.Option<AudioFeatures>>,
  SpotifyClient.Failure,
  SpotifyClient.SpotifyClient | ExtendedQuotaMode
> = Effect.fnUntraced(
  function*(tracks) {
    const rows = yield* Batch.rows(
      yield* Batch.parseAll(Ids.Track.parse, tracks),
      maxIds,
      (ids) =>
        SpotifyClient.call(AudioApi, (audio) => audio.manyFeatures({ query: { ids } })).pipe(
          Effect.flatMap(({ audioFeatures }) =>
            Batch.expectRows(Operation.nameOf(AudioApi, "manyFeatures"), "audio_features", ids.length, audioFeatures)
          )
        )
    )
    return rows.map(Option.fromNullishOr)
  },
  AuthorizationBinding.together,
  requireExtendedQuotaMode
)

/**
 * Looks up the audio analysis of a track: its bars, beats, sections, segments and tatums.
 *
 * **Details**
 *
 * Needs no scope. Fails with `NotFound` for a track that Spotify has not analyzed.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-analysis
 * @category operations
 * @since 0.1.0
 */
export const analysis: (
  track: string
) => Effect.Effect<AudioAnalysis, SpotifyClient.Failure, SpotifyClient.SpotifyClient | ExtendedQuotaMode> = Effect
  .fnUntraced(
    function*(track) {
      const id = yield* Effect.fromResult(Ids.Track.parse(track))
      return yield* SpotifyClient.call(AudioApi, (audio) => audio.analysis({ params: { id } }))
    },
    requireExtendedQuotaMode
  )
