/**
 * Operations on the library of a person.
 *
 * @see https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Library } from "../Library.ts"
import { isKnown, parseUri } from "../LibraryUri.ts"
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

/** Reads `uris` of the query, the only place where Spotify accepts them, and checks the scopes they need. */
const urisOf = Effect.fnUntraced(function*(request: WebApiRequest, access: "modify" | "read") {
  const uris = listOf(request, "uris")
  if (uris.length === 0) return yield* refuse(400, "Missing required field: uris")
  // The status is recorded; the texts are not known.
  if (uris.length > 40) return yield* refuse(400, "Too many uris requested")
  return yield* Effect.forEach(uris, (text) => {
    const parsed = parseUri(text)
    if (parsed === undefined) return Effect.fail(refuse(400, "Invalid URI"))
    return request.scopes.includes(parsed.scopes[access]) ? Effect.succeed(parsed.uri) : Effect.fail(insufficientScope)
  })
})

const save: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const uris = yield* urisOf(request, "modify")
  // Responses show the saved items.
  if (!uris.every(isKnown)) return yield* notFound
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
