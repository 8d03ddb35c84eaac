/**
 * The faults that wait, a line for each route.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Fault } from "../../Fault.ts"
import type { Route } from "../../Route.ts"

/**
 * Lines of faults: set, met one request at a time, cleared.
 *
 * @category services
 * @since 0.1.0
 */
export class Faults extends Context.Service<Faults, {
  /** Puts faults at the end of a route's line. */
  readonly inject: (route: Route, faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** The fault the next request of a route meets, counted as met. */
  readonly next: (route: Route) => Effect.Effect<Fault | undefined>
  /** Empties every line. */
  readonly clear: Effect.Effect<void>
}>()("@app/sandbox/Faults") {
  /** Empty lines. */
  static readonly layer = Layer.sync(Faults, () => {
    const lines = new Map<Route, Array<{ readonly fault: Fault; left: number }>>()
    return Faults.of({
      inject: (route, faults) =>
        Effect.sync(() => {
          const added = faults.map((fault) => ({
            fault,
            left: fault.times === "always" ? Number.POSITIVE_INFINITY : fault.times ?? 1
          }))
          lines.set(route, [...(lines.get(route) ?? []), ...added])
        }),
      next: (route) =>
        Effect.sync(() => {
          const line = lines.get(route)
          const head = line?.[0]
          if (line === undefined || head === undefined) return undefined
          head.left -= 1
          if (head.left <= 0) line.shift()
          return head.fault
        }),
      clear: Effect.sync(() => lines.clear())
    })
  })
}
