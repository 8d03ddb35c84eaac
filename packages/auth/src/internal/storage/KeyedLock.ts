/** A lock for each name, for the fibers of this process; a name that is not in use takes no memory. */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

export interface KeyedLock {
  /** Takes the lock of a name until the scope closes. Fibers get it in the order in which they asked. */
  readonly take: (name: string) => Effect.Effect<void, never, Scope.Scope>
}

export const make = (): KeyedLock => {
  const entries = new Map<string, { readonly semaphore: Semaphore.Semaphore; users: number }>()
  return {
    take: (name) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          const entry = entries.get(name) ?? { semaphore: Semaphore.makeUnsafe(1), users: 0 }
          entries.set(name, entry)
          entry.users += 1
          const leave = Effect.sync(() => {
            entry.users -= 1
            if (entry.users === 0) entries.delete(name)
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
