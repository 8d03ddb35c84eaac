/**
 * Models of a track's audio analysis.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { absentOrNull, list, number, zeroIfAbsent } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"
import { epochSeconds, seconds } from "./internal/Time.ts"

// =============================================================================
// Meta
// =============================================================================

/**
 * The circumstances of an analysis.
 *
 * **Details**
 *
 * Each field is absent where Spotify does not say.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnalysisMeta {
  /** Version of the analyzer, such as `"4.0.0"`. */
  readonly analyzerVersion?: string
  /** Platform on which the analyzer ran, such as `"Linux"`. */
  readonly platform?: string
  /** `"OK"`, or a description of what failed. */
  readonly detailedStatus?: string
  /** 0 for success, 1 for errors. */
  readonly statusCode?: number
  /** Instant at which the track was analyzed. */
  readonly timestamp?: DateTime.Utc
  /** Time that the analysis took. */
  readonly analysisTime?: Duration.Duration
  /** Method by which the file was read, such as `"libvorbisfile L+R 44100->22050"`. */
  readonly inputProcess?: string
}

/**
 * Schema of {@link AnalysisMeta}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AnalysisMeta = modelOf<AnalysisMeta>()({
  analyzerVersion: absentOrNull(Schema.String),
  platform: absentOrNull(Schema.String),
  detailedStatus: absentOrNull(Schema.String),
  statusCode: absentOrNull(number),
  timestamp: absentOrNull(epochSeconds),
  analysisTime: absentOrNull(seconds),
  inputProcess: absentOrNull(Schema.String)
}, {
  analyzerVersion: "analyzer_version",
  detailedStatus: "detailed_status",
  statusCode: "status_code",
  analysisTime: "analysis_time",
  inputProcess: "input_process"
})

// =============================================================================
// Whole track
// =============================================================================

/**
 * The sound of a track or of one of its sections.
 *
 * **Details**
 *
 * A confidence that Spotify leaves out is 0; any other field is absent where Spotify does not say.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sound {
  /** Average loudness in decibels, mostly from -60 to 0. */
  readonly loudness?: number
  /** Tempo in beats per minute. */
  readonly tempo?: number
  /** Confidence in `tempo`, from 0 to 1. */
  readonly tempoConfidence: number
  /** Pitch class of the key: 0 is C, 1 is C♯, and so on to 11; -1 when none was detected. */
  readonly key?: number
  /** Confidence in `key`, from 0 to 1. */
  readonly keyConfidence: number
  /** 1 for major, 0 for minor, -1 when none was detected. */
  readonly mode?: number
  /** Confidence in `mode`, from 0 to 1. */
  readonly modeConfidence: number
  /** Beats in a bar: 3 stands for 3/4. */
  readonly timeSignature?: number
  /** Confidence in `timeSignature`, from 0 to 1. */
  readonly timeSignatureConfidence: number
}

const sound = {
  loudness: absentOrNull(number),
  tempo: absentOrNull(number),
  tempoConfidence: zeroIfAbsent(number),
  key: absentOrNull(number),
  keyConfidence: zeroIfAbsent(number),
  mode: absentOrNull(number),
  modeConfidence: zeroIfAbsent(number),
  timeSignature: absentOrNull(number),
  timeSignatureConfidence: zeroIfAbsent(number)
}

const soundKeys = {
  tempoConfidence: "tempo_confidence",
  keyConfidence: "key_confidence",
  modeConfidence: "mode_confidence",
  timeSignature: "time_signature",
  timeSignatureConfidence: "time_signature_confidence"
}

/**
 * The analysis of a track as a whole.
 *
 * **Details**
 *
 * Except for `duration` and the confidences, each field is absent where Spotify does not say. The four `…string` fields are
 * fingerprints in the compressed formats of The Echo Nest.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnalyzedTrack extends Sound {
  /** Length of the track, to 10 microseconds. */
  readonly duration: Duration.Duration
  /** Number of samples that were analyzed, at `analysisSampleRate`. */
  readonly numSamples?: number
  /** Reserved for a checksum of the samples; empty so far. */
  readonly sampleMd5?: string
  /** Start of the part that was analyzed, from the start of the track: 0, as all of it is analyzed. */
  readonly offset?: Duration.Duration
  /** Length of the part that was analyzed; 0 for the whole track. */
  readonly window?: Duration.Duration
  /** Sample rate of the analysis in hertz. */
  readonly analysisSampleRate?: number
  /** Number of channels of the analysis: 1 when they were mixed down to mono. */
  readonly analysisChannels?: number
  /** End of the fade-in, from the start of the track; 0 without a fade-in. */
  readonly endOfFadeIn?: Duration.Duration
  /** Start of the fade-out, from the start of the track; the length of the track without a fade-out. */
  readonly startOfFadeOut?: Duration.Duration
  /** Echo Nest Musical Fingerprint (ENMFP) of the track. */
  readonly codestring?: string
  /** Version of the format of `codestring`. */
  readonly codeVersion?: number
  /** Echoprint fingerprint of the track. */
  readonly echoprintstring?: string
  /** Version of the format of `echoprintstring`. */
  readonly echoprintVersion?: number
  /** Synchstring of the track, for alignment to the sample. */
  readonly synchstring?: string
  /** Version of the format of `synchstring`. */
  readonly synchVersion?: number
  /** Rhythmstring of the track, a description of its rhythm. */
  readonly rhythmstring?: string
  /** Version of the format of `rhythmstring`. */
  readonly rhythmVersion?: number
}

