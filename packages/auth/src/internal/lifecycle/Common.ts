/** The parts that the token services of all accounts of one client share. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as DueTimes from "./DueTimes.ts"
import * as Telemetry from "./Telemetry.ts"
import type * as TokenState from "./TokenState.ts"

export interface Options extends TokenState.Rules, Telemetry.Options {
  /** Time that the end of a service waits for a token request in flight. */
  readonly closeTimeout: Duration.Duration
}

export interface Common extends Options {
  readonly clock: Clock.Clock
  readonly dueTimes: DueTimes.DueTimes
  readonly telemetry: Telemetry.Telemetry
}

/** Services do in `context` what they do by themselves. */
export const make = (options: Options, context: Context.Context<never>): Common => ({
  ...options,
  clock: Context.get(context, Clock.Clock),
  dueTimes: DueTimes.of(context),
  telemetry: Telemetry.make(options, context)
})
