/**
 * The refresh tokens that the sandbox has issued, and the rules by which they are accepted, replaced and refused.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
 */
import * as Duration from "effect/Duration"
import type { Settings } from "../../Settings.ts"
import * as BoundedMap from "../BoundedMap.ts"
import {
  type Authorization,
  type Caller,
  lacksSecret,
  lengthOf,
  TokenRefusal,
  type TokenResponse
} from "./Authorization.ts"

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
export interface RefreshToken {
  readonly authorization: Authorization
  readonly line: Line
  /** Position in the line, from 1. */
  readonly position: number
  /** Time of the refresh that replaced the token, with its response. */
  readonly replaced: { readonly at: number; readonly response: TokenResponse } | undefined
  readonly revoked: boolean
}

/** The responses to refresh tokens that are refused, by the reason. Spotify's text for a token too old is not known. */
const refusals = {
  Unknown: { error: "invalid_grant", description: "Invalid refresh token" },
  SecretMissing: { error: "invalid_client" },
  Revoked: { error: "invalid_grant", description: "Refresh token revoked" },
  Replaced: { error: "invalid_grant", description: "Refresh token revoked" },
  Expired: { error: "invalid_grant" }
}

/** A decision about a request with a refresh token. */
export type Decision =
  /** Issues an access token, and a refresh token where they rotate. */
  | { readonly _tag: "Accept"; readonly token: RefreshToken }
  /** Issues another successor of a token that has been replaced already. */
  | { readonly _tag: "IssueAgain"; readonly token: RefreshToken }
  /** Sends the response of the refresh that replaced the token. */
  | { readonly _tag: "Repeat"; readonly response: TokenResponse }
  | { readonly _tag: "Refuse"; readonly because: keyof typeof refusals }

// =============================================================================
// Rules
// =============================================================================

interface At {
  readonly now: number
  readonly settings: Settings
}

/** Reports whether a refresh token has been revoked, or is older than its line may become. */
const hasEnded = ({ line, revoked }: RefreshToken, { now, settings }: At): boolean =>
  revoked || now >= line.authorizedAt + Duration.toMillis(settings.refreshTokenLifetime)

/** Decides about a request with a refresh token. */
export const decide = (token: RefreshToken | undefined, caller: Caller, at: At): Decision => {
  if (token === undefined || token.authorization.clientId !== caller.clientId) return refuse("Unknown")
  if (lacksSecret(token.authorization, caller)) return refuse("SecretMissing")
  const { line, position, replaced, revoked } = token
  const { refreshTokenGrace: grace } = at.settings
  if (revoked) return refuse("Revoked")
  if (hasEnded(token, at)) return refuse("Expired")
  if (replaced === undefined) {
    return grace !== "none" && grace.successors === "last" && position < line.issued
      ? refuse("Replaced")
      : { _tag: "Accept", token }
  }
  if (grace === "none" || at.now >= replaced.at + Duration.toMillis(grace.duration)) return refuse("Replaced")
  return grace.successors === "every" || grace.successors === "last"
    ? { _tag: "IssueAgain", token }
    : { _tag: "Repeat", response: replaced.response }
}

const refuse = (because: keyof typeof refusals): Decision => ({ _tag: "Refuse", because })

/** Makes the response to a refresh token that is refused. */
export const refusal = (because: keyof typeof refusals): TokenRefusal => new TokenRefusal(refusals[because])

// =============================================================================
// Constructor
// =============================================================================

/** Makes an empty set of tokens. */
export const make = (limits: BoundedMap.Limits) => {
  const tokens = BoundedMap.make<string, RefreshToken>(
    limits,
    ({ authorization }, token) => token.length + lengthOf(authorization)
  )
  return {
    find: tokens.get,
    /** Issues the next token of a line. */
    issue: (refreshToken: string, authorization: Authorization, line: Line): void => {
      line.issued += 1
      tokens.set(refreshToken, { authorization, line, position: line.issued, replaced: undefined, revoked: false })
    },
    /** Notes the refresh that replaced a token: the first one, or resending would prolong the grace. */
    replace: (
      refreshToken: string,
      token: RefreshToken,
      by: { readonly at: number; readonly response: TokenResponse }
    ) => tokens.set(refreshToken, { ...token, replaced: token.replaced ?? by }),
    /** Revokes every token and returns the number of those that were live. */
    revokeAll: (at: At): number => {
      const all = tokens.entries()
      for (const [refreshToken, token] of all) tokens.set(refreshToken, { ...token, revoked: true })
      return all.filter(([, token]) => token.replaced === undefined && !hasEnded(token, at)).length
    }
  }
}
