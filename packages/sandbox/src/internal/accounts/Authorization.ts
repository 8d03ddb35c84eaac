/**
 * The authorizations that people gave to apps, and what the token endpoint receives and sends about them.
 */
import * as Schema from "effect/Schema"

// =============================================================================
// Errors
// =============================================================================

/** An error response of the token endpoint (RFC 6749 §5.2). */
export class TokenRefusal extends Schema.TaggedError<TokenRefusal>("@app/sandbox/TokenRefusal")("TokenRefusal", {
  error: Schema.String,
  description: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    return this.description === undefined ? this.error : `${this.error}: ${this.description}`
  }
}

// =============================================================================
// Model
// =============================================================================

/** An authorization that a person gave to an app. */
export interface Authorization {
  readonly clientId: string
  /** Id of the person. */
  readonly person: string
  readonly redirectUri: string
  readonly scope: string
  /** `code_challenge` of RFC 7636, method S256. */
  readonly challenge: string | undefined
}

/** The client of a token request. */
export interface Caller {
  readonly clientId: string
  /** True for a request with the client's secret. */
  readonly isAuthenticated: boolean
}

/** A token response (RFC 6749 §5.1) before it is written as JSON. */
export interface TokenResponse {
  readonly accessToken: string
  readonly expiresIn: number
  readonly scope?: string
  readonly refreshToken?: string
}

// =============================================================================
// Rules
// =============================================================================

/** Reports whether a client lacks the secret that it needs for an authorization without a challenge. */
export const lacksSecret = ({ challenge }: Authorization, { isAuthenticated }: Caller): boolean =>
  challenge === undefined && !isAuthenticated

/** Returns the length of the texts of an authorization that an app has chosen. */
export const lengthOf = ({ redirectUri, scope }: Authorization): number => redirectUri.length + scope.length
