/**
 * Encryption between a token store and its storage: AES-256-GCM, so that what lies on a disk or in a database is of no
 * use without the key, and cannot be altered or moved to another account.
 *
 * A sealed text reads `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. Format, key id, issuer,
 * client and account are bound to it as associated data. A storage that restores an older text of the same account goes
 * unnoticed.
 *
 * Texts are sealed with the first key and opened with whichever they name; reading one never seals it anew. To rotate
 * keys, first add a new one in second place, for every program that shares the storage: now each can open what it will
 * seal. Then put it in front. Each account's text is sealed with it when it is next written, at a refresh or a sign-in; an
 * old key may go once no account needs it.
 *
 * @see https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
import * as Config from "effect/Config"
import * as Aead from "effect/crypto/Aead"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "./AuthError.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import { type Item, Keychain } from "./Keychain.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
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
  /** 32 bytes in base64 or base64url, such as `openssl rand -base64 32` prints; padding may be left out. */
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
export const make = (
  keys: ReadonlyArray<EncryptionKey>
): Effect.Effect<
  TokenStorage["Service"],
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> => makeFrom(Effect.succeed(keys))

const makeFrom = Effect.fnUntraced(function*(
  source: Effect.Effect<ReadonlyArray<EncryptionKey>, AuthError.AuthError>
): Effect.fn.Return<
  TokenStorage["Service"],
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> {
  const aead = yield* Aead.Aead
  const random = yield* SecureRandom.SecureRandom
  const storage = yield* TokenStorage
  const load = Effect.flatMap(source, keyRingFrom)
  let ring = yield* load

  /** A name that is not known may be that of a key which has been added since. */
  const keyOf = (id: string): Effect.Effect<Aead.Key | undefined, AuthError.AuthError> =>
    ring.byId.has(id)
      ? Effect.succeed(ring.byId.get(id))
      : Effect.map(load, (loaded) => {
        ring = loaded
        return ring.byId.get(id)
      })

  const seal = (tokenKey: TokenKey, place: string, text: string): Effect.Effect<string, AuthError.AuthError> =>
    Effect.gen(function*() {
      const { id, key } = ring.newest
      const nonce = yield* random.randomBytes(nonceLength)
      const sealed = yield* aead.encrypt(key, encoder.encode(text), { nonce, aad: associated(id, tokenKey) })
      return [version, id, Base64Url.encode(nonce), Base64Url.encode(sealed)].join(".")
    }).pipe(
      Effect.mapError(() => StoreErrors.make("write", "Unavailable", place, "its text could not be encrypted"))
    )

  const open = Effect.fnUntraced(function*(tokenKey: TokenKey, place: string, text: string) {
    const [marker, id, nonce, sealed, ...rest] = text.split(".")
    if (marker !== version || id === undefined || nonce === undefined || sealed === undefined || rest.length > 0) {
      return yield* undecryptable(place, "it is not encrypted, or not by this program. Move it away, and sign in again")
    }
    const key = yield* keyOf(id)
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

  const sealed = (key: TokenKey, slot: Slot): Slot => {
    return {
      place: slot.place,
      read: Effect.flatMap(
        slot.read,
        Option.match({ onNone: () => Effect.succeedNone, onSome: (text) => Effect.asSome(open(key, slot.place, text)) })
      ),
      write: (text) => Effect.flatMap(seal(key, slot.place, text), slot.write)
    }
  }

  return TokenStorage.of({
    reach: storage.reach,
    modify: (key, use) => storage.modify(key, (slot) => use(sealed(key, slot)))
  })
})

// =============================================================================
// Keys
// =============================================================================

interface NamedKey {
  readonly id: string
  readonly key: Aead.Key
}

interface KeyRing {
  readonly newest: NamedKey
  readonly byId: ReadonlyMap<string, Aead.Key>
}

const keyRingFrom = Effect.fnUntraced(function*(
  keys: ReadonlyArray<EncryptionKey>
): Effect.fn.Return<KeyRing, AuthError.AuthError> {
  const byId = new Map<string, Aead.Key>()
  let newest: NamedKey | undefined
  for (const [index, { id, secret }] of keys.entries()) {
    // What stands where a name should may be the secret: it is not quoted.
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

/** The one alphabet for what may be in either (RFC 4648 §4, §5). */
const base64UrlOf = (text: string): string => text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")

/** `id:secret` pairs with commas in between, the newest first. */
const parsePairs = (pairs: Redacted.Redacted<string>): ReadonlyArray<EncryptionKey> =>
  Redacted.value(pairs).split(",").filter((pair) => pair.trim() !== "").map((pair) => {
    const [id = "", secret = ""] = pair.split(":")
    return { id: id.trim(), secret: Redacted.make(secret) }
  })

const newPair = Effect.gen(function*() {
  const random = yield* SecureRandom.SecureRandom
  const id = Hex.encode(yield* random.randomBytes(4))
  return `${id}:${Base64Url.encode(yield* random.randomBytes(32))}`
}).pipe(Effect.mapError(() => StoreErrors.make("write", "Unavailable", "a new key", "the system has no randomness")))

// =============================================================================
// Keychain
// =============================================================================

const itemOf = (application: string): Item => ({ service: application, account: "token encryption keys" })

/** The keychain's pairs; what `change` makes of them where it is not what they are. Nobody else changes them meanwhile. */
const changePairs = Effect.fnUntraced(function*(
  application: string,
  change: (pairs: string, newPair: string) => string
): Effect.fn.Return<
  Redacted.Redacted<string>,
  AuthError.AuthError,
  Keychain | SecureRandom.SecureRandom | TokenStorage
> {
  const keychain = yield* Keychain
  const storage = yield* TokenStorage
  const item = itemOf(application)
  const read = Effect.map(keychain.get(item), Option.match({ onNone: () => "", onSome: Redacted.value }))
  const pair = yield* newPair
  // Keychains have no locks. Whoever shares the keys shares the storage, so its lock serves.
  return yield* storage.modify(
    { issuer: "keychain", clientId: item.service, account: item.account },
    () =>
      Effect.gen(function*() {
        const before = yield* read
        const after = change(before, pair)
        if (after === before) return Redacted.make(before)
        yield* keychain.set(item, Redacted.make(after))
        // What seals records must be there tomorrow: only what the keychain gives back is used.
        return Redacted.make(yield* read)
      })
  )
})

/**
 * Puts a new key in front of those that `layerKeychain` uses, and keeps the old ones. Running programs take it up when
 * they meet a record sealed with it, or with their next start.
 *
 * @category keys
 * @since 0.1.0
 */
export const rotateKeychain = (
  application: string
): Effect.Effect<void, AuthError.AuthError, Keychain | SecureRandom.SecureRandom | TokenStorage> =>
  Effect.asVoid(changePairs(application, (pairs, newPair) => pairs === "" ? newPair : `${newPair},${pairs}`))

// =============================================================================
// Format
// =============================================================================

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Each part with its length before it, so that no two lists of parts read the same. */
const associated = (id: string, { account, clientId, issuer }: TokenKey): Uint8Array =>
  encoder.encode([version, id, issuer, clientId, account].map((part) => `${part.length}:${part}`).join(""))

const invalid = (issue: string) =>
  Effect.fail(
    new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting: "encryption keys", issue }) })
  )

const undecryptable = (place: string, issue: string) =>
  Effect.fail(StoreErrors.make("read", "Undecryptable", place, issue))

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
 * with commas in between.
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
  Effect.flatMap(Config.Redacted("TOKEN_ENCRYPTION_KEYS"), (pairs) => make(parsePairs(pairs)))
)