/**
 * Schema of {@link AnalyzedTrack}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AnalyzedTrack = modelOf<AnalyzedTrack>()({
  ...sound,
  duration: seconds,
  numSamples: absentOrNull(number),
  sampleMd5: absentOrNull(Schema.String),
  offset: absentOrNull(seconds),
  window: absentOrNull(seconds),
  analysisSampleRate: absentOrNull(number),
  analysisChannels: absentOrNull(number),
  endOfFadeIn: absentOrNull(seconds),
  startOfFadeOut: absentOrNull(seconds),
  codestring: absentOrNull(Schema.String),
  codeVersion: absentOrNull(number),
  echoprintstring: absentOrNull(Schema.String),
  echoprintVersion: absentOrNull(number),
  synchstring: absentOrNull(Schema.String),
  synchVersion: absentOrNull(number),
  rhythmstring: absentOrNull(Schema.String),
  rhythmVersion: absentOrNull(number)
}, {
  ...soundKeys,
  numSamples: "num_samples",
  sampleMd5: "sample_md5",
  offset: "offset_seconds",
  window: "window_seconds",
  analysisSampleRate: "analysis_sample_rate",
  analysisChannels: "analysis_channels",
  endOfFadeIn: "end_of_fade_in",
  startOfFadeOut: "start_of_fade_out",
  codeVersion: "code_version",
  echoprintVersion: "echoprint_version",
  synchVersion: "synch_version",
  rhythmVersion: "rhythm_version"
})

// =============================================================================
// Parts
// =============================================================================

/**
 * A bar, a beat or a tatum (the smallest pulse that a listener infers) of a track.
 *
 * **Details**
 *
 * Each field is 0 where Spotify leaves it out.
 *
 * @category models
 * @since 0.1.0
 */
export interface TimeInterval {
  /** Start, from the start of the track. Slightly negative values have been sent. */
  readonly start: Duration.Duration
  /** Length. */
  readonly duration: Duration.Duration
  /** Confidence of the analysis in the interval, from 0 to 1. */
  readonly confidence: number
}

const interval = {
  start: zeroIfAbsent(seconds),
  duration: zeroIfAbsent(seconds),
  confidence: zeroIfAbsent(number)
}

/**
 * Schema of {@link TimeInterval}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TimeInterval = modelOf<TimeInterval>()(interval)

/**
 * A part of a track with one rhythm or timbre, such as a verse, a chorus or a solo.
 *
 * @category models
 * @since 0.1.0
 */
export interface Section extends TimeInterval, Sound {}

/**
 * Schema of {@link Section}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Section = modelOf<Section>()({ ...interval, ...sound }, soundKeys)

/**
 * A part of a track with one sound.
 *
 * @category models
 * @since 0.1.0
 */
export interface Segment extends TimeInterval {
  /** Loudness at the start, in decibels. Absent where Spotify does not say. */
  readonly loudnessStart?: number
  /** Loudness at the loudest moment, in decibels. Absent where Spotify does not say. */
  readonly loudnessMax?: number
  /**
   * Loudest moment, from the start of the segment; 0 where Spotify leaves it out. It can be slightly negative: a moment
   * before the segment.
   */
  readonly loudnessMaxTime: Duration.Duration
  /**
   * Loudness at the end of the last segment, in decibels. Absent for others, which end with the `loudnessStart` of the next.
   */
  readonly loudnessEnd?: number
  /** Strength of each of the 12 pitch classes from C to B, from 0 to 1. */
  readonly pitches: ReadonlyArray<number>
  /** Timbre as 12 coefficients around 0, from the most to the least important. */
  readonly timbre: ReadonlyArray<number>
}

/**
 * Schema of {@link Segment}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Segment = modelOf<Segment>()({
  ...interval,
  loudnessStart: absentOrNull(number),
  loudnessMax: absentOrNull(number),
  loudnessMaxTime: zeroIfAbsent(seconds),
  loudnessEnd: absentOrNull(number),
  pitches: Schema.Array(Schema.Finite),
  timbre: Schema.Array(Schema.Finite)
}, {
  loudnessStart: "loudness_start",
  loudnessMax: "loudness_max",
  loudnessMaxTime: "loudness_max_time",
  loudnessEnd: "loudness_end"
})

// =============================================================================
// Analysis
// =============================================================================

/**
 * The structure of a track: its bars, beats, sections and segments.
 *
 * **Details**
 *
 * Confidences are from 0 to 1. Moments, lengths and confidences that Spotify leaves out are 0. Any other field that is
 * absent says nothing.
 *
 * **Gotchas**
 *
 * Spotify serves it only to apps in Extended Quota Mode that had access before November 2024.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-analysis
 * @category models
 * @since 0.1.0
 */
export interface AudioAnalysis {
  /** Circumstances of the analysis. Absent where Spotify leaves them out. */
  readonly meta?: AnalysisMeta
  /** Analysis of the track as a whole. */
  readonly track: AnalyzedTrack
  /** Bars, in order. */
  readonly bars: ReadonlyArray<TimeInterval>
  /** Beats, in order. */
  readonly beats: ReadonlyArray<TimeInterval>
  /** Sections, in order. */
  readonly sections: ReadonlyArray<Section>
  /** Segments, in order. */
  readonly segments: ReadonlyArray<Segment>
  /** Tatums, in order. */
  readonly tatums: ReadonlyArray<TimeInterval>
}

/**
 * Schema of {@link AudioAnalysis}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AudioAnalysis = modelOf<AudioAnalysis>()({
  meta: absentOrNull(AnalysisMeta),
  track: AnalyzedTrack,
  bars: list(TimeInterval),
  beats: list(TimeInterval),
  sections: list(Section),
  segments: list(Segment),
  tatums: list(TimeInterval)
})
