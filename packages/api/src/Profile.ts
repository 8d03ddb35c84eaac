/**
 * People: the one behind the token, whom and what they like, and others.
 */
import * as Effect from "effect/Effect"
import { ProfileApi } from "./contract/ProfileApi.ts"
import * as Ids from "./Ids.ts"
import { extended } from "./internal/call/Extended.ts"
import * as Span from "./internal/call/Span.ts"
import * as Paging from "./internal/list/Paging.ts"
import * as Library from "./Library.ts"
import type { Artist } from "./model/Artist.ts"
import * as Page from "./model/Page.ts"
import type { CurrentUser, PublicUser } from "./model/User.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"
import { InvalidArgument, SpotifyError } from "./SpotifyError.ts"
import type { PageOptions, TopOptions } from "./Tracks.ts"

// =============================================================================
// Looking up
// =============================================================================

/**
 * The current person's profile. Fails with `Forbidden` or `Unauthorized` for the program's own token, which stands for
 * nobody. Calls at the same time make one request.
 *
 * Works without a scope; `user-read-private` adds `country`, `explicitContent` and `product`, and `user-read-email` adds
 * `email`, outside Development Mode.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category operations
 * @since 0.1.0
 */
export const me: SpotifyClient.CallEffect<CurrentUser> = Span.whereTraced(
  "Profile.me",
  SpotifyClient.SpotifyClient.use((client) =>
    client.coalesce("profile.me", client.call(ProfileApi, (profile) => profile.me({})))
  )
)

/**
 * What a person shows to everyone. `id` is a person's id, which may hold nearly anything, or a URI or link of theirs. Not
 * served in Development Mode.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-profile
 * @category operations
 * @since 0.1.0
 */
export const user: (id: string) => SpotifyClient.CallEffect<PublicUser, ExtendedQuotaMode> = Effect.fn("Profile.user")(
  function*(id) {
    const user_id = yield* Effect.fromResult(Ids.User.parse(id))
    return yield* extended(SpotifyClient.call(ProfileApi, (profile) => profile.user({ params: { user_id } })))
  }
)

// =============================================================================
// Artists
// =============================================================================

/**
 * The artists a person listens to most, as pages. See `topArtists`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topArtistsPages = (options?: TopOptions): Paging.Pages<Artist> =>
  Paging.pages({
    operation: "profile.topArtists",
    path: "/me/top/artists",
    from: options?.from,
    fetch: (call) =>
      SpotifyClient.call(ProfileApi, (profile) => profile.topArtists({ query: Paging.topOf(options) }), call)
  })

/**
 * The artists a person listens to most, the most first. Scope: `user-top-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topArtists = (options?: TopOptions): Paging.Items<Artist> => Page.items(topArtistsPages(options))

/**
 * The artists a person follows, as pages. See `followedArtists`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-followed
 * @category operations
 * @since 0.1.0
 */
export const followedArtistsPages = (options?: PageOptions): Paging.Pages<Artist> =>
  Paging.pages({
    operation: "profile.followedArtists",
    path: "/me/following",
    from: options?.from,
    fetch: (call) =>
      SpotifyClient.call(
        ProfileApi,
        (profile) => profile.followedArtists({ query: { type: "artist", ...Paging.limitOf(options) } }),
        call
      ).pipe(Effect.map(({ artists }) => artists))
  })

/**
 * The artists a person follows. Scope: `user-follow-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-followed
 * @category operations
 * @since 0.1.0
 */
export const followedArtists = (options?: PageOptions): Paging.Items<Artist> =>
  Page.items(followedArtistsPages(options))

// =============================================================================
// Following
// =============================================================================

/**
 * Follows artists, people and playlists, given as URIs or links: a bare id does not tell which it is. Scopes:
 * `user-follow-modify`; for playlists `playlist-modify-public`.
 *
 * **Example** (An artist and a person)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 *
 * const both = Profile.follow(["spotify:artist:0gxyHStUsqpMadRV0Di1Qt", "https://open.spotify.com/user/some.one"])
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const follow: (uris: ReadonlyArray<string>) => SpotifyClient.CallEffect<void> = Effect.fn("Profile.follow")(
  (uris) => Effect.flatMap(followable(uris), Library.save)
)

/**
 * Stops following. See `follow`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const unfollow: (uris: ReadonlyArray<string>) => SpotifyClient.CallEffect<void> = Effect.fn("Profile.unfollow")(
  (uris) => Effect.flatMap(followable(uris), Library.remove)
)

/**
 * Whether the person follows each of these artists, people and playlists, in their order. Scopes: `user-follow-read`; for
 * playlists `playlist-read-private`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const isFollowing: (uris: ReadonlyArray<string>) => SpotifyClient.CallEffect<ReadonlyArray<boolean>> = Effect.fn(
  "Profile.isFollowing"
)(
  (uris) => Effect.flatMap(followable(uris), Library.contains)
)

/** A track is saved, not followed: whoever mixes them up should hear of it. */
const followable = (uris: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, SpotifyError> =>
  Effect.forEach(
    uris,
    (uri) =>
      Effect.flatMap(Effect.fromResult(Ids.parse(uri)), ({ kind }) =>
        kind === "artist" || kind === "user" || kind === "playlist"
          ? Effect.succeed(uri)
          : Effect.fail(
            new SpotifyError({ reason: new InvalidArgument({ argument: "uri", issue: `nobody can follow a ${kind}` }) })
          ))
  )
