/**
 * How many follow a person or an artist.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, model, number } from "./internal/ModelSchema.ts"

/**
 * Their number; who they are is not told.
 *
 * @category models
 * @since 0.1.0
 */
export class Followers extends Schema.Opaque<Followers>()(model({
  /** Absent where Spotify did not count, as it has been in lists of artists. */
  total: absentOrNull(number),
  /** Absent: Spotify keeps the field for a list that it does not serve. */
  href: absentOrNull(Schema.String)
})) {}
