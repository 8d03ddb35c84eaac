/**
 * What Spotify has measured in tracks: how they sound, and how they are built. Served only to apps that were in Extended
 * Quota Mode before 27 November 2024; any other gets `Forbidden`, and there is nothing of Spotify's to use instead.
 */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AudioApi } from "./contract/AudioApi.ts"
import * as Ids from "./Ids.ts"
import * as AuthorizationBinding from "./internal/call/AuthorizationBinding.ts"
import { extended } from "./internal/call/Extended.ts"
import * as Exactly from "./internal/list/Exactly.ts"
import type { AudioAnalysis } from "./model/AudioAnalysis.ts"
import type { AudioFeatures } from "./model/AudioFeatures.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

type Call<A> = SpotifyClient.CallEffect<A, ExtendedQuotaMode>

const idOf = (id: string) => Effect.fromResult(Ids.Track.parse(id))

/** How many ids one request may hold. */
const chunkSize = 100

/**
 * How a track sounds, in figures.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-features
 * @category operations
 * @since 0.1.0
 */
export const features: (track: string) => Call<AudioFeatures> = Effect.fn("Audio.features")(
  function*(track) {
    const id = yield* idOf(track)
    return yield* extended(SpotifyClient.call(AudioApi, (audio) => audio.features({ params: { id } })))
  }
)

/**
 * How any number of tracks sound, in the order of their ids; none where Spotify has not measured one, or where what it
 * sends cannot be read. 100 of them make one request.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-audio-features
 * @category operations
 * @since 0.1.0
 */
export const manyFeatures: (
  tracks: ReadonlyArray<string>
) => Call<ReadonlyArray<Option.Option<AudioFeatures>>> = Effect.fn("Audio.manyFeatures")(
  function*(tracks) {
    const chunks = Array.chunksOf(yield* Effect.forEach(tracks, idOf), chunkSize)
    const answers = yield* Effect.forEach(
      chunks,
      (ids) =>
        extended(SpotifyClient.call(AudioApi, (audio) => audio.manyFeatures({ query: { ids } }))).pipe(
          Effect.flatMap(({ audioFeatures }) =>
            Exactly.of("audio.manyFeatures", "audio_features", ids.length, audioFeatures)
          )
        ),
      { concurrency: 4 }
    )
    return answers.flat().map(Option.fromNullishOr)
  },
  AuthorizationBinding.together
)

/**
 * How a track is built: its bars, beats, sections, segments and tatums.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-analysis
 * @category operations
 * @since 0.1.0
 */
export const analysis: (track: string) => Call<AudioAnalysis> = Effect.fn("Audio.analysis")(
  function*(track) {
    const id = yield* idOf(track)
    return yield* extended(SpotifyClient.call(AudioApi, (audio) => audio.analysis({ params: { id } })))
  }
)
