/** Answers from models, as far as models can answer. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { reach } from "../../contract/SearchApi.ts"
import type { Artist } from "../../model/Artist.ts"
import type { Track } from "../../model/Track.ts"
import type { Answers, Operation } from "./Answers.ts"
import { type Failure, Status } from "./Failure.ts"
import type { Models } from "./Models.ts"

// =============================================================================
// Failures
// =============================================================================

const notFound = Status({ status: 404, body: { error: { status: 404, message: "Resource not found" } } })

const outOfReach = Status({ status: 400, body: { error: { status: 400, message: "Invalid offset" } } })

const orNotFound = <A>(value: A | undefined): Effect.Effect<A, Failure> =>
  value === undefined ? Effect.fail(notFound) : Effect.succeed(value)

// =============================================================================
// Lists
// =============================================================================

interface Paging {
  readonly limit?: number
  readonly offset?: number
}

/** The query of another page of the same list, which leads there from wherever the list is. */
const linkTo = (query: object, changes: Readonly<Record<string, string | number>>): string =>
  `?${new URLSearchParams(Object.entries({ ...query, ...changes }).map(([name, value]) => [name, String(value)]))}`

const pageOf = <Item>(query: Paging, items: ReadonlyArray<Item>, usualLimit = 20) => {
  const { limit = usualLimit, offset = 0 } = query
  return {
    items: items.slice(offset, offset + limit),
    limit,
    offset,
    total: items.length,
    ...(offset + limit < items.length && { next: linkTo(query, { limit, offset: offset + limit }) })
  }
}

const byId = <Item extends { readonly id?: string }>(...lists: ReadonlyArray<ReadonlyArray<Item> | undefined>) =>
  new Map(lists.flatMap((list) => list ?? []).flatMap((item) => (item.id === undefined ? [] : [[item.id, item]])))

/** Reports whether each word of a query, without the names of its filters and without quotes, is in one of the texts. */
const matches = (query: string, ...texts: ReadonlyArray<string>): boolean =>
  query.toLowerCase().replace(/\w+:|"/g, " ").split(/\s+/).every((word) =>
    texts.some((text) => text.toLowerCase().includes(word))
  )

// =============================================================================
// Answers
// =============================================================================

