/**
 * The counter of refresh requests.
 */
import * as Effect from "effect/Effect"
import * as RefreshCounts from "../../RefreshCounts.ts"
import type { Decision, Line } from "./RefreshTokens.ts"

const nameOf = (decision: Decision): "resent" | "reused" | undefined => {
  if (decision._tag === "Refuse") return decision.because === "Replaced" ? "reused" : undefined
  return decision._tag === "Accept" ? undefined : "resent"
}

/** Makes a counter that has counted nothing. */
export const make = () => {
  let counts = RefreshCounts.none
  const count = (name: keyof RefreshCounts.RefreshCounts) => {
    counts = { ...counts, [name]: counts[name] + 1 }
  }
  return {
    counts: Effect.sync(() => counts),
    clear: Effect.sync(() => {
      counts = RefreshCounts.none
    }),
    /** Counts a request by the decision about its refresh token. */
    decided: (decision: Decision): void => {
      const name = nameOf(decision)
      if (name !== undefined) count(name)
    },
    /** Runs a request, from its arrival to its response, and counts it; `line` is that of its refresh token, if any. */
    around: <A, E, R>(line: () => Line | undefined, request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        count("requests")
        const found = line()
        if (found === undefined) return request
        if (found.inFlight > 0) count("overlapping")
        found.inFlight += 1
        return Effect.ensuring(request, Effect.sync(() => found.inFlight -= 1))
      })
  }
}
