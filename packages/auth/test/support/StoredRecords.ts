/** Records of tokens, and the states of a store that holds them, for tests of the rules about them. */
import { AccessToken } from "@app/auth/AccessToken"
import * as AuthError from "@app/auth/AuthError"
import { TokenSet } from "@app/auth/TokenSet"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as GrantRecord from "../../src/internal/storage/GrantRecord.ts"
import * as StoredState from "../../src/internal/storage/StoredState.ts"

export const hour = 3_600_000
export const day = 24 * hour
const epoch = Date.UTC(2026, 0, 1)
export const at = (millis: number) => DateTime.makeUnsafe(epoch + millis)

export const origin = Redacted.make("refresh_token AQ-configured")

/** `BQ-1` goes with `AQ-1`, and so on. Issued at `issued`, for an hour. */
export const tokens = (serial: number, issued = 0) =>
  new TokenSet({
    accessToken: new AccessToken({
      value: Redacted.make(`BQ-${serial}`),
      scopes: [],
      issuedAt: at(issued),
      expiresAt: at(issued + hour),
      authorizationId: "configured"
    }),
    refreshToken: Redacted.make(`AQ-${serial}`),
    authorizedAt: at(0)
  })

export const accessTokenOnly = (serial: number) => new TokenSet({ accessToken: tokens(serial).accessToken })

export const revoked = new AuthError.ReauthorizationRequired({ kind: "Revoked" })
export const signedOut = new AuthError.ReauthorizationRequired({ kind: "SignedOut" })

export const errorOf = (reason: AuthError.AuthErrorReason) => new AuthError.AuthError({ reason })
export const storeError = (kind: "Conflict" | "Unavailable") =>
  errorOf(new AuthError.StoreFailed({ operation: "write", kind, place: "a test", issue: "it does not" }))
export const serverError = errorOf(new AuthError.TokenRequestFailed({ kind: "ServerError", detail: "503" }))
export const timeout = errorOf(new AuthError.TokenRequestFailed({ kind: "Timeout", detail: "no response" }))
export const unreachable = errorOf(new AuthError.TokenRequestFailed({ kind: "Unreachable", detail: "no route" }))
export const malformed = errorOf(new AuthError.MalformedTokenResponse({ issue: "no access_token" }))

export const record = (serial: number, rest: Partial<GrantRecord.GrantRecord> = {}): GrantRecord.GrantRecord => ({
  origin,
  tokenSet: tokens(serial),
  ...rest
})

export const stored = (own: GrantRecord.GrantRecord | undefined, rest: Partial<StoredState.StoredState> = {}) => ({
  ...StoredState.initial,
  record: own && GrantRecord.replace(undefined, own),
  ...rest
})

export const unsaved = (own: GrantRecord.GrantRecord) => ({
  unsaved: { record: own, error: storeError("Unavailable") }
})
