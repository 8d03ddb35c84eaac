/**
 * Links to pages about something.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, model } from "./internal/ModelSchema.ts"

/**
 * Where people find it.
 *
 * @category models
 * @since 0.1.0
 */
export class ExternalUrls extends Schema.Opaque<ExternalUrls>()(model({
  /** Opens Spotify's app or web player. Absent for local files. */
  spotify: absentOrNull(Schema.String)
})) {}
