/** Errors of the browser by their names, such as `QuotaExceededError`: the rest of what they say is for developers. */
import * as Predicate from "effect/Predicate"

export const nameOf = (cause: unknown): string => Predicate.isError(cause) ? cause.name : "UnknownError"
