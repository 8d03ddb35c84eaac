/**
 * Where token records rest as text: files, a browser's storage, a database.
 *
 * A `TokenStore` knows what a record means; a `TokenStorage` only keeps one text for each key, and lets one holder at a
 * time at it. `layerTokenStore` puts the first on top of the second, `EncryptedTokenStorage` goes in between.
 *
 * **Example** (Encrypted records in the user's configuration directory)
 *
 * ```ts
 * import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
 * import * as FileTokenStorage from "@app/auth/FileTokenStorage"
 * import * as NodeFileLock from "@app/auth/node/NodeFileLock"
 * import * as TokenStorage from "@app/auth/TokenStorage"
 * import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
 * import * as NodeServices from "@effect/platform-node/NodeServices"
 * import * as Layer from "effect/Layer"
 * import * as UserDirectories from "effect/persistence/UserDirectories"
 *
 * export const Store = TokenStorage.layerTokenStore.pipe(
 *   Layer.provide(EncryptedTokenStorage.layerConfig),
 *   Layer.provide(FileTokenStorage.layerUser("my-app")),
 *   Layer.provide([NodeFileLock.layer, UserDirectories.layer, NodeCrypto.layer]),
 *   Layer.provide(NodeServices.layer)
 * )
 * ```
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { AuthError } from "./AuthError.ts"
import * as RecordFormat from "./internal/storage/RecordFormat.ts"
import { type TokenKey, TokenStore } from "./TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * A key's text, for as long as its lock is held.
 *
 * @category models
 * @since 0.1.0
 */
export interface Slot {
  /** Where it is, for messages to people: a path, a table and row, a storage's key. */
  readonly place: string
  /**
   * The text as it stands now; none when there is none. What is larger than 1 MiB is no record: it fails with `StoreFailed`
   * (`Corrupt`), is not loaded where its size is known beforehand, and cannot be written.
   */
  readonly read: Effect.Effect<Option.Option<string>, AuthError>
  /**
   * Replaces the text, and is durable once it succeeds. When the text is no longer what this slot last read or wrote, it
   * fails with `StoreFailed` (`Conflict`) and changes nothing: a holder that was suspended and lost its lock can so undo
   * nobody's work.
   */
  readonly write: (text: string) => Effect.Effect<void, AuthError>
}

// =============================================================================
// Service
// =============================================================================

/**
 * A token storage.
 *
 * @category services
 * @since 0.1.0
 */
export class TokenStorage extends Context.Service<TokenStorage, {
  /** Among whom `modify` is exclusive: the fibers of one process, the processes of one machine, or all who connect. */
  readonly reach: "process" | "machine" | "cluster"
  /**
   * Runs `use` while nobody else within reach reads or writes this key; other keys are not held up. Fails with
   * `StoreFailed` (`Locked`) when the lock cannot be had in time, and never runs `use` without it.
   */
  readonly modify: <A, E, R>(
    key: TokenKey,
    use: (slot: Slot) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | AuthError, R>
}>()("@app/auth/TokenStorage") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Keeps records in a `TokenStorage`, as versioned JSON that names the account it belongs to.
 *
 * What cannot be read is never overwritten: a damaged record, another account's, or one of a later release fails with
 * `StoreFailed` (`Corrupt`, `Foreign`, `NewerVersion`), which names the place and what to do. What this release does not
 * know in a record of its own version stays in it, for as long as the record holds tokens.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenStore: Layer.Layer<TokenStore, never, TokenStorage> = Layer.effect(
  TokenStore,
  Effect.map(TokenStorage, (storage) =>
    TokenStore.of({
      modify: (key, use) =>
        storage.modify(key, (slot) => {
          /** The text that has been read and understood: only that may be replaced. */
          let known: Option.Option<string> | undefined
          const read = Effect.gen(function*() {
            known = undefined
            const text = yield* slot.read
            const record = Option.isNone(text)
              ? Option.none()
              : Option.some(yield* RecordFormat.decode(key, slot.place, text.value))
            known = text
            return record
          })
          return use({
            read,
            write: Effect.fnUntraced(function*(record) {
              if (known === undefined) yield* read
              const text = RecordFormat.encode(key, record, known ?? Option.none())
              yield* slot.write(text)
              known = Option.some(text)
            })
          })
        })
    }))
)
