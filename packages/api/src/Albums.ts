/**
 * Operations on albums.
 *
 * **Details**
 *
 * Wherever an id is asked for, a `spotify:album:…` URI or an `https://open.spotify.com/album/…` link will do. Anything else
 * fails with `InvalidArgument` before a request is made.
 *
 * **Example** (The first track of an album)
 *
 * ```ts
 * import * as Albums from "@app/api/Albums"
 * import * as Stream from "effect/Stream"
 *
 * const first = Stream.runHead(Albums.tracks("https://open.spotify.com/album/05aqnnpYVOvsX0SIzmIuxi"))
 * ```
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { AlbumLookups, AlbumsApi, maxIds } from "./contract/AlbumsApi.ts"
import * as Query from "./contract/internal/Query.ts"
import * as Ids from "./Ids.ts"
import * as Lookup from "./internal/list/Lookup.ts"
import * as PagedList from "./internal/list/PagedList.ts"
import type { Album, SavedAlbum } from "./model/Album.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { PageOptions } from "./model/Page.ts"
import type { SimplifiedTrack } from "./model/Track.ts"
import type * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Looking up
// =============================================================================

const lookup = Lookup.make(AlbumLookups, {
  id: Ids.Album,
  batchSize: maxIds,
  get: (albums, id, market) => albums.get({ params: { id }, query: Query.defined({ market }) }),
  getMany: (albums, ids, market) =>
    Effect.map(albums.getMany({ query: Query.defined({ ids, market }) }), ({ albums }) => albums)
})

/**
 * Looks up one album, with the first 50 of its tracks.
 *
 * **Details**
 *
 * Calls for the same album at the same time make one request. Where the app is known to be in Extended Quota Mode
 * (`SpotifyClient.layer({ quotaMode: "extended" })`), calls for different albums do too, up to 20 of them. Fails with
 * `NotFound` for an id that is nobody's. Needs no scope; the program's own token will do. `tracks` has the others.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-album
 * @category operations
 * @since 0.1.0
 */
export const get = (
  id: string,
  options?: MarketOptions
): Effect.Effect<Album, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => Lookup.get(lookup, id, options)

/**
 * Looks up any number of albums, in the order of their ids.
 *
 * **Details**
 *
 * An album is `None` where its id is nobody's, and where it cannot be read. In Extended Quota Mode 20 ids make one request.
 * Development Mode has no such request since February 2026: there each id makes its own, `concurrency` at a time, 4 by
 * default. Where the mode is not known, the first request finds out. Needs no scope.
 *
 * **Gotchas**
 *
 * A text that is no id fails all of it, before a request is made.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-multiple-albums
 * @category operations
 * @since 0.1.0
 */
export const getMany = (
  ids: ReadonlyArray<string>,
  options?: SpotifyClient.ManyOptions
): Effect.Effect<ReadonlyArray<Option.Option<Album>>, SpotifyClient.Failure, SpotifyClient.SpotifyClient> =>
  Lookup.getMany(lookup, ids, options)

// =============================================================================
// Library
// =============================================================================

/**
 * Lists the person's saved albums, the latest first, with the time each was saved.
 *
 * **Details**
 *
 * Each album comes with the first 50 of its tracks, so a page of 50 albums can be a megabyte: ask for fewer at a time
 * (`pageSize`) where that is too much. `Library.save` and `Library.remove` change what is saved. Scope: `user-library-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-albums
 * @category operations
 * @since 0.1.0
 */
export const saved = (options?: MarketOptions & PageOptions): SpotifyClient.PagedStream<SavedAlbum> =>
  PagedList.make(AlbumsApi, "saved", {
    from: options?.from,
    fetch: (saved) => saved({ query: Query.defined({ market: options?.market, limit: options?.pageSize ?? 50 }) })
  })

// =============================================================================
// Tracks
// =============================================================================

/**
 * Lists the tracks of an album, in the order they are on it.
 *
 * **Details**
 *
 * The tracks come without their album, `externalIds` and `popularity`; `Tracks.get` has these. Needs no scope.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category operations
 * @since 0.1.0
 */
export const tracks = (
  album: string,
  options?: MarketOptions & PageOptions
): SpotifyClient.PagedStream<SimplifiedTrack> =>
  PagedList.ofId(Ids.Album.parse(album), (id) =>
    PagedList.make(AlbumsApi, "tracks", {
      params: { id },
      from: options?.from,
      fetch: (tracks) =>
        tracks({ params: { id }, query: Query.defined({ market: options?.market, limit: options?.pageSize ?? 50 }) })
    }))
