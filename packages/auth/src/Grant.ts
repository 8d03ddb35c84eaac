/**
 * What a client shows an authorization server to be given a token (RFC 6749 §1.3).
 */
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as Redacted from "effect/Redacted"

/**
 * A grant: the code of a sign-in, a refresh token from an earlier one, or the client's own credentials. Codes and refresh
 * tokens are printable ASCII (RFC 6749 appendix A); one that is not is refused, not sent.
 *
 * **Example** (Starting from a refresh token kept elsewhere)
 *
 * ```ts
 * import * as Grant from "@app/auth/Grant"
 * import * as Redacted from "effect/Redacted"
 *
 * const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ…") })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export type Grant = Data.TaggedEnum<{
  /** The code of a finished sign-in (RFC 6749 §4.1.3): works once, within minutes. */
  AuthorizationCode: {
    readonly code: Redacted.Redacted<string>
    /** The redirect URI the code was sent to, letter for letter. */
    readonly redirectUri: string
    /** The PKCE verifier (RFC 7636 §4.5) whose challenge began the sign-in. */
    readonly codeVerifier?: Redacted.Redacted<string> | undefined
  }
  /** A refresh token (RFC 6749 §6). */
  RefreshToken: {
    readonly refreshToken: Redacted.Redacted<string>
    /**
     * When the person signed in, if known: it tells when they will have to again. One from before there were any, as a
     * machine whose clock was not set has written down, counts as unknown.
     */
    readonly authorizedAt?: DateTime.Utc | undefined
  }
  /** The client for itself, with no person (RFC 6749 §4.4). Gives no refresh token and needs none. */
  ClientCredentials: {
    readonly scopes?: ReadonlyArray<string> | undefined
  }
}>

const { $match, AuthorizationCode, ClientCredentials, RefreshToken } = Data.taggedEnum<Grant>()

export {
  /** @category pattern matching */
  $match as match,
  /** @category constructors */
  AuthorizationCode,
  /** @category constructors */
  ClientCredentials,
  /** @category constructors */
  RefreshToken
}
