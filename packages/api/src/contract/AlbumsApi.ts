/**
 * The contract of albums.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import * as Ids from "../Ids.ts"
import { Market } from "../model/Market.ts"
import { OffsetPage } from "../model/Page.ts"
import { SimplifiedTrack } from "../model/Track.ts"
import * as Annotations from "./Annotations.ts"
import * as Query from "./internal/Query.ts"
import { SpotifyMiddleware } from "./SpotifyMiddleware.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * Lists the tracks of an album.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category operations
 * @since 0.1.0
 */
export const tracks = HttpApiEndpoint.get("tracks", "/albums/:id/tracks", {
  params: { id: Ids.Album.schema },
  query: { market: Schema.optionalKey(Market), ...Query.paging },
  success: OffsetPage(SimplifiedTrack)
})
  .annotate(Annotations.Reference, "get-an-albums-tracks")

// =============================================================================
// Group
// =============================================================================

/**
 * The operations on albums.
 *
 * @category groups
 * @since 0.1.0
 */
export const AlbumsApi = HttpApiGroup.make("albums").add(tracks).middleware(SpotifyMiddleware)
