/**
 * The contract of people: their profiles, what they listen to and whom they follow.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 */
import * as Schema from "effect/Schema"
import * as Ids from "../Ids.ts"
import { Artist } from "../model/Artist.ts"
import { CursorPage, OffsetPage } from "../model/Page.ts"
import { TimeRange } from "../model/TimeRange.ts"
import { Track } from "../model/Track.ts"
import { CurrentUser, PublicUser } from "../model/User.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"
import * as Query from "./internal/Query.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * Looks up the person who signed in.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category operations
 * @since 0.1.0
 */
export const me = Endpoint.get("me", "/me", { success: CurrentUser })
  .annotate(Annotations.Reference, "get-current-users-profile")
  .annotate(Annotations.Scopes, {
    required: [],
    optional: ["user-read-private", "user-read-email"]
  })

/**
 * Looks up a person.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-profile
 * @category operations
 * @since 0.1.0
 */
export const user = Endpoint.get("user", "/users/:user_id", {
  params: { user_id: Ids.User.schema },
  success: PublicUser
})
  .annotate(Annotations.Reference, "get-users-profile")
  .annotate(Annotations.Audience, "extended")
  .annotate(Annotations.Alternative, "Only the person who signed in can be looked up: use Profile.me.")

const top = { time_range: Schema.optionalKey(TimeRange), ...Query.paging }

/**
 * Lists the tracks the person listens to most.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topTracks = Endpoint.get("topTracks", "/me/top/tracks", {
  query: top,
  success: OffsetPage(Track)
})
  .annotate(Annotations.Reference, "get-users-top-artists-and-tracks")
  .annotate(Annotations.Scopes, {
    required: [["user-top-read"]],
    optional: []
  })

/**
 * Lists the artists the person listens to most.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topArtists = Endpoint.get("topArtists", "/me/top/artists", {
  query: top,
  success: OffsetPage(Artist)
})
  .annotate(Annotations.Reference, "get-users-top-artists-and-tracks")
  .annotate(Annotations.Scopes, {
    required: [["user-top-read"]],
    optional: []
  })

/**
 * Lists the artists the person follows.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-followed
 * @category operations
 * @since 0.1.0
 */
export const followedArtists = Endpoint.get("followedArtists", "/me/following", {
  query: {
    type: Schema.Literal("artist"),
    after: Schema.optionalKey(Ids.Artist.schema),
    limit: Query.paging.limit
  },
  success: Schema.Struct({ artists: CursorPage(Artist) })
})
  .annotate(Annotations.Reference, "get-followed")
  .annotate(Annotations.Scopes, {
    required: [["user-follow-read"]],
    optional: []
  })

// =============================================================================
// Groups
// =============================================================================

/**
 * The operation that tells who is signed in, alone: a bundle of a program that makes no other call has nothing of the rest.
 *
 * @category groups
 * @since 0.1.0
 */
export const CurrentUserApi = EndpointGroup.make("profile", { me })

/**
 * The operations on people.
 *
 * @category groups
 * @since 0.1.0
 */
export const ProfileApi = EndpointGroup.make("profile", { me, user, topTracks, topArtists, followedArtists })
