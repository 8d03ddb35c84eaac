/**
 * Operations on people: the profile of the one who signed in and of others, what a person listens to, and whom they follow.
 *
 * **Example** (The name of the person who signed in)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 * import * as Effect from "effect/Effect"
 *
 * const name = Profile.me.pipe(Effect.map(({ displayName, id }) => displayName ?? id))
 * ```
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Query from "./contract/internal/Query.ts"
import { CurrentUserApi, ProfileApi } from "./contract/ProfileApi.ts"
import * as Ids from "./Ids.ts"
import * as Operation from "./internal/call/Operation.ts"
import { requireExtendedQuotaMode } from "./internal/call/QuotaGuard.ts"
import * as LibraryItems from "./internal/list/LibraryItems.ts"
import * as PagedList from "./internal/list/PagedList.ts"
import type { Artist } from "./model/Artist.ts"
import type { PageOptions } from "./model/Page.ts"
import type { TimeRange } from "./model/TimeRange.ts"
import type { Track } from "./model/Track.ts"
import type { CurrentUser, PublicUser } from "./model/User.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"
import { InvalidArgument, SpotifyError } from "./SpotifyError.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The options of what a person listens to most.
 *
 * @category models
 * @since 0.1.0
 */
export interface TopOptions extends PageOptions {
  /** Period whose listening counts. Default: `"medium_term"`, six months. */
  readonly timeRange?: TimeRange | undefined
}

// =============================================================================
// Looking up
// =============================================================================

/**
 * The profile of the person who signed in.
 *
 * **Details**
 *
 * Calls at the same time make one request. Works without a scope; `user-read-private` adds `country`, `explicitContent` and
 * `product`, and `user-read-email` adds `email`, outside Development Mode.
 *
 * **Gotchas**
 *
 * Fails with `Forbidden` or `Unauthorized` for the program's own token, which stands for nobody.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category operations
 * @since 0.1.0
 */
export const me: Effect.Effect<CurrentUser, SpotifyClient.Failure, SpotifyClient.SpotifyClient> = SpotifyClient
  .SpotifyClient.use((client) =>
    client.coalesce(Operation.nameOf(CurrentUserApi, "me"), client.call(CurrentUserApi, (profile) => profile.me({})))
  )

/**
 * Looks up what a person shows to everyone.
 *
 * **Details**
 *
 * `id` is a person's id, which may hold nearly anything, or a URI or link of theirs. Not served in Development Mode, where
 * only the person who signed in can be looked up: see `me`. Needs no scope. Fails with `NotFound` for an id that is nobody's.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-profile
 * @category operations
 * @since 0.1.0
 */
export const user: (
  id: string
) => Effect.Effect<PublicUser, SpotifyClient.Failure, SpotifyClient.SpotifyClient | ExtendedQuotaMode> = Effect
  .fnUntraced(
    function*(id) {
      const user_id = yield* Effect.fromResult(Ids.User.parse(id))
      return yield* SpotifyClient.call(ProfileApi, (profile) => profile.user({ params: { user_id } }))
    },
    requireExtendedQuotaMode
  )

// =============================================================================
// Listening
// =============================================================================

const topOf = (options: TopOptions | undefined) =>
  Query.defined({ limit: options?.pageSize ?? 50, time_range: options?.timeRange })

/**
 * Lists the tracks the person listens to most, the most first.
 *
 * **Details**
 *
 * Scope: `user-top-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topTracks = (options?: TopOptions): SpotifyClient.PagedStream<Track> =>
  PagedList.make(ProfileApi, "topTracks", {
    from: options?.from,
    fetch: (topTracks) => topTracks({ query: topOf(options) })
  })

/**
 * Lists the artists the person listens to most, the most first.
 *
 * **Details**
 *
 * Scope: `user-top-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
 * @category operations
 * @since 0.1.0
 */
export const topArtists = (options?: TopOptions): SpotifyClient.PagedStream<Artist> =>
  PagedList.make(ProfileApi, "topArtists", {
    from: options?.from,
    fetch: (topArtists) => topArtists({ query: topOf(options) })
  })

// =============================================================================
// Following
// =============================================================================

/** A track is saved, not followed: whoever mixes them up is told so. */
const followable: LibraryItems.Read = (item) =>
  Result.flatMap(Ids.parse(item), ({ kind }) =>
    kind === "artist" || kind === "user" || kind === "playlist"
      ? Ids.libraryUri(item)
      : Result.fail(
        new SpotifyError({ reason: new InvalidArgument({ argument: "uri", issue: `nobody can follow a ${kind}` }) })
      ))

/**
 * Lists the artists the person follows.
 *
 * **Details**
 *
 * Scope: `user-follow-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-followed
 * @category operations
 * @since 0.1.0
 */
export const followedArtists = (options?: PageOptions): SpotifyClient.PagedStream<Artist> =>
  PagedList.make(ProfileApi, "followedArtists", {
    from: options?.from,
    fetch: (followedArtists) =>
      Effect.map(
        followedArtists({ query: { type: "artist", limit: options?.pageSize ?? 50 } }),
        ({ artists }) => artists
      )
  })

/**
 * Follows artists, people and playlists.
 *
 * **Details**
 *
 * They are given as URIs or links, since a bare id does not tell which it is. See `Library.save`. Scopes:
 * `user-follow-modify`; for playlists `playlist-modify-public`.
 *
 * **Example** (An artist and a person)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 *
 * const both = Profile.follow(["spotify:artist:2S5hlvw4CMtMGswFtfdK15", "https://open.spotify.com/user/sandy.box"])
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const follow = (
  uris: ReadonlyArray<string>
): Effect.Effect<void, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => LibraryItems.save(followable, uris)

/**
 * Stops following artists, people and playlists.
 *
 * **Details**
 *
 * See `follow` for what is accepted, and for scopes.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const unfollow = (
  uris: ReadonlyArray<string>
): Effect.Effect<void, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => LibraryItems.remove(followable, uris)

/**
 * Reports for each artist, person or playlist whether the person follows it, in their order.
 *
 * **Details**
 *
 * See `Library.contains`. Scopes: `user-follow-read`; for playlists `playlist-read-private`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const isFollowing = (
  uris: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<boolean>, SpotifyClient.Failure, SpotifyClient.SpotifyClient> =>
  LibraryItems.contains(followable, uris)
