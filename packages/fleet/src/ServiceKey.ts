/**
 * Keys by which services sign in to a fleet: `fk_<id>_<secret>`, with a secret of 256 random bits.
 */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { TenantName } from "./Names.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * Schema for a right of a service key.
 *
 * **Details**
 *
 * | right | allows |
 * | --- | --- |
 * | `tokens:read` | access tokens, and reports that an API has refused one |
 * | `accounts:read` | the list of accounts, which has no secret |
 * | `accounts:write` | signing accounts in and out |
 * | `admin` | service keys within the tenants of the key, and removing accounts |
 *
 * @category models
 * @since 0.1.0
 */
export const Right = Schema.Literals(["tokens:read", "accounts:read", "accounts:write", "admin"])

/**
 * A right of a service key.
 *
 * @category models
 * @since 0.1.0
 */
export type Right = typeof Right.Type

/**
 * Schema for the tenants of a service key: their names, or `"*"` for all there are and will be.
 *
 * @category models
 * @since 0.1.0
 */
export const Tenants = Schema.Union([Schema.Literal("*"), Schema.NonEmptyArray(TenantName)])

/**
 * The tenants of a service key.
 *
 * @category models
 * @since 0.1.0
 */
export type Tenants = typeof Tenants.Type

/**
 * Schema for whoever has shown a valid service key.
 *
 * @category models
 * @since 0.1.0
 */
export class Principal extends Schema.Class<Principal>("@app/fleet/Principal")({
  /** The id of the key, which is no secret. */
  id: Schema.String,
  /** The name of the service, for people. */
  name: Schema.String,
  tenants: Tenants,
  rights: Schema.Array(Right)
}) {
  /** Reports whether the key is for a tenant. */
  isFor(tenant: string): boolean {
    return this.tenants === "*" || this.tenants.includes(tenant)
  }

  /** Reports whether every tenant of another key is one of this key, too. */
  covers(tenants: Tenants): boolean {
    return this.tenants === "*" || (tenants !== "*" && tenants.every((tenant) => this.isFor(tenant)))
  }

  may(right: Right): boolean {
    return this.rights.includes(right)
  }
}

// =============================================================================
// Format
// =============================================================================

/**
 * The parts of a service key.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parts {
  readonly id: string
  readonly secret: Redacted.Redacted<string>
}

/** 43 letters of base64url are 256 bits. */
const format = /^fk_([0-9a-z]{1,32})_([A-Za-z0-9_-]{43})$/

/**
 * Reads the parts of a service key; undefined for any other text.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string): Parts | undefined => {
  const [, id, secret] = format.exec(text) ?? []
  return id === undefined || secret === undefined
    ? undefined
    : { id, secret: Redacted.make(secret, { label: "secret" }) }
}

/**
 * Writes a service key as services send it.
 *
 * @category accessors
 * @since 0.1.0
 */
export const print = ({ id, secret }: Parts): Redacted.Redacted<string> =>
  Redacted.make(`fk_${id}_${Redacted.value(secret)}`, { label: "service key" })

/**
 * Makes a secret of 256 random bits, for a new id of 64 random bits or for the given one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const generate = Effect.fnUntraced(function*(
  id?: string
): Effect.fn.Return<Parts, never, SecureRandom.SecureRandom> {
  const random = yield* SecureRandom.SecureRandom
  return {
    id: id ?? Hex.encode(yield* random.randomBytes(8)),
    secret: Redacted.make(Base64Url.encode(yield* random.randomBytes(32)), { label: "secret" })
  }
})
