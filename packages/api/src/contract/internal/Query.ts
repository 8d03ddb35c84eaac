/** Schemas of query parameters. */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

/** Schema of one to `max` items, with commas in between. */
export const commaSeparated = <S extends Schema.Codec<string, string>>(item: S, max: number) =>
  Schema.String.annotate({ description: `Up to ${max}, with commas in between.` }).pipe(
    Schema.decodeTo(
      Schema.Array(item).check(Schema.isMinLength(1), Schema.isMaxLength(max)),
      {
        decode: SchemaGetter.split(),
        encode: SchemaGetter.transform((items: ReadonlyArray<string>) => items.join(","))
      }
    )
  )

/** Schema of the number of rows a page has at most, from 1 to `max`. */
export const limitUpTo = (max: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: max }))

/** Schema of the number of rows before a page. */
export const offset = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** Fields of the query of most lists: pages of 20 rows unless told otherwise, 50 at most. */
export const paging = {
  limit: Schema.optionalKey(limitUpTo(50)),
  offset: Schema.optionalKey(offset)
}

/** Leaves out the fields that are undefined, which no query has. */
export const defined = <const Fields extends Readonly<Record<string, unknown>>>(fields: Fields): Defined<Fields> => {
  const kept: Record<string, unknown> = {}
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name]
  // A loop cannot say that these are the same fields.
  return kept as Defined<Fields>
}

type Defined<Fields> =
  & { readonly [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name] }
  & {
    readonly [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>
  }
