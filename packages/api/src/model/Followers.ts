/**
 * The model of a number of followers.
 */
import * as Schema from "effect/Schema"
import { absentOrNull, number } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"

/**
 * The number of followers of a user or an artist.
 *
 * @category models
 * @since 0.1.0
 */
export interface Followers {
  /** Number of followers. Absent where Spotify did not count them, as has been seen in lists of artists. */
  readonly total?: number
  /** Always absent so far: Spotify reserves the field for a list of followers that it does not serve. */
  readonly href?: string
}

/**
 * Schema of {@link Followers}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Followers = modelOf<Followers>()({
  total: absentOrNull(number),
  href: absentOrNull(Schema.String)
})
