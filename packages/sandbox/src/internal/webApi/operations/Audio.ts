/**
 * Operations on audio features and audio analysis.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-audio-features
 */
import * as Effect from "effect/Effect"
import { audioAnalysis, audioFeatures } from "../Acoustics.ts"
import { idOf, idsOf, notFound, type Operation, type Operations, type WebApiRequest } from "../WebApiRequest.ts"
import { find } from "./Tracks.ts"

const recordingOf = Effect.fnUntraced(function*(request: WebApiRequest) {
  return find(yield* idOf(request)) ?? (yield* notFound)
})

const features: Operation = (request) => Effect.map(recordingOf(request), audioFeatures)

const manyFeatures: Operation = (request) =>
  Effect.map(idsOf(request, 100), (ids) => ({
    audio_features: ids.map((id) => {
      const recording = find(id)
      return recording === undefined ? null : audioFeatures(recording)
    })
  }))

const analysis: Operation = (request) => Effect.map(recordingOf(request), audioAnalysis)

/** The operations of this section. */
export const operations = {
  "GET /v1/audio-features/{id}": features,
  "GET /v1/audio-features": manyFeatures,
  "GET /v1/audio-analysis/{id}": analysis
} satisfies Operations
