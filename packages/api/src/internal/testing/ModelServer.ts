/** A Web API without sockets that answers from models: every operation of the contract, through the contract. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { reach } from "../../contract/SearchApi.ts"
import { SpotifyApi } from "../../contract/SpotifyApi.ts"
import { SpotifyMiddleware } from "../../contract/SpotifyMiddleware.ts"
import type { Artist } from "../../model/Artist.ts"
import type { Track } from "../../model/Track.ts"
import type { Models } from "../../SpotifyTest.ts"

// =============================================================================
// Answers
// =============================================================================

/** Where the server seems to be; no name of this kind exists (RFC 6761 §6.2). */
export const apiUrl = "https://spotify.test"

const notFound = HttpServerResponse.jsonUnsafe(
  { error: { status: 404, message: "Resource not found" } },
  { status: 404 }
)

const outOfReach = HttpServerResponse.jsonUnsafe(
  { error: { status: 400, message: "Invalid offset" } },
  { status: 400 }
)

const orNotFound = <A>(value: A | undefined) => Effect.succeed(value ?? notFound)

/** What was given; a test that calls for what was not is wrong, and nothing may hide that. */
const given = <Name extends keyof Models>(
  models: Models,
  name: Name,
  operation: string
): Effect.Effect<NonNullable<Models[Name]>> => {
  const value = models[name]
  return value === undefined || value === null
    ? Effect.die(
      new Error(
        `${operation} was called, and SpotifyTest has nothing to answer it from. Give \`${name}\` to its layer.`
      )
    )
    : Effect.succeed(value)
}

const linkTo = (request: HttpServerRequest.HttpServerRequest, name: string, value: string | number): string => {
  const url = new URL(request.originalUrl, apiUrl)
  url.searchParams.set(name, String(value))
  return url.href
}

const offsetPage = <Item>(
  request: HttpServerRequest.HttpServerRequest,
  query: { readonly limit?: number; readonly offset?: number },
  items: ReadonlyArray<Item>,
  usualLimit = 20
) => {
  const { limit = usualLimit, offset = 0 } = query
  return {
    items: items.slice(offset, offset + limit),
    limit,
    offset,
    total: items.length,
    ...(offset + limit < items.length && { next: linkTo(request, "offset", offset + limit) })
  }
}

/** Whether each word of a query, without its filters' names and quotes, is in one of the texts. */
const matches = (query: string, ...texts: ReadonlyArray<string>): boolean =>
  query.toLowerCase().replace(/\w+:|"/g, " ").split(/\s+/).every((word) =>
    texts.some((text) => text.toLowerCase().includes(word))
  )

// =============================================================================
// Routes
// =============================================================================

