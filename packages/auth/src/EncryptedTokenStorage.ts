/**
 * Encryption between a token store and its storage: AES-256-GCM, so that what lies on a disk or in a database is of no
 * use without the key, and cannot be altered or moved to another account.
 *
 * A sealed text reads `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. Format, key id, issuer,
 * client and account are bound to it as associated data. New texts are sealed with the first key, old ones are opened
 * with whichever key they name: put a new key in front to rotate, and take the old one away when no text names it.
 * A storage that restores an older text of the same account goes unnoticed.
 *
 * @see https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
import * as Config from "effect/Config"
import * as Aead from "effect/crypto/Aead"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "./AuthError.ts"
import * as StoreTrouble from "./internal/StoreTrouble.ts"
import { TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * A key and the name it goes by in sealed texts. Names are letters, digits, `-` and `_`; they are no secret.
 *
 * @category models
 * @since 0.1.0
 */
export interface EncryptionKey {
  readonly id: string
  /** 32 bytes in base64url, such as `openssl rand 32 | basenc --base64url` prints. */
  readonly secret: Redacted.Redacted<string>
}

// =============================================================================
// Constructor
// =============================================================================

const version = "v1"
const nonceLength = 12

/**
 * The `TokenStorage` in context, with everything in it sealed.
 *
 * Fails with `InvalidConfiguration` when a key has another length than 32 bytes, two keys have one name, or there is
 * none. A text that no key opens, or that is not sealed at all, fails with `StoreFailed` (`Undecryptable`): it is neither
 * mistaken for "signed out" nor overwritten.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  keys: ReadonlyArray<EncryptionKey>
): Effect.fn.Return<
  TokenStorage["Service"],
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> {
  const aead = yield* Aead.Aead
  const random = yield* SecureRandom.SecureRandom
  const storage = yield* TokenStorage
  const byId = new Map<string, Aead.Key>()
  for (const { id, secret } of keys) {
    if (!/^[\w-]+$/.test(id)) return yield* invalid(`the key id "${id}" may hold letters, digits, - and _ only`)
    if (byId.has(id)) return yield* invalid(`two keys are named "${id}"`)
    byId.set(id, yield* keyFrom(id, secret))
  }
  const newest = keys[0]?.id
  const newestKey = newest === undefined ? undefined : byId.get(newest)
  if (newest === undefined || newestKey === undefined) return yield* invalid("there is no key")

  const seal = (tokenKey: TokenKey, place: string, text: string): Effect.Effect<string, AuthError.AuthError> =>
    Effect.gen(function*() {
      const nonce = yield* random.randomBytes(nonceLength)
      const sealed = yield* aead.encrypt(newestKey, encoder.encode(text), { nonce, aad: associated(newest, tokenKey) })
      return [version, newest, Base64Url.encode(nonce), Base64Url.encode(sealed)].join(".")
    }).pipe(
      Effect.mapError(() => StoreTrouble.make("write", "Unavailable", place, "its text could not be encrypted"))
    )

  const open = Effect.fnUntraced(function*(tokenKey: TokenKey, place: string, text: string) {
    const [marker, id, nonce, sealed, ...rest] = text.split(".")
    if (marker !== version || id === undefined || nonce === undefined || sealed === undefined || rest.length > 0) {
      return yield* undecryptable(place, "it is not encrypted, or not by this program. Move it away, and sign in again")
    }
    const key = byId.get(id)
    if (key === undefined) {
      return yield* undecryptable(place, `it needs the key "${id.slice(0, 40)}", which is not among those given`)
    }
    const bytes = Result.all([Base64Url.decode(nonce), Base64Url.decode(sealed)])
    if (Result.isFailure(bytes)) return yield* undecryptable(place, "parts of it are damaged")
    return yield* aead.decrypt(key, bytes.success[1], { nonce: bytes.success[0], aad: associated(id, tokenKey) }).pipe(
      Effect.map((plain) => decoder.decode(plain)),
      Effect.catch(() =>
        undecryptable(place, `the key "${id}" does not open it: it was altered, moved, or sealed with another key`)
      )
    )
  })

  return TokenStorage.of({
    reach: storage.reach,
    modify: (key, use) =>
      storage.modify(key, (slot) =>
        use({
          place: slot.place,
          read: Effect.flatMap(
            slot.read,
            Option.match({
              onNone: () => Effect.succeedNone,
              onSome: (text) => Effect.asSome(open(key, slot.place, text))
            })
          ),
          write: (text) => Effect.flatMap(seal(key, slot.place, text), slot.write)
        }))
  })
})

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const keyFrom = (id: string, secret: Redacted.Redacted<string>): Effect.Effect<Aead.Key, AuthError.AuthError> =>
  Effect.fromResult(Base64Url.decode(Redacted.value(secret).trim().replace(/=+$/, ""))).pipe(
    Effect.flatMap((bytes) => Aead.key(Aead.aes256Gcm, bytes)),
    Effect.catch(() => invalid(`the key "${id}" is not 32 bytes in base64url`))
  )

/** Each part with its length before it, so that no two lists of parts read the same. */
const associated = (id: string, { account, clientId, issuer }: TokenKey): Uint8Array =>
  encoder.encode([version, id, issuer, clientId, account].map((part) => `${part.length}:${part}`).join(""))

const invalid = (issue: string) =>
  Effect.fail(
    new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting: "encryption keys", issue }) })
  )

const undecryptable = (place: string, issue: string) =>
  Effect.fail(StoreTrouble.make("read", "Undecryptable", place, issue))

// =============================================================================
// Layers
// =============================================================================

/**
 * Seals what the `TokenStorage` in context keeps. See `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  keys: ReadonlyArray<EncryptionKey>
): Layer.Layer<
  TokenStorage,
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> => Layer.effect(TokenStorage, make(keys))

/**
 * Like `layer`, with the keys from Effect's `Config`: `TOKEN_ENCRYPTION_KEYS` holds `id:secret` pairs, the newest first,
 * with commas in between. A `ConfigProvider` over a keychain makes them come from there.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig: Layer.Layer<
  TokenStorage,
  AuthError.AuthError | Config.ConfigError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> = Layer.effect(
  TokenStorage,
  Effect.flatMap(Config.Redacted("TOKEN_ENCRYPTION_KEYS"), (pairs) =>
    make(
      Redacted.value(pairs).split(",").filter((pair) => pair.trim() !== "").map((pair) => {
        const [id = "", secret = ""] = pair.split(":")
        return { id: id.trim(), secret: Redacted.make(secret) }
      })
    ))
)
