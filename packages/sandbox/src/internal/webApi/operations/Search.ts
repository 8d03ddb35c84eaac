/**
 * The search operation.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { type Album, albums } from "../../catalogue/Albums.ts"
import { type Artist, artists } from "../../catalogue/Artists.ts"
import { type Recording, recordings } from "../../catalogue/Recordings.ts"
import { offsetPage, pagingOf } from "../Paging.ts"
import * as Objects from "../WebApiObjects.ts"
import { listOf, type Operation, type Operations, refuse, viewOf, type WebApiRequest } from "../WebApiRequest.ts"

/** The texts of an item by filter, in which the terms of a query are searched; a term without a filter searches all. */
type Texts = Readonly<Record<string, string>>

const textsOfArtist = ({ genres, name }: Artist): Texts => ({ artist: name, genre: genres.join(" ") })

const textsOfAlbum = ({ artist, name, released }: Album): Texts => ({
  ...textsOfArtist(artist),
  album: name,
  year: released.slice(0, 4)
})

const textsOfTrack = ({ album, artists, isrc, name }: Recording): Texts => ({
  ...textsOfAlbum(album),
  artist: artists.map((artist) => artist.name).join(" "),
  isrc,
  track: name
})

/** Makes a predicate from a query such as `typhoons artist:"Royal Blood" year:2020-2022`. */
const matching = (query: string) => {
  const terms = Array.from(
    query.toLowerCase().matchAll(/(?:(\w+):)?(?:"([^"]*)"|(\S+))/g),
    ([, filter, quoted, word]) => ({ filter, text: quoted ?? word ?? "" })
  )
  return (texts: Texts): boolean =>
    terms.every(({ filter, text }) => {
      if (filter === undefined) return Object.values(texts).some((value) => value.toLowerCase().includes(text))
      const value = texts[filter]?.toLowerCase()
      if (value === undefined) return false
      const [, from, to] = filter === "year" ? /^(\d{4})-(\d{4})$/.exec(text) ?? [] : []
      return from === undefined || to === undefined ? value.includes(text) : from <= value && value <= to
    })
}

/** Number of rows that the pages of a search can reach. */
const reach = 1_000

const kinds = new Set(["album", "artist", "playlist", "track", "show", "episode", "audiobook"])

const tracks: Operation = Effect.fnUntraced(function*(request) {
  // Spotify's own links have `query`, which works as well as the documented `q`.
  const query = request.url.searchParams.get("q") ?? request.url.searchParams.get("query") ?? ""
  const asked = listOf(request, "type")
  // The status is recorded; the texts are not known.
  if (query === "") return yield* refuse(400, "No search query")
  if (asked.length === 0) return yield* refuse(400, "Missing parameter type")
  if (asked.some((kind) => !kinds.has(kind))) return yield* refuse(400, "Bad search type field")
  const view = yield* viewOf(request)
  const paging = yield* pagingOf(request, { limit: 10, otherwise: 5, offset: reach })
  // The last row of the page counts. In earlier years 404 has been seen as well.
  if (paging.offset + paging.limit > reach) return yield* refuse(400, "Invalid offset")
  const matches = matching(query)
  const url = new URL(request.url)
  url.searchParams.delete("q")
  url.searchParams.set("query", query)
  const linked: WebApiRequest = { ...request, url }
  const page = <Row>(rows: ReadonlyArray<Row>, texts: (row: Row) => Texts, write: (row: Row) => Schema.Json) =>
    offsetPage(linked, paging, rows.filter((row) => matches(texts(row))), write)
  const pages: Readonly<Record<string, () => Schema.JsonObject>> = {
    album: () => page(albums, textsOfAlbum, (album) => Objects.simplifiedAlbum(album, view)),
    artist: () => page(artists, textsOfArtist, (artist) => Objects.artist(artist, view)),
    track: () => page(recordings, textsOfTrack, (recording) => Objects.track(recording, view))
  }
  return Object.fromEntries(
    asked.map((kind) => [`${kind}s`, pages[kind]?.() ?? offsetPage(linked, paging, [], String)])
  )
})

/** The operations of this section. */
export const operations = {
  "GET /v1/search": tracks
} satisfies Operations
