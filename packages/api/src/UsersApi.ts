/**
 * The contract of people: the one behind the token, what they like, and others.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Schema from "effect/Schema"
import * as Annotations from "./Annotations.ts"
import { Artist } from "./Artist.ts"
import { Delivery } from "./Delivery.ts"
import * as Ids from "./Ids.ts"
import * as Query from "./internal/Query.ts"
import { CursorPage, OffsetPage } from "./Page.ts"
import { TimeRange } from "./TimeRange.ts"
import { Track } from "./Track.ts"
import { CurrentUser, PublicUser } from "./User.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category operations
 * @since 0.1.0
 */
export const me = HttpApiEndpoint.get("me", "/me", { success: CurrentUser }).annotate(Annotations.Scopes, {
  anyOf: [],
  widening: ["user-read-private", "user-read-email"]
})

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-profile
 * @category operations
 * @since 0.1.0
 */
export const get = HttpApiEndpoint.get("get", "/users/:user_id", {
  params: { user_id: Ids.User.schema },
  success: PublicUser
}).annotate(Annotations.ServedTo, "extended").annotate(
  Annotations.Instead,
  "Only the person who signed in can be looked up: use Profile.me."
)

const top = { time_range: Schema.optionalKey(TimeRange), ...Query.paging }

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topTracks = HttpApiEndpoint.get("topTracks", "/me/top/tracks", {
  query: top,
  success: OffsetPage(Track)
}).annotate(Annotations.Scopes, { anyOf: ["user-top-read"], widening: [] })

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topArtists = HttpApiEndpoint.get("topArtists", "/me/top/artists", {
  query: top,
  success: OffsetPage(Artist)
}).annotate(Annotations.Scopes, { anyOf: ["user-top-read"], widening: [] })

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-followed
 * @category operations
 * @since 0.1.0
 */
export const followedArtists = HttpApiEndpoint.get("followedArtists", "/me/following", {
  query: {
    type: Schema.Literal("artist"),
    after: Schema.optionalKey(Ids.Artist.schema),
    limit: Query.paging.limit
  },
  success: Schema.Struct({ artists: CursorPage(Artist) })
}).annotate(Annotations.Scopes, { anyOf: ["user-follow-read"], widening: [] })

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const UsersApi = HttpApiGroup.make("users").add(me, get, topTracks, topArtists, followedArtists)
  .middleware(Delivery)
