/** The keys that seal and open token records, by id. */
import * as Aead from "effect/crypto/Aead"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import * as Redacted from "effect/Redacted"
import type * as AuthError from "../../AuthError.ts"
import { invalidSetting } from "../settings/InvalidSetting.ts"
import * as StoreErrors from "./StoreErrors.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * A key for token records, and the id that sealed texts name it by.
 *
 * @category models
 * @since 0.1.0
 */
export interface EncryptionKey {
  /** Letters, digits, `-` and `_`. Not a secret. */
  readonly id: string
  /** 32 bytes in base64 or base64url, such as `openssl rand -base64 32` prints; padding may be left out. */
  readonly secret: Redacted.Redacted<string>
}

interface NamedKey {
  readonly id: string
  readonly key: Aead.Key
}

export interface KeyRing {
  /** The key that seals. */
  readonly newest: NamedKey
  /** The keys that open. */
  readonly byId: ReadonlyMap<string, Aead.Key>
}

// =============================================================================
// Constructor
// =============================================================================

/** Makes a key ring, newest key first. Fails when there is no key, or one has a bad secret or a bad or repeated id. */
export const make = Effect.fnUntraced(function*(
  keys: ReadonlyArray<EncryptionKey>
): Effect.fn.Return<KeyRing, AuthError.AuthError> {
  const byId = new Map<string, Aead.Key>()
  let newest: NamedKey | undefined
  for (const [index, { id, secret }] of keys.entries()) {
    // A secret may stand where its id should be, so messages count keys instead of quoting ids.
    const which = `key ${index + 1}`
    if (!/^[\w-]+$/.test(id)) {
      return yield* invalid(`the id of ${which} is missing, or holds more than letters, digits, - and _`)
    }
    if (byId.has(id)) return yield* invalid(`the id of ${which} is that of another key`)
    const key = yield* keyFrom(which, secret)
    byId.set(id, key)
    newest ??= { id, key }
  }
  return newest === undefined ? yield* invalid("there is no key") : { newest, byId }
})

const keyFrom = (which: string, secret: Redacted.Redacted<string>): Effect.Effect<Aead.Key, AuthError.AuthError> =>
  Effect.fromResult(Base64Url.decode(base64UrlOf(Redacted.value(secret).trim()))).pipe(
    Effect.flatMap((bytes) => Aead.key(Aead.aes256Gcm, bytes)),
    Effect.catch(() => invalid(`the secret of ${which} is not 32 bytes in base64 or base64url`))
  )

/** Converts base64 to base64url; base64url stays as it is (RFC 4648 §4, §5). */
const base64UrlOf = (text: string): string => text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")

const invalid = (issue: string) => invalidSetting("encryption keys", issue)

// =============================================================================
// Pairs
// =============================================================================

/** Parses `id:secret` pairs, separated by commas, the newest first. */
export const parsePairs = (pairs: Redacted.Redacted<string>): ReadonlyArray<EncryptionKey> =>
  Redacted.value(pairs).split(",").filter((pair) => pair.trim() !== "").map((pair) => {
    const [id = "", secret = ""] = pair.split(":")
    return { id: id.trim(), secret: Redacted.make(secret) }
  })

/** Makes a pair with a random id and a random key. */
export const newPair: Effect.Effect<string, AuthError.AuthError, SecureRandom.SecureRandom> = Effect.gen(function*() {
  const random = yield* SecureRandom.SecureRandom
  const id = Hex.encode(yield* random.randomBytes(4))
  return `${id}:${Base64Url.encode(yield* random.randomBytes(32))}`
}).pipe(Effect.mapError(() => StoreErrors.make("write", "Unavailable", "a new key", "the system has no randomness")))
