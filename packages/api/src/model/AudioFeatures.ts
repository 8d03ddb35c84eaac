/**
 * What a track sounds like, in figures.
 */
import * as Schema from "effect/Schema"
import { TrackId } from "../Ids.ts"
import { absentOrNull, kind, millis, model, number } from "./internal/ModelSchema.ts"

/**
 * The sound of a track in figures. Served only to apps in Extended Quota Mode that had it before November 2024.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-features
 * @category models
 * @since 0.1.0
 */
export class AudioFeatures extends Schema.Opaque<AudioFeatures>()(
  model({
    type: kind("audio_features"),
    id: TrackId,
    /** Confidence that it is acoustic, 0 to 1. */
    acousticness: number,
    /** How suitable it is for dancing, 0 to 1. */
    danceability: number,
    /** Intensity and activity as perceived, 0 to 1. */
    energy: number,
    /** Likelihood that it has no vocals, 0 to 1; above 0.5 it is meant to have none. */
    instrumentalness: number,
    /** Likelihood that an audience was there, 0 to 1; above 0.8 there very likely was one. */
    liveness: number,
    /** Spoken words, 0 to 1: above 0.66 nothing else, below 0.33 music. */
    speechiness: number,
    /** From sad (0) to happy (1). */
    valence: number,
    /** Average over the track in decibels, mostly -60 to 0. */
    loudness: number,
    /** Beats per minute. */
    tempo: number,
    /** Pitch class: 0 is C, 1 is C♯, and so on; -1 when none was found. */
    key: number,
    /** 1: major, 0: minor. */
    mode: number,
    /** Beats in a bar: 3 stands for 3/4. */
    timeSignature: number,
    /** Wire: `duration_ms`. */
    duration: millis,
    /** Where the audio analysis is to be had; the access token is needed there. */
    analysisUrl: absentOrNull(Schema.String),
    trackHref: absentOrNull(Schema.String),
    uri: Schema.String
  }, {
    timeSignature: "time_signature",
    duration: "duration_ms",
    analysisUrl: "analysis_url",
    trackHref: "track_href"
  })
) {}
