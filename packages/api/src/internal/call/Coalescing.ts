/** Shares one run among callers that ask for the same thing at the same time under the same authorization. */
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
   * Joins the run of a key, or starts one.
   *
   * **Details**
   *
   * A run goes on while any caller waits for it, and is interrupted when the last one leaves. Callers with another retry
   * policy or under another authorization do not share it.
   */
  readonly coalesce: <A, E>(key: string, effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/** Receives the outcome of a run. */
type Observer = (exit: Exit.Exit<unknown, unknown>) => void

interface Run {
  readonly key: string
  policy: RetryPolicy.Service | undefined
  binding: AuthorizationBinding.AuthorizationBinding | undefined
  observers: Array<Observer>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** The neighbours in the list of all runs. */
  previous: Run | undefined
  next: Run | undefined
}

/** A caller and what it asks for. */
interface Caller<A, E> {
  readonly key: string
  readonly effect: Effect.Effect<A, E>
  readonly context: Context.Context<never>
  /** The binding of the larger work that the caller is part of. */
  readonly own: AuthorizationBinding.AuthorizationBinding | undefined
  /** The binding that the run is to have. */
  readonly wanted: AuthorizationBinding.AuthorizationBinding
}

type Resume<A, E> = (result: Effect.Effect<A, E>) => void

/** The result of an effect that was needed to find out whether a caller belongs to a run. */
interface Membership {
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
  /** The latest run of each key. */
  readonly #byKey = new Map<string, Run>()
  /** List of all runs: under different authorizations there may be several of one key. */
  #first: Run | undefined
  #isClosed = false
  readonly #tokens: TokenService["Service"]
  readonly #currentAuthorization: Effect.Effect<string | undefined>

  constructor(tokens: TokenService["Service"]) {
    this.#tokens = tokens
    this.#currentAuthorization = AuthorizationBinding.current(tokens)
  }

  coalesce<A, E>(key: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.withFiber(({ context }) => {
      const own = Context.get(context, AuthorizationBinding.Current)
      return own?.isBound === true
        ? this.#joinOrStart({ key, effect, context, own, wanted: own })
        : Effect.flatMap(
          this.#currentAuthorization,
          (id) => this.#joinOrStart({ key, effect, context, own, wanted: AuthorizationBinding.begunUnder(id) })
        )
    })
  }

  /** Interrupts all runs. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.#isClosed = true
    const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
    for (let run = this.#first; run !== undefined; run = run.next) {
      if (run.fiber !== undefined) fibers.push(run.fiber)
    }
    return Fiber.interruptAll(fibers)
  })

  // ---------------------------------------------------------------------------
  // Sharing
  // ---------------------------------------------------------------------------

  /**
   * Looks for a run and joins or starts one in a single step.
   *
   * **Details**
   *
   * The scheduler may run other fibers between any two effects, and a run that was found may have ended by the second.
   */
  #joinOrStart<A, E>(caller: Caller<A, E>, known?: Membership): Effect.Effect<A, E> {
    return Effect.callback((resume) => {
      const { context, effect, key, own, wanted } = caller
      const run = this.#byKey.get(key)
      if (run?.binding === undefined) return this.#start(caller, resume)
      if (run.policy !== Context.get(context, RetryPolicy.RetryPolicy)) {
        return resume(Effect.provideService(effect, AuthorizationBinding.Current, own ?? wanted))
      }
      const belongs = known?.run === run ? known.belongs : this.#belongs(wanted, run.binding)
      if (belongs === true) return this.#join(run, own, resume)
      if (belongs === false) return this.#start(caller, resume)
      resume(Effect.flatMap(belongs, (belongs) => this.#joinOrStart(caller, { run, belongs })))
    })
  }

  /** Returns whether a run has the authorization that a caller wants. */
  #belongs(
    wanted: AuthorizationBinding.AuthorizationBinding,
    binding: AuthorizationBinding.AuthorizationBinding
  ): boolean | Effect.Effect<boolean> {
    if (wanted.isBound || !binding.isBound) return AuthorizationBinding.areAlike(wanted, binding)
    if (binding.id !== undefined) return false
    // Neither names a sign-in: the current token may be of the same kind, or there is none, as after a sign-out.
    return Effect.map(
      Effect.timeoutOption(Effect.option(this.#tokens.get), 0),
      (token) => Option.exists(Option.flatten(token), ({ authorizationId }) => authorizationId === undefined)
    )
  }

  #start<A, E>(
    { context, effect, key, own, wanted }: Caller<A, E>,
    resume: Resume<A, E>
  ): Effect.Effect<void> | void {
    if (this.#isClosed) return resume(Effect.interrupt)
    // A key stands for one effect, so its run has the outcome of that effect.
    const observer = resume as Observer
    const run: Run = {
      key,
      policy: Context.get(context, RetryPolicy.RetryPolicy),
      binding: wanted,
      observers: [observer],
      fiber: undefined,
      previous: undefined,
      next: undefined
    }
    // A caller that comes while the fiber is being made finds the run already.
    this.#add(run)
    if (own !== undefined) AuthorizationBinding.follow(own, wanted)
    run.fiber = Effect.runForkWith(Context.add(context, AuthorizationBinding.Current, wanted))(effect)
    run.fiber.addObserver((exit) => this.#end(run, exit))
    return this.#leave(run, observer)
  }

  /** Adds a caller, which is bound as the run is, now or with its first token. */
  #join<A, E>(
    run: Run,
    own: AuthorizationBinding.AuthorizationBinding | undefined,
    resume: Resume<A, E>
  ): Effect.Effect<void> {
    const observer = resume as Observer
    run.observers.push(observer)
    if (own !== undefined && run.binding !== undefined) AuthorizationBinding.follow(own, run.binding)
    return this.#leave(run, observer)
  }

  #leave(run: Run, observer: Observer): Effect.Effect<void> {
    return Effect.suspend(() => {
      run.observers.splice(run.observers.indexOf(observer), 1)
      if (run.observers.length > 0 || run.fiber === undefined) return Effect.void
      this.#forget(run)
      return Fiber.interrupt(run.fiber)
    })
  }

  // ---------------------------------------------------------------------------
  // Keeping
  // ---------------------------------------------------------------------------

  #add(run: Run): void {
    this.#byKey.set(run.key, run)
    run.next = this.#first
    if (run.next !== undefined) run.next.previous = run
    this.#first = run
  }

  /** Removes a run from the index, so that the next caller starts another. */
  #forget(run: Run): void {
    if (this.#byKey.get(run.key) === run) this.#byKey.delete(run.key)
  }

  /**
   * Ends a run and clears its fields.
   *
   * **Details**
   *
   * V8 grows a `Map` by making a new table that the old one points to. An old table that has survived a collection keeps
   * alive what later entries hold, which costs 16 µs of collection a call.
   */
  #end(run: Run, exit: Exit.Exit<unknown, unknown>): void {
    const { next, observers, previous } = run
    this.#forget(run)
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next !== undefined) next.previous = previous
    run.policy = undefined
    run.binding = undefined
    run.observers = []
    run.fiber = undefined
    run.previous = undefined
    run.next = undefined
    for (const observer of observers) observer(exit)
  }
}
