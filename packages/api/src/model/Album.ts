/**
 * Albums: by themselves, and as tracks name them.
 */
import * as Schema from "effect/Schema"
import { AlbumId } from "../Ids.ts"
import { ExternalIds } from "./ExternalIds.ts"
import { absentOrNull, list, model, number, orEmpty } from "./internal/ModelSchema.ts"
import * as SimplifiedAlbum_ from "./internal/SimplifiedAlbum.ts"
import { OffsetPage } from "./Page.ts"
import { SimplifiedTrack } from "./Track.ts"

// =============================================================================
// Model
// =============================================================================

export { SimplifiedAlbum } from "./internal/SimplifiedAlbum.ts"

/**
 * Whose work an album is, as printed on it.
 *
 * @category models
 * @since 0.1.0
 */
export class Copyright extends Schema.Opaque<Copyright>()(model({
  text: Schema.String,
  /** `"C"`: of the whole. `"P"`: of the sound recording. */
  type: absentOrNull(Schema.String)
})) {}

/**
 * An album, in either quota mode. What an answer leaves out is absent.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-album
 * @category models
 * @since 0.1.0
 */
export class Album extends Schema.Opaque<Album>()(
  model({
    ...SimplifiedAlbum_.fields,
    id: AlbumId,
    uri: Schema.String,
    /** The first of them; `next` leads to the others. */
    tracks: absentOrNull(OffsetPage(SimplifiedTrack)),
    copyrights: list(Copyright),
    externalIds: orEmpty(ExternalIds),
    /** Always empty so far: Spotify classifies artists. */
    genres: list(Schema.String),
    /** Absent in Development Mode. */
    label: absentOrNull(Schema.String),
    /** From 0 to 100. Absent in Development Mode, which is not the same as 0. */
    popularity: absentOrNull(number)
  }, { ...SimplifiedAlbum_.keys, externalIds: "external_ids" })
) {}
