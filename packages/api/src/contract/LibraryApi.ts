/**
 * The contract of a person's library: whatever can be saved or followed, by URI. It took the place of an operation for each
 * kind of thing in February 2026, in both quota modes.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import { LibraryUri } from "../Ids.ts"
import * as Annotations from "./Annotations.ts"
import * as Query from "./internal/Query.ts"
import { SpotifyMiddleware } from "./SpotifyMiddleware.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * How many URIs one request may name.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const maxUris = 40

// Spotify reads the URIs from the query alone: a body is answered with 400.
const uris = Query.commaSeparated(LibraryUri, maxUris)

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const save = HttpApiEndpoint.put("save", "/me/library", {
  query: { uris },
  success: HttpApiSchema.Empty(200)
}).annotate(Annotations.Reference, "save-library-items").annotate(Annotations.Scopes, {
  required: [["user-library-modify", "user-follow-modify", "playlist-modify-public"]],
  optional: []
})

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const remove = HttpApiEndpoint.delete("remove", "/me/library", {
  query: { uris },
  success: HttpApiSchema.Empty(200)
}).annotate(Annotations.Reference, "remove-library-items").annotate(Annotations.Scopes, {
  required: [["user-library-modify", "user-follow-modify", "playlist-modify-public"]],
  optional: []
})

/**
 * Answers for each URI, in their order.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const contains = HttpApiEndpoint.get("contains", "/me/library/contains", {
  query: { uris },
  success: Schema.Array(Schema.Boolean)
}).annotate(Annotations.Reference, "check-library-contains").annotate(Annotations.Scopes, {
  required: [["user-library-read", "user-follow-read", "playlist-read-private"]],
  optional: []
})

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const LibraryApi = HttpApiGroup.make("library").add(save, remove, contains).middleware(SpotifyMiddleware)
