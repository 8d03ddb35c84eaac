/**
 * A picture of an album, an artist or a person.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, model, number } from "./internal/ModelSchema.ts"

/**
 * A picture in one of its sizes. Lists of them begin with the widest, and leave out those without an address.
 *
 * @category models
 * @since 0.1.0
 */
export class Image extends Schema.Opaque<Image>()(model({
  url: Schema.NonEmptyString,
  /** Pixels; absent when unknown. */
  height: absentOrNull(number),
  /** Pixels; absent when unknown. */
  width: absentOrNull(number)
})) {}
