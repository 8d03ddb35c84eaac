/**
 * Durations as people write them in JSON.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const FromSeconds = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transform({ decode: Duration.seconds, encode: Duration.toSeconds })
  )
)

/**
 * Schema of a duration in the sandbox's JSON: a number of seconds, or a text with its unit such as `"250 millis"`.
 *
 * **Details**
 *
 * Seconds are the unit of `expires_in` (RFC 6749 §5.1) and of `Retry-After` (RFC 9110 §10.2.3).
 */
export const DurationFromJson = Schema.Union([FromSeconds, Schema.DurationFromString])
