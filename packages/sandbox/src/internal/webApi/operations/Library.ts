/**
 * Operations on the library of a person.
 *
 * @see https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { albums } from "../../catalogue/Albums.ts"
import { artists } from "../../catalogue/Artists.ts"
import { recordings } from "../../catalogue/Recordings.ts"
import { Library } from "../Library.ts"
import {
  insufficientScope,
  listOf,
  notFound,
  type Operation,
  type Operations,
  personOf,
  refuse,
  type WebApiRequest
} from "../WebApiRequest.ts"

const library = { modify: "user-library-modify", read: "user-library-read" }
const follow = { modify: "user-follow-modify", read: "user-follow-read" }

/** The scopes of each kind of URI, by access; those for artists work at Spotify without being documented. */
const kinds = new Map([
  ["track", library],
  ["album", library],
  ["episode", library],
  ["show", library],
  ["audiobook", library],
  ["artist", follow],
  ["user", follow],
  ["playlist", { modify: "playlist-modify-public", read: "playlist-read-private" }]
])

// URIs of these kinds must exist, since responses show the saved items.
const known = new Set([
  ...recordings.map(({ id }) => `spotify:track:${id}`),
  ...albums.map(({ id }) => `spotify:album:${id}`),
  ...artists.map(({ id }) => `spotify:artist:${id}`)
])

/** Reads `uris` of the query, the only place where Spotify accepts them, and checks the scopes they need. */
const urisOf = Effect.fnUntraced(function*(request: WebApiRequest, access: "modify" | "read") {
  const uris = listOf(request, "uris")
  if (uris.length === 0) return yield* refuse(400, "Missing required field: uris")
  // The status is recorded; the texts are not known.
  if (uris.length > 40) return yield* refuse(400, "Too many uris requested")
  return yield* Effect.forEach(uris, (uri) => {
    const [, kind = "", id = ""] = /^spotify:(\w+):(.+)$/.exec(uri) ?? []
    const scopes = kinds.get(kind)
    if (scopes === undefined || (kind !== "user" && !/^[0-9A-Za-z]{22}$/.test(id))) {
      return Effect.fail(refuse(400, "Invalid URI"))
    }
    if (!request.scopes.includes(scopes[access])) return Effect.fail(insufficientScope)
    return Effect.succeed(`spotify:${kind}:${decode(id)}`)
  })
})

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const save: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const uris = yield* urisOf(request, "modify")
  if (uris.some((uri) => /^spotify:(track|album|artist):/.test(uri) && !known.has(uri))) return yield* notFound
  const addedAt = yield* Clock.currentTimeMillis
  const library = yield* Library
  yield* library.save(person.id, uris.map((uri) => ({ uri, addedAt })))
  return undefined
})

const remove: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const uris = yield* urisOf(request, "modify")
  const library = yield* Library
  yield* library.remove(person.id, uris)
  return undefined
})

const contains: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const uris = yield* urisOf(request, "read")
  const library = yield* Library
  return yield* library.contains(person.id, uris)
})

/** The operations of this section. */
export const operations = {
  "PUT /v1/me/library": save,
  "DELETE /v1/me/library": remove,
  "GET /v1/me/library/contains": contains
} satisfies Operations
