/**
 * Why something cannot be played.
 */
import * as Schema from "effect/Schema"

/**
 * Present on what cannot be played where the listener is.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/track-relinking
 * @category models
 * @since 0.1.0
 */
export class Restrictions extends Schema.Opaque<Restrictions>()(Schema.Struct({
  /** `"market"`, `"product"` or `"explicit"`; Spotify adds to them, so treat an unknown one as "not playable". */
  reason: Schema.NonEmptyString
})) {}
