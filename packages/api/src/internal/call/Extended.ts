/** Operations that Development Mode is not served. */
import * as Effect from "effect/Effect"
import { ExtendedQuotaMode } from "../../QuotaMode.ts"

/** Lets an operation be used only where the app may be in Extended Quota Mode. */
export const extended = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | ExtendedQuotaMode> =>
  Effect.andThen(ExtendedQuotaMode, call)
