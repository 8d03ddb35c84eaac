/**
 * The model of identifiers that are used outside Spotify.
 */
import * as Schema from "effect/Schema"
import { absentOrNull } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"

/**
 * The identifiers by which a recording or a release is known outside Spotify.
 *
 * **Details**
 *
 * Tracks have an ISRC; albums have a UPC or an EAN.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExternalIds {
  /** International Standard Recording Code of a recording. Absent when Spotify does not send one. */
  readonly isrc?: string
  /** International Article Number (EAN) of a release. Absent when Spotify does not send one. */
  readonly ean?: string
  /** Universal Product Code of a release. Absent when Spotify does not send one. */
  readonly upc?: string
}

/**
 * Schema of {@link ExternalIds}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExternalIds = modelOf<ExternalIds>()({
  isrc: absentOrNull(Schema.String),
  ean: absentOrNull(Schema.String),
  upc: absentOrNull(Schema.String)
})
