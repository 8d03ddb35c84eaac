/**
 * Token records in a `KeyValueStore` of Effect.
 *
 * **When to use**
 *
 * Use where one process alone uses the tokens. Otherwise use `FileTokenStorage` or `SqlTokenStorage`, and in pages
 * `BrowserTokenStore`.
 *
 * **Gotchas**
 *
 * A key-value store has no locks, so only the fibers of one process exclude each other. Two processes may refresh at the
 * same time. When the server rotates refresh tokens, one of them then loses its sign-in.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Predicate from "effect/Predicate"
import type { AuthError } from "./AuthError.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import * as StoredName from "./internal/storage/StoredName.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import * as UntrustedText from "./internal/text/UntrustedText.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Names
// =============================================================================

interface Location {
  readonly name: string
  /** The name in releases that did not shorten long names. */
  readonly former: string | undefined
  /** The name for messages. */
  readonly place: string
}

const locationOf = (prefix: string, key: TokenKey): Effect.Effect<Location> => {
  const text = StoredName.textOf(key)
  const name = prefix + text
  return hasRoom(name)
    ? Effect.succeed({ name, former: undefined, place: name })
    : Effect.map(StoredName.digestOf(text), (digest) => ({
      name: `${prefix}sha256:${digest}`,
      former: name,
      place: `${prefix}sha256:${digest}, which is account ${StoredName.sanitize(key.account)}`
    }))
}

/** Reports whether every backend of Effect takes a name: MySQL's column and `layerFileSystem` take the shortest ones. */
const hasRoom = (name: string): boolean => name.length <= 191 && encodeURIComponent(name).length <= 255

const isNameTooLong = (error: KeyValueStore.KeyValueStoreError): boolean => {
  for (let cause: unknown = error; Predicate.isObject(cause); cause = cause["reason"] ?? cause["cause"]) {
    if (StoreErrors.codeOf(cause) === "ENAMETOOLONG") return true
  }
  return false
}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps records in the `KeyValueStore` in context.
 *
 * **Details**
 *
 * Keys begin with `prefix`. Default: `oauth/`.
 *
 * **Example** (In a folder)
 *
 * ```ts
 * import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
 * import * as NodeServices from "@effect/platform-node/NodeServices"
 * import * as Layer from "effect/Layer"
 * import * as KeyValueStore from "effect/persistence/KeyValueStore"
 *
 * export const Storage = KeyValueTokenStorage.layer().pipe(
 *   Layer.provide(KeyValueStore.layerFileSystem("tokens")),
 *   Layer.provide(NodeServices.layer)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: {
  readonly prefix?: string | undefined
}): Layer.Layer<TokenStorage, never, KeyValueStore.KeyValueStore> =>
  Layer.effect(
    TokenStorage,
    Effect.map(KeyValueStore.KeyValueStore, (store) => {
      const prefix = options?.prefix ?? "oauth/"
      const fibers = KeyedLock.make()

      const bounded = (place: string, get: Effect.Effect<string | undefined, KeyValueStore.KeyValueStoreError>) =>
        get.pipe(
          Effect.mapError(({ message }) =>
            StoreErrors.make("read", "Unavailable", place, UntrustedText.withoutSecrets(message, []))
          ),
          Effect.filterOrFail(
            (text) => text === undefined || text.length <= StoreErrors.sizeLimit,
            () => StoreErrors.tooLarge("read", place)
          )
        )

      const get = ({ former, name, place }: Location): Effect.Effect<string | undefined, AuthError> =>
        former === undefined
          ? bounded(place, store.get(name))
          : Effect.filterOrElse(
            bounded(place, store.get(name)),
            Predicate.isNotUndefined,
            // A backend that refuses a name for its length has no text under it.
            () => bounded(place, Effect.catchIf(store.get(former), isNameTooLong, () => Effect.undefined))
          )

      const slotOf = (location: Location): Slot => {
        const { former, name, place } = location
        let known: { readonly text: string | undefined } | undefined
        const learn = (text: string | undefined) =>
          Effect.sync(() => {
            known = { text }
          })
        return {
          place,
          read: Effect.map(Effect.tap(get(location), learn), Option.fromUndefinedOr),
          write: Effect.fnUntraced(function*(text): Effect.fn.Return<void, AuthError> {
            const current = yield* get(location)
            if (known !== undefined && known.text !== current) return yield* StoreErrors.conflict(place)
            if (text.length > StoreErrors.sizeLimit) return yield* StoreErrors.tooLarge("write", place)
            yield* Effect.mapError(
              store.set(name, text),
              // A backend may quote what it could not take.
              ({ message }) =>
                StoreErrors.make("write", "Unavailable", place, UntrustedText.withoutSecrets(message, [text]))
            )
            yield* learn(text)
            if (former !== undefined) yield* Effect.ignore(store.remove(former))
          })
        }
      }

      return TokenStorage.of({
        reach: "process",
        modify: (key, use) =>
          Effect.flatMap(locationOf(prefix, key), (location) =>
            KeyedLock.holding(fibers.take(location.name), Effect.suspend(() => use(slotOf(location))))),
        peek: (key) =>
          Effect.flatMap(locationOf(prefix, key), (location) =>
            Effect.map(get(location), (text) => ({ place: location.place, text: Option.fromUndefinedOr(text) })))
      })
    })
  )
