/**
 * Services by name, each started when it is first used, shared while it is in use, and closed when it has been idle.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Clocks from "../../Clocks.ts"
import * as DueTimes from "./DueTimes.ts"

// =============================================================================
// Model
// =============================================================================

/** A service that runs. */
export interface Running<A> {
  /** Returns the service as its users see it. */
  readonly service: () => A
  readonly close: (exit: Exit.Exit<unknown, unknown>) => Effect.Effect<void>
}

/** A service, and the number of its users. */
class Lease<A, R extends Running<A>> extends DueTimes.Alarm {
  readonly name: string
  readonly running: R
  users = 0
  /** The service as its users see it, made while there are any. */
  service: A | undefined
  isClosed = false
  readonly #leases: Leases<A, R>

  constructor(name: string, running: R, leases: Leases<A, R>) {
    super()
    this.name = name
    this.running = running
    this.#leases = leases
  }

  override ring(now: Clocks.Instant): void {
    this.#leases.onIdle(this, now)
  }
}

// =============================================================================
// Constructor
// =============================================================================

/** Creates leases that live as long as the scope. */
export const make = <A, R extends Running<A> = Running<A>>(options: {
  readonly start: (name: string) => R
  readonly idleTimeToLive: Duration.Duration
  /** The number of idle services, of which those are closed first that have been idle for longest. Default: any number. */
  readonly maxIdle?: number | undefined
}): Effect.Effect<Leases<A, R>, never, Scope.Scope> =>
  Effect.contextWith((context: Context.Context<Scope.Scope>) =>
    Effect.acquireRelease(
      Effect.sync(() =>
        new Leases<A, R>(
          options.start,
          Duration.toMillis(options.idleTimeToLive),
          options.maxIdle ?? Infinity,
          context
        )
      ),
      (leases, exit) => leases.close(exit)
    )
  )

export class Leases<A, R extends Running<A> = Running<A>> {
  readonly #start: (name: string) => R
  readonly #idleMillis: number
  readonly #maxIdle: number
  readonly #context: Context.Context<Scope.Scope>
  readonly #dueTimes: DueTimes.DueTimes
  readonly #leases = new Map<string, Lease<A, R>>()
  /** Those without users, in the order in which they became idle. */
  readonly #idle = new Set<Lease<A, R>>()
  #isClosed = false

  constructor(
    start: (name: string) => R,
    idleMillis: number,
    maxIdle: number,
    context: Context.Context<Scope.Scope>
  ) {
    this.#start = start
    this.#idleMillis = idleMillis
    this.#maxIdle = maxIdle
    this.#context = context
    this.#dueTimes = DueTimes.of(context)
  }

  /** Returns the service of a name, which is in use for as long as the scope lives. */
  take(name: string, scope: Scope.Scope): Effect.Effect<A> {
    return Effect.uninterruptible(Effect.suspend(() => {
      if (this.#isClosed) return Effect.interrupt
      const lease = this.#leases.get(name) ?? this.#begin(name)
      lease.users += 1
      this.#idle.delete(lease)
      this.#dueTimes.clear(lease)
      const service = lease.service ??= lease.running.service()
      return Effect.as(Scope.addFinalizerExit(scope, () => this.#leave(lease)), service)
    }))
  }

  /** The service of a name, where one runs. */
  find(name: string): R | undefined {
    return this.#leases.get(name)?.running
  }

  /** Lets the next user of a name get a new service. Those who use the old one keep it until they are done. */
  release(name: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const lease = this.#leases.get(name)
      if (lease === undefined) return Effect.void
      this.#forget(lease)
      return lease.users === 0 ? this.#end(lease, Exit.void) : Effect.void
    })
  }

  /** Closes all services, also those in use. */
  close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#isClosed = true
      const leases = [...this.#leases.values()]
      for (const lease of leases) this.#forget(lease)
      return Effect.forEach(leases, (lease) => this.#end(lease, exit), { concurrency: "unbounded", discard: true })
    })
  }

  /** Closes a service that has been idle, unless only the wall clock says so. */
  onIdle(lease: Lease<A, R>, now: Clocks.Instant): void {
    if (!DueTimes.isOver(lease.dueAt, now)) return this.#dueTimes.set(lease, lease.dueAt)
    this.#evict(lease)
  }

  #evict(lease: Lease<A, R>): void {
    this.#forget(lease)
    Effect.runForkWith(this.#context)(this.#end(lease, Exit.void)).pipe(
      Fiber.runIn(Context.get(this.#context, Scope.Scope))
    )
  }

  #begin(name: string): Lease<A, R> {
    const lease = new Lease<A, R>(name, this.#start(name), this)
    this.#leases.set(name, lease)
    return lease
  }

  #leave(lease: Lease<A, R>): Effect.Effect<void> {
    return Effect.suspend(() => {
      lease.users -= 1
      if (lease.users > 0) return Effect.void
      lease.service = undefined
      if (this.#idleMillis <= 0) this.#forget(lease)
      if (this.#leases.get(lease.name) !== lease) return this.#end(lease, Exit.void)
      const now = Clocks.monotonicMillis(Context.get(this.#context, Clock.Clock))
      this.#dueTimes.set(lease, now + this.#idleMillis)
      this.#idle.add(lease)
      const [first] = this.#idle.size > this.#maxIdle ? this.#idle : []
      if (first !== undefined) this.#evict(first)
      return Effect.void
    })
  }

  #forget(lease: Lease<A, R>): void {
    this.#dueTimes.clear(lease)
    this.#idle.delete(lease)
    if (this.#leases.get(lease.name) === lease) this.#leases.delete(lease.name)
  }

  #end(lease: Lease<A, R>, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (lease.isClosed) return Effect.void
      lease.isClosed = true
      return Effect.uninterruptible(lease.running.close(exit))
    })
  }
}
