/** How Spotify writes what models hold: names, what is not there, durations, instants. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaTransformation from "effect/SchemaTransformation"

// =============================================================================
// Fields
// =============================================================================

/** A field whose wire form has more than its schema says. */
export interface Field<Model extends Schema.Constraint, Wire extends Schema.Constraint> {
  readonly model: Model
  readonly wire: Wire
  /** What the model is made of; nothing for undefined. */
  readonly read: (value: unknown) => unknown
}

/** A field that is left out or null when there is nothing to say. In the model it is absent. */
export const absentOrNull = <S extends Schema.Constraint>(schema: S) => ({
  model: Schema.optionalKey(schema),
  wire: Schema.optionalKey(Schema.NullOr(Schema.toEncoded(schema))),
  read: (value: unknown) => value ?? undefined
})

/** A text that is left out, null or empty when there is nothing to say. In the model it is absent. */
export const absentOrEmpty = <S extends Schema.Constraint>(schema: S) => ({
  model: Schema.optionalKey(schema),
  wire: Schema.optionalKey(Schema.NullOr(Schema.String)),
  read: (value: unknown) => value === "" ? undefined : value ?? undefined
})

/** A list that is left out or null when it is empty. In the model it is there. */
export const list = <S extends Schema.Constraint>(item: S) => ({
  model: Schema.Array(item),
  wire: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.toEncoded(item)))),
  read: (value: unknown) => value ?? []
})

/** The rows of a page. One that Spotify withholds is null; in the model it is left out. */
export const rows = <S extends Schema.Constraint>(item: S) => ({
  model: Schema.Array(item),
  wire: Schema.Array(Schema.NullOr(Schema.toEncoded(item))),
  read: (value: unknown) => Array.isArray(value) && value.includes(null) ? value.filter((row) => row !== null) : value
})

/** An object, none of whose fields need be there, and which is left out or null itself then. In the model it is there. */
export const orEmpty = <S extends Schema.Constraint>(schema: S) => ({
  model: schema,
  wire: Schema.optionalKey(Schema.NullOr(Schema.toEncoded(schema))),
  read: (value: unknown) => value ?? {}
})

/** What kind of object it is. Programs that pass answers on capitalize it or leave it out; no other name is taken for it. */
export const kind = <Name extends string>(name: Name) => ({
  model: Schema.Literal(name),
  wire: Schema.optionalKey(Schema.NullOr(Schema.String)),
  read: (value: unknown) => typeof value === "string" ? value.toLowerCase() : name
})

// =============================================================================
// Models
// =============================================================================

interface Fields {
  readonly [name: string]: Schema.Constraint | Field<Schema.Constraint, Schema.Constraint>
}

type ModelField<F> = F extends Field<infer Model, infer _Wire> ? Model : F extends Schema.Constraint ? F : never

type WireField<F> = F extends Field<infer _Model, infer Wire> ? Wire
  : F extends Schema.Constraint ? Schema.toEncoded<F>
  : never

type ModelFields<F extends Fields> = { readonly [Name in keyof F]: ModelField<F[Name]> }

type WireFields<F extends Fields, Keys> = {
  readonly [Name in keyof F as Name extends keyof Keys ? Keys[Name] & string : Name]: WireField<F[Name]>
}

const asItIs = <S extends Schema.Constraint>(schema: S) => ({
  model: schema,
  wire: Schema.toEncoded(schema),
  read: (value: unknown) => value
})

/**
 * A struct whose fields travel under other names, and are not there in Spotify's ways. Names, absence and nulls are seen
 * to in one step for all fields, which takes a third of the time that a transformation of each takes.
 */
export const model = <const F extends Fields, const Keys extends { readonly [Name in keyof F]?: string } = {}>(
  fields: F,
  keys?: Keys
) => {
  const renamed: { readonly [name: string]: string | undefined } = keys ?? {}
  const entries = Object.entries(fields).map(([name, field]) => {
    const { model, read, wire } = "wire" in field ? field : asItIs(field)
    return { name, key: renamed[name] ?? name, model, wire, read }
  })
  const read = (wire: { readonly [key: string]: unknown }): object => {
    const values: { [name: string]: unknown } = {}
    for (const { key, name, read } of entries) {
      const value = read(wire[key])
      if (value !== undefined) values[name] = value
    }
    return values
  }
  const write = (values: { readonly [name: string]: unknown }): object => {
    const wire: { [key: string]: unknown } = {}
    for (const { key, name } of entries) {
      if (values[name] !== undefined) wire[key] = values[name]
    }
    return wire
  }
  // That the loops do to every field what the types say is beyond TypeScript.
  const from = Schema.Struct(Object.fromEntries(entries.map(({ key, wire }) => [key, wire])) as WireFields<F, Keys>)
  const to = Schema.Struct(Object.fromEntries(entries.map(({ model, name }) => [name, model])) as ModelFields<F>)
  return from.pipe(Schema.decodeTo(to, {
    decode: SchemaGetter.transform((wire) => read(wire) as typeof to["Encoded"]),
    encode: SchemaGetter.transform((values) => write(values) as typeof from["Type"])
  }))
}

// =============================================================================
// Durations and instants
// =============================================================================

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
export const seconds = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER / 1e9 }))
  .pipe(
    Schema.decodeTo(durationIn("nanoseconds"), {
      decode: SchemaGetter.transform((value) => Duration.nanos(BigInt(Math.round(value * 1e9)))),
      encode: SchemaGetter.transform((duration) => Number(Duration.toNanosUnsafe(duration)) / 1e9)
    })
  )

/** An instant as text (RFC 3339). */
export const instant = Schema.String.check(
  Schema.isPattern(
    /^(\d|[+-]\d\d\d)\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    { expected: "a date and time" }
  )
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
