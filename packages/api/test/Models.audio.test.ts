/** Audio features, analyses and recommendations with the peculiarities that Spotify's have had. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AudioAnalysis } from "../src/model/AudioAnalysis.ts"
import { AudioFeatures } from "../src/model/AudioFeatures.ts"
import { Recommendations } from "../src/model/Recommendation.ts"
import * as Answers from "./support/Answers.ts"

const decodeFeatures = Schema.decodeUnknownEffect(AudioFeatures)
const decodeAnalysis = Schema.decodeUnknownEffect(AudioAnalysis)
const decodeRecommendations = Schema.decodeUnknownEffect(Recommendations)

describe("audio", () => {
  const features = {
    acousticness: 0.011,
    analysis_url: "https://api.spotify.com/v1/audio-analysis/4uLU6hMCjMI75M1A2tKUQC",
    danceability: 1,
    duration_ms: 207_960,
    energy: 0,
    id: Answers.trackId,
    instrumentalness: 9.05E-4,
    key: -1,
    liveness: 0.302,
    loudness: -2.743,
    mode: 1,
    speechiness: 0.103,
    tempo: 114.944,
    time_signature: 4,
    track_href: `https://api.spotify.com/v1/tracks/${Answers.trackId}`,
    type: "audio_features",
    uri: `spotify:track:${Answers.trackId}`,
    valence: 0.625
  }
  const sound = {
    key: 9,
    key_confidence: 0.408,
    loudness: -5.883,
    mode: 0,
    mode_confidence: 0.485,
    tempo: 118.211,
    tempo_confidence: 0.73,
    time_signature: 4,
    time_signature_confidence: 0.994
  }
  const interval = { start: 0.49567, duration: 2.18749, confidence: 0.925 }
  const analysis = {
    meta: {
      analyzer_version: "4.0.0",
      platform: "Linux",
      detailed_status: "OK",
      status_code: 0,
      timestamp: 1_495_193_577,
      analysis_time: 6.93906,
      input_process: "libvorbisfile L+R 44100->22050"
    },
    track: { ...sound, duration: 207.95985, num_samples: 4_585_515, offset_seconds: 0, window_seconds: 0 },
    bars: [interval],
    beats: [],
    sections: [{ ...interval, ...sound }],
    segments: [{
      ...interval,
      loudness_start: -23.053,
      loudness_max: -14.25,
      loudness_max_time: 0.07305,
      pitches: [0.212, 1],
      timbre: [42.115, -0.5]
    }]
  }

  it.effect("I19: reads features", () =>
    Effect.gen(function*() {
      const read = yield* decodeFeatures(features)
      assert.strictEqual(read.key, -1)
      assert.strictEqual(read.timeSignature, 4)
      assert.strictEqual(Duration.toMillis(read.duration), 207_960)
    }))

  it.effect("I19: reads an analysis to the microsecond", () =>
    Effect.gen(function*() {
      const read = yield* decodeAnalysis(analysis)
      assert.strictEqual(Duration.toNanosUnsafe(read.bars[0]?.start ?? Duration.zero), 495_670_000n)
      assert.strictEqual(Duration.toSeconds(read.track.duration), 207.95985)
      assert.deepStrictEqual(
        read.meta?.timestamp === undefined ? "" : DateTime.formatIso(read.meta.timestamp),
        "2017-05-19T11:32:57.000Z"
      )
      assert.deepStrictEqual(read.tatums, [])
      assert.notProperty(read.segments[0] ?? {}, "loudnessEnd")
    }))

  it.effect("I19: reads moments before what they are measured from (F150)", () =>
    Effect.gen(function*() {
      const read = yield* decodeAnalysis({
        ...analysis,
        track: { ...analysis.track, offset_seconds: -0.1 },
        beats: [{ ...interval, start: -0.1 }],
        segments: [{ ...analysis.segments[0], loudness_max_time: -0.00098 }]
      })
      assert.strictEqual(Duration.toNanosUnsafe(read.beats[0]?.start ?? Duration.zero), -100_000_000n)
      assert.strictEqual(Duration.toNanosUnsafe(read.segments[0]?.loudnessMaxTime ?? Duration.zero), -980_000n)
      const again = yield* decodeAnalysis(yield* Schema.encodeEffect(AudioAnalysis)(read))
      assert.deepStrictEqual(again, read)
    }))

  it.effect("I19: a moment, a length or a confidence that is left out is zero, and nothing else is made up (F150)", () =>
    Effect.gen(function*() {
      const read = yield* decodeAnalysis({
        track: { duration: 1 },
        beats: [{}],
        sections: [{ start: null }],
        segments: [{ pitches: [], timbre: [] }]
      })
      assert.deepStrictEqual<unknown>(read.beats[0], { start: Duration.zero, duration: Duration.zero, confidence: 0 })
      assert.isTrue(Duration.isZero(read.segments[0]?.loudnessMaxTime ?? Duration.infinity))
      assert.strictEqual(read.track.keyConfidence, 0)
      for (const absent of ["key", "mode", "tempo", "loudness", "timeSignature"]) {
        assert.notProperty(read.track, absent)
        assert.notProperty(read.sections[0] ?? {}, absent)
      }
    }))

  it.effect("I19: refuses an analysis whose moments are no numbers", () =>
    Effect.gen(function*() {
      for (const start of ["soon", "1e300", 1e300, true]) {
        const error = yield* Effect.flip(decodeAnalysis({ ...analysis, beats: [{ ...interval, start }] }))
        assert.include(error.message, "[\"beats\"][0][\"start\"]")
      }
    }))
})

describe("Recommendations", () => {
  it.effect("I19: reads seeds of any kind and case", () =>
    Effect.gen(function*() {
      const read = yield* decodeRecommendations({
        seeds: [
          {
            type: "GENRE",
            id: "techno",
            href: null,
            initialPoolSize: 10,
            afterFilteringSize: 5,
            afterRelinkingSize: 5
          },
          { type: "artist", id: "0gxyHStUsqpMadRV0Di1Qt" }
        ],
        tracks: [Answers.extendedTrack]
      })
      assert.deepStrictEqual<unknown>(read.seeds[0], {
        type: "GENRE",
        id: "techno",
        initialPoolSize: 10,
        afterFilteringSize: 5,
        afterRelinkingSize: 5
      })
      assert.strictEqual(read.tracks[0]?.album.name, "Assertions")
    }))
})
