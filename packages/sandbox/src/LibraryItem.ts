/**
 * The items that a person's library is given before a test.
 */
import * as Schema from "effect/Schema"

// =============================================================================
// Model
// =============================================================================

/**
 * Schema for a {@link LibraryItem} in JSON, such as `"spotify:track:11dFghVXANMlKmJXsNCbNl"`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FromJson = Schema.Union([
  Schema.NonEmptyString,
  Schema.Struct({ uri: Schema.NonEmptyString, addedAt: Schema.DateTimeUtcFromString })
])

/**
 * An item of a library: a URI, the id of a track, or a URI with the time when it was added.
 *
 * **Details**
 *
 * Tracks, albums and artists must be in the `Catalogue`. Without a time, an item counts as added when the library is set.
 *
 * @category models
 * @since 0.1.0
 */
export type LibraryItem = typeof FromJson.Type
