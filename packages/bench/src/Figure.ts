/**
 * A figure of the suite: what it measures, the rows it comes to, and what they are to reach.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Bench } from "./Bench.ts"
import type { MeasurementFailed } from "./MeasurementFailed.ts"
import type { Series } from "./Plot.ts"
import type { Summary } from "./Statistics.ts"

/** The bound that the median of a row is to keep. */
export interface Target {
  readonly bound: "at most" | "at least"
  readonly value: number
}

export interface Row {
  readonly label: string
  readonly value: Summary
  /** `×` for a ratio to the figure's baseline. */
  readonly unit: string
  readonly target?: Target | undefined
}

export interface Figure {
  /** The name for `--only`. */
  readonly name: string
  readonly title: string
  /** The baseline of ratios, and whatever else a reader of the table has to know. */
  readonly about: string
  readonly measure: Effect.Effect<Outcome, MeasurementFailed, Bench | Scope.Scope>
}

export interface Outcome {
  readonly rows: ReadonlyArray<Row>
  /** The lines in the plot. */
  readonly series?: ReadonlyArray<Series> | undefined
}

export const atMost = (value: number): Target => ({ bound: "at most", value })

export const atLeast = (value: number): Target => ({ bound: "at least", value })

export type Verdict = "reached" | "missed"

/** Returns the verdict of a row that has a target. A value that could not be measured has missed it. */
export const verdict = ({ target, value }: Row): Verdict | undefined => {
  if (target === undefined) return undefined
  const isReached = target.bound === "at most" ? value.median <= target.value : value.median >= target.value
  return isReached ? "reached" : "missed"
}
