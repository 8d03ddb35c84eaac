/** Accounts by their phases. */
import type { Phase } from "../../AccountDirectory.ts"

export const countsOf = (count: (phase: Phase) => number): Readonly<Record<Phase, number>> => ({
  Valid: count("Valid"),
  Due: count("Due"),
  Refreshing: count("Refreshing"),
  Retrying: count("Retrying"),
  SignInRequired: count("SignInRequired"),
  SignedOut: count("SignedOut")
})
