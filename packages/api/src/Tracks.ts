/**
 * Tracks: looked up, searched for, saved, and those a person listens to most.
 *
 * Wherever an id is asked for, a `spotify:track:…` URI or an `https://open.spotify.com/track/…` link will do; anything else
 * fails with `InvalidArgument` before a request is made.
 *
 * **Example** (A track as it is played in Germany)
 *
 * ```ts
 * import * as Tracks from "@app/api/Tracks"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const track = yield* Tracks.get("https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl", { market: "DE" })
 *   yield* Effect.log(`${track.name} by ${track.artists.map((artist) => artist.name).join(", ")}`)
 * })
 * ```
 */
import * as Array from "effect/Array"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { AlbumsApi } from "./contract/AlbumsApi.ts"
import { ArtistsApi } from "./contract/ArtistsApi.ts"
import { ProfileApi } from "./contract/ProfileApi.ts"
import { reach, SearchApi } from "./contract/SearchApi.ts"
import { TracksApi } from "./contract/TracksApi.ts"
import * as Ids from "./Ids.ts"
import * as AuthorizationBinding from "./internal/call/AuthorizationBinding.ts"
import { extended } from "./internal/call/Extended.ts"
import * as Span from "./internal/call/Span.ts"
import * as Paging from "./internal/list/Paging.ts"
import * as TrackLookup from "./internal/list/TrackLookup.ts"
import * as Library from "./Library.ts"
import type { Market } from "./model/Market.ts"
import * as Page from "./model/Page.ts"
import type { TimeRange } from "./model/TimeRange.ts"
import type { SavedTrack, SimplifiedTrack, Track } from "./model/Track.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface MarketOptions {
  /**
   * Where tracks are to be played. With a person's token the country of their account wins. With a market, `isPlayable` says
   * whether a track can be, and another release may stand in: then its `id` differs from the one asked for.
   */
  readonly market?: Market | undefined
}

/**
 * @category models
 * @since 0.1.0
 */
export interface PageOptions {
  /** How many rows to ask for at a time, from 1 to 50. Default: 50. */
  readonly pageSize?: number | undefined
  /** Where to begin: the `cursor` of a page of the same list, which brings its own options along. Default: at the start. */
  readonly from?: Page.Cursor | undefined
}

const marketOf = (options: MarketOptions | undefined) => options?.market === undefined ? {} : { market: options.market }

const idOf = (id: string) => Effect.fromResult(Ids.Track.parse(id))

// =============================================================================
// Looking up
// =============================================================================

/**
 * One track.
 *
 * Calls for the same track at the same time make one request. Where the app is known to be in Extended Quota Mode
 * (`SpotifyClient.layer({ quotaMode: "extended" })`), calls for different tracks do too, up to 50 of them.
 *
 * Fails with `NotFound` for an id that is nobody's. Needs no scope; the program's own token will do.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category operations
 * @since 0.1.0
 */
export const get = (id: string, options?: MarketOptions): SpotifyClient.CallEffect<Track> =>
  Span.whereTraced(
    "Tracks.get",
    SpotifyClient.SpotifyClient.use((client) => {
      const parsed = Ids.Track.parse(id)
      if (Result.isFailure(parsed)) return Effect.fail(parsed.failure)
      const trackId = parsed.success
      const market = options?.market
      return Effect.flatMap(client.quotaMode, (quotaMode) => {
        const lookup = quotaMode === "extended" ? TrackLookup.batched : TrackLookup.one
        return client.coalesce(`tracks.get ${trackId} ${market ?? ""}`, lookup(client, trackId, market))
      })
    })
  )

/**
 * Any number of tracks, in the order of their ids. An id that is nobody's is none, as is a track that cannot be read; one
 * that is no id at all fails before a request is made.
 *
 * In Extended Quota Mode 50 of them make one request. Development Mode has no such request since February 2026: there they
 * are asked for one by one, `concurrency` at a time. Where the mode is not known, the first request finds out.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-tracks
 * @category operations
 * @since 0.1.0
 */
