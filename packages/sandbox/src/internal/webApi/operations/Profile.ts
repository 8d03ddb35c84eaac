/**
 * Operations on profiles, top lists and followed artists.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 */
import * as Effect from "effect/Effect"
import { artists } from "../../catalogue/Artists.ts"
import { recordings } from "../../catalogue/Recordings.ts"
import { Library } from "../Library.ts"
import { linkTo, offsetPage, pagingOf } from "../Paging.ts"
import * as Objects from "../WebApiObjects.ts"
import {
  integerOf,
  notFound,
  type Operation,
  type Operations,
  personOf,
  refuse,
  viewOf,
  type WebApiRequest
} from "../WebApiRequest.ts"

const me: Operation = (request) =>
  Effect.map(
    personOf(request),
    (person) => Objects.privateUser(person, request.scopes, request.settings.quotaMode)
  )

const user: Operation = ({ params, settings }) => {
  const person = settings.people.find(({ id }) => id === params["user_id"])
  return person === undefined ? Effect.fail(notFound) : Effect.succeed(Objects.publicUser(person))
}

/** Sorts rows in a different order for each time range, the same for every person. */
const top = Effect.fnUntraced(function*<Row extends { readonly name: string; readonly popularity?: number }>(
  { url }: WebApiRequest,
  rows: ReadonlyArray<Row>
) {
  switch (url.searchParams.get("time_range") ?? "medium_term") {
    case "long_term":
      return [...rows].sort((one, other) => (other.popularity ?? 0) - (one.popularity ?? 0))
    case "medium_term":
      return [...rows].sort((one, other) => one.name.localeCompare(other.name, "en"))
    case "short_term":
      return rows.toReversed()
    default:
      // The status is recorded; the text is not known.
      return yield* refuse(400, "Invalid time range")
  }
})

const topTracks: Operation = Effect.fnUntraced(function*(request) {
  yield* personOf(request)
  const view = yield* viewOf(request)
  const rows = yield* top(request, recordings)
  return offsetPage(request, yield* pagingOf(request), rows, (row) => Objects.track(row, view))
})

const topArtists: Operation = Effect.fnUntraced(function*(request) {
  yield* personOf(request)
  const view = yield* viewOf(request)
  const rows = yield* top(request, artists)
  return offsetPage(request, yield* pagingOf(request), rows, (row) => Objects.artist(row, view))
})

// Artists are in the order of their ids, so that a cursor works even if its artist is no longer followed.
const followedArtists: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const { searchParams } = request.url
  // The status is recorded; the text is not known.
  if (searchParams.get("type") !== "artist") return yield* refuse(400, "Invalid type")
  const view = yield* viewOf(request)
  const limit = yield* integerOf(request, "limit", { minimum: 1, maximum: 50, otherwise: 20 })
  const after = searchParams.get("after") ?? ""
  const library = yield* Library
  const followed = new Set((yield* library.all(person.id, "artist")).map(({ uri }) => uri))
  const all = artists.filter(({ id }) => followed.has(`spotify:artist:${id}`))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  const rest = all.filter(({ id }) => id > after)
  const items = rest.slice(0, limit)
  const last = items.length < rest.length ? items.at(-1) : undefined
  return {
    artists: {
      cursors: { after: last?.id ?? null },
      href: linkTo(request, { limit: String(limit) }),
      items: items.map((artist) => Objects.artist(artist, view)),
      limit,
      next: last === undefined ? null : linkTo(request, { after: last.id, limit: String(limit) }),
      total: all.length
    }
  }
})

/** The operations of this section. */
export const operations = {
  "GET /v1/me": me,
  "GET /v1/users/{user_id}": user,
  "GET /v1/me/top/tracks": topTracks,
  "GET /v1/me/top/artists": topArtists,
  "GET /v1/me/following": followedArtists
} satisfies Operations
