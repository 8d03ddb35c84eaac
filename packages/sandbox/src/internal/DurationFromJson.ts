/**
 * Durations as people write them in JSON: a number of seconds, the unit of `expires_in` (RFC 6749 §5.1) and
 * `Retry-After` (RFC 9110 §10.2.3), or a text such as `"250 millis"`.
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
 * Schema of a duration in the sandbox's JSON: seconds as a number, or a text with its unit.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DurationFromJson = Schema.Union([FromSeconds, Schema.DurationFromString])
