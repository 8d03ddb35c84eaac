/**
 * The rules by which a refresh token is accepted, replaced and refused.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
 */
import * as Duration from "effect/Duration"
import type { Settings } from "../../Settings.ts"

// =============================================================================
// Model
// =============================================================================

/** The tokens that a person's consent leads to: the first one, and those that replace it. */
export interface Line {
  /** Time of the consent, in milliseconds. */
  readonly authorizedAt: number
  /** Number of refresh tokens issued so far. */
  issued: number
  /** Number of refresh requests without a response so far. */
  inFlight: number
}

/** The state of a refresh token. */
export interface RefreshToken<Response> {
  readonly line: Line
  /** Position in the line, from 1. */
  readonly position: number
  /** Time of the refresh that replaced the token, with its response. */
  readonly replaced: { readonly at: number; readonly response: Response } | undefined
  readonly revoked: boolean
}

/** A decision about a request with a refresh token. */
export type Decision<Response> =
  /** Issues an access token, and a refresh token where they rotate. */
  | { readonly _tag: "Accept" }
  /** Issues another successor of a token that has been replaced already. */
  | { readonly _tag: "IssueAgain" }
  /** Sends the response of the refresh that replaced the token. */
  | { readonly _tag: "Repeat"; readonly response: Response }
  | { readonly _tag: "Refuse"; readonly because: "Revoked" | "Replaced" | "Expired" }

// =============================================================================
// Rules
// =============================================================================

/** Reports whether a refresh token has been revoked, or is older than its line may become. */
export const hasEnded = (
  { line, revoked }: RefreshToken<unknown>,
  { now, settings }: { readonly now: number; readonly settings: Settings }
): boolean => revoked || now >= line.authorizedAt + Duration.toMillis(settings.refreshTokenLifetime)

/** Decides about a request with a refresh token. */
export const decide = <Response>(
  token: RefreshToken<Response>,
  at: { readonly now: number; readonly settings: Settings }
): Decision<Response> => {
  const { line, position, replaced, revoked } = token
  const { refreshTokenGrace: grace } = at.settings
  if (revoked) return { _tag: "Refuse", because: "Revoked" }
  if (hasEnded(token, at)) return { _tag: "Refuse", because: "Expired" }
  if (replaced === undefined) {
    return grace !== "none" && grace.successors === "last" && position < line.issued
      ? { _tag: "Refuse", because: "Replaced" }
      : { _tag: "Accept" }
  }
  if (grace === "none" || at.now >= replaced.at + Duration.toMillis(grace.duration)) {
    return { _tag: "Refuse", because: "Replaced" }
  }
  return grace.successors === "every" || grace.successors === "last"
    ? { _tag: "IssueAgain" }
    : { _tag: "Repeat", response: replaced.response }
}
