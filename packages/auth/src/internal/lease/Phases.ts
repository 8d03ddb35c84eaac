/** The phase of an account, from its row. */
import type { Phase } from "../../AccountDirectory.ts"
import type { RecordFacts } from "../../SharedTokenStore.ts"

export const phaseOf = ({ attempts, ended, refreshAt }: RecordFacts, isHeld: boolean, now: number): Phase => {
  if (ended === "SignedOut") return "SignedOut"
  if (ended !== undefined) return "SignInRequired"
  if (isHeld) return "Refreshing"
  if (refreshAt !== undefined && refreshAt.epochMilliseconds <= now) return "Due"
  return attempts > 0 ? "Retrying" : "Valid"
}