export const getMany: (
  ids: ReadonlyArray<string>,
  options?: MarketOptions & {
    /** How many requests may be under way at a time. Default: 4. */
    readonly concurrency?: number | undefined
  }
) => SpotifyClient.CallEffect<ReadonlyArray<Option.Option<Track>>> = Effect.fn("Tracks.getMany")(
  function*(ids, options) {
    const parsed = yield* Effect.forEach(ids, idOf)
    const unique = Array.dedupe(parsed)
    const market = options?.market
    const concurrency = options?.concurrency ?? 4
    const found = new Map<Ids.TrackId, Track>()
    const keep = (id: Ids.TrackId, track: Track | null | undefined): void => {
      if (track !== null && track !== undefined) found.set(id, track)
    }

    const chunk = (chunk: ReadonlyArray<Ids.TrackId>) =>
      Effect.map(TrackLookup.many(chunk, market), (tracks) => {
        for (const [i, id] of chunk.entries()) keep(id, tracks[i])
      })
    const single = (id: Ids.TrackId) =>
      get(id, options).pipe(
        Effect.map((track) => keep(id, track)),
        Effect.catchReasons("SpotifyError", {
          // That no track at all can be had there says nothing of this one.
          NotFound: ({ apiUrl }, error) => apiUrl === undefined ? Effect.void : Effect.fail(error),
          // As in a batch: one odd track does not end the list. An answer that is no track at all does.
          UnexpectedResponse: (reason, error) => reason.path === "" ? Effect.fail(error) : Effect.void
        })
      )
    const chunks = Effect.gen(function*() {
      const [first = [], ...others] = Array.chunksOf(unique, TrackLookup.batchSize)
      yield* chunk(first)
      yield* Effect.forEach(others, chunk, { concurrency, discard: true })
    })
    const singles = Effect.forEach(unique, single, { concurrency, discard: true })

    const { quotaMode } = yield* SpotifyClient.SpotifyClient
    if (unique.length === 1 || (yield* quotaMode) === "development") yield* singles
    else if (unique.length > 1) yield* Effect.catchIf(chunks, TrackLookup.isNotServed, () => singles)
    return parsed.map((id) => Option.fromUndefinedOr(found.get(id)))
  },
  AuthorizationBinding.together
)

/**
 * The tracks of an album as pages, in the order they are on it.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category operations
 * @since 0.1.0
 */
export const ofAlbumPages = (
  album: string,
  options?: MarketOptions & PageOptions
): Paging.Pages<SimplifiedTrack> =>
  Paging.ofId(Ids.Album.parse(album), (id) => ({
    operation: "albums.tracks",
    path: `/albums/${id}/tracks`,
    from: options?.from,
    fetch: (call) =>
      SpotifyClient.call(
        AlbumsApi,
        (albums) => albums.tracks({ params: { id }, query: { ...marketOf(options), ...Paging.limitOf(options) } }),
        call
      )
  }))

/**
 * The tracks of an album (an id, URI or link), in the order they are on it. They come without the album, `externalIds` and
 * `popularity`: `get` has them.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category operations
 * @since 0.1.0
 */
export const ofAlbum = (album: string, options?: MarketOptions & PageOptions): Paging.Items<SimplifiedTrack> =>
  Page.items(ofAlbumPages(album, options))

/**
 * An artist's ten or so most popular tracks. Not served in Development Mode; there, search for `artist:"…"`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-top-tracks
 * @category operations
 * @since 0.1.0
 */
export const ofArtist: (
  artist: string,
  options?: MarketOptions
) => SpotifyClient.CallEffect<ReadonlyArray<Track>, ExtendedQuotaMode> = Effect.fn("Tracks.ofArtist")(
  function*(artist, options) {
    const id = yield* Effect.fromResult(Ids.Artist.parse(artist))
    const answer = yield* extended(
      SpotifyClient.call(ArtistsApi, (artists) => artists.topTracks({ params: { id }, query: marketOf(options) }))
    )
    return answer.tracks
  }
)

// =============================================================================
// Searching
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface SearchOptions extends MarketOptions {
  /** How many rows to ask for at a time, from 1 to 10; the last page may have fewer. Default: 10. */
  readonly pageSize?: number | undefined
  /** Where to begin. See `PageOptions`. */
  readonly from?: Page.Cursor | undefined
  /** Whether audio hosted elsewhere counts as playable. Default: `false`. */
  readonly includeExternalAudio?: boolean | undefined
}

/**
 * Search results as pages. See `search`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 * @category operations
 * @since 0.1.0
 */
export const searchPages = (query: string, options?: SearchOptions): Paging.Pages<Track> =>
  Paging.pages({
    operation: "search.search",
    path: "/search",
    from: options?.from,
    reach: { rows: reach, pageSize: options?.pageSize ?? 10 },
    fetch: (call) =>
      SpotifyClient.call(
        SearchApi,
        (search) =>
          search.search({
            query: {
              q: query,
              type: "track",
              ...marketOf(options),
              limit: options?.pageSize ?? 10,
              ...(options?.includeExternalAudio === true && { include_external: "audio" })
            }
          }),
        call
      ).pipe(Effect.map(({ tracks }) => tracks))
  })

