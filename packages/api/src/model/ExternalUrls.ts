/**
 * The model of links to web pages about an object.
 */
import * as Schema from "effect/Schema"
import { absentOrNull } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"

/**
 * Links to web pages about an object.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExternalUrls {
  /** URL that opens the object in Spotify's app or web player. Absent for local files. */
  readonly spotify?: string
}

/**
 * Schema of {@link ExternalUrls}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExternalUrls = modelOf<ExternalUrls>()({
  spotify: absentOrNull(Schema.String)
})
