/** A lock for each name, for the fibers of this process. A name that nobody uses costs nothing. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

export interface KeyedLock {
  /** Takes the lock of a name until the scope closes, in the order of asking. */
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
