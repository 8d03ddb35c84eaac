/** Events in a token's life, and the states that they lead to. */
import { AccessToken } from "@app/auth/AccessToken"
import * as AuthError from "@app/auth/AuthError"
import type * as Clocks from "@app/auth/Clocks"
import { standard } from "@app/auth/RefreshPolicy"
import { TokenSet } from "@app/auth/TokenSet"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as TokenState from "../../src/internal/lifecycle/TokenState.ts"

export const rules: TokenState.Rules = {
  policy: standard,
  scopes: ["user-read-email"],
  areScopesVerbatim: true,
  refreshTokenLifetime: Duration.days(180),
  signInWarning: Duration.days(14)
}

export const hour = 3_600_000

export const day = 86_400_000

/** A month after 1970, so that there is a past to set clocks to, and this computer has been on for a second. */
export const epoch = 30 * day

export const at = (millis: number, wall = millis): Clocks.Instant => ({ wall: epoch + wall, monotonic: 1000 + millis })

export const tokens = (
  secret: string,
  issued = 0,
  options: { readonly millis?: number; readonly scope?: string } = {}
) =>
  new TokenSet({
    accessToken: new AccessToken({
      value: Redacted.make(secret),
      scopes: [options.scope ?? "user-read-email"],
      issuedAt: DateTime.makeUnsafe(epoch + issued),
      expiresAt: DateTime.makeUnsafe(epoch + issued + (options.millis ?? hour))
    })
  })

export const errorOf = (reason: AuthError.AuthErrorReason) => new AuthError.AuthError({ reason })

export const errors = {
  unreachable: errorOf(new AuthError.TokenRequestFailed({ kind: "Unreachable", detail: "no route" })),
  serverError: errorOf(new AuthError.TokenRequestFailed({ kind: "ServerError", detail: "503" })),
  rateLimited: errorOf(
    new AuthError.TokenRequestFailed({ kind: "RateLimited", detail: "429", retryAfter: Duration.seconds(90) })
  ),
  revoked: errorOf(new AuthError.ReauthorizationRequired({ kind: "Revoked" })),
  signedOut: errorOf(new AuthError.ReauthorizationRequired({ kind: "SignedOut" })),
  invalidClient: errorOf(new AuthError.InvalidClient({ clientId: "client" })),
  malformed: errorOf(new AuthError.MalformedTokenResponse({ issue: "no access_token" })),
  invalidSetting: errorOf(new AuthError.InvalidConfiguration({ setting: "scopes", issue: "has a comma" })),
  rejected: errorOf(new AuthError.TokenRequestRejected({ error: "invalid_scope" })),
  codeRejected: errorOf(new AuthError.TokenRequestRejected({ error: "invalid_grant" })),
  corrupt: errorOf(
    new AuthError.StoreFailed({ operation: "read", kind: "Corrupt", place: "a file", issue: "not JSON" })
  ),
  unavailable: errorOf(
    new AuthError.StoreFailed({ operation: "read", kind: "Unavailable", place: "a file", issue: "the disk is gone" })
  )
}

export const withTokens = (state: TokenState.TokenState, tokenSet: TokenSet, now: Clocks.Instant) =>
  TokenState.onTokens(state, { tokenSet, startedAt: now, now, random: 0 }, rules)

export const withFailure = (state: TokenState.TokenState, error: AuthError.AuthError, now: Clocks.Instant) =>
  TokenState.onFailure(state, { error, now, random: 0 }, rules)[0]

export const taskOf = (state: TokenState.TokenState, now: Clocks.Instant, isUnsaved = false): string => {
  const [, task] = TokenState.nextTask(state, now, rules, isUnsaved)
  return task._tag === "Sleep" ? `in ${task.millis}` : task._tag
}

export const invalidated = (state: TokenState.TokenState, now: Clocks.Instant, secret = "BQ-1") =>
  TokenState.onInvalidate(state, tokens(secret).accessToken, now, rules)

/** States that rows begin in: functions, so that each test computes its own. */
export const held = () => withTokens(TokenState.initial, tokens("BQ-1"), at(0))[0]

export const never = () => withFailure(TokenState.initial, errors.revoked, at(0))
