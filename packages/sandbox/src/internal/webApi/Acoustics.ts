/**
 * The audio features and the audio analysis of tracks.
 *
 * **Details**
 *
 * The figures are made up, since the sandbox has no audio. They are computed from the id of the track, so that a track
 * always has the same, in the ranges that Spotify documents.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-features
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-analysis
 */
import type * as Schema from "effect/Schema"
import type { Recording } from "../catalogue/Recordings.ts"

// =============================================================================
// Figures
// =============================================================================

/** Hashes a text (FNV-1a) to a number from 0 to 1. */
const draw = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0) / 2 ** 32
}

const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits))

/** Computes the figures that recommendations can be limited by, except `popularity`. */
export const figures = ({ durationMs, id }: Recording) => {
  const share = (name: string) => rounded(draw(`${id}/${name}`))
  const whole = (name: string, values: number) => Math.floor(draw(`${id}/${name}`) * values)
  return {
    acousticness: share("acousticness"),
    danceability: share("danceability"),
    duration_ms: durationMs,
    energy: share("energy"),
    instrumentalness: share("instrumentalness"),
    key: whole("key", 12),
    liveness: share("liveness"),
    loudness: rounded(-2 - 20 * draw(`${id}/loudness`)),
    mode: whole("mode", 2),
    speechiness: share("speechiness"),
    tempo: rounded(70 + 100 * draw(`${id}/tempo`)),
    time_signature: 3 + whole("time_signature", 2),
    valence: share("valence")
  }
}

// =============================================================================
// Objects
// =============================================================================

/** Writes the audio features of a track. */
export const audioFeatures = (recording: Recording): Schema.JsonObject => ({
  ...figures(recording),
  analysis_url: `https://api.spotify.com/v1/audio-analysis/${recording.id}`,
  id: recording.id,
  track_href: `https://api.spotify.com/v1/tracks/${recording.id}`,
  type: "audio_features",
  uri: `spotify:track:${recording.id}`
})

/** Divides a track into intervals of one length in seconds, with further fields for each. */
const intervals = (
  { durationMs, id }: Recording,
  name: string,
  length: number,
  more: (index: number) => Schema.JsonObject = () => ({})
) =>
  Array.from({ length: Math.floor(durationMs / 1000 / length) }, (_, index) => ({
    start: rounded(index * length, 5),
    duration: rounded(length, 5),
    confidence: rounded(draw(`${id}/${name}/${index}`)),
    ...more(index)
  }))

/** Writes the audio analysis of a track. */
export const audioAnalysis = (recording: Recording): Schema.JsonObject => {
  const { durationMs, id } = recording
  const { key, loudness, mode, tempo, time_signature } = figures(recording)
  const seconds = durationMs / 1000
  const beat = 60 / tempo
  const confidence = (name: string) => rounded(draw(`${id}/${name}_confidence`))
  const figuresOfTrack = {
    key,
    key_confidence: confidence("key"),
    loudness,
    mode,
    mode_confidence: confidence("mode"),
    tempo,
    tempo_confidence: confidence("tempo"),
    time_signature,
    time_signature_confidence: confidence("time_signature")
  }
  return {
    bars: intervals(recording, "bars", beat * time_signature),
    beats: intervals(recording, "beats", beat),
    meta: {
      analysis_time: 6.93906,
      analyzer_version: "4.0.0",
      detailed_status: "OK",
      input_process: "libvorbisfile L+R 44100->22050",
      platform: "Linux",
      status_code: 0,
      timestamp: 1495193577
    },
    sections: intervals(recording, "sections", 30, () => figuresOfTrack),
    segments: intervals(recording, "segments", 1, (index) => ({
      loudness_end: 0,
      loudness_max: loudness,
      loudness_max_time: 0.07305,
      loudness_start: rounded(loudness - 20),
      pitches: Array.from({ length: 12 }, (_, pitch) => rounded(draw(`${id}/pitch/${index}/${pitch}`))),
      timbre: Array.from({ length: 12 }, (_, part) => rounded(200 * draw(`${id}/timbre/${index}/${part}`) - 100))
    })),
    tatums: intervals(recording, "tatums", beat / 2),
    track: {
      ...figuresOfTrack,
      analysis_channels: 1,
      analysis_sample_rate: 22_050,
      code_version: 3.15,
      codestring: "eJxVnAmS5DgOBL",
      duration: seconds,
      echoprint_version: 4.15,
      echoprintstring: "eJzlvQmSHDmStH",
      end_of_fade_in: 0,
      num_samples: Math.round(seconds * 22_050),
      offset_seconds: 0,
      rhythm_version: 1,
      rhythmstring: "eJyNXAmOLT2r28",
      sample_md5: "",
      start_of_fade_out: rounded(seconds - 6, 5),
      synch_version: 1,
      synchstring: "eJx1mIlx7ToORF",
      window_seconds: 0
    }
  }
}
