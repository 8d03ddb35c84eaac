/**
 * Models of albums.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { AlbumId } from "../Ids.ts"
import { ExternalIds } from "./ExternalIds.ts"
import { absentOrNull, emptyIfAbsent, list, number } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"
import { type AlbumBase, fields, keys } from "./internal/SimplifiedAlbum.ts"
import { dateTime } from "./internal/Time.ts"
import { OffsetPage } from "./Page.ts"
import { SimplifiedTrack } from "./Track.ts"

// =============================================================================
// Album of a track
// =============================================================================

export { type AlbumBase, SimplifiedAlbum } from "./internal/SimplifiedAlbum.ts"

// =============================================================================
// Album
// =============================================================================

/**
 * A copyright statement of an album.
 *
 * @category models
 * @since 0.1.0
 */
export interface Copyright {
  /** Text of the statement, as printed on the album. */
  readonly text: string
  /** `"C"`: copyright of the whole. `"P"`: copyright of the sound recording. Absent where Spotify does not say. */
  readonly type?: string
}

/**
 * Schema of {@link Copyright}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Copyright = modelOf<Copyright>()({
  text: Schema.String,
  type: absentOrNull(Schema.String)
})

/**
 * An album, in either quota mode.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-album
 * @category models
 * @since 0.1.0
 */
export interface Album extends AlbumBase {
  /** Spotify id. */
  readonly id: AlbumId
  /** Spotify URI, `spotify:album:<id>`. */
  readonly uri: string
  /** First page of the album's tracks; its `next` leads to the others. Absent where Spotify leaves it out. */
  readonly tracks?: OffsetPage<SimplifiedTrack>
  /** Copyright statements. Empty where Spotify leaves them out. */
  readonly copyrights: ReadonlyArray<Copyright>
  /** Identifiers outside Spotify. An object without fields where Spotify leaves them out. */
  readonly externalIds: ExternalIds
  /** Always empty so far: Spotify classifies artists, not albums. */
  readonly genres: ReadonlyArray<string>
  /** Name of the label. Absent in Development Mode. */
  readonly label?: string
  /** From 0 to 100. Absent in Development Mode, which does not mean 0. */
  readonly popularity?: number
}

/**
 * Schema of {@link Album}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Album = modelOf<Album>()({
  ...fields,
  id: AlbumId,
  uri: Schema.String,
  tracks: absentOrNull(OffsetPage(SimplifiedTrack)),
  copyrights: list(Copyright),
  externalIds: emptyIfAbsent(ExternalIds),
  genres: list(Schema.String),
  label: absentOrNull(Schema.String),
  popularity: absentOrNull(number)
}, { ...keys, externalIds: "external_ids" })

// =============================================================================
// Saved album
// =============================================================================

/**
 * An album in a user's library, and when it was saved.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-albums
 * @category models
 * @since 0.1.0
 */
export interface SavedAlbum {
  /** Instant at which the album was saved. */
  readonly addedAt: DateTime.Utc
  /** The album. */
  readonly album: Album
}

/**
 * Schema of {@link SavedAlbum}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SavedAlbum = modelOf<SavedAlbum>()({
  addedAt: dateTime,
  album: Album
}, { addedAt: "added_at" })
