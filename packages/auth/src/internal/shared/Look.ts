/** Decisions about an account whose row has been looked at. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as AuthError from "../../AuthError.ts"
import type { SharedRecord } from "../../SharedTokenStore.ts"
import type { TokenSet } from "../../TokenSet.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"
import * as StoredState from "../storage/StoredState.ts"

export type Rule = (
  state: StoredState.StoredState,
  asked: StoredState.Asked
) => StoredState.Step<StoredState.Decision>

export type Decision =
  | { readonly _tag: "Use"; readonly tokenSet: TokenSet }
  | { readonly _tag: "Fail"; readonly error: AuthError.AuthError }
  /** Somebody else is refreshing it, or is asked to: look again in a moment. */
  | { readonly _tag: "Wait" }
  /** Claim it, and refresh it here. */
  | { readonly _tag: "Claim" }
  /** Have another process refresh it, which needs `seed` in the store where that lacks a refresh token to begin with. */
  | { readonly _tag: "Ask"; readonly seed: GrantRecord.GrantRecord | undefined }

const stateOf = (seen: SharedRecord | undefined): StoredState.StoredState => ({
  ...StoredState.initial,
  record: seen === undefined ? undefined : Option.getOrUndefined(seen.record)
})

/** The record that grew from the configured grant. */
export const ownRecord = (seen: SharedRecord | undefined, configured: StoredState.Configured) =>
  StoredState.ownRecord(stateOf(seen), configured)

const signedOut = new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind: "SignedOut" }) })

const isRemoved = (seen: SharedRecord | undefined): boolean =>
  seen !== undefined && Option.isNone(seen.record) && seen.facts.ended === "SignedOut"

export const onRow = (
  seen: SharedRecord | undefined,
  { asked, refreshes, rule }: {
    readonly asked: StoredState.Asked
    readonly rule: Rule
    /** Whether this process may refresh. */
    readonly refreshes: boolean
  }
): Decision => {
  if (isRemoved(seen) && asked.configured.grant === undefined) return { _tag: "Fail", error: signedOut }
  const [, decision] = rule(stateOf(seen), asked)
  switch (decision._tag) {
    case "Use":
    case "Fail":
      return decision
    case "End":
      return { _tag: "Fail", error: new AuthError.AuthError({ reason: decision.ended }) }
    case "Request": {
      if (seen?.isLeased === true) return { _tag: "Wait" }
      const pause = pausedUntil(seen, asked.now)
      if (pause !== undefined) return { _tag: "Fail", error: paused(pause) }
      if (refreshes || decision.grant._tag !== "RefreshToken") return { _tag: "Claim" }
      const hasRefreshToken = GrantRecord.refreshTokenOf(ownRecord(seen, asked.configured)) !== undefined
      const { refreshToken } = decision.grant
      return { _tag: "Ask", seed: hasRefreshToken ? undefined : { origin: asked.configured.origin, refreshToken } }
    }
  }
}

/** The end of the pause after a failed request, which all processes keep. */
const pausedUntil = (seen: SharedRecord | undefined, now: DateTime.Utc): DateTime.Utc | undefined => {
  if (seen === undefined || seen.facts.attempts === 0) return undefined
  const { refreshAt } = seen.facts
  return refreshAt !== undefined && DateTime.isGreaterThan(refreshAt, now) ? refreshAt : undefined
}

const paused = (retryAt: DateTime.Utc): AuthError.AuthError =>
  new AuthError.AuthError({
    reason: new AuthError.TokenRequestFailed({
      kind: "UnexpectedStatus",
      detail: "the last request for this account failed",
      retryAt
    })
  })

/** The tokens that others have signed in with or refreshed, or the end that they have brought; undefined for nothing new. */
export const find = (seen: SharedRecord | undefined, asked: StoredState.Asked): StoredState.Found | undefined => {
  if (isRemoved(seen) && ownRecord(seen, asked.configured) === undefined) return { _tag: "Fail", error: signedOut }
  return seen === undefined ? undefined : StoredState.onFind(stateOf(seen), asked)[1]
}
