/**
 * Search of Spotify's catalogue.
 *
 * **Example** (The first five tracks by one artist)
 *
 * ```ts
 * import * as Search from "@app/api/Search"
 * import * as Stream from "effect/Stream"
 *
 * const five = Search.tracks("artist:\"Carly Rae Jepsen\"").pipe(Stream.take(5), Stream.runCollect)
 * ```
 */
import * as Effect from "effect/Effect"
import * as Query from "./contract/internal/Query.ts"
import { reach, SearchApi } from "./contract/SearchApi.ts"
import * as PagedList from "./internal/list/PagedList.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { Cursor } from "./model/Page.ts"
import type { Track } from "./model/Track.ts"
import type * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The options of a search.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends MarketOptions {
  /** Number of rows to ask for at a time, from 1 to 10; the last page may have fewer. Default: 10. */
  readonly pageSize?: number | undefined
  /** Place to begin at: the `cursor` of a page of the same search, which brings its own options along. Default: at the start. */
  readonly from?: Cursor | undefined
  /** True if audio hosted elsewhere counts as playable. Default: `false`. */
  readonly includeExternalAudio?: boolean | undefined
}

// =============================================================================
// Tracks
// =============================================================================

/**
 * Lists the tracks that match a query, the best first.
 *
 * **Details**
 *
 * The query narrows down with filters: `track:`, `artist:`, `album:`, `genre:`, `isrc:`, `year:1955-1960`. Needs no scope.
 *
 * **Gotchas**
 *
 * Spotify shows the first 1,000 rows and no more. The stream ends there, whatever the `total` of its pages says.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 * @category operations
 * @since 0.1.0
 */
export const tracks = (query: string, options?: Options): SpotifyClient.PagedStream<Track> => {
  const pageSize = options?.pageSize ?? 10
  return PagedList.make(SearchApi, "tracks", {
    from: options?.from,
    reach: { rows: reach, pageSize },
    fetch: (search) =>
      Effect.map(
        search({
          query: Query.defined({
            q: query,
            type: "track",
            market: options?.market,
            limit: pageSize,
            include_external: options?.includeExternalAudio === true ? "audio" : undefined
          })
        }),
        ({ tracks }) => tracks
      )
  })
}
