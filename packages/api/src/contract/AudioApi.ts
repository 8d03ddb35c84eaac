/**
 * The contract of audio features and audio analyses.
 *
 * **Details**
 *
 * Served only to apps that were in Extended Quota Mode before 27 November 2024.
 *
 * @see https://developer.spotify.com/blog/2024-11-27-changes-to-the-web-api
 */
import * as Ids from "../Ids.ts"
import { AudioAnalysis } from "../model/AudioAnalysis.ts"
import { AudioFeatures } from "../model/AudioFeatures.ts"
import { model } from "../model/internal/ModelSchema.ts"
import { rowsByPosition } from "../model/internal/Rows.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"
import * as Query from "./internal/Query.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * The number of ids that `manyFeatures` accepts.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-audio-features
 * @category constants
 * @since 0.1.0
 */
export const maxIds = 100

/**
 * Looks up the audio features of a track.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-features
 * @category operations
 * @since 0.1.0
 */
export const features = Endpoint.get("features", "/audio-features/:id", {
  params: { id: Ids.Track.schema },
  success: AudioFeatures
})
  .annotate(Annotations.Reference, "get-audio-features")
  .annotate(Annotations.Audience, "legacy")

/**
 * Looks up the audio features of several tracks.
 *
 * **Details**
 *
 * They come in the order of the ids: null for a track that has none, undefined for features that cannot be read.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-audio-features
 * @category operations
 * @since 0.1.0
 */
export const manyFeatures = Endpoint.get("manyFeatures", "/audio-features", {
  query: { ids: Query.commaSeparated(Ids.Track.schema, maxIds) },
  success: model({ audioFeatures: rowsByPosition(AudioFeatures) }, { audioFeatures: "audio_features" })
})
  .annotate(Annotations.Reference, "get-several-audio-features")
  .annotate(Annotations.Audience, "legacy")

/**
 * Looks up the audio analysis of a track.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-analysis
 * @category operations
 * @since 0.1.0
 */
export const analysis = Endpoint.get("analysis", "/audio-analysis/:id", {
  params: { id: Ids.Track.schema },
  success: AudioAnalysis
})
  .annotate(Annotations.Reference, "get-audio-analysis")
  .annotate(Annotations.Audience, "legacy")

// =============================================================================
// Group
// =============================================================================

/**
 * The operations on audio features and audio analyses.
 *
 * @category groups
 * @since 0.1.0
 */
export const AudioApi = EndpointGroup.make("audio", { features, manyFeatures, analysis })
