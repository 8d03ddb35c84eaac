/**
 * Operations on albums.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 */
import * as Effect from "effect/Effect"
import { recordings } from "../../catalogue/Recordings.ts"
import { offsetPage, pagingOf } from "../Paging.ts"
import * as Objects from "../WebApiObjects.ts"
import { idOf, notFound, viewOf } from "../WebApiRequest.ts"
import type { Operation, Operations } from "../WebApiRequest.ts"

const tracks: Operation = Effect.fnUntraced(function*(request) {
  const id = yield* idOf(request)
  const view = yield* viewOf(request)
  const paging = yield* pagingOf(request)
  const rows = recordings.filter(({ album, relinkedTo }) => album.id === id && relinkedTo === undefined)
  if (rows.length === 0) return yield* notFound
  return offsetPage(request, paging, rows, (row) => Objects.simplifiedTrack(row, view))
})

export const operations = {
  "GET /v1/albums/{id}/tracks": tracks
} satisfies Operations
