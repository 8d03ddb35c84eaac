/**
 * Pending sign-ins in a `KeyValueStore` of Effect, such as `sessionStorage`.
 *
 * **When to use**
 *
 * Use in a page that signs in by a redirect, over `sessionStorage`: it belongs to one tab and lasts through the redirect.
 * `BrowserSignIn.layer` has it.
 * The page holds its own state, so that no other browser's callback fits, and needs no `session`.
 *
 * **Gotchas**
 *
 * A key-value store cannot read and remove in one step, so only the fibers of one process or tab exclude each other. On a
 * server use `SqlAuthorizationRequestStore`.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import type { AuthError } from "./AuthError.ts"
import * as AuthorizationRequestStore from "./AuthorizationRequestStore.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import * as UntrustedText from "./internal/text/UntrustedText.ts"

// =============================================================================
// Text
// =============================================================================

/** Writes the end of a sign-in before its text, so that sweeping need not read the rest. */
const withEnd = (endsAt: number, text: string): string => `${Math.ceil(endsAt)} ${text}`

const endOf = (value: string): number => Number(/^\d+(?= )/.exec(value)?.[0] ?? 0)

const withoutEnd = (value: string): string => value.replace(/^\d+ /, "")

// =============================================================================
// Layers
// =============================================================================

/** The time between two searches for sign-ins that are over. */
const sweepInterval = Duration.toMillis("10 minutes")

/**
 * Layer that keeps sign-ins in the `KeyValueStore` in context.
 *
 * **Details**
 *
 * Keys begin with `prefix`. Default: `oauth-sign-in/`. Sign-ins that are over are removed with the first one that is put,
 * and every ten minutes after that, as others are put.
 *
 * **Example** (In a page)
 *
 * ```ts
 * import * as KeyValueAuthorizationRequestStore from "@app/auth/KeyValueAuthorizationRequestStore"
 * import * as Layer from "effect/Layer"
 * import * as KeyValueStore from "effect/persistence/KeyValueStore"
 *
 * export const SignIns = KeyValueAuthorizationRequestStore.layer().pipe(
 *   Layer.provide(KeyValueStore.layerStorage(() => globalThis.sessionStorage))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: {
  readonly prefix?: string | undefined
}): Layer.Layer<AuthorizationRequestStore.AuthorizationRequestStore, never, KeyValueStore.KeyValueStore> =>
  Layer.effect(
    AuthorizationRequestStore.AuthorizationRequestStore,
    Effect.map(KeyValueStore.KeyValueStore, (store) => {
      const prefix = options?.prefix ?? "oauth-sign-in/"
      const place = `the keys that begin with ${prefix}`
      const takers = KeyedLock.make()
      let sweptAt: number | undefined

      const failed = (operation: "read" | "write", secrets: ReadonlyArray<string>) =>
      (
        { message }: KeyValueStore.KeyValueStoreError
      ): AuthError =>
        // A backend may quote what it could not take.
        StoreErrors.make(operation, "Unavailable", place, UntrustedText.withoutSecrets(message, secrets))

      const sweep = Effect.fnUntraced(function*(now: number) {
        if (sweptAt !== undefined && Math.abs(now - sweptAt) < sweepInterval) return
        sweptAt = now
        const keys = yield* store.keys
        yield* Effect.forEach(
          keys.filter((key) => key.startsWith(prefix)),
          (key) =>
            Effect.flatMap(
              store.get(key),
              (value) => value !== undefined && endOf(value) < now ? store.remove(key) : Effect.void
            )
        )
      })

      return AuthorizationRequestStore.make({
        place,
        write: Effect.fnUntraced(function*(name, text, lifetime) {
          const now = yield* Clock.currentTimeMillis
          // A sign-in must not fail for what others have left behind.
          yield* Effect.ignore(sweep(now))
          const value = withEnd(now + Duration.toMillis(lifetime), text)
          yield* Effect.mapError(store.set(prefix + name, value), failed("write", [value, text]))
        }),
        take: (name) =>
          KeyedLock.holding(
            takers.take(name),
            Effect.gen(function*() {
              const value = yield* store.get(prefix + name)
              if (value === undefined) return Option.none()
              yield* store.remove(prefix + name)
              return Option.some(withoutEnd(value))
            }).pipe(Effect.mapError(failed("read", [])), Effect.uninterruptible)
          )
      })
    })
  )
