/**
 * The structure of a track: its bars, beats, sections and sounds.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, epochSeconds, list, model, number, orZero, seconds } from "./internal/ModelSchema.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * How an analysis came about.
 *
 * @category models
 * @since 0.1.0
 */
export class AnalysisMeta extends Schema.Opaque<AnalysisMeta>()(
  model({
    analyzerVersion: absentOrNull(Schema.String),
    platform: absentOrNull(Schema.String),
    /** `"OK"`, or what went wrong. */
    detailedStatus: absentOrNull(Schema.String),
    /** 0: success. 1: errors. */
    statusCode: absentOrNull(number),
    /** When the track was analyzed. Wire: seconds since 1970. */
    timestamp: absentOrNull(epochSeconds),
    /** How long that took. */
    analysisTime: absentOrNull(seconds),
    /** How the file was read. */
    inputProcess: absentOrNull(Schema.String)
  }, {
    analyzerVersion: "analyzer_version",
    detailedStatus: "detailed_status",
    statusCode: "status_code",
    analysisTime: "analysis_time",
    inputProcess: "input_process"
  })
) {}

/** Of a track or one of its sections. */
const sound = {
  /** Average in decibels, mostly -60 to 0. */
  loudness: absentOrNull(number),
  /** Beats per minute. */
  tempo: absentOrNull(number),
  tempoConfidence: orZero(number),
  /** Pitch class: 0 is C, 1 is C♯, and so on; -1 when none was found. */
  key: absentOrNull(number),
  keyConfidence: orZero(number),
  /** 1: major, 0: minor, -1: unknown. */
  mode: absentOrNull(number),
  modeConfidence: orZero(number),
  /** Beats in a bar: 3 stands for 3/4. */
  timeSignature: absentOrNull(number),
  timeSignatureConfidence: orZero(number)
}

const soundKeys = {
  tempoConfidence: "tempo_confidence",
  keyConfidence: "key_confidence",
  modeConfidence: "mode_confidence",
  timeSignature: "time_signature",
  timeSignatureConfidence: "time_signature_confidence"
} as const

/**
 * The track as a whole.
 *
 * @category models
 * @since 0.1.0
 */
export class AnalyzedTrack extends Schema.Opaque<AnalyzedTrack>()(
  model({
    ...sound,
    duration: seconds,
    /** How many samples were analyzed, at `analysisSampleRate`. */
    numSamples: absentOrNull(number),
    /** Empty so far. */
    sampleMd5: absentOrNull(Schema.String),
    /** Where the analyzed part begins: 0, as all of it is analyzed. */
    offset: absentOrNull(seconds),
    /** How long the analyzed part is; 0 for all of it. */
    window: absentOrNull(seconds),
    /** Hertz. */
    analysisSampleRate: absentOrNull(number),
    /** 1: mixed down to mono. */
    analysisChannels: absentOrNull(number),
    /** Where the fade-in ends; 0 without one. */
    endOfFadeIn: absentOrNull(seconds),
    /** Where the fade-out starts; the track's length without one. */
    startOfFadeOut: absentOrNull(seconds),
    /** An Echo Nest Musical Fingerprint of the track. */
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
) {}

const interval = {
  /** From the start of the track. */
  start: orZero(seconds),
  duration: orZero(seconds),
  /** How sure the analysis is, 0 to 1. */
  confidence: orZero(number)
}

/**
 * A bar, a beat or a tatum (the smallest pulse a listener infers).
 *
 * @category models
 * @since 0.1.0
 */
export class TimeInterval extends Schema.Opaque<TimeInterval>()(model(interval)) {}

/**
 * A stretch of one rhythm or timbre: a verse, a chorus, a solo.
 *
 * @category models
 * @since 0.1.0
 */
export class Section extends Schema.Opaque<Section>()(
  model({ ...interval, ...sound }, soundKeys)
) {}

/**
 * A stretch of one sound.
 *
 * @category models
 * @since 0.1.0
 */
export class Segment extends Schema.Opaque<Segment>()(
  model({
    ...interval,
    /** At the start, in decibels. */
    loudnessStart: absentOrNull(number),
    /** At its peak, in decibels. */
    loudnessMax: absentOrNull(number),
    /** When its peak is, from the start of the segment; a moment before it has been seen, as a negative duration. */
    loudnessMaxTime: orZero(seconds),
    /** At the end of the last segment, in decibels; the next one's start tells the end of the others. */
    loudnessEnd: absentOrNull(number),
    /** Dominance of each of the 12 pitch classes, 0 to 1, from C to B. */
    pitches: Schema.Array(Schema.Finite),
    /** 12 coefficients around 0, from the most to the least important. */
    timbre: Schema.Array(Schema.Finite)
  }, {
    loudnessStart: "loudness_start",
    loudnessMax: "loudness_max",
    loudnessMaxTime: "loudness_max_time",
    loudnessEnd: "loudness_end"
  })
) {}

/**
 * The structure of a track. Served only to apps in Extended Quota Mode that had it before November 2024. Confidences are
 * from 0 to 1. Moments, lengths and confidences that are left out are zero; of anything else, absence says nothing.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-analysis
 * @category models
 * @since 0.1.0
 */
export class AudioAnalysis extends Schema.Opaque<AudioAnalysis>()(model({
  meta: absentOrNull(AnalysisMeta),
  track: AnalyzedTrack,
  bars: list(TimeInterval),
  beats: list(TimeInterval),
  sections: list(Section),
  segments: list(Segment),
  tatums: list(TimeInterval)
})) {}
