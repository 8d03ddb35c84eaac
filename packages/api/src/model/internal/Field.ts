/**
 * Fields of models whose JSON differs from the decoded value.
 *
 * **Details**
 *
 * Spotify leaves a field out, sends null, or sends an empty value where it has nothing to say, and which of the three it
 * sends differs between operations, quota modes and years. Each combinator here accepts all forms that have been seen
 * and names the one form that the model has.
 *
 * Programs that forward Spotify's responses change them as well: numbers and booleans arrive as strings, `type` in other
 * letter cases. These forms are accepted too, but the contract's OpenAPI description does not mention them.
 */
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"

// =============================================================================
// Model
// =============================================================================

/** A JSON object by the names of its fields, or a model's fields by their names. */
export interface Values {
  readonly [name: string]: unknown
}

/** A field that is read from one JSON value. */
export interface Field<Model extends Schema.Constraint> {
  /** The schema of the field in the model. */
  readonly model: Model
  /** The schema of the JSON value. */
  readonly wire: Schema.ConstraintCodec<unknown, unknown>
  /**
   * Converts the JSON value to the encoded side of `model`; `undefined` leaves the field out.
   *
   * `wire` and `model` are the JSON object and the fields that were read before this one. Decoding in one pass does not
   * check `value` against the `wire` schema first, so a value that the schema rejects must become one that `model` rejects.
   */
  readonly read: (value: unknown, wire: Values, model: Values) => unknown
  /** Set when `read` returns the decoded value, and `undefined` for a value that the `wire` schema rejects. */
  readonly isDecoded?: boolean
  /** Converts the field back to JSON, where the encoded side of `model` is not the JSON value. */
  readonly write?: (
    value: unknown,
    model: Values,
    options: SchemaAST.ParseOptions
  ) => Effect.Effect<unknown, SchemaIssue.Issue>
}

/** A field that is computed from other fields and has no JSON value. */
export interface ComputedField<Model extends Schema.Constraint> {
  /** The schema of the field in the model. */
  readonly model: Model
  readonly wire: undefined
  /** Computes the value from the JSON object and the fields that were read before this one. */
  readonly read: (value: unknown, wire: Values, model: Values) => unknown
}

/** Makes the field whose JSON is what a schema encodes to. */
export const plain = <S extends Schema.Constraint>(schema: S): Field<S> => ({
  model: schema,
  wire: Schema.toEncoded(schema),
  read: (value) => value
})

// =============================================================================
// Schemas that accept more than they describe
// =============================================================================

/**
 * Makes a schema that accepts what `is` accepts, and that OpenAPI descriptions show as `schema`.
 *
 * **When to use**
 *
 * Use for a JSON value whose parts are checked later, so that one invalid part does not reject the others.
 */
export const described = <A>(is: (value: unknown) => value is A, expected: string, schema: Schema.Constraint) =>
  Schema.declare(is, {
    expected,
    // The value is JSON already.
    toCodecJson: () => undefined
  }).check(Schema.makeFilter(() => true, {
    representation: {
      id: "@app/api/model/internal/Field/described",
      payload: null,
      schemas: [Schema.toEncoded(schema).ast]
    },
    toJsonSchema: ({ schemas }) => schemas[0] ?? {}
  }))

/** Makes the schema of an array of any items, described as an array of `item` or null. */
export const arrayOf = (item: Schema.Constraint) => described(isArray, "array", Schema.Array(Schema.NullOr(item)))

/** Returns `true` for an array. */
export const isArray = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === ""

// =============================================================================
// Absence
// =============================================================================

/** Makes a field that may be left out or null, and is absent in the model then. */
export function absentOrNull<Model extends Schema.Constraint>(field: Field<Model>): Field<Schema.optionalKey<Model>>
export function absentOrNull<S extends Schema.Constraint>(schema: S): Field<Schema.optionalKey<S>>
export function absentOrNull(field: Schema.Constraint | Field<Schema.Constraint>): Field<Schema.Constraint> {
  const { model, read, wire } = "wire" in field ? field : plain(field)
  return {
    model: Schema.optionalKey(model),
    wire: Schema.optionalKey(Schema.NullOr(wire)),
    read: (value, wire, values) => value === null || value === undefined ? undefined : read(value, wire, values)
  }
}

/** Makes a string field that may be left out, null or empty, and is absent in the model then. */
export const absentOrEmptyString = <S extends Schema.Codec<string>>(schema: S): Field<Schema.optionalKey<S>> => ({
  model: Schema.optionalKey(schema),
  wire: Schema.optionalKey(Schema.NullOr(Schema.String)),
  read: (value) => value === "" ? undefined : value ?? undefined
})