const routes = Object.values(SpotifyApi.groups).flatMap((group) =>
  Object.values(group.endpoints).map(({ identifier, method, path }) => ({
    operation: `${group.identifier}.${identifier}`,
    method,
    path: new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`)
  }))
)

/** What a request is for, such as `tracks.get`. */
export const operationOf = (method: string, { pathname }: URL): string | undefined =>
  routes.find((route) => route.method === method && route.path.test(pathname))?.operation

// =============================================================================
// Server
// =============================================================================

/** Answers a request of a client. */
export const make = (models: Models) => {
  const byId = <Item extends { readonly id?: string }>(...lists: ReadonlyArray<ReadonlyArray<Item> | undefined>) =>
    new Map(lists.flatMap((list) => list ?? []).flatMap((item) => (item.id === undefined ? [] : [[item.id, item]])))
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
  const held = <Item>(kind: string, known: ReadonlyMap<string, Item>) =>
    Array.from(library).flatMap(([uri, addedAt]) => {
      const item = known.get(uri.replace(`spotify:${kind}:`, ""))
      return item === undefined ? [] : [{ addedAt, item }]
    })

  const groups = Layer.mergeAll(
    HttpApiBuilder.group(SpotifyApi, "tracks", (handlers) =>
      handlers.handleAll({
        get: ({ params }) => orNotFound(tracks.get(params.id)),
        getMany: ({ query }) => Effect.succeed({ tracks: query.ids.map((id) => tracks.get(id) ?? null) }),
        saved: ({ query, request }) =>
          Effect.succeed(
            offsetPage(
              request,
              query,
              held("track", tracks)
                .sort((one, other) => other.addedAt.epochMilliseconds - one.addedAt.epochMilliseconds)
                .map(({ addedAt, item }) => ({ addedAt, track: item }))
            )
          ),
        saveAt: ({ payload }) =>
          Effect.sync(() => {
            for (const { addedAt, id } of payload.timestampedIds) save(`spotify:track:${id}`, addedAt)
          })
      })),
    HttpApiBuilder.group(SpotifyApi, "profile", (handlers) =>
      handlers.handleAll({
        me: () => given(models, "me", "profile.me"),
        user: ({ params }) => orNotFound(people.get(params.user_id)),
        topTracks: ({ query, request }) =>
          Effect.map(given(models, "topTracks", "profile.topTracks"), (items) => offsetPage(request, query, items)),
        topArtists: ({ query, request }) =>
          Effect.map(given(models, "topArtists", "profile.topArtists"), (items) => offsetPage(request, query, items)),
        followedArtists: ({ query, request }) => {
          const all = held("artist", artists).map(({ item }) => item).sort((one, other) => (one.id < other.id ? -1 : 1))
          const rest = all.filter(({ id }) => query.after === undefined || id > query.after)
          const items = rest.slice(0, query.limit ?? 20)
          const last = items.length < rest.length ? items.at(-1) : undefined
          return Effect.succeed({
            artists: {
              items,
              total: all.length,
              ...(last !== undefined && { cursors: { after: last.id }, next: linkTo(request, "after", last.id) })
            }
          })
        }
      })),
    HttpApiBuilder.group(SpotifyApi, "library", (handlers) =>
      handlers.handleAll({
        save: ({ query }) =>
          Effect.map(DateTime.now, (now) => {
            for (const uri of query.uris) save(uri, now)
          }),
        remove: ({ query }) =>
          Effect.sync(() => {
            for (const uri of query.uris) library.delete(uri)
          }),
        contains: ({ query }) => Effect.succeed(query.uris.map((uri) => library.has(uri)))
      })),
    HttpApiBuilder.group(SpotifyApi, "albums", (handlers) =>
      handlers.handle("tracks", ({ params, query, request }) => {
        const items = Array.from(tracks.values())
          .filter(({ album }) => album.id === params.id)
          .sort((one, other) => one.discNumber - other.discNumber || one.trackNumber - other.trackNumber)
        return orNotFound(items.length === 0 ? undefined : offsetPage(request, query, items))
      })),
    HttpApiBuilder.group(SpotifyApi, "artists", (handlers) =>
      handlers.handle("topTracks", ({ params }) => {
        const items = Array.from(tracks.values())
          .filter((track) => track.artists.some(({ id }) => id === params.id))
          .sort((one, other) => (other.popularity ?? 0) - (one.popularity ?? 0))
        return orNotFound(items.length === 0 && !artists.has(params.id) ? undefined : { tracks: items.slice(0, 10) })
      })),
    HttpApiBuilder.group(SpotifyApi, "search", (handlers) =>
      handlers.handle("tracks", ({ query, request }) => {
        const items = Array.from(tracks.values()).filter((track) =>
          matches(query.q, track.name, track.album.name, ...track.artists.map(({ name }) => name))
        )
        const { limit = 5, offset = 0 } = query
        return Effect.succeed(
          offset + limit > reach ? outOfReach : { tracks: offsetPage(request, query, items, limit) }
        )
      })),
    HttpApiBuilder.group(SpotifyApi, "audio", (handlers) =>
      handlers.handleAll({
        features: ({ params }) => orNotFound(features.get(params.id)),
        manyFeatures: ({ query }) => Effect.succeed({ audioFeatures: query.ids.map((id) => features.get(id) ?? null) }),
        analysis: ({ params }) => orNotFound(models.audioAnalyses?.[params.id])
      })),
    HttpApiBuilder.group(SpotifyApi, "recommendations", (handlers) =>
      handlers.handleAll({
        get: () => given(models, "recommendations", "recommendations.get"),
        genreSeeds: () =>
          Effect.map(given(models, "genreSeeds", "recommendations.genreSeeds"), (genres) => ({ genres }))
      }))
  ).pipe(
    // What happens between an operation and the network is the client's affair.
    Layer.provide(Layer.succeed(SpotifyMiddleware, (answer) => answer))
  )

  return HttpRouter.toHttpEffect(
    HttpApiBuilder.layer(SpotifyApi).pipe(Layer.provide(groups), Layer.provide(HttpServer.layerServices))
  )
}
