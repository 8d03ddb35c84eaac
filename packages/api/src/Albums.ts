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
 * const first = Stream.runHead(Albums.tracks("https://open.spotify.com/album/6eUW0wxWtzkFdaEFsTJto6"))
 * ```
 */
import { AlbumsApi } from "./contract/AlbumsApi.ts"
import * as Query from "./contract/internal/Query.ts"
import * as Ids from "./Ids.ts"
import * as PagedList from "./internal/list/PagedList.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { PageOptions } from "./model/Page.ts"
import type { SimplifiedTrack } from "./model/Track.ts"
import type * as SpotifyClient from "./SpotifyClient.ts"

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
