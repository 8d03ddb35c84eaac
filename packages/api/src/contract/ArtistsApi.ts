/**
 * The contract of artists.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-top-tracks
 */
import * as Schema from "effect/Schema"
import * as Ids from "../Ids.ts"
import { model } from "../model/internal/ModelSchema.ts"
import { rows } from "../model/internal/Rows.ts"
import { Market } from "../model/Market.ts"
import { Track } from "../model/Track.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * Looks up an artist's most popular tracks.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-top-tracks
 * @category operations
 * @since 0.1.0
 */
export const topTracks = Endpoint.get("topTracks", "/artists/:id/top-tracks", {
  params: { id: Ids.Artist.schema },
  query: { market: Schema.optionalKey(Market) },
  success: model({ tracks: rows(Track) })
})
  .annotate(Annotations.Reference, "get-an-artists-top-tracks")
  .annotate(Annotations.Audience, "extended")
  .annotate(Annotations.Alternative, "Use Search.tracks with artist:\"…\" in the query.")

// =============================================================================
// Group
// =============================================================================

/**
 * The operations on artists.
 *
 * @category groups
 * @since 0.1.0
 */
export const ArtistsApi = EndpointGroup.make("artists", { topTracks })
