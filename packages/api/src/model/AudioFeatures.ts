/**
 * The model of a track's audio features.
 */
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { TrackId } from "../Ids.ts"
import { absentOrNull, kind, number } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"
import { milliseconds } from "./internal/Time.ts"

/**
 * Numbers that describe the sound of a track.
 *
 * **Gotchas**
 *
 * Spotify serves them only to apps in Extended Quota Mode that had access before November 2024.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-features
 * @category models
 * @since 0.1.0
 */
export interface AudioFeatures {
  /** Always `"audio_features"`. */
  readonly type: "audio_features"
  /** Spotify id of the track. */
  readonly id: TrackId
  /** Confidence that the track is acoustic, from 0 to 1. */
  readonly acousticness: number
  /** Suitability for dancing, from 0 to 1. */
  readonly danceability: number
  /** Perceived intensity and activity, from 0 to 1. */
  readonly energy: number
  /** Likelihood that the track has no vocals, from 0 to 1. Above 0.5, Spotify considers it instrumental. */
  readonly instrumentalness: number
  /** Likelihood that the track was recorded in front of an audience, from 0 to 1. Above 0.8, it very likely was. */
  readonly liveness: number
  /** Share of spoken words, from 0 to 1. Above 0.66, there is probably nothing else; below 0.33, it is probably music. */
  readonly speechiness: number
  /** Mood, from 0 (sad) to 1 (happy). */
  readonly valence: number
  /** Average loudness in decibels, mostly from -60 to 0. */
  readonly loudness: number
  /** Tempo in beats per minute. */
  readonly tempo: number
  /** Pitch class of the key: 0 is C, 1 is C♯, and so on to 11; -1 when none was detected. */
  readonly key: number
  /** 1 for major, 0 for minor. */
  readonly mode: number
  /** Beats in a bar: 3 stands for 3/4. */
  readonly timeSignature: number
  /** Length of the track, to the millisecond. */
  readonly duration: Duration.Duration
  /** Web API URL of the audio analysis; requests to it need the access token. Absent where Spotify does not say. */
  readonly analysisUrl?: string
  /** Web API URL of the track. Absent where Spotify does not say. */
  readonly trackHref?: string
  /** Spotify URI of the track, `spotify:track:<id>`. */
  readonly uri: string
}

/**
 * Schema of {@link AudioFeatures}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AudioFeatures = modelOf<AudioFeatures>()({
  type: kind("audio_features"),
  id: TrackId,
  acousticness: number,
  danceability: number,
  energy: number,
  instrumentalness: number,
  liveness: number,
  speechiness: number,
  valence: number,
  loudness: number,
  tempo: number,
  key: number,
  mode: number,
  timeSignature: number,
  duration: milliseconds,
  analysisUrl: absentOrNull(Schema.String),
  trackHref: absentOrNull(Schema.String),
  uri: Schema.String
}, {
  timeSignature: "time_signature",
  duration: "duration_ms",
  analysisUrl: "analysis_url",
  trackHref: "track_href"
})
