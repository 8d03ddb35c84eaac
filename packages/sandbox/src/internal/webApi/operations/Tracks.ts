/**
 * Operations on tracks and saved tracks.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ids } from "../../../Catalogue.ts"
import { recordings } from "../../catalogue/Recordings.ts"
import { Library } from "../Library.ts"
import { offsetPage, pagingOf } from "../Paging.ts"
import * as Objects from "../WebApiObjects.ts"
import { idOf, idsOf, notFound, type Operation, type Operations, personOf, refuse, viewOf } from "../WebApiRequest.ts"

/** Finds a recording by id. */
export const find = (id: string) => recordings.find((recording) => recording.id === id)

const write = (id: string, view: Objects.View): Schema.JsonObject | null => {
  if (id === ids.localFile) return Objects.localFile
  const recording = find(id)
  return recording === undefined ? null : Objects.track(recording, view)
}

const get: Operation = Effect.fnUntraced(function*(request) {
  const id = yield* idOf(request)
  return write(id, yield* viewOf(request)) ?? (yield* notFound)
})

const getMany: Operation = Effect.fnUntraced(function*(request) {
  const asked = yield* idsOf(request, 50)
  const view = yield* viewOf(request)
  return { tracks: asked.map((id) => write(id, view)) }
})

const saved: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const view = yield* viewOf(request)
  const paging = yield* pagingOf(request)
  const library = yield* Library
  return offsetPage(request, paging, yield* library.all(person.id, "track"), ({ addedAt, uri }) => ({
    added_at: Objects.time(addedAt),
    track: write(uri.slice("spotify:track:".length), view)
  }))
})

/**
 * Schema of the body: `timestamped_ids` since June 2025, or the earlier `ids`.
 *
 * A bare list, which was once accepted, is refused.
 */
const Body = Schema.fromJsonString(Schema.Union([
  Schema.Struct({
    timestamped_ids: Schema.Array(Schema.Struct({ id: Schema.String, added_at: Schema.DateTimeUtcFromString }))
  }),
  Schema.Struct({ ids: Schema.Array(Schema.String) })
]))

const saveAt: Operation = Effect.fnUntraced(function*(request) {
  const person = yield* personOf(request)
  const now = yield* Clock.currentTimeMillis
  const body = yield* Effect.mapError(
    Schema.decodeEffect(Body)(request.body),
    () => refuse(400, "Missing required field: ids")
  )
  const entries = "timestamped_ids" in body
    ? body.timestamped_ids.map(({ added_at, id }) => ({ id, addedAt: added_at.epochMilliseconds }))
    : body.ids.map((id) => ({ id, addedAt: now }))
  // The status is recorded; the text is not known.
  if (entries.length > 50) return yield* refuse(400, "Too many ids requested")
  if (entries.some(({ id }) => find(id) === undefined)) return yield* notFound
  const library = yield* Library
  yield* library.save(person.id, entries.map(({ addedAt, id }) => ({ uri: `spotify:track:${id}`, addedAt })))
  return undefined
})

/** The operations of this section. */
export const operations = {
  "GET /v1/tracks/{id}": get,
  "GET /v1/tracks": getMany,
  "GET /v1/me/tracks": saved,
  "PUT /v1/me/tracks": saveAt
} satisfies Operations
