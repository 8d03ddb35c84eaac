/** Operations that Development Mode is not served. */
import * as Effect from "effect/Effect"
import { ExtendedQuotaMode } from "../../QuotaMode.ts"

/** Requires `ExtendedQuotaMode` for a call, so that it compiles only where the app may be in that mode. */
export const requireExtendedQuotaMode = <A, E, R>(
  call: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | ExtendedQuotaMode> => Effect.andThen(ExtendedQuotaMode, call)
