/**
 * The people who can sign in to an app, and what their profiles say.
 */
import * as Schema from "effect/Schema"

/**
 * Schema of {@link Person}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Person = Schema.Struct({
  /** Not base62 like other ids: any character may stand in it, so it has to be percent-encoded in paths. */
  id: Schema.NonEmptyString,
  accountId: Schema.NonEmptyString,
  /** Null where a person has none; then `images` is null as well. */
  displayName: Schema.NullOr(Schema.String),
  /** ISO 3166-1 alpha-2: where the account is registered. It decides what can be played, whatever `market` says. */
  country: Schema.String.check(Schema.isPattern(/^[A-Z]{2}$/)),
  email: Schema.String,
  /** Null where the answer leaves it out. */
  product: Schema.NullOr(Schema.String),
  /** Null where the answer says null. */
  followers: Schema.NullOr(Schema.Int),
  /** Whether the app's owner has put the person on the list of its users, which counts in Development Mode. */
  registered: Schema.Boolean
})

/**
 * A person with an account.
 *
 * @category models
 * @since 0.1.0
 */
export type Person = typeof Person.Type

/**
 * Sandy Box, who signs in unless another is named.
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
 * A person of few words: nothing set that can be left out, and an id full of characters that paths do not like.
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
 * Somebody the app's owner has forgotten to register: signing in works, and in Development Mode every call is refused.
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
