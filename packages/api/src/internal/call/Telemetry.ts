/** Metrics of the calls of one operation, whose handles are made once and updated without an effect. */
import type { AuthError } from "@app/auth/AuthError"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type * as SpotifyError from "../../SpotifyError.ts"
import * as SpotifyMetrics from "../../SpotifyMetrics.ts"
import * as Milliseconds from "../time/Milliseconds.ts"

export class Telemetry {
  readonly operation: string
  readonly #succeeded: Metric.Counter<number>
  readonly #duration: Metric.Histogram<number>

  constructor(operation: string) {
    this.operation = operation
    this.#succeeded = this.#calls("success")
    // The two metrics that each call writes to have their attributes from the start: `Metric.withAttributes` adds them to
    // the context at every update, which costs 0.4 KiB a call. For the same reason this is the histogram below the timer
    // `SpotifyMetrics.callDuration`, which takes milliseconds as they are.
    this.#duration = Metric.histogram(SpotifyMetrics.callDuration.id, {
      description: SpotifyMetrics.callDuration.description,
      boundaries: Milliseconds.boundaries,
      attributes: { operation, time_unit: "milliseconds" }
    })
  }

  /** Counts a call that ended after so many milliseconds. */
  ended(exit: Exit.Exit<unknown, Failure>, took: number, context: Context.Context<never>): void {
    const calls = Exit.isSuccess(exit) ? this.#succeeded : this.#calls(outcomeOf(exit))
    calls.updateUnsafe(1, context)
    this.#duration.updateUnsafe(took, context)
  }

  /** Records that a request waited at the gate for so many milliseconds. */
  waited(millis: number, context: Context.Context<never>): void {
    const { operation } = this
    Metric.withAttributes(SpotifyMetrics.gateWaits, { operation }).updateUnsafe(Duration.millis(millis), context)
  }

  /** Counts a 429. */
  limited({ _tag }: SpotifyError.RateLimited | SpotifyError.QuotaExceeded, context: Context.Context<never>): void {
    const { operation } = this
    const metric = _tag === "RateLimited" ? SpotifyMetrics.rateLimited : SpotifyMetrics.quotaExceeded
    Metric.withAttributes(metric, { operation }).updateUnsafe(1, context)
  }

  /** Counts a request that is sent again after `pause` milliseconds, or as soon as the gate admits it. */
  repeated({ reason }: SpotifyError.SpotifyError, pause: number): Effect.Effect<void> {
    const { operation } = this
    return Effect.andThen(
      Metric.update(Metric.withAttributes(SpotifyMetrics.retries, { operation, reason: reason._tag }), 1),
      Effect.logDebug(`${operation} is tried again${pause === 0 ? "" : ` in ${Math.round(pause)} ms`}: ${reason._tag}`)
    )
  }

  #calls(outcome: string) {
    return Metric.counter(SpotifyMetrics.calls.id, {
      description: SpotifyMetrics.calls.description,
      incremental: true,
      attributes: { operation: this.operation, outcome }
    })
  }
}

type Failure = SpotifyError.SpotifyError | AuthError

const outcomeOf = (exit: Exit.Exit<unknown, Failure>): string =>
  Option.match(Exit.findErrorOption(exit), {
    onNone: () => Exit.hasInterrupts(exit) ? "interrupted" : "defect",
    onSome: (error) => error._tag === "SpotifyError" ? error.reason._tag : error._tag
  })