/** Makes the answers of one world, whose library changes. */
export const make = (models: Models): Answers => {
  const tracks = byId<Track>(
    models.recommendations?.tracks,
    models.topTracks,
    models.saved?.map(({ track }) => track),
    models.tracks
  )
  const artists = byId<Artist>(models.followedArtists, models.topArtists, models.artists)
  const people = byId(models.me === undefined ? [] : [models.me], models.users)
  const features = byId(models.audioFeatures)
  const library = new Map<string, DateTime.Utc>([
    ...(models.saved ?? []).map(({ addedAt, track }) => [`spotify:track:${track.id}`, addedAt] as const),
    ...(models.followedArtists ?? []).map(({ id }) => [`spotify:artist:${id}`, DateTime.makeUnsafe(0)] as const)
  ])
  const save = (uri: string, addedAt: DateTime.Utc): void => {
    if (!library.has(uri)) library.set(uri, addedAt)
  }
  const saved = <Item>(kind: string, known: ReadonlyMap<string, Item>) =>
    Array.from(library).flatMap(([uri, addedAt]) => {
      const item = known.get(uri.replace(`spotify:${kind}:`, ""))
      return item === undefined ? [] : [{ addedAt, item }]
    })
  const given = <Name extends keyof Models>(
    name: Name,
    operation: Operation
  ): Effect.Effect<NonNullable<Models[Name]>> => {
    const value = models[name]
    return value === undefined || value === null ? missing(operation, name) : Effect.succeed(value)
  }

  return {
    "albums.tracks": ({ params, query }) => {
      const items = Array.from(tracks.values())
        .filter(({ album }) => album.id === params.id)
        .sort((one, other) => one.discNumber - other.discNumber || one.trackNumber - other.trackNumber)
      return orNotFound(items.length === 0 ? undefined : pageOf(query, items))
    },
    "artists.topTracks": ({ params }) => {
      const items = Array.from(tracks.values())
        .filter((track) => track.artists.some(({ id }) => id === params.id))
        .sort((one, other) => (other.popularity ?? 0) - (one.popularity ?? 0))
      return orNotFound(items.length === 0 && !artists.has(params.id) ? undefined : { tracks: items.slice(0, 10) })
    },
    "audio.features": ({ params }) => orNotFound(features.get(params.id)),
    "audio.manyFeatures": ({ query }) =>
      Effect.succeed({ audioFeatures: query.ids.map((id) => features.get(id) ?? null) }),
    "audio.analysis": ({ params }) => orNotFound(models.audioAnalyses?.[params.id]),
    "library.save": ({ query }) =>
      Effect.map(DateTime.now, (now) => {
        for (const uri of query.uris) save(uri, now)
      }),
    "library.remove": ({ query }) =>
      Effect.sync(() => {
        for (const uri of query.uris) library.delete(uri)
      }),
    "library.contains": ({ query }) => Effect.succeed(query.uris.map((uri) => library.has(uri))),
    "profile.me": () => given("me", "profile.me"),
    "profile.user": ({ params }) => orNotFound(people.get(params.user_id)),
    "profile.topTracks": ({ query }) =>
      Effect.map(given("topTracks", "profile.topTracks"), (items) => pageOf(query, items)),
    "profile.topArtists": ({ query }) =>
      Effect.map(given("topArtists", "profile.topArtists"), (items) => pageOf(query, items)),
    "profile.followedArtists": ({ query }) => {
      const all = saved("artist", artists).map(({ item }) => item).sort((one, other) => (one.id < other.id ? -1 : 1))
      const rest = all.filter(({ id }) => query.after === undefined || id > query.after)
      const items = rest.slice(0, query.limit ?? 20)
      const last = items.length < rest.length ? items.at(-1) : undefined
      return Effect.succeed({
        artists: {
          items,
          total: all.length,
          ...(last !== undefined && { cursors: { after: last.id }, next: linkTo(query, { after: last.id }) })
        }
      })
    },
    "recommendations.get": () => given("recommendations", "recommendations.get"),
    "recommendations.genreSeeds": () =>
      Effect.map(given("genreSeeds", "recommendations.genreSeeds"), (genres) => ({ genres })),
    "search.tracks": ({ query }) => {
      const items = Array.from(tracks.values()).filter((track) =>
        matches(query.q, track.name, track.album.name, ...track.artists.map(({ name }) => name))
      )
      const { limit = 5, offset = 0 } = query
      return offset + limit > reach ? Effect.fail(outOfReach) : Effect.succeed({ tracks: pageOf(query, items, limit) })
    },
    "tracks.get": ({ params }) => orNotFound(tracks.get(params.id)),
    "tracks.getMany": ({ query }) => Effect.succeed({ tracks: query.ids.map((id) => tracks.get(id) ?? null) }),
    "tracks.saved": ({ query }) =>
      Effect.succeed(
        pageOf(
          query,
          saved("track", tracks)
            .sort((one, other) => other.addedAt.epochMilliseconds - one.addedAt.epochMilliseconds)
            .map(({ addedAt, item }) => ({ addedAt, track: item }))
        )
      ),
    "tracks.saveAt": ({ payload }) =>
      Effect.sync(() => {
        for (const { addedAt, id } of payload.timestampedIds) save(`spotify:track:${id}`, addedAt)
      })
  }
}

/** Dies: a test that calls for what it did not give is wrong, and nothing may hide that. */
export const missing = (operation: string, option: string): Effect.Effect<never> =>
  Effect.die(
    new Error(
      `${operation} was called, and SpotifyTest has nothing to answer it from. Give \`${option}\` to its layer.`
    )
  )
