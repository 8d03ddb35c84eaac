/**
 * The contract of search.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import { Market } from "../model/Market.ts"
import { OffsetPage } from "../model/Page.ts"
import { Track } from "../model/Track.ts"
import * as Annotations from "./Annotations.ts"
import * as Query from "./internal/Query.ts"
import { SpotifyMiddleware } from "./SpotifyMiddleware.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * How many rows of a search can be had: a page that reaches beyond, by `offset` and `limit` together, is refused as a whole.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 * @category operations
 * @since 0.1.0
 */
export const reach = 1_000

/**
 * Pages have 5 rows unless told otherwise, and 10 at most since February 2026. Nothing after the first 1,000 rows can be
 * had: see {@link reach}.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/search
 * @category operations
 * @since 0.1.0
 */
export const tracks = HttpApiEndpoint.get("tracks", "/search", {
  query: {
    q: Schema.NonEmptyString,
    type: Schema.Literal("track"),
    market: Schema.optionalKey(Market),
    limit: Schema.optionalKey(Query.limitUpTo(10)),
    offset: Schema.optionalKey(Query.offset.check(Schema.isLessThanOrEqualTo(reach))),
    include_external: Schema.optionalKey(Schema.Literal("audio"))
  },
  success: Schema.Struct({ tracks: OffsetPage(Track) })
}).annotate(Annotations.Reference, "search")

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const SearchApi = HttpApiGroup.make("search").add(tracks).middleware(SpotifyMiddleware)
