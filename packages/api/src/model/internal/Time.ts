/**
 * Durations and instants as Spotify writes them.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { numberString, plain } from "./Field.ts"
import * as OnePass from "./OnePass.ts"

// =============================================================================
// Durations
// =============================================================================

const nanos = { milliseconds: 1e6, seconds: 1e9 }

type Unit = keyof typeof nanos

/** Converts to a duration, to the nanosecond. Whole milliseconds take the shorter way and stay exact at any length. */
const durationOf = (unit: Unit, units: number): Duration.Duration =>
  unit === "milliseconds" && Number.isInteger(units)
    ? Duration.millis(units)
    : Duration.nanos(BigInt(Math.round(units * nanos[unit])))

const unitsOf = (unit: Unit, duration: Duration.Duration): number =>
  unit === "milliseconds" ? Duration.toMillis(duration) : Number(Duration.toNanosUnsafe(duration)) / nanos[unit]

/** The longest durations of either sign that a number tells to the unit (milliseconds) or the nanosecond (seconds). */
const longest = { milliseconds: Number.MAX_SAFE_INTEGER, seconds: Number.MAX_SAFE_INTEGER / 1e9 }

/** Makes the schema of durations that a number of units can tell, samples of which are made from `whole` units. */
const durationIn = (unit: Unit, whole: Schema.Codec<number>) =>
  Schema.Duration.annotate({
    toCodecArbitrary: () =>
      Schema.link<Duration.Duration>()(whole, {
        decode: SchemaGetter.transform((units) =>
          unit === "seconds" ? Duration.nanos(BigInt(units)) : Duration.millis(units)
        ),
        encode: SchemaGetter.transform((duration) =>
          unit === "seconds" ? Number(Duration.toNanosUnsafe(duration)) : Duration.toMillis(duration)
        )
      })
  }).check(
    Schema.makeFilter((duration) => Duration.isFinite(duration) && Math.abs(unitsOf(unit, duration)) <= longest[unit], {
      expected: `a duration in ${unit}`
    })
  )

const Milliseconds = Schema.Finite.check(
  Schema.isGreaterThanOrEqualTo(0),
  Schema.isLessThanOrEqualTo(longest.milliseconds)
)

/**
 * The schema of a duration in milliseconds, zero or more.
 *
 * **Details**
 *
 * Local files in playlists have been sent with `{ "totalMilliseconds": … }` in place of the number.
 */
export const milliseconds = OnePass.shortcut(
  Schema.Union([
    Milliseconds,
    numberString(Milliseconds),
    Schema.Struct({ totalMilliseconds: Milliseconds })
  ]).pipe(
    Schema.decodeTo(
      durationIn("milliseconds", Schema.Natural).check(
        Schema.makeFilter((duration) => !Duration.isNegative(duration), { expected: "a duration that is not negative" })
      ),
      {
        decode: SchemaGetter.transform((value) =>
          durationOf("milliseconds", Number(typeof value === "object" ? value.totalMilliseconds : value))
        ),
        encode: SchemaGetter.transform((duration) => unitsOf("milliseconds", duration))
      }
    )
  ),
  (value) =>
    Number.isSafeInteger(value) && typeof value === "number" && value >= 0
      ? durationOf("milliseconds", value)
      : OnePass.invalid
)

const Seconds = Schema.Finite.check(Schema.isBetween({ minimum: -longest.seconds, maximum: longest.seconds }))

/**
 * The field of a duration in seconds with decimals, of either sign.
 *
 * **Details**
 *
 * Negative durations occur: an audio analysis can place an event just before the segment that it is measured from.
 */
export const seconds = plain(OnePass.shortcut(
  Schema.Union([Seconds, numberString(Seconds)]).pipe(
    Schema.decodeTo(durationIn("seconds", Schema.Int), {
      decode: SchemaGetter.transform((value) => durationOf("seconds", Number(value))),
      encode: SchemaGetter.transform((duration) => unitsOf("seconds", duration))
    })
  ),
  // Far below the longest duration, so that rounding cannot go beyond it.
  (value) => typeof value === "number" && Math.abs(value) < 1e6 ? durationOf("seconds", value) : OnePass.invalid
))

// =============================================================================
// Instants
// =============================================================================

/**
 * The schema of an instant as an RFC 3339 string, with or without seconds.
 *
 * **Details**
 *
 * A string without an offset is rejected, since it could be any of two dozen instants, and so is a day that its month does
 * not have.
 */
export const dateTime = Schema.String.check(
  Schema.isPattern(
    /^(\d|[+-]\d\d\d)\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,30})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i,
    { expected: "a date and time" }
  ),
  Schema.makeFilter((text: string) => isDay(text) && !Number.isNaN(Date.parse(text.toUpperCase())), {
    expected: "a day of the calendar"
  })
).pipe(Schema.decodeTo(Schema.DateTimeUtc, {
  decode: SchemaGetter.transform((text) => DateTime.makeUnsafe(text.toUpperCase())),
  encode: SchemaGetter.transform((instant) => DateTime.formatIso(instant))
}))

/**
 * Returns `true` when the month of a date has that day, which `Date.parse` does not check: it takes 30 February for 2 March.
 *
 * The calendar repeats every 400 years, and the years around 2000 are within the range of `Date`.
 */
const isDay = (text: string): boolean => {
  const [year = 0, month = 0, day = 0] = (/^([+-]?\d+)-(\d\d)-(\d\d)/.exec(text) ?? []).slice(1).map(Number)
  return new Date(Date.UTC(2000 + year % 400, month - 1, day)).getUTCDate() === day
}

const EpochSeconds = Schema.Finite.check(Schema.isBetween({ minimum: -8.64e12, maximum: 8.64e12 }))

const betweenSecondsAndInstant = {
  decode: SchemaGetter.transform((seconds: number) => DateTime.makeUnsafe(Math.round(seconds * 1000))),
  encode: SchemaGetter.transform((instant: DateTime.Utc) => DateTime.toEpochMillis(instant) / 1000)
}

/** The schema of an instant in seconds since 1970-01-01T00:00:00Z. */
export const epochSeconds = EpochSeconds.pipe(
  Schema.decodeTo(
    Schema.DateTimeUtc.annotate({
      toCodecArbitrary: () =>
        Schema.link<DateTime.Utc>()(
          Schema.Int.check(Schema.isBetween({ minimum: -8.64e12, maximum: 8.64e12 })),
          betweenSecondsAndInstant
        )
    }),
    betweenSecondsAndInstant
  )
)
