/**
 * The model of an image.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, number } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"

/**
 * An image of an album, an artist or a user in one size.
 *
 * **Details**
 *
 * Models list images with the widest first, without those that have no URL.
 *
 * @category models
 * @since 0.1.0
 */
export interface Image {
  /** URL of the image; never empty. */
  readonly url: string
  /** Height in pixels. Absent when Spotify does not know it. */
  readonly height?: number
  /** Width in pixels. Absent when Spotify does not know it. */
  readonly width?: number
}

/**
 * Schema of {@link Image}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Image = modelOf<Image>()({
  url: Schema.NonEmptyString,
  height: absentOrNull(number),
  width: absentOrNull(number)
})
