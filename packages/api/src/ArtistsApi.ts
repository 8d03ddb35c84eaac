/**
 * The contract of artists.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-top-tracks
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import * as Annotations from "./Annotations.ts"
import { Delivery } from "./Delivery.ts"
import * as Ids from "./Ids.ts"
import { model, rows } from "./internal/Wire.ts"
import { Market } from "./Market.ts"
import { Track } from "./Track.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-top-tracks
 * @category operations
 * @since 0.1.0
 */
export const topTracks = HttpApiEndpoint.get("topTracks", "/artists/:id/top-tracks", {
  params: { id: Ids.Artist.schema },
  query: { market: Schema.optionalKey(Market) },
  success: model({ tracks: rows(Track) })
}).annotate(Annotations.ServedTo, "extended").annotate(
  Annotations.Instead,
  "Use Tracks.search with artist:\"…\" in the query."
)

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const ArtistsApi = HttpApiGroup.make("artists").add(topTracks).middleware(Delivery)
