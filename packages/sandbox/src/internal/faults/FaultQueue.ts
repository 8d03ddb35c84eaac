/**
 * The faults that are set and not yet used, in a queue for each route.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Fault } from "../../Fault.ts"
import type { Route } from "../../Route.ts"

// =============================================================================
// Service
// =============================================================================

/** The queues of faults. */
export class FaultQueue extends Context.Service<FaultQueue, {
  /** Adds faults to the end of a route's queue. */
  readonly inject: (route: Route, faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** Takes the fault for the next request of a route; `undefined` where the queue is empty. */
  readonly next: (route: Route) => Effect.Effect<Fault | undefined>
  /** Empties every queue. */
  readonly clear: Effect.Effect<void>
}>()("@app/sandbox/FaultQueue") {}

// =============================================================================
// Layers
// =============================================================================

/** Layer with empty queues. */
export const layer: Layer.Layer<FaultQueue> = Layer.sync(FaultQueue, () => {
  const queues = new Map<Route, Array<{ readonly fault: Fault; remaining: number }>>()
  return FaultQueue.of({
    inject: (route, faults) =>
      Effect.sync(() => {
        const added = faults.map((fault) => ({
          fault,
          remaining: fault.times === "always" ? Number.POSITIVE_INFINITY : fault.times ?? 1
        }))
        queues.set(route, [...(queues.get(route) ?? []), ...added])
      }),
    next: (route) =>
      Effect.sync(() => {
        const queue = queues.get(route)
        const head = queue?.[0]
        if (queue === undefined || head === undefined) return undefined
        head.remaining -= 1
        if (head.remaining <= 0) queue.shift()
        return head.fault
      }),
    clear: Effect.sync(() => queues.clear())
  })
})
