/**
 * Identifiers that the rest of the world knows something by.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, model } from "./internal/ModelSchema.ts"

/**
 * Recordings have an ISRC, and releases a UPC or an EAN.
 *
 * @category models
 * @since 0.1.0
 */
export class ExternalIds extends Schema.Opaque<ExternalIds>()(model({
  /** International Standard Recording Code. */
  isrc: absentOrNull(Schema.String),
  /** International Article Number. */
  ean: absentOrNull(Schema.String),
  /** Universal Product Code. */
  upc: absentOrNull(Schema.String)
})) {}
