/**
 * The names by which an account of a fleet is found: its tenant, its app, and the tenant's own name for it.
 */
import * as Schema from "effect/Schema"

/** Lower-case letters, digits and hyphens, as in a DNS label. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Schema for the name of a tenant: 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end.
 *
 * **Details**
 *
 * A tenant is whoever has accounts of their own: a customer, or a product. It is there as soon as a service key names it.
 *
 * @category models
 * @since 0.1.0
 */
export const TenantName = Schema.String.check(
  Schema.isPattern(label, { message: "a tenant has 1 to 63 lower-case letters, digits and hyphens" })
).pipe(Schema.annotate({ identifier: "TenantName" }))

/**
 * Schema for the name of an app, which is the client that it is at its authorization server; spelt as a tenant's.
 *
 * @category models
 * @since 0.1.0
 */
export const AppName = Schema.String.check(
  Schema.isPattern(label, { message: "an app has 1 to 63 lower-case letters, digits and hyphens" })
).pipe(Schema.annotate({ identifier: "AppName" }))

/** The most bytes of an account's name in UTF-8; see `internal/TenantAccount`. */
const maxAccountBytes = 192

/**
 * Reports whether a text is the name of an account.
 *
 * @category guards
 * @since 0.1.0
 */
export const isAccountName = (name: string): boolean =>
  // Clients of HTTP take these two out of a path, however they are written.
  name !== "" && name !== "." && name !== ".."
  && !/\p{Cc}/u.test(name) && name.isWellFormed()
  && new TextEncoder().encode(name).length <= maxAccountBytes

/**
 * Schema for a tenant's own name for an account: at most 192 bytes of UTF-8, without control characters.
 *
 * **Details**
 *
 * It is compared letter by letter: `Ann` and `ann` are two accounts.
 *
 * @category models
 * @since 0.1.0
 */
export const AccountName = Schema.String.check(
  Schema.makeFilter((name: string) =>
    isAccountName(name)
      ? undefined
      : `an account has 1 to ${maxAccountBytes} bytes and no control character, and is neither . nor ..`
  )
).pipe(Schema.annotate({ identifier: "AccountName" }))

/**
 * Reports whether a text is the name of a tenant.
 *
 * @category guards
 * @since 0.1.0
 */
export const isTenantName = Schema.is(TenantName)

/**
 * Reports whether a text is the name of an app.
 *
 * @category guards
 * @since 0.1.0
 */
export const isAppName = Schema.is(AppName)
