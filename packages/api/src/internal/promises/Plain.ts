/** Values without Effect: what JSON can hold, in place of durations, times and options. */
import type * as Brand from "effect/Brand"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

// =============================================================================
// Model
// =============================================================================

/** The fields of a model, without Effect's types. An alias of its own, so that editors show its name. */
export type Plain<Model> = PlainFields<Model, Exclude<keyof Model, DurationKey<Model>>> & Milliseconds<Model>

/** Maps fields one to one, so that they keep their documentation. */
type PlainFields<Model, Key extends keyof Model> = { readonly [Name in Key]: PlainValue<Model[Name]> }

type DurationKey<Model> = {
  readonly [Key in keyof Model]-?: Exclude<Model[Key], undefined> extends Duration.Duration ? Key : never
}[keyof Model]

/** The durations of a model. A number does not say its unit, so its name does. */
type Milliseconds<Model> = {
  readonly [Key in keyof Model as Key extends DurationKey<Model> ? `${Key & string}Ms` : never]: PlainValue<Model[Key]>
}

/** A value in which nothing is Effect's. */
export type PlainValue<Value> = Value extends Brand.Brand<string> & string ? string
  : Value extends string | number | boolean | null | undefined | void ? Value
  : Value extends Duration.Duration ? number
  : Value extends DateTime.Utc ? string
  : Value extends Option.Option<infer Inner> ? PlainValue<Inner> | null
  : Value extends ReadonlyArray<infer Item> ? ReadonlyArray<PlainValue<Item>>
  : Plain<Value>

/** An argument that an operation takes, with `Date` in place of Effect's times. */
export type Given<Value> = Value extends ReadonlyArray<infer Item extends { readonly addedAt: DateTime.Utc }>
  ? ReadonlyArray<{ readonly [Key in keyof Item]: Item[Key] extends DateTime.Utc ? Date : Item[Key] }>
  : Value

// =============================================================================
// Conversion
// =============================================================================

/** Returns a value without Effect's types, as {@link PlainValue} says. */
export const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (!Predicate.isObject(value)) return value
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (Option.isOption(value)) return plain(Option.getOrNull(value))
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) =>
      Duration.isDuration(field) ? [`${key}Ms`, Duration.toMillis(field)] : [key, plain(field)]
    )
  )
}

/** Returns an argument as operations take it, as {@link Given} says. */
export const given = (value: unknown): unknown => {
  return Array.isArray(value) ? value.map(givenItem) : value
}

/** Leaves alone what cannot be converted, of which the operation says what is wrong with it. */
const givenItem = (item: unknown): unknown => {
  if (!Predicate.hasProperty(item, "addedAt") || !(item.addedAt instanceof Date)) return item
  return Option.match(DateTime.make(item.addedAt), {
    onNone: () => item,
    onSome: (addedAt) => ({ ...item, addedAt })
  })
}
