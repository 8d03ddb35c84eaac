/**
 * The contract of albums.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 */
import * as Schema from "effect/Schema"
import * as Ids from "../Ids.ts"
import { Album, SavedAlbum } from "../model/Album.ts"
import { model } from "../model/internal/ModelSchema.ts"
import { rowsByPosition } from "../model/internal/Rows.ts"
import { Market } from "../model/Market.ts"
import { OffsetPage } from "../model/Page.ts"
import { SimplifiedTrack } from "../model/Track.ts"
import * as Annotations from "./Annotations.ts"
import * as Endpoint from "./Endpoint.ts"
import * as EndpointGroup from "./EndpointGroup.ts"
import * as Query from "./internal/Query.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * The number of ids that `getMany` accepts.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-multiple-albums
 * @category constants
 * @since 0.1.0
 */
export const maxIds = 20

/**
 * Looks up an album, with the first of its tracks.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-album
 * @category operations
 * @since 0.1.0
 */
export const get = Endpoint.get("get", "/albums/:id", {
  params: { id: Ids.Album.schema },
  query: { market: Schema.optionalKey(Market) },
  success: Album
})
  .annotate(Annotations.Reference, "get-an-album")

/**
 * Looks up several albums.
 *
 * **Details**
 *
 * They come in the order of their ids: null for an id that is nobody's, undefined for an album that cannot be read.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-multiple-albums
 * @category operations
 * @since 0.1.0
 */
export const getMany = Endpoint.get("getMany", "/albums", {
  query: { ids: Query.commaSeparated(Ids.Album.schema, maxIds), market: Schema.optionalKey(Market) },
  success: model({ albums: rowsByPosition(Album) })
})
  .annotate(Annotations.Reference, "get-multiple-albums")
  .annotate(Annotations.Audience, "extended")
  .annotate(Annotations.Alternative, "Use Albums.getMany, which asks for them one by one, or Albums.get.")

/**
 * Lists the person's saved albums.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-albums
 * @category operations
 * @since 0.1.0
 */
export const saved = Endpoint.get("saved", "/me/albums", {
  query: { market: Schema.optionalKey(Market), ...Query.paging },
  success: OffsetPage(SavedAlbum)
})
  .annotate(Annotations.Reference, "get-users-saved-albums")
  .annotate(Annotations.Scopes, {
    required: [["user-library-read"]],
    optional: []
  })

/**
 * Lists the tracks of an album.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category operations
 * @since 0.1.0
 */
export const tracks = Endpoint.get("tracks", "/albums/:id/tracks", {
  params: { id: Ids.Album.schema },
  query: { market: Schema.optionalKey(Market), ...Query.paging },
  success: OffsetPage(SimplifiedTrack)
})
  .annotate(Annotations.Reference, "get-an-albums-tracks")

// =============================================================================
// Groups
// =============================================================================

/**
 * The look-ups of albums alone: a bundle of a program that makes no other call has nothing of the rest.
 *
 * @category groups
 * @since 0.1.0
 */
export const AlbumLookups = EndpointGroup.make("albums", { get, getMany })

/**
 * The operations on albums.
 *
 * @category groups
 * @since 0.1.0
 */
export const AlbumsApi = EndpointGroup.make("albums", { get, getMany, saved, tracks })