/**
 * Tracks that match a query, the best first. Spotify shows the first thousand rows and no more: there the stream ends, whatever
 * the pages' `total` says.
 *
 * Filters narrow it down: `track:`, `artist:`, `album:`, `genre:`, `isrc:`, `year:1955-1960`.
 *
 * **Example** (The first five that are by one artist)
 *
 * ```ts
 * import * as Tracks from "@app/api/Tracks"
 * import * as Stream from "effect/Stream"
 *
 * const five = Tracks.search("artist:\"Carly Rae Jepsen\"").pipe(Stream.take(5), Stream.runCollect)
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 * @category operations
 * @since 0.1.0
 */
export const search = (query: string, options?: SearchOptions): Paging.Items<Track> =>
  Page.items(searchPages(query, options))

// =============================================================================
// Saving
// =============================================================================

/**
 * The person's saved tracks as pages. See `saved`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-tracks
 * @category operations
 * @since 0.1.0
 */
export const savedPages = (options?: MarketOptions & PageOptions): Paging.Pages<SavedTrack> =>
  Paging.pages({
    operation: "tracks.saved",
    path: "/me/tracks",
    from: options?.from,
    fetch: (call) =>
      SpotifyClient.call(
        TracksApi,
        (tracks) => tracks.saved({ query: { ...marketOf(options), ...Paging.limitOf(options) } }),
        call
      )
  })

/**
 * The person's saved tracks, the latest first, with the time each was saved. Pages are asked for as they are needed: take
 * what you want and stop. Scope: `user-library-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-tracks
 * @category operations
 * @since 0.1.0
 */
export const saved = (options?: MarketOptions & PageOptions): Paging.Items<SavedTrack> =>
  Page.items(savedPages(options))

const urisOf = (ids: ReadonlyArray<string>) => Effect.forEach(ids, (id) => Effect.map(idOf(id), Ids.Track.uri))

/**
 * Saves tracks as of now; those that are saved already keep their time. Scope: `user-library-modify`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const save: (ids: ReadonlyArray<string>) => SpotifyClient.CallEffect<void> = Effect.fn("Tracks.save")(
  (ids) => Effect.flatMap(urisOf(ids), Library.save)
)

/**
 * Saves tracks as if at other times, which decides their order in the library: for moving a library from one account to
 * another. Not served in Development Mode. Scope: `user-library-modify`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-tracks-user
 * @category operations
 * @since 0.1.0
 */
export const saveAt: (
  tracks: ReadonlyArray<{ readonly id: string; readonly addedAt: DateTime.Utc }>
) => SpotifyClient.CallEffect<void, ExtendedQuotaMode> = Effect.fn("Tracks.saveAt")(
  function*(tracks) {
    const parsed = yield* Effect.forEach(
      tracks,
      ({ addedAt, id }) => Effect.map(idOf(id), (id) => ({ id, addedAt }))
    )
    for (const timestampedIds of Array.chunksOf(parsed, TrackLookup.batchSize)) {
      yield* extended(SpotifyClient.call(TracksApi, (tracks) => tracks.saveAt({ payload: { timestampedIds } })))
    }
  },
  AuthorizationBinding.together
)

/**
 * Takes tracks out of the library; those that are not in it stay out. Scope: `user-library-modify`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const remove: (ids: ReadonlyArray<string>) => SpotifyClient.CallEffect<void> = Effect.fn("Tracks.remove")(
  (ids) => Effect.flatMap(urisOf(ids), Library.remove)
)

/**
 * Whether each track is saved, in the order of the ids. Scope: `user-library-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const isSaved: (ids: ReadonlyArray<string>) => SpotifyClient.CallEffect<ReadonlyArray<boolean>> = Effect.fn(
  "Tracks.isSaved"
)(
  (ids) => Effect.flatMap(urisOf(ids), Library.contains)
)

// =============================================================================
// Listening
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface TopOptions extends PageOptions {
  /** How far back listening counts. Default: `"medium_term"`, six months. */
  readonly timeRange?: TimeRange | undefined
}

/**
 * The tracks a person listens to most, as pages. See `top`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topPages = (options?: TopOptions): Paging.Pages<Track> =>
  Paging.pages({
    operation: "profile.topTracks",
    path: "/me/top/tracks",
    from: options?.from,
    fetch: (call) =>
      SpotifyClient.call(ProfileApi, (profile) => profile.topTracks({ query: Paging.topOf(options) }), call)
  })

/**
 * The tracks a person listens to most, the most first. Scope: `user-top-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const top = (options?: TopOptions): Paging.Items<Track> => Page.items(topPages(options))
