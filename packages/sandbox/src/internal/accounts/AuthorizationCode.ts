/**
 * The rules by which an authorization code is exchanged for tokens.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.6
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import { type Authorization, type Caller, lacksSecret, TokenRefusal } from "./Authorization.ts"

/** The state of a code. */
export interface AuthorizationCode {
  readonly authorization: Authorization
  readonly issuedAt: number
}

// RFC 6749 §4.1.2 recommends ten minutes at most. Spotify's own figure is not published.
const lifetime = Duration.toMillis("10 minutes")

const invalidGrant = (description: string) => Result.fail(new TokenRefusal({ error: "invalid_grant", description }))

/** Decides about a request with a code; `challenge` is that of the request's `code_verifier`. */
export const decide = (
  code: AuthorizationCode | undefined,
  { caller, challenge, redirectUri }: {
    readonly caller: Caller
    readonly challenge: string | undefined
    readonly redirectUri: string
  },
  now: number
): Result.Result<AuthorizationCode, TokenRefusal> => {
  if (code === undefined || code.authorization.clientId !== caller.clientId || now >= code.issuedAt + lifetime) {
    return invalidGrant("Invalid authorization code")
  }
  const { authorization } = code
  if (authorization.redirectUri !== redirectUri) return invalidGrant("Invalid redirect URI")
  if (authorization.challenge !== challenge) return invalidGrant("code_verifier was incorrect")
  return lacksSecret(authorization, caller)
    ? Result.fail(new TokenRefusal({ error: "invalid_client" }))
    : Result.succeed(code)
}
