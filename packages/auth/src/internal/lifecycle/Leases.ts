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
class Lease<A> extends DueTimes.Alarm {
  readonly name: string
  readonly running: Running<A>
  users = 0
  /** The service as its users see it, made while there are any. */
  service: A | undefined
  isClosed = false
  readonly #leases: Leases<A>

  constructor(name: string, running: Running<A>, leases: Leases<A>) {
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
export const make = <A>(options: {
  readonly start: (name: string) => Running<A>
  readonly idleTimeToLive: Duration.Duration
}): Effect.Effect<Leases<A>, never, Scope.Scope> =>
  Effect.contextWith((context: Context.Context<Scope.Scope>) =>
    Effect.acquireRelease(
      Effect.sync(() => new Leases(options.start, Duration.toMillis(options.idleTimeToLive), context)),
      (leases, exit) => leases.close(exit)
    )
  )

export class Leases<A> {
  readonly #start: (name: string) => Running<A>
  readonly #idleMillis: number
  readonly #context: Context.Context<Scope.Scope>
  readonly #dueTimes: DueTimes.DueTimes
  readonly #leases = new Map<string, Lease<A>>()
  #isClosed = false

  constructor(start: (name: string) => Running<A>, idleMillis: number, context: Context.Context<Scope.Scope>) {
    this.#start = start
    this.#idleMillis = idleMillis
    this.#context = context
    this.#dueTimes = DueTimes.of(context)
  }

  /** Returns the service of a name, which is in use for as long as the scope lives. */
  take(name: string, scope: Scope.Scope): Effect.Effect<A> {
    return Effect.uninterruptible(Effect.suspend(() => {
      if (this.#isClosed) return Effect.interrupt
      const lease = this.#leases.get(name) ?? this.#begin(name)
      lease.users += 1
      this.#dueTimes.clear(lease)
      const service = lease.service ??= lease.running.service()
      return Effect.as(Scope.addFinalizerExit(scope, () => this.#leave(lease)), service)
    }))
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
  onIdle(lease: Lease<A>, now: Clocks.Instant): void {
    if (!DueTimes.isOver(lease.dueAt, now)) return this.#dueTimes.set(lease, lease.dueAt)
    this.#forget(lease)
    Effect.runForkWith(this.#context)(this.#end(lease, Exit.void)).pipe(
      Fiber.runIn(Context.get(this.#context, Scope.Scope))
    )
  }

  #begin(name: string): Lease<A> {
    const lease = new Lease(name, this.#start(name), this)
    this.#leases.set(name, lease)
    return lease
  }

  #leave(lease: Lease<A>): Effect.Effect<void> {
    return Effect.suspend(() => {
      lease.users -= 1
      if (lease.users > 0) return Effect.void
      lease.service = undefined
      if (this.#idleMillis <= 0) this.#forget(lease)
      if (this.#leases.get(lease.name) !== lease) return this.#end(lease, Exit.void)
      const now = Clocks.monotonicMillis(Context.get(this.#context, Clock.Clock))
      this.#dueTimes.set(lease, now + this.#idleMillis)
      return Effect.void
    })
  }

  #forget(lease: Lease<A>): void {
    this.#dueTimes.clear(lease)
    if (this.#leases.get(lease.name) === lease) this.#leases.delete(lease.name)
  }

  #end(lease: Lease<A>, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (lease.isClosed) return Effect.void
      lease.isClosed = true
      return Effect.uninterruptible(lease.running.close(exit))
    })
  }
}
