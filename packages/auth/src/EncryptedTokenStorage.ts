/**
 * Encryption between a token store and its storage.
 *
 * **When to use**
 *
 * Use to keep tokens on a disk or in a database that others may read, copy or back up.
 *
 * **Details**
 *
 * Records are sealed with AES-256-GCM: without the key they are of no use, and they cannot be altered or moved to another
 * account. A sealed text reads `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. The format, the key
 * id, the issuer, the client and the account are bound to it as associated data.
 *
 * Records are sealed with the first key and opened with the key that they name. To rotate keys:
 *
 * 1. Add a new key in second place in every program that shares the storage, so that each can open what it will seal.
 * 2. Put the new key in front. Each record is sealed with it when it is next written, at a refresh or a sign-in.
 * 3. Remove an old key once no record needs it.
 *
 * **Gotchas**
 *
 * A storage that restores an older record of the same account goes unnoticed.
 *
 * @see https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
import * as Config from "effect/Config"
import type * as Aead from "effect/crypto/Aead"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as AuthError from "./AuthError.ts"
import * as KeychainKeys from "./internal/storage/KeychainKeys.ts"
import * as KeyRing from "./internal/storage/KeyRing.ts"
import * as SealedRecords from "./internal/storage/SealedRecords.ts"
import type { Keychain } from "./Keychain.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

export type { EncryptionKey } from "./internal/storage/KeyRing.ts"

// =============================================================================
// Constructor
// =============================================================================

/**
 * Makes a `TokenStorage` that seals everything in the `TokenStorage` in context, with the newest key first.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when there is no key, a key is not 32 bytes long, or two keys have one id. A record
 * that no key opens, or that is not sealed at all, fails with `StoreFailed` (`Undecryptable`). It is neither overwritten
 * nor mistaken for a missing sign-in.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  keys: ReadonlyArray<KeyRing.EncryptionKey>
): Effect.Effect<
  TokenStorage["Service"],
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> => makeFrom(Effect.succeed(keys))

const makeFrom = Effect.fnUntraced(function*(
  keys: Effect.Effect<ReadonlyArray<KeyRing.EncryptionKey>, AuthError.AuthError>
): Effect.fn.Return<
  TokenStorage["Service"],
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> {
  const storage = yield* TokenStorage
  const { open, seal } = yield* SealedRecords.make(keys)

  const openStored = (key: TokenKey, place: string, text: Option.Option<string>) =>
    Option.isNone(text) ? Effect.succeedNone : Effect.asSome(open(key, place, text.value))

  const sealed = (key: TokenKey, slot: Slot): Slot => ({
    place: slot.place,
    read: Effect.flatMap(slot.read, (text) => openStored(key, slot.place, text)),
    write: (text) => Effect.flatMap(seal(key, slot.place, text), slot.write)
  })

  return TokenStorage.of({
    reach: storage.reach,
    ...(storage.watch !== undefined && { watch: storage.watch }),
    modify: (key, use) => storage.modify(key, (slot) => use(sealed(key, slot))),
    peek: (key) =>
      Effect.flatMap(
        storage.peek(key),
        ({ place, text }) => Effect.map(openStored(key, place, text), (text) => ({ place, text }))
      )
  })
})

// =============================================================================
// Keys
// =============================================================================

/**
 * Puts a new key in front of the keys that `layerKeychain` uses, and keeps the old ones.
 *
 * **Details**
 *
 * Running programs take it up when they meet a record that is sealed with it, or at their next start.
 *
 * @category keys
 * @since 0.1.0
 */
export const rotateKeychain = (
  application: string
): Effect.Effect<void, AuthError.AuthError, Keychain | SecureRandom.SecureRandom | TokenStorage> =>
  KeychainKeys.rotate(application)

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that seals everything in the `TokenStorage` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  keys: ReadonlyArray<KeyRing.EncryptionKey>
): Layer.Layer<
  TokenStorage,
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | TokenStorage
> => Layer.effect(TokenStorage, make(keys))

/**
 * Layer like `layer`, with the keys from Effect's `Config`.
 *
 * **Details**
 *
 * `TOKEN_ENCRYPTION_KEYS` holds `id:secret` pairs, separated by commas, the newest first.
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
  Effect.flatMap(Config.Redacted("TOKEN_ENCRYPTION_KEYS"), (pairs) => make(KeyRing.parsePairs(pairs)))
)

/**
 * Layer like `layer`, with keys that an application keeps in the person's keychain.
 *
 * **When to use**
 *
 * Use for programs on one machine: each machine has a keychain of its own.
 *
 * **Details**
 *
 * The first key is made at first use, and `rotateKeychain` adds another. Fails with `StoreFailed` (`Unavailable`) when the
 * keychain is locked or absent; records are never written unencrypted instead.
 *
 * **Gotchas**
 *
 * When the keychain has lost its keys, a new one is made and the old records fail as `Undecryptable`.
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
      const context = yield* Effect.context<Keychain | SecureRandom.SecureRandom | TokenStorage>()
      return yield* makeFrom(Effect.provideContext(KeychainKeys.load(application), context))
    })
  )
