/**
 * The people who can sign in to an app, with their profiles.
 */
import * as Schema from "effect/Schema"

// =============================================================================
// Model
// =============================================================================

/**
 * Schema of {@link Person}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Person = Schema.Struct({
  /** User id, in which any character may stand, so that it must be percent-encoded in paths. */
  id: Schema.NonEmptyString,
  accountId: Schema.NonEmptyString,
  /** Name on the profile; null where the person has none, and then `images` is null as well. */
  displayName: Schema.NullOr(Schema.String),
  /** ISO 3166-1 alpha-2 code of the account's country, which takes precedence over a request's `market`. */
  country: Schema.String.check(Schema.isPattern(/^[A-Z]{2}$/)),
  email: Schema.String,
  /** Subscription, such as `"premium"`; null where the response leaves the field out. */
  product: Schema.NullOr(Schema.String),
  /** Number of followers; null where the response says null. */
  followers: Schema.NullOr(Schema.Int),
  /** True for a person whom the app's owner has added to the app's users, which Development Mode requires. */
  registered: Schema.Boolean
})

/**
 * A person with an account.
 *
 * @category models
 * @since 0.1.0
 */
export type Person = typeof Person.Type

// =============================================================================
// People
// =============================================================================

/**
 * Sandy Box, a registered person with a full profile, who signs in unless another person is named.
 *
 * @category constants
 * @since 0.1.0
 */
export const sandy: Person = {
  id: "sandy.box",
  accountId: "sB7nD4bX2q",
  displayName: "Sandy Box",
  country: "SE",
  email: "sandy.box@example.com",
  product: "premium",
  followers: 7,
  registered: true
}

/**
 * A registered person with every optional field unset, and an id that must be percent-encoded.
 *
 * @category constants
 * @since 0.1.0
 */
export const quiet: Person = {
  id: "jürgen_#1.$/?",
  accountId: "qU1eT0nE3r",
  displayName: null,
  country: "DE",
  email: "juergen@example.com",
  product: null,
  followers: null,
  registered: true
}

/**
 * A person whom the app's owner has not registered.
 *
 * **Details**
 *
 * Signing in works. In Development Mode every call of the Web API is then refused with 403.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/quota-modes
 * @category constants
 * @since 0.1.0
 */
export const stranger: Person = {
  id: "stranger",
  accountId: "sTr4nG3r0z",
  displayName: "A Stranger",
  country: "US",
  email: "stranger@example.com",
  product: "free",
  followers: 0,
  registered: false
}
