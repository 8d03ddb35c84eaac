/**
 * The contract of albums.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import { Delivery } from "./Delivery.ts"
import * as Ids from "./Ids.ts"
import * as Query from "./internal/Query.ts"
import { Market } from "./Market.ts"
import { OffsetPage } from "./Page.ts"
import { SimplifiedTrack } from "./Track.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category operations
 * @since 0.1.0
 */
export const tracks = HttpApiEndpoint.get("tracks", "/albums/:id/tracks", {
  params: { id: Ids.Album.schema },
  query: { market: Schema.optionalKey(Market), ...Query.paging },
  success: OffsetPage(SimplifiedTrack)
})

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const AlbumsApi = HttpApiGroup.make("albums").add(tracks).middleware(Delivery)
