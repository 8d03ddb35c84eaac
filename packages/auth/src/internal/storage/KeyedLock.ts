/** A lock for each key, for the fibers of this process; a key that is not in use takes no memory. */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

export interface KeyedLock<Key> {
  /** Takes the lock of a key until the scope closes. Fibers get it in the order in which they asked. */
  readonly take: (key: Key) => Effect.Effect<void, never, Scope.Scope>
}

export const make = <Key>(): KeyedLock<Key> => {
  const entries = new Map<Key, { readonly semaphore: Semaphore.Semaphore; users: number }>()
  return {
    take: (key) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          const entry = entries.get(key) ?? { semaphore: Semaphore.makeUnsafe(1), users: 0 }
          entries.set(key, entry)
          entry.users += 1
          const leave = Effect.sync(() => {
            entry.users -= 1
            if (entry.users === 0) entries.delete(key)
          })
          return restore(entry.semaphore.take(1)).pipe(
            Effect.onError(() => leave),
            Effect.andThen(Effect.addFinalizer(() => Effect.andThen(entry.semaphore.release(1), leave)))
          )
        })
      )
  }
}

/** Runs `use` while `lock` is held. The scope of the lock is not the scope that `use` has in its context. */
export const holding = <E, A, E2, R>(
  lock: Effect.Effect<void, E, Scope.Scope>,
  use: Effect.Effect<A, E2, R>
): Effect.Effect<A, E | E2, R> => Effect.scopedWith((scope) => Effect.andThen(Scope.provide(lock, scope), use))
