/**
 * The contract of tracks.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 */
import * as Schema from "effect/Schema"
import * as Ids from "../Ids.ts"
import { model } from "../model/internal/ModelSchema.ts"
import { rowsByPosition } from "../model/internal/Rows.ts"
import { Market } from "../model/Market.ts"
import { OffsetPage } from "../model/Page.ts"
import { SavedTrack, Track } from "../model/Track.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"
import * as Query from "./internal/Query.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * The number of tracks that `getMany` and `saveAt` accept.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-tracks
 * @category constants
 * @since 0.1.0
 */
export const maxIds = 50

/**
 * Looks up a track.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category operations
 * @since 0.1.0
 */
export const get = Endpoint.get("get", "/tracks/:id", {
  params: { id: Ids.Track.schema },
  query: { market: Schema.optionalKey(Market) },
  success: Track
})
  .annotate(Annotations.Reference, "get-track")

/**
 * Looks up several tracks.
 *
 * **Details**
 *
 * They come in the order of their ids: null for an id that is nobody's, undefined for a track that cannot be read.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-tracks
 * @category operations
 * @since 0.1.0
 */
export const getMany = Endpoint.get("getMany", "/tracks", {
  query: { ids: Query.commaSeparated(Ids.Track.schema, maxIds), market: Schema.optionalKey(Market) },
  success: model({ tracks: rowsByPosition(Track) })
})
  .annotate(Annotations.Reference, "get-several-tracks")
  .annotate(Annotations.Audience, "extended")
  .annotate(Annotations.Alternative, "Use Tracks.getMany, which asks for them one by one, or Tracks.get.")

/**
 * Lists the person's saved tracks.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-tracks
 * @category operations
 * @since 0.1.0
 */
export const saved = Endpoint.get("saved", "/me/tracks", {
  query: { market: Schema.optionalKey(Market), ...Query.paging },
  success: OffsetPage(SavedTrack)
})
  .annotate(Annotations.Reference, "get-users-saved-tracks")
  .annotate(Annotations.Scopes, {
    required: [["user-library-read"]],
    optional: []
  })

/**
 * Saves tracks as of other times, which decide their order in the library.
 *
 * **Details**
 *
 * It is the one thing that `LibraryApi.save` cannot do.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-tracks-user
 * @category operations
 * @since 0.1.0
 */
export const saveAt = Endpoint.put("saveAt", "/me/tracks", {
  payload: Schema.Struct({
    timestampedIds: Schema.Array(
      Schema.Struct({ id: Ids.Track.schema, addedAt: Schema.DateTimeUtcFromString }).pipe(
        Schema.encodeKeys({ addedAt: "added_at" })
      )
    ).check(Schema.isMinLength(1), Schema.isMaxLength(maxIds))
  }).pipe(Schema.encodeKeys({ timestampedIds: "timestamped_ids" })),
  success: Endpoint.Empty
})
  .annotate(Annotations.Reference, "save-tracks-user")
  .annotate(Annotations.Scopes, {
    required: [["user-library-modify"]],
    optional: []
  })
  .annotate(Annotations.Audience, "extended")
  .annotate(Annotations.Alternative, "Use Tracks.save without addedAt: it saves them as of now.")

// =============================================================================
// Groups
// =============================================================================

/**
 * The look-ups of tracks alone: a bundle of a program that makes no other call has nothing of the rest.
 *
 * @category groups
 * @since 0.1.0
 */
export const TrackLookups = EndpointGroup.make("tracks", { get, getMany })

/**
 * The operations on tracks.
 *
 * @category groups
 * @since 0.1.0
 */
export const TracksApi = EndpointGroup.make("tracks", { get, getMany, saved, saveAt })