/**
 * Like `layer`, with keys that an application keeps in the person's keychain. The first is made at first use, and
 * `rotateKeychain` adds another. For programs on one machine: others have another keychain.
 *
 * Fails with `StoreFailed` (`Unavailable`) when the keychain is locked or absent: records are never left in the clear
 * instead. When the keychain has lost its keys, a new one is made, and the old records fail as `Undecryptable`.
 *
 * **Example** (Encrypted files, the key in the keychain)
 *
 * ```ts
 * import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
 * import * as FileTokenStorage from "@app/auth/FileTokenStorage"
 * import * as NodeFileLock from "@app/auth/node/NodeFileLock"
 * import * as NodeKeychain from "@app/auth/node/NodeKeychain"
 * import * as TokenStorage from "@app/auth/TokenStorage"
 * import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
 * import * as NodeServices from "@effect/platform-node/NodeServices"
 * import * as Layer from "effect/Layer"
 * import * as UserDirectories from "effect/persistence/UserDirectories"
 *
 * export const Store = TokenStorage.layerTokenStore.pipe(
 *   Layer.provide(EncryptedTokenStorage.layerKeychain("my-app")),
 *   Layer.provide(FileTokenStorage.layerUser("my-app")),
 *   Layer.provide([NodeKeychain.layer(), NodeFileLock.layer, UserDirectories.layer, NodeCrypto.layer]),
 *   Layer.provide(NodeServices.layer)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerKeychain = (
  application: string
): Layer.Layer<
  TokenStorage,
  AuthError.AuthError,
  Aead.Aead | Keychain | SecureRandom.SecureRandom | TokenStorage
> =>
  Layer.effect(
    TokenStorage,
    Effect.gen(function*() {
      const keychain = yield* Keychain
      const context = yield* Effect.context<Keychain | SecureRandom.SecureRandom | TokenStorage>()
      const firstPair = changePairs(application, (pairs, newPair) => pairs === "" ? newPair : pairs)
      return yield* makeFrom(
        keychain.get(itemOf(application)).pipe(
          Effect.flatMap(Option.match({ onNone: () => firstPair, onSome: (pairs) => Effect.succeed(pairs) })),
          Effect.map(parsePairs),
          Effect.provideContext(context)
        )
      )
    })
  )
