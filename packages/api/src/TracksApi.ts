/**
 * The contract of tracks.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import { Delivery } from "./Delivery.ts"
import { TrackId } from "./Ids.ts"
import { Market } from "./Market.ts"
import { Track } from "./Track.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category operations
 * @since 0.1.0
 */
export const get = HttpApiEndpoint.get("get", "/tracks/:id", {
  params: { id: TrackId },
  query: { market: Schema.optionalKey(Market) },
  success: Track
})

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const TracksApi = HttpApiGroup.make("tracks").add(get).middleware(Delivery)
