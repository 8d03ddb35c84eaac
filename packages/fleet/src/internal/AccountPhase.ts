/** The phase of a record in the store, as `AccountDirectory` has it. */
import * as AccountDirectory from "@app/auth/AccountDirectory"
import type { SharedRecord } from "@app/auth/SharedTokenStore"
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** Returns the phase of a record; a row that has none, and that nobody is at, counts as signed out. */
export const of = ({ facts, isLeased, record }: SharedRecord, now: DateTime.Utc): AccountDirectory.Phase =>
  facts.ended === undefined && !isLeased && Option.isNone(record)
    ? "SignedOut"
    : AccountDirectory.phaseOf(facts, { isLeased, now })
