/**
 * The contract of a person's library.
 *
 * **Details**
 *
 * It holds whatever can be saved or followed, by URI. In February 2026 it took the place of operations on each kind of thing,
 * in both quota modes.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 */
import * as Schema from "effect/Schema"
import { LibraryUri } from "../Ids.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"
import * as Query from "./internal/Query.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * The number of URIs that a request accepts.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category constants
 * @since 0.1.0
 */
export const maxUris = 40

// Spotify reads the URIs from the query alone: a body is answered with 400.
const uris = Query.commaSeparated(LibraryUri, maxUris)

/**
 * Saves or follows by URI.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const save = Endpoint.put("save", "/me/library", {
  query: { uris },
  success: Endpoint.Empty
})
  .annotate(Annotations.Reference, "save-library-items")
  .annotate(Annotations.Scopes, {
    required: [["user-library-modify", "user-follow-modify", "playlist-modify-public"]],
    optional: []
  })

/**
 * Removes or unfollows by URI.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const remove = Endpoint.delete("remove", "/me/library", {
  query: { uris },
  success: Endpoint.Empty
})
  .annotate(Annotations.Reference, "remove-library-items")
  .annotate(Annotations.Scopes, {
    required: [["user-library-modify", "user-follow-modify", "playlist-modify-public"]],
    optional: []
  })

/**
 * Reports whether URIs are saved or followed.
 *
 * **Details**
 *
 * There is one row for each URI, in their order.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const contains = Endpoint.get("contains", "/me/library/contains", {
  query: { uris },
  success: Schema.Array(Schema.Boolean)
})
  .annotate(Annotations.Reference, "check-library-contains")
  .annotate(Annotations.Scopes, {
    required: [["user-library-read", "user-follow-read", "playlist-read-private"]],
    optional: []
  })

// =============================================================================
// Group
// =============================================================================

/**
 * The operations on a person's library.
 *
 * @category groups
 * @since 0.1.0
 */
export const LibraryApi = EndpointGroup.make("library", { save, remove, contains })