/** Makes an object field that may be left out, null, or have only empty fields, and is absent in the model then. */
export const absentOrEmptyObject = <S extends Schema.Constraint>(schema: S): Field<Schema.optionalKey<S>> => ({
  model: Schema.optionalKey(schema),
  wire: Schema.optionalKey(described((_value): _value is unknown => true, "anything", schema)),
  read: (value) =>
    isNothing(value) || (Predicate.isObject(value) && Object.values(value).every(isNothing)) ? undefined : value
})

/** Makes a number field that may be left out or null, and is zero in the model then. */
export const zeroIfAbsent = <Model extends Schema.Constraint>({ model, read, wire }: Field<Model>): Field<Model> => ({
  model,
  wire: Schema.optionalKey(Schema.NullOr(wire)),
  read: (value, wire, values) => read(value ?? 0, wire, values)
})

/** Makes an object field that may be left out or null, and is an object without fields in the model then. */
export const emptyIfAbsent = <S extends Schema.Constraint>(schema: S): Field<S> => ({
  model: schema,
  wire: Schema.optionalKey(Schema.NullOr(Schema.toEncoded(schema))),
  read: (value) => value ?? {}
})

// =============================================================================
// Lists
// =============================================================================

/**
 * Makes an array field that may be left out or null, and is an empty array in the model then.
 *
 * **Details**
 *
 * Items that are null are dropped.
 */
export const list = <S extends Schema.Constraint>(item: S): Field<Schema.$Array<S>> => ({
  model: Schema.Array(item),
  wire: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.NullOr(Schema.toEncoded(item))))),
  read: (value) => withoutNulls(value ?? [])
})

/**
 * Makes a field like {@link list} that also drops objects in which one field is left out, null or empty.
 *
 * **When to use**
 *
 * Use for objects that are useless without that field, such as an image without its URL.
 */
export const listRequiring = <S extends Schema.Constraint>(field: string, item: S): Field<Schema.$Array<S>> => ({
  model: Schema.Array(item),
  wire: Schema.optionalKey(Schema.NullOr(arrayOf(item))),
  read: (value) =>
    isArray(value)
      ? value.filter((item) => item !== null && !(Predicate.isObject(item) && isNothing(Reflect.get(item, field))))
      : value ?? []
})

/** Removes the items of an array that are null; returns any other value unchanged. */
export const withoutNulls = (value: unknown): unknown =>
  Array.isArray(value) && value.includes(null) ? value.filter((item) => item !== null) : value

// =============================================================================
// Numbers, booleans and kinds
// =============================================================================

const isNumberString = (value: unknown): value is string =>
  typeof value === "string" && /^-?\d{1,20}(\.\d{1,30})?(e[+-]?\d{1,3})?$/i.test(value)

/** Makes the schema of a number that was written as a string. */
export const numberString = (number: Schema.Codec<number>) => {
  const is = Schema.is(number)
  return described((value): value is string => isNumberString(value) && is(Number(value)), "a number", number)
}

const booleanString = described((value) => value === "true" || value === "false", "a boolean", Schema.Boolean)

/**
 * The field of a finite number.
 *
 * **Details**
 *
 * Integers are not checked to be integers: Spotify has sent them with a fraction (`4.9022656E7`, `77.0`).
 */
export const number: Field<Schema.Finite> = {
  model: Schema.Finite,
  wire: Schema.Union([Schema.Finite, numberString(Schema.Finite)]),
  read: (value) => isNumberString(value) ? Number(value) : value
}

/** The field of a boolean. */
export const boolean: Field<Schema.Boolean> = {
  model: Schema.Boolean,
  wire: Schema.Union([Schema.Boolean, booleanString]),
  read: (value) => value === "true" ? true : value === "false" ? false : value
}

/** The values of `type` in Spotify's responses. */
const kinds = new Set([
  "ad",
  "album",
  "artist",
  "audio_features",
  "audiobook",
  "author",
  "chapter",
  "collection",
  "episode",
  "genre",
  "playlist",
  "show",
  "track",
  "user"
])

/**
 * Makes the `type` field of an object of one kind.
 *
 * **Details**
 *
 * A `type` that is left out, written in another letter case, or no name of any kind counts as `name`. The name of another
 * kind is rejected, so that an episode is never read as a track.
 */
export const kind = <Name extends string>(name: Name): Field<Schema.Literal<Name>> => ({
  model: Schema.Literal(name),
  wire: Schema.optionalKey(Schema.NullOr(Schema.String)),
  read: (value) => {
    if (value === name) return name
    if (typeof value !== "string") return value ?? name
    const named = value.toLowerCase()
    return kinds.has(named) ? named : name
  }
})
