/** How Spotify writes what is not there, and what models make of it. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

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

/** Texts by name, such as links and external ids; `{}` when left out. */
export const texts = Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.String))).pipe(
  Schema.decodeTo(Schema.Record(Schema.String, Schema.String), {
    decode: SchemaGetter.transformOptional((record: Option.Option<Readonly<Record<string, string>> | null>) =>
      Option.some(Option.getOrNull(record) ?? {})
    ),
    encode: SchemaGetter.passthroughSubtype()
  })
)

const WholeMillis = Schema.Duration.check(
  Schema.makeFilter((duration) => {
    const millis = Duration.toMillis(duration)
    return Number.isSafeInteger(millis) && Duration.equals(duration, Duration.millis(millis))
  }, {
    expected: "a finite duration in whole milliseconds"
  })
)

/** Milliseconds. Local files have had them wrapped in an object. */
export const millis = Schema.Union([Schema.Int, Schema.Struct({ totalMilliseconds: Schema.Int })]).pipe(
  Schema.decodeTo(WholeMillis, {
    decode: SchemaGetter.transform((value) =>
      Duration.millis(typeof value === "number" ? value : value.totalMilliseconds)
    ),
    encode: SchemaGetter.transform((duration) => Duration.toMillis(duration))
  })
)
