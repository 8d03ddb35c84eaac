/**
 * Operations on a person's library: what they have saved and whom they follow, of any kind, by URI or link.
 *
 * **Details**
 *
 * Spotify takes 40 URIs at a time. Longer lists are sent in parts, one after the other, so that what is saved keeps its
 * order. Saving or removing twice does no more than once: after a failure, send the whole list again.
 *
 * **Example** (An album and its artist)
 *
 * ```ts
 * import * as Library from "@app/api/Library"
 *
 * const both = Library.save([
 *   "https://open.spotify.com/album/05aqnnpYVOvsX0SIzmIuxi",
 *   "spotify:artist:2S5hlvw4CMtMGswFtfdK15"
 * ])
 * ```
 */
import type * as Effect from "effect/Effect"
import * as Ids from "./Ids.ts"
import * as LibraryItems from "./internal/list/LibraryItems.ts"
import type * as SpotifyClient from "./SpotifyClient.ts"

/**
 * Saves tracks, albums, episodes, shows and audiobooks, and follows artists, people and playlists.
 *
 * **Details**
 *
 * A text that is no URI or link of these fails with `InvalidArgument` before anything is sent. Scopes:
 * `user-library-modify`; for artists and people `user-follow-modify`; for playlists `playlist-modify-public`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const save = (
  uris: ReadonlyArray<string>
): Effect.Effect<void, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => LibraryItems.save(Ids.libraryUri, uris)

/**
 * Removes things from the library, or unfollows them.
 *
 * **Details**
 *
 * See `save` for kinds and scopes.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const remove = (
  uris: ReadonlyArray<string>
): Effect.Effect<void, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => LibraryItems.remove(Ids.libraryUri, uris)

/**
 * Reports for each URI whether it is in the library, or followed, in their order.
 *
 * **Details**
 *
 * Scopes: `user-library-read`; for artists and people `user-follow-read`; for playlists `playlist-read-private`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const contains = (
  uris: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<boolean>, SpotifyClient.Failure, SpotifyClient.SpotifyClient> =>
  LibraryItems.contains(Ids.libraryUri, uris)
