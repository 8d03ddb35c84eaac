/** How Spotify writes what is not there, and what models make of it. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** A field that is left out or null when there is nothing to say. In the model it is absent. */
export const absentOrNull = <S extends Schema.Constraint>(schema: S) =>
  Schema.optionalKey(Schema.NullOr(Schema.toEncoded(schema))).pipe(
    Schema.decodeTo(Schema.optionalKey(schema), {
      decode: SchemaGetter.transformOptional(Option.filter((value): value is S["Encoded"] => value !== null)),
      encode: SchemaGetter.passthroughSubtype()
    })
  )

/** A list that is left out or null when it is empty. In the model it is there. */
export const list = <S extends Schema.Constraint>(item: S) =>
  Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.toEncoded(item)))).pipe(
    Schema.decodeTo(Schema.Array(item), {
      decode: SchemaGetter.transformOptional((items: Option.Option<ReadonlyArray<S["Encoded"]> | null>) =>
        Option.some(Option.getOrNull(items) ?? [])
      ),
      encode: SchemaGetter.passthroughSubtype()
    })
  )

/** The rows of a page. One that Spotify withholds is null; in the model it is left out. */
export const rows = <S extends Schema.Constraint>(item: S) =>
  Schema.Array(Schema.NullOr(Schema.toEncoded(item))).pipe(
    Schema.decodeTo(Schema.Array(item), {
      decode: SchemaGetter.transform((items: ReadonlyArray<S["Encoded"] | null>) =>
        items.filter((row): row is S["Encoded"] => row !== null)
      ),
      encode: SchemaGetter.passthroughSubtype()
    })
  )

/** Texts by name, such as links and external ids; `{}` when left out. */
export const texts = Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.String))).pipe(
  Schema.decodeTo(Schema.Record(Schema.String, Schema.String), {
    decode: SchemaGetter.transformOptional((record: Option.Option<Readonly<Record<string, string>> | null>) =>
      Option.some(Option.getOrNull(record) ?? {})
    ),
    encode: SchemaGetter.passthroughSubtype()
  })
)

/** Durations that a whole number of units can tell. */
const durationIn = (unit: "milliseconds" | "nanoseconds") => {
  const nanosPerUnit = unit === "milliseconds" ? 1_000_000n : 1n
  const longest = BigInt(Number.MAX_SAFE_INTEGER)
  return Schema.Duration.annotate({
    toCodecArbitrary: () =>
      Schema.link<Duration.Duration>()(Schema.Natural, {
        decode: SchemaGetter.transform((units) => Duration.nanos(BigInt(units) * nanosPerUnit)),
        encode: SchemaGetter.transform((duration) => Number(Duration.toNanosUnsafe(duration) / nanosPerUnit))
      })
  }).check(
    Schema.makeFilter((duration) => {
      if (!Duration.isFinite(duration) || Duration.isNegative(duration)) return false
      const nanos = Duration.toNanosUnsafe(duration)
      return nanos % nanosPerUnit === 0n && nanos / nanosPerUnit <= longest
    }, {
      expected: `a duration in whole ${unit}`
    })
  )
}

/** Milliseconds. Local files have had them wrapped in an object. */
export const millis = Schema.Union([Schema.Natural, Schema.Struct({ totalMilliseconds: Schema.Natural })]).pipe(
  Schema.decodeTo(durationIn("milliseconds"), {
    decode: SchemaGetter.transform((value) =>
      Duration.millis(typeof value === "number" ? value : value.totalMilliseconds)
    ),
    encode: SchemaGetter.transform((duration) => Duration.toMillis(duration))
  })
)

/** Seconds with decimals. */
export const seconds = Schema.Finite.pipe(
  Schema.decodeTo(durationIn("nanoseconds"), {
    decode: SchemaGetter.transform((value) => Duration.nanos(BigInt(Math.round(value * 1e9)))),
    encode: SchemaGetter.transform((duration) => Number(Duration.toNanosUnsafe(duration)) / 1e9)
  })
)

/** An instant as text (RFC 3339). */
export const instant = Schema.String.check(
  Schema.isPattern(/^(\d|[+-]\d\d\d)\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, {
    expected: "a date and time"
  })
).pipe(Schema.decodeTo(Schema.DateTimeUtc, SchemaTransformation.dateTimeUtcFromString))

const EpochSeconds = Schema.Int.check(Schema.isBetween({ minimum: -8.64e12, maximum: 8.64e12 }))

const betweenSecondsAndInstant = {
  decode: SchemaGetter.transform((seconds: number) => DateTime.makeUnsafe(seconds * 1000)),
  encode: SchemaGetter.transform((instant: DateTime.Utc) => DateTime.toEpochMillis(instant) / 1000)
}

/** An instant in seconds since 1970. */
export const epochSeconds = EpochSeconds.pipe(
  Schema.decodeTo(
    Schema.DateTimeUtc.annotate({
      toCodecArbitrary: () => Schema.link<DateTime.Utc>()(EpochSeconds, betweenSecondsAndInstant)
    }),
    betweenSecondsAndInstant
  )
)
