/**
 * A track of a person's library.
 */
import * as Schema from "effect/Schema"
import { instant, model } from "./internal/ModelSchema.ts"
import { Track } from "./Track.ts"

/**
 * A track that a person has saved.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-tracks
 * @category models
 * @since 0.1.0
 */
export class SavedTrack extends Schema.Opaque<SavedTrack>()(
  model({
    addedAt: instant,
    track: Track
  }, { addedAt: "added_at" })
) {}
