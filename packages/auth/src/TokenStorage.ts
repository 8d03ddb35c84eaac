/**
 * Storage for one text per account, with one holder of a text at a time.
 *
 * **When to use**
 *
 * Use to add a backend. Programs provide one of the existing ones to `layerTokenStore`.
 *
 * **Details**
 *
 * A `TokenStore` knows the meaning of a record; a `TokenStorage` keeps its text. `layerTokenStore` makes a store of a
 * storage, and `EncryptedTokenStorage` goes between the two.
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
import type * as Scope from "effect/Scope"
import type { AuthError } from "./AuthError.ts"
import * as RecordFormat from "./internal/storage/RecordFormat.ts"
import { type TokenKey, TokenStore } from "./TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The locked text of a key, valid while `modify` runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Slot {
  /** The place of the text, for messages: a path, a table and a row, the key of a storage. */
  readonly place: string
  /**
   * Reads the text; none when there is none.
   *
   * **Details**
   *
   * A text larger than 1 MiB is no record. It fails with `StoreFailed` (`Corrupt`), and is not loaded when its size is
   * known beforehand.
   */
  readonly read: Effect.Effect<Option.Option<string>, AuthError>
  /**
   * Replaces the text. The text is durable once this succeeds.
   *
   * **Details**
   *
   * Fails with `StoreFailed` (`Conflict`) and changes nothing when the text is no longer the one that this slot last read
   * or wrote. So a holder that was suspended and lost its lock overwrites nothing. A text larger than 1 MiB fails with
   * `StoreFailed` (`Corrupt`).
   */
  readonly write: (text: string) => Effect.Effect<void, AuthError>
}

/**
 * A text that was read without its lock.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredText {
  /** The place of the text, for messages. */
  readonly place: string
  /** None when there is none. */
  readonly text: Option.Option<string>
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
  /** The reach of the lock: the fibers of one process, the processes of one machine, or everyone who connects. */
  readonly reach: "process" | "machine" | "cluster"
  /**
   * Runs `use` with the locked text of a key.
   *
   * **Details**
   *
   * Nobody within reach reads or writes that text until `use` ends. Other keys do not wait. Fails with `StoreFailed`
   * (`Locked`) when the lock cannot be taken in time; `use` never runs without it.
   */
  readonly modify: <A, E, R>(
    key: TokenKey,
    use: (slot: Slot) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | AuthError, R>
  /** As in `TokenStore`: runs `onChange` when somebody else may have written the text of a key. */
  readonly watch?: (key: TokenKey, onChange: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
  /**
   * Reads the text of a key without its lock, as `Slot.read` does. It is the text that was last written as a whole, also
   * while somebody holds the lock.
   */
  readonly peek: (key: TokenKey) => Effect.Effect<StoredText, AuthError>
}>()("@app/auth/TokenStorage") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps the records of a `TokenStore` in the `TokenStorage` in context.
 *
 * **Details**
 *
 * A record is versioned JSON that names its account. Fields that this release does not know stay in the record, for as long
 * as it holds tokens.
 *
 * A record that cannot be read is never overwritten. A damaged record, another account's, or one of a later release fails
 * with `StoreFailed` (`Corrupt`, `Foreign`, `NewerVersion`), which names the place and says what to do.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTokenStore: Layer.Layer<TokenStore, never, TokenStorage> = Layer.effect(
  TokenStore,
  Effect.map(TokenStorage, (storage) =>
    TokenStore.of({
      ...(storage.watch !== undefined && { watch: storage.watch }),
      modify: (key, use) =>
        storage.modify(key, (slot) => {
          /** The text that was last read and decoded: only that may be replaced. */
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
        }),
      peek: (key) =>
        Effect.flatMap(
          storage.peek(key),
          ({ place, text }) =>
            Option.isNone(text) ? Effect.succeedNone : Effect.asSome(RecordFormat.decode(key, place, text.value))
        )
    }))
)
