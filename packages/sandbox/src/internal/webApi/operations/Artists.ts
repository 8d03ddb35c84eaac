/**
 * Operations on artists.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-top-tracks
 */
import * as Effect from "effect/Effect"
import { artists } from "../../catalogue/Artists.ts"
import { recordings } from "../../catalogue/Recordings.ts"
import * as Objects from "../WebApiObjects.ts"
import { idOf, notFound, type Operation, type Operations, viewOf } from "../WebApiRequest.ts"

const topTracks: Operation = Effect.fnUntraced(function*(request) {
  const id = yield* idOf(request)
  const view = yield* viewOf(request)
  if (!artists.some((artist) => artist.id === id)) return yield* notFound
  const playable = recordings
    .filter((recording) =>
      recording.artists.some((artist) => artist.id === id) && Objects.isPlayable(recording, view.market)
    )
    .sort((one, other) => (other.popularity ?? 0) - (one.popularity ?? 0))
  return { tracks: playable.slice(0, 10).map((recording) => Objects.track(recording, view)) }
})

/** The operations of this section. */
export const operations = {
  "GET /v1/artists/{id}/top-tracks": topTracks
} satisfies Operations
