/**
 * The contract of search.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 */
import * as Schema from "effect/Schema"
import { Market } from "../model/Market.ts"
import { OffsetPage } from "../model/Page.ts"
import { Track } from "../model/Track.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"
import * as Query from "./internal/Query.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * The number of rows of a search that can be had.
 *
 * **Details**
 *
 * A page that reaches beyond, by `offset` and `limit` together, is refused as a whole.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 * @category constants
 * @since 0.1.0
 */
export const reach = 1_000

/**
 * Searches for tracks.
 *
 * **Details**
 *
 * Pages have 5 rows unless told otherwise, and 10 at most since February 2026. See {@link reach} for the end.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 * @category operations
 * @since 0.1.0
 */
export const tracks = Endpoint.get("tracks", "/search", {
  query: {
    q: Schema.NonEmptyString,
    type: Schema.Literal("track"),
    market: Schema.optionalKey(Market),
    limit: Schema.optionalKey(Query.limitUpTo(10)),
    offset: Schema.optionalKey(Query.offset.check(Schema.isLessThanOrEqualTo(reach))),
    include_external: Schema.optionalKey(Schema.Literal("audio"))
  },
  success: Schema.Struct({ tracks: OffsetPage(Track) })
})
  .annotate(Annotations.Reference, "search")

// =============================================================================
// Group
// =============================================================================

/**
 * The operations of search.
 *
 * @category groups
 * @since 0.1.0
 */
export const SearchApi = EndpointGroup.make("search", { tracks })
