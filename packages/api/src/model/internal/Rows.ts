/**
 * Arrays of which one invalid item does not reject the others.
 */
import * as Effect from "effect/Effect"
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { arrayOf, type ComputedField, type Field, isArray, withoutNulls } from "./Field.ts"

const asArray = (value: unknown): ReadonlyArray<unknown> => isArray(value) ? value : []

/** Decodes each item by itself; `undefined` stands for one that is invalid. */
const decodeEach = <A>(item: Schema.Codec<A, unknown>) => {
  const decode = SchemaParser.decodeUnknownResult(item)
  return (items: ReadonlyArray<unknown>): ReadonlyArray<A | undefined> =>
    items.map((item) => Result.getOrUndefined(decode(item)))
}

/**
 * Makes the field of a page's rows, without those that are null or invalid.
 *
 * **Details**
 *
 * Spotify sends null for a row that it withholds. Encoding writes a null for each row that {@link skipped} counts, so that
 * the page keeps its number of rows.
 */
export const rows = <A, E>(item: Schema.Codec<A, E>): Field<Schema.$Array<Schema.Codec<A>>> => {
  const decode = decodeEach(item)
  const encode = SchemaParser.encodeUnknownEffect(Schema.Array(item))
  return {
    model: Schema.Array(Schema.toType(item)),
    wire: arrayOf(item),
    isDecoded: true,
    read: (value) =>
      isArray(value) ? decode(asArray(withoutNulls(value))).filter((row) => row !== undefined) : undefined,
    write: (value, model, options) =>
      Effect.map(encode(value, options), (rows): ReadonlyArray<unknown> => {
        const { skipped } = model
        return typeof skipped === "number" ? [...rows, ...Array.from({ length: skipped }, () => null)] : rows
      })
  }
}

/**
 * The field of how many rows {@link rows} left out; absent when it left out none.
 *
 * **Gotchas**
 *
 * Must come after the field `items`, from which it is computed.
 */
export const skipped: ComputedField<Schema.optionalKey<Schema.Int>> = {
  model: Schema.optionalKey(
    Schema.Int.check(
      Schema.isGreaterThanOrEqualTo(1),
      // Generated samples are encoded with that many nulls.
      Schema.makeFilter(() => true, { arbitraryConstraint: { maximum: 20, order: Order.Number } })
    )
  ),
  wire: undefined,
  read: (_, wire, model) => {
    const count = asArray(wire["items"]).length - asArray(model["items"]).length
    return count === 0 ? undefined : count
  }
}

/**
 * Makes the field of a batch response, with one row for each requested id in the order of the ids.
 *
 * **Details**
 *
 * `null` stands for an id that Spotify does not know, and `undefined` for a row that is invalid.
 */
export const rowsByPosition = <A, E>(
  item: Schema.Codec<A, E>
): Field<Schema.$Array<Schema.UndefinedOr<Schema.NullOr<Schema.Codec<A>>>>> => {
  const decode = decodeEach(Schema.NullOr(item))
  const encode = SchemaParser.encodeUnknownEffect(Schema.Array(Schema.NullOr(item)))
  return {
    model: Schema.Array(Schema.UndefinedOr(Schema.NullOr(Schema.toType(item)))),
    wire: arrayOf(item),
    isDecoded: true,
    read: (value) => isArray(value) ? decode(value) : undefined,
    write: (value, _, options) => encode(asArray(value).map((row) => row ?? null), options)
  }
}
