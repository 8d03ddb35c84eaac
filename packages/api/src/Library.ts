/**
 * A person's library: what they have saved and whom they follow, of any kind, by URI or link.
 *
 * Spotify takes 40 at a time; longer lists are sent in parts, one after the other, so that what is saved keeps its order.
 * Saving or removing twice does no more than once: after a failure, send the whole list again.
 *
 * **Example** (An album and its artist)
 *
 * ```ts
 * import * as Library from "@app/api/Library"
 *
 * const both = Library.save([
 *   "https://open.spotify.com/album/6eUW0wxWtzkFdaEFsTJto6",
 *   "spotify:artist:0gxyHStUsqpMadRV0Di1Qt"
 * ])
 * ```
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import { LibraryApi } from "./contract/LibraryApi.ts"
import * as Ids from "./Ids.ts"
import * as AuthorizationBinding from "./internal/call/AuthorizationBinding.ts"
import * as Exactly from "./internal/list/Exactly.ts"
import * as SpotifyClient from "./SpotifyClient.ts"
import type { SpotifyError } from "./SpotifyError.ts"

/** How many URIs one request may hold. */
const chunkSize = 40

const parse = (uris: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Ids.LibraryUri>, SpotifyError> =>
  Effect.forEach(uris, (uri) => Effect.fromResult(Ids.libraryUri(uri)))

/**
 * Adds to the library, or follows: tracks, albums, episodes, shows, audiobooks, artists, people and playlists. What cannot
 * be read fails with `InvalidArgument` before anything is sent.
 *
 * Scopes: `user-library-modify`; for artists and people `user-follow-modify`; for playlists `playlist-modify-public`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const save: (
  uris: ReadonlyArray<string>
) => Effect.Effect<void, SpotifyError | AuthError, SpotifyClient.SpotifyClient> = Effect.fn("Library.save")(
  function*(uris) {
    for (const chunk of Array.chunksOf(yield* parse(uris), chunkSize)) {
      yield* SpotifyClient.call(LibraryApi, (library) => library.save({ query: { uris: chunk } }))
    }
  },
  AuthorizationBinding.together
)

/**
 * Takes out of the library, or unfollows. See `save` for kinds and scopes.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const remove: (
  uris: ReadonlyArray<string>
) => Effect.Effect<void, SpotifyError | AuthError, SpotifyClient.SpotifyClient> = Effect.fn("Library.remove")(
  function*(uris) {
    for (const chunk of Array.chunksOf(yield* parse(uris), chunkSize)) {
      yield* SpotifyClient.call(LibraryApi, (library) => library.remove({ query: { uris: chunk } }))
    }
  },
  AuthorizationBinding.together
)

/**
 * Whether each is in the library, or followed: one answer for each URI, in their order.
 *
 * Scopes: `user-library-read`; for artists and people `user-follow-read`; for playlists `playlist-read-private`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const contains: (
  uris: ReadonlyArray<string>
) => Effect.Effect<ReadonlyArray<boolean>, SpotifyError | AuthError, SpotifyClient.SpotifyClient> = Effect.fn(
  "Library.contains"
)(
  function*(uris) {
    const chunks = Array.chunksOf(yield* parse(uris), chunkSize)
    const answers = yield* Effect.forEach(
      chunks,
      (chunk) =>
        SpotifyClient.call(LibraryApi, (library) => library.contains({ query: { uris: chunk } })).pipe(
          Effect.flatMap((answers) => Exactly.of("library.contains", "", chunk.length, answers))
        ),
      { concurrency: 4 }
    )
    return answers.flat()
  },
  AuthorizationBinding.together
)
