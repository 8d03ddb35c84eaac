/**
 * Operations on albums.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { type Album, albums } from "../../catalogue/Albums.ts"
import { recordings } from "../../catalogue/Recordings.ts"
import { Library } from "../Library.ts"
import { offsetPage, pagingOf } from "../Paging.ts"
import * as Objects from "../WebApiObjects.ts"
import { idOf, idsOf, notFound, personOf, viewOf } from "../WebApiRequest.ts"
import type { Operation, Operations, WebApiRequest } from "../WebApiRequest.ts"

const tracksOf = (album: Album) =>
  recordings.filter((recording) => recording.album === album && recording.relinkedTo === undefined)

/** Writes an album with the first 50 of its tracks. Development mode has no `label` and no `popularity`. */
const write = (request: WebApiRequest, album: Album, view: Objects.View): Schema.JsonObject => {
  const paged = { ...request, url: new URL(`/v1/albums/${album.id}/tracks`, request.url) }
  const popularity = Math.max(...tracksOf(album).map(({ popularity = 0 }) => popularity))
  return {
    ...Objects.simplifiedAlbum(album, view),
    copyrights: [{ text: `${album.released.slice(0, 4)} ${album.artist.name}`, type: "C" }],
    external_ids: {},
    genres: [],
    ...(view.quotaMode === "extended" ? { label: album.artist.name, popularity } : {}),
    tracks: offsetPage(paged, { limit: 50, offset: 0 }, tracksOf(album), (row) => Objects.simplifiedTrack(row, view))
  }
}

const find = (id: string) => albums.find((album) => album.id === id)

const get: Operation = Effect.fnUntraced(function*(request) {
  const id = yield* idOf(request)
  const album = find(id) ?? (yield* notFound)
  return write(request, album, yield* viewOf(request))
})

const getMany: Operation = Effect.fnUntraced(function*(request) {
  const asked = yield* idsOf(request, 20)
  const view = yield* viewOf(request)
  return {
    albums: asked.map((id) => {
      const album = find(id)
      return album === undefined ? null : write(request, album, view)
    })
  }
})

const saved: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const view = yield* viewOf(request)
  const paging = yield* pagingOf(request)
  const library = yield* Library
  const rows = (yield* library.all(person.id, "album")).flatMap(({ addedAt, uri }) => {
    const album = find(uri.slice("spotify:album:".length))
    return album === undefined ? [] : [{ addedAt, album }]
  })
  return offsetPage(request, paging, rows, ({ addedAt, album }) => ({
    added_at: Objects.time(addedAt),
    album: write(request, album, view)
  }))
})

const tracks: Operation = Effect.fnUntraced(function*(request) {
  const id = yield* idOf(request)
  const view = yield* viewOf(request)
  const paging = yield* pagingOf(request)
  const album = find(id) ?? (yield* notFound)
  return offsetPage(request, paging, tracksOf(album), (row) => Objects.simplifiedTrack(row, view))
})

export const operations = {
  "GET /v1/albums/{id}": get,
  "GET /v1/albums": getMany,
  "GET /v1/me/albums": saved,
  "GET /v1/albums/{id}/tracks": tracks
} satisfies Operations
