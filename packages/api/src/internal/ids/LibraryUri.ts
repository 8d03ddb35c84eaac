/**
 * URIs of what a library holds.
 *
 * **Details**
 *
 * A module of its own, so that a bundle without a library leaves out template literals (0.8 kB gzip).
 */
import * as Schema from "effect/Schema"

const libraryKinds = ["track", "album", "episode", "show", "audiobook", "artist", "user", "playlist"] as const

/**
 * Schema of {@link LibraryUri}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const LibraryUri = Schema.TemplateLiteral(["spotify:", Schema.Literals(libraryKinds), ":", Schema.String]).check(
  Schema.isPattern(/^spotify:[a-z]+:[^\s:,]+$/, { expected: "spotify:<kind>:<id>" })
)

/**
 * The URI of an object that can be saved in a library or followed.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category models
 * @since 0.1.0
 */
export type LibraryUri = typeof LibraryUri.Type

/** Reports whether a text is a {@link LibraryUri}. */
export const isLibraryUri = Schema.is(LibraryUri)
