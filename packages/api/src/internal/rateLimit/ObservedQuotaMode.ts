/** The quota mode of an app, as responses of the last hour have shown it. */
import * as Clocks from "@app/auth/Clocks"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { QuotaMode } from "../../QuotaMode.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * Memory of an app's quota mode.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObservedQuotaMode {
  /** The mode that was seen last; undefined when none was seen within the last hour. */
  readonly current: Effect.Effect<QuotaMode | undefined>
  /** Remembers the mode that a response has shown. */
  readonly observe: (mode: QuotaMode) => Effect.Effect<void>
}

/**
 * The milliseconds for which an observed mode counts.
 *
 * **Details**
 *
 * Spotify moves an app from one mode to the other once, after weeks. Asking again within the hour costs one request; never
 * asking again would cost fifty requests in place of one until the next start.
 */
const memory = 60 * 60 * 1000

interface Observation extends Clocks.Period {
  readonly mode: QuotaMode
}

// =============================================================================
// Constructor
// =============================================================================

/** Creates a memory in which nothing has been observed. */
export const make = (): ObservedQuotaMode => {
  let last: Observation | undefined

  return {
    current: Effect.map(
      Clock.Clock,
      (clock) => last !== undefined && Clocks.remaining(last, Clocks.now(clock)) > 0 ? last.mode : undefined
    ),
    observe: (mode) =>
      Effect.map(Clock.Clock, (clock) => {
        last = { mode, since: Clocks.now(clock), lasts: memory }
      })
  }
}
