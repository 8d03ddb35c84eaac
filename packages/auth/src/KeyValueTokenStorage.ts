/**
 * Token records in any of Effect's key-value stores: `localStorage`, memory, and whatever else implements one.
 *
 * A key-value store has no locks, so only the fibers of this process take turns. Two tabs, or two processes, may refresh
 * at the same time: with a provider that rotates refresh tokens one of them loses its sign-in. Where that can happen use
 * `FileTokenStorage` or `SqlTokenStorage`.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import type { AuthError } from "./AuthError.ts"
import * as ForeignText from "./internal/ForeignText.ts"
import * as KeyedLock from "./internal/KeyedLock.ts"
import * as StoreTrouble from "./internal/StoreTrouble.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"

/**
 * Records in the `KeyValueStore` in context, under keys that begin with `prefix` (default: `oauth/`).
 *
 * **Example** (In a browser)
 *
 * ```ts
 * import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
 * import * as Layer from "effect/Layer"
 * import * as KeyValueStore from "effect/persistence/KeyValueStore"
 *
 * export const Storage = KeyValueTokenStorage.layer().pipe(
 *   Layer.provide(KeyValueStore.layerStorage(() => globalThis.localStorage))
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

      const get = (name: string): Effect.Effect<string | undefined, AuthError> =>
        Effect.mapError(store.get(name), ({ message }) =>
          StoreTrouble.make("read", "Unavailable", name, ForeignText.withoutSecrets(message, [])))

      const slotOf = (name: string): Slot => {
        let known: { readonly text: string | undefined } | undefined
        const learn = (text: string | undefined) =>
          Effect.sync(() => {
            known = { text }
          })
        return {
          place: name,
          read: Effect.map(Effect.tap(get(name), learn), Option.fromUndefinedOr),
          write: (text) =>
            Effect.flatMap(get(name), (current) =>
              known !== undefined && known.text !== current
                ? Effect.fail(StoreTrouble.conflict(name))
                : store.set(name, text).pipe(
                  // A backend may quote what it could not take.
                  Effect.mapError(({ message }) =>
                    StoreTrouble.make("write", "Unavailable", name, ForeignText.withoutSecrets(message, [text]))
                  ),
                  Effect.andThen(learn(text))
                ))
        }
      }

      return TokenStorage.of({
        reach: "process",
        modify: (key, use) => {
          const name = prefix + JSON.stringify([key.issuer, key.clientId, key.account])
          return KeyedLock.holding(
            fibers.take(name),
            Effect.suspend(() =>
              use(slotOf(name))
            )
          )
        }
      })
    })
  )
