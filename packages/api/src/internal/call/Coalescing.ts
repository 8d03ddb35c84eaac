/** One run for all who ask for the same, under the same authorization, at the same time. */
import type { TokenService } from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as RetryPolicy from "../../RetryPolicy.ts"
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

/** Takes what came of a run. */
type Caller = (exit: Exit.Exit<unknown, unknown>) => void

interface Run {
  readonly key: string
  policy: RetryPolicy.Service | undefined
  binding: AuthorizationBinding.AuthorizationBinding | undefined
  callers: Array<Caller>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** The neighbours among all that are under way. */
  previous: Run | undefined
  next: Run | undefined
}

/** What a caller asks for. */
interface Wish<A, E> {
  readonly key: string
  readonly effect: Effect.Effect<A, E>
  readonly context: Context.Context<never>
  /** The binding of what the caller does besides. */
  readonly own: AuthorizationBinding.AuthorizationBinding | undefined
  readonly wanted: AuthorizationBinding.AuthorizationBinding
}

type Resume<A, E> = (result: Effect.Effect<A, E>) => void

/** Whether a caller belongs to a run, where that took asking. */
interface Judged {
  readonly run: Run
  readonly belongs: boolean
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (tokens: TokenService["Service"]): Effect.Effect<Coalescing, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(Effect.sync(() => new Runs(tokens)), (runs) => runs.close),
    (runs) => ({ coalesce: (key, effect) => runs.coalesce(key, effect) })
  )

class Runs {
  /** By key: the run that was begun last. */
  private readonly byKey = new Map<string, Run>()
  /** All that are under way: under different authorizations there may be several of one key. */
  private first: Run | undefined
  private isClosed = false
  private readonly tokens: TokenService["Service"]
  private readonly atHand: Effect.Effect<string | undefined>

  constructor(tokens: TokenService["Service"]) {
    this.tokens = tokens
    this.atHand = AuthorizationBinding.atHand(tokens)
  }

  coalesce<A, E>(key: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.withFiber(({ context }) => {
      const own = Context.get(context, AuthorizationBinding.Current)
      return own?.isBound === true
        ? this.joinOrStart({ key, effect, context, own, wanted: own })
        : Effect.flatMap(
          this.atHand,
          (id) => this.joinOrStart({ key, effect, context, own, wanted: AuthorizationBinding.begunUnder(id) })
        )
    })
  }

  /** Interrupts all that is under way. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.isClosed = true
    const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
    for (let run = this.first; run !== undefined; run = run.next) {
      if (run.fiber !== undefined) fibers.push(run.fiber)
    }
    return Fiber.interruptAll(fibers)
  })

  // ---------------------------------------------------------------------------
  // Sharing
  // ---------------------------------------------------------------------------

  /**
   * Looks for a run and joins or starts one in a single step: the scheduler may let others go first between any two effects,
   * and a run that was found may have ended by the next.
   */
  private joinOrStart<A, E>(wish: Wish<A, E>, judged?: Judged): Effect.Effect<A, E> {
    return Effect.callback((resume) => {
      const { context, effect, key, own, wanted } = wish
      const run = this.byKey.get(key)
      if (run?.binding === undefined) return this.start(wish, resume)
      if (run.policy !== Context.get(context, RetryPolicy.RetryPolicy)) {
        return resume(Effect.provideService(effect, AuthorizationBinding.Current, own ?? wanted))
      }
      const belongs = judged?.run === run ? judged.belongs : this.belongs(wanted, run.binding)
      if (belongs === true) return this.join(run, own, resume)
      if (belongs === false) return this.start(wish, resume)
      resume(Effect.flatMap(belongs, (belongs) => this.joinOrStart(wish, { run, belongs })))
    })
  }

  /** Whether who wants this authorization would go out under that of a run. */
  private belongs(
    wanted: AuthorizationBinding.AuthorizationBinding,
    binding: AuthorizationBinding.AuthorizationBinding
  ): boolean | Effect.Effect<boolean> {
    if (wanted.isBound || !binding.isBound) return AuthorizationBinding.areAlike(wanted, binding)
    if (binding.id !== undefined) return false
    // The run's token has no name, and neither has what is at hand: a token like it, or none, as after a sign-out.
    return Effect.map(
      Effect.timeoutOption(Effect.option(this.tokens.get), 0),
      (token) => Option.exists(Option.flatten(token), ({ authorizationId }) => authorizationId === undefined)
    )
  }

  private start<A, E>(
    { context, effect, key, own, wanted }: Wish<A, E>,
    resume: Resume<A, E>
  ): Effect.Effect<void> | void {
    if (this.isClosed) return resume(Effect.interrupt)
    // A key stands for one effect, so its run ends as that effect does.
    const caller = resume as Caller
    const run: Run = {
      key,
      policy: Context.get(context, RetryPolicy.RetryPolicy),
      binding: wanted,
      callers: [caller],
      fiber: undefined,
      previous: undefined,
      next: undefined
    }
    // Whoever comes while the fiber is being made finds the run already.
    this.add(run)
    if (own !== undefined) AuthorizationBinding.follow(own, wanted)
    run.fiber = Effect.runForkWith(Context.add(context, AuthorizationBinding.Current, wanted))(effect)
    run.fiber.addObserver((exit) => this.end(run, exit))
    return this.leave(run, caller)
  }

  /** Whoever joins is bound as the run is, now or with its first token. */
  private join<A, E>(
    run: Run,
    own: AuthorizationBinding.AuthorizationBinding | undefined,
    resume: Resume<A, E>
  ): Effect.Effect<void> {
    const caller = resume as Caller
    run.callers.push(caller)
    if (own !== undefined && run.binding !== undefined) AuthorizationBinding.follow(own, run.binding)
    return this.leave(run, caller)
  }

  private leave(run: Run, caller: Caller): Effect.Effect<void> {
    return Effect.suspend(() => {
      run.callers.splice(run.callers.indexOf(caller), 1)
      if (run.callers.length > 0 || run.fiber === undefined) return Effect.void
      this.forget(run)
      return Fiber.interrupt(run.fiber)
    })
  }

  // ---------------------------------------------------------------------------
  // Keeping
  // ---------------------------------------------------------------------------

  private add(run: Run): void {
    this.byKey.set(run.key, run)
    run.next = this.first
    if (run.next !== undefined) run.next.previous = run
    this.first = run
  }

  /** Whoever comes now starts another. */
  private forget(run: Run): void {
    if (this.byKey.get(run.key) === run) this.byKey.delete(run.key)
  }

  /**
   * A run lets go of all it has. V8 grows a `Map` by making a new table that the old one points to, so one old table that
   * has survived a collection keeps what later entries hold, 16 µs of collecting a call.
   */
  private end(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    const { callers, next, previous } = run
    this.forget(run)
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next !== undefined) next.previous = previous
    run.policy = undefined
    run.binding = undefined
    run.callers = []
    run.fiber = undefined
    run.previous = undefined
    run.next = undefined
    for (const caller of callers) caller(exit)
  }
}
