/**
 * Operations on recommendations.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-recommendations
 */
import * as Effect from "effect/Effect"
import { type Recording, recordings } from "../../catalogue/Recordings.ts"
import { figures } from "../Acoustics.ts"
import * as Objects from "../WebApiObjects.ts"
import { integerOf, listOf, type Operation, type Operations, refuse, viewOf } from "../WebApiRequest.ts"

const genres = ["death-metal", "electro", "emo", "folk", "hard-rock", "hip-hop", "metal", "pop", "progressive-house"]
  .concat("rock", "synth-pop", "techno")

const genreSeeds: Operation = () => Effect.succeed({ genres })

/** Computes the distance of a figure from a target; infinite outside a minimum or maximum. */
const distance = (kind: string, figure: number, bound: number): number => {
  switch (kind) {
    case "min":
      return figure < bound ? Infinity : 0
    case "max":
      return figure > bound ? Infinity : 0
    default:
      return Math.abs(figure - bound)
  }
}

/** Makes a function that computes the distance of a recording from `min_…`, `max_…` and `target_…` of the query. */
const distanceFrom = (query: URLSearchParams) => {
  const bounds = Array.from(query).flatMap(([name, value]) => {
    const [, kind, figure] = /^(min|max|target)_(\w+)$/.exec(name) ?? []
    return kind === undefined || figure === undefined ? [] : [{ kind, figure, bound: Number(value) }]
  })
  return (recording: Recording): number => {
    const all = new Map<string, number>(Object.entries({
      ...figures(recording),
      popularity: recording.popularity ?? 0
    }))
    return bounds.reduce((sum, { bound, figure, kind }) => sum + distance(kind, all.get(figure) ?? bound, bound), 0)
  }
}

const get: Operation = Effect.fnUntraced(function*(request) {
  const view = yield* viewOf(request)
  const limit = yield* integerOf(request, "limit", { minimum: 1, maximum: 100, otherwise: 20 })
  const artistIds = listOf(request, "seed_artists")
  const genreNames = listOf(request, "seed_genres")
  const trackIds = listOf(request, "seed_tracks")
  const count = artistIds.length + genreNames.length + trackIds.length
  // The status is recorded; the texts are not known.
  if (count === 0) return yield* refuse(400, "Missing seeds")
  if (count > 5) return yield* refuse(400, "Too many seeds")
  const distanceOf = distanceFrom(request.url.searchParams)
  const near = recordings
    .filter((recording) => !trackIds.includes(recording.id))
    .map((recording) => ({ recording, distance: distanceOf(recording) }))
    .filter(({ distance }) => distance !== Infinity)
    .sort((one, other) => one.distance - other.distance)
  const playable = near.filter(({ recording }) => Objects.isPlayable(recording, view.market))
  const seed = (type: "ARTIST" | "GENRE" | "TRACK", id: string) => ({
    initialPoolSize: recordings.length,
    afterFilteringSize: near.length,
    afterRelinkingSize: playable.length,
    id,
    type,
    href: type === "GENRE" ? null : `https://api.spotify.com/v1/${type.toLowerCase()}s/${id}`
  })
  return {
    seeds: [
      ...artistIds.map((id) => seed("ARTIST", id)),
      ...trackIds.map((id) => seed("TRACK", id)),
      ...genreNames.map((name) => seed("GENRE", name))
    ],
    tracks: playable.slice(0, limit).map(({ recording }) => Objects.track(recording, view))
  }
})

/** The operations of this section. */
export const operations = {
  "GET /v1/recommendations": get,
  "GET /v1/recommendations/available-genre-seeds": genreSeeds
} satisfies Operations
