/**
 * The rules of what follows a write that the store has not accepted, and tokens that somebody else wrote in between.
 *
 * **Details**
 *
 * As those of `StoredState`, they are pure. `TokenWrites` does what they decide.
 */
import type * as AuthError from "../../AuthError.ts"
import * as GrantRecord from "./GrantRecord.ts"
import * as StoredState from "./StoredState.ts"

// =============================================================================
// The store has not accepted a write
// =============================================================================

/** A decision about a write that failed: go on without it, look in the store and write again, or fail. */
export type AfterWrite = "Continue" | "ReadAgain" | "Fail"

const isConflict = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "StoreFailed" && reason.kind === "Conflict"

/** Number of times that a write is tried when somebody else keeps writing in between. */
const attempts: Readonly<Record<StoredState.Purpose, number>> = {
  MarkPending: 1,
  ClearPending: 1,
  PersistTokens: 2,
  PersistSignIn: 3,
  RecordEnd: 3,
  Save: 1
}

/** The store has not accepted a write. `attempt` counts from 1. */
export const onNotWritten = (
  state: StoredState.StoredState,
  { attempt, error, purpose, record }: {
    readonly record: GrantRecord.GrantRecord
    readonly error: AuthError.AuthError
    readonly purpose: StoredState.Purpose
    readonly attempt: number
  }
): StoredState.Step<AfterWrite> => {
  const isInterference = isConflict(error)
  if (isInterference && attempt < attempts[purpose]) return [state, "ReadAgain"]
  const kept: StoredState.StoredState = { ...state, unsaved: { record, error } }
  switch (purpose) {
    case "MarkPending":
      // A store that cannot be written costs the mark, not the token. Interference means that the lock does not exclude.
      return [state, isInterference ? "Fail" : "Continue"]
    case "ClearPending":
    case "RecordEnd":
      return [state, "Continue"]
    case "PersistTokens":
      return [kept, "Continue"]
    case "PersistSignIn":
      return isInterference ? [state, "Fail"] : [kept, "Continue"]
    case "Save":
      return [kept, "Fail"]
  }
}

// =============================================================================
// Somebody else has written
// =============================================================================

/** Decision about tokens after a conflict. */
export type AfterConflict = Extract<StoredState.Decision, { readonly _tag: "Use" | "Fail" }> | {
  readonly _tag: "WriteAgain"
}

/**
 * Somebody else wrote while this process was held up, so that tokens could not be persisted; the store has been read
 * again, as `theirs`. Their sign-out stands, and so do tokens that they refreshed.
 */
export const onConflict = (
  state: StoredState.StoredState,
  { before, theirs }: {
    readonly before: GrantRecord.GrantRecord | undefined
    readonly theirs: GrantRecord.GrantRecord | undefined
  }
): StoredState.Step<AfterConflict> => {
  if (GrantRecord.isSignedOut(theirs)) return [state, StoredState.failWith(theirs.ended)]
  return [
    state,
    GrantRecord.hasGoneOn(theirs, before) ? { _tag: "Use", tokenSet: theirs.tokenSet } : { _tag: "WriteAgain" }
  ]
}
