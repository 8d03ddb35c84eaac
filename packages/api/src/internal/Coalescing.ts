/** One run for all who ask for the same, under the same authorization, at the same time. */
import type { TokenService } from "@app/auth/TokenService"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as AuthorizationBinding from "./AuthorizationBinding.ts"

// =============================================================================
// Model
// =============================================================================

export interface Coalescing {
  /**
   * Joins the run of this key, or starts one. A run belongs to nobody: it goes on while anyone waits for it, and is
   * interrupted when the last one leaves. Those with another retry policy do not share it, nor do those who came under
   * another authorization than it goes out under.
   */
  readonly coalesce: <A, E>(key: string, effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

interface Run {
  readonly key: string
  readonly policy: RetryPolicy.Service
  readonly binding: AuthorizationBinding.AuthorizationBinding
  readonly result: Deferred.Deferred<unknown, unknown>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  waiting: number
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (
  tokens: TokenService["Service"]
): Effect.Effect<Coalescing, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope): Coalescing => {
    /** By key: the run that was begun last. */
    const runs = new Map<string, Run>()

    const forget = (run: Run): void => {
      if (runs.get(run.key) === run) runs.delete(run.key)
    }

    /** Whoever comes while the fiber is being made finds the run already. */
    const start = <A, E>(run: Run, effect: Effect.Effect<A, E>): Effect.Effect<Run> =>
      Effect.suspend(() => {
        runs.set(run.key, run)
        return effect.pipe(
          Effect.provideService(AuthorizationBinding.Current, run.binding),
          Effect.onExit((exit) =>
            Effect.sync(() => {
              forget(run)
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

    const leave = (run: Run) =>
      Effect.suspend(() => {
        run.waiting -= 1
        if (run.waiting > 0 || run.fiber === undefined) return Effect.void
        forget(run)
        return Fiber.interrupt(run.fiber)
      })

    /** Whether who wants this authorization would go out under the run's. */
    const belongs = (
      wanted: AuthorizationBinding.AuthorizationBinding,
      { binding }: Run
    ): Effect.Effect<boolean> => {
      if (wanted.isBound || !binding.isBound) return Effect.succeed(AuthorizationBinding.areAlike(wanted, binding))
      if (binding.id !== undefined) return Effect.succeed(false)
      // The run's token has no name, and neither has what is at hand: a token like it, or none, as after a sign-out.
      return Effect.map(
        Effect.timeoutOption(Effect.option(tokens.get), 0),
        (token) => Option.exists(Option.flatten(token), ({ authorizationId }) => authorizationId === undefined)
      )
    }

    /** Whoever joins a run is bound as it is, now or with its first token. */
    const join = <A, E>(
      run: Run,
      own: AuthorizationBinding.AuthorizationBinding | undefined,
      restore: <B, E2>(effect: Effect.Effect<B, E2>) => Effect.Effect<B, E2>
    ): Effect.Effect<A, E> => {
      run.waiting += 1
      if (own !== undefined) AuthorizationBinding.follow(own, run.binding)
      // A key stands for one effect, so its run ends as that effect does.
      const result = Deferred.await(run.result) as Effect.Effect<A, E>
      return Effect.onInterrupt(restore(result), () => leave(run))
    }

    return {
      coalesce: <A, E>(key: string, effect: Effect.Effect<A, E>) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.withFiber((fiber) => {
            const policy = fiber.getRef(RetryPolicy.RetryPolicy)
            const own = fiber.getRef(AuthorizationBinding.Current)
            const wanted = own?.isBound === true
              ? Effect.succeed(own)
              : Effect.map(AuthorizationBinding.atHand(tokens), AuthorizationBinding.begunUnder)
            return Effect.flatMap(wanted, (wanted) => {
              const known = runs.get(key)
              if (known !== undefined && known.policy !== policy) {
                return restore(Effect.provideService(effect, AuthorizationBinding.Current, own ?? wanted))
              }
              const joins = known === undefined ? Effect.succeed(false) : restore(belongs(wanted, known))
              return Effect.flatMap(joins, (joins) => {
                if (known !== undefined && joins && runs.get(key) === known) return join<A, E>(known, own, restore)
                const run: Run = {
                  key,
                  policy,
                  binding: wanted,
                  result: Deferred.makeUnsafe(),
                  fiber: undefined,
                  waiting: 0
                }
                return Effect.flatMap(start(run, effect), (run) => join<A, E>(run, own, restore))
              })
            })
          })
        )
    }
  })
