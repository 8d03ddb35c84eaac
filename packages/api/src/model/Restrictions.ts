/**
 * The model of restrictions on playback.
 */
import * as Schema from "effect/Schema"

/**
 * The reason for which a track or an album cannot be played.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/track-relinking
 * @category models
 * @since 0.1.0
 */
export interface Restrictions {
  /**
   * `"market"` (not available in the market), `"product"` (not available to the user's subscription) or `"explicit"` (the
   * user's account plays no explicit content); never empty. Spotify may add reasons: treat an unknown one as "not playable".
   */
  readonly reason: string
}

/**
 * Schema of {@link Restrictions}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Restrictions: Schema.Codec<Restrictions> = Schema.Struct({
  reason: Schema.NonEmptyString
})
