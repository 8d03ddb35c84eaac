/** One run for all who ask for the same at the same time. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as RetryPolicy from "../RetryPolicy.ts"

// =============================================================================
// Model
// =============================================================================

export interface Coalescing {
  /**
   * Joins the run of this key, or starts one. A run belongs to nobody: it goes on while anyone waits for it, and is
   * interrupted when the last one leaves. Those with another retry policy do not share it.
   */
  readonly coalesce: <A, E>(key: string, effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

interface Run {
  readonly policy: RetryPolicy.Service
  readonly result: Deferred.Deferred<unknown, unknown>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  waiting: number
}

// =============================================================================
// Constructor
// =============================================================================

export const make: Effect.Effect<Coalescing, never, Scope.Scope> = Effect.map(Effect.scope, (scope): Coalescing => {
  const runs = new Map<string, Run>()

  const forget = (key: string, run: Run): void => {
    if (runs.get(key) === run) runs.delete(key)
  }

  /** Whoever comes while the fiber is being made finds the run already. */
  const start = <A, E>(key: string, effect: Effect.Effect<A, E>, policy: RetryPolicy.Service): Effect.Effect<Run> =>
    Effect.suspend(() => {
      const run: Run = { policy, result: Deferred.makeUnsafe(), fiber: undefined, waiting: 0 }
      runs.set(key, run)
      return effect.pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            forget(key, run)
            Deferred.doneUnsafe(run.result, exit)
          })
        ),
        Effect.forkIn(scope, { startImmediately: true, uninterruptible: false }),
        Effect.map((fiber) => {
          run.fiber = fiber
          return run
        })
      )
    })

  const leave = (key: string, run: Run) =>
    Effect.suspend(() => {
      run.waiting -= 1
      if (run.waiting > 0 || run.fiber === undefined) return Effect.void
      forget(key, run)
      return Fiber.interrupt(run.fiber)
    })

  return {
    coalesce: <A, E>(key: string, effect: Effect.Effect<A, E>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(RetryPolicy.RetryPolicy, (policy) => {
          const known = runs.get(key)
          if (known !== undefined && known.policy !== policy) return restore(effect)
          return Effect.flatMap(known === undefined ? start(key, effect, policy) : Effect.succeed(known), (run) => {
            run.waiting += 1
            // A key stands for one effect, so its run ends as that effect does.
            const result = Deferred.await(run.result) as Effect.Effect<A, E>
            return Effect.onInterrupt(restore(result), () => leave(key, run))
          })
        })
      )
  }
})
