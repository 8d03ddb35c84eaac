/** The phase of a record in the store, as `AccountDirectory` has it. */
import type { Phase } from "@app/auth/AccountDirectory"
import type { SharedRecord } from "@app/auth/SharedTokenStore"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

export const of = ({ facts, isLeased, record }: SharedRecord, now: DateTime.Utc): Phase => {
  if (facts.ended === "SignedOut") return "SignedOut"
  if (facts.ended !== undefined) return "SignInRequired"
  if (isLeased) return "Refreshing"
  if (Option.isNone(record)) return "SignedOut"
  if (facts.refreshAt !== undefined && DateTime.isLessThanOrEqualTo(facts.refreshAt, now)) return "Due"
  return facts.attempts > 0 ? "Retrying" : "Valid"
}
