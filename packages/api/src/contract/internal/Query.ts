/** How parameters are written into a query. */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

/** From one to `max` items, with commas in between. */
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

/** How many rows a page has at most. */
export const limitUpTo = (max: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: max }))

/** How many rows come before a page. */
export const offset = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The query of most lists: pages of 20 rows unless told otherwise, 50 at most. */
export const paging = {
  limit: Schema.optionalKey(limitUpTo(50)),
  offset: Schema.optionalKey(offset)
}

/** Leaves out what is undefined: a query has no such thing. */
export const defined = <const Fields extends Readonly<Record<string, unknown>>>(fields: Fields): Defined<Fields> => {
  const kept: Record<string, unknown> = {}
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name]
  // These are the same fields without those that are undefined, which a loop cannot say.
  return kept as Defined<Fields>
}

type Defined<Fields> =
  & { readonly [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name] }
  & {
    readonly [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>
  }
