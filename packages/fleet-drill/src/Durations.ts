/**
 * Durations of a step that was repeated.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

export interface Durations {
  /** Milliseconds. */
  readonly median: number
  readonly p99: number
}

const at = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Repeats a step, one after the other. */
export const measure = <A, E, R>(count: number, step: (index: number) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const durations: Array<number> = []
    for (let index = 0; index < count; index++) {
      const before = yield* Clock.monotonicTimeNanos
      yield* step(index)
      durations.push(Number((yield* Clock.monotonicTimeNanos) - before) / 1e6)
    }
    const sorted = durations.toSorted((one, other) => one - other)
    return { median: at(sorted, 0.5), p99: at(sorted, 0.99) } satisfies Durations
  })
