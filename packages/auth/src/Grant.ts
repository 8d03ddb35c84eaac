/**
 * The credentials that a client exchanges for tokens (RFC 6749 §1.3).
 */
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as Redacted from "effect/Redacted"

/**
 * A grant: the code of a sign-in, a refresh token, or the client's own credentials.
 *
 * **Details**
 *
 * Codes and refresh tokens are printable ASCII (RFC 6749 appendix A). One that is not fails with `InvalidConfiguration`
 * and is not sent.
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
  /** The code of a finished sign-in (RFC 6749 §4.1.3), which works once and for a few minutes. */
  AuthorizationCode: {
    readonly code: Redacted.Redacted<string>
    /** The redirect URI that the code was sent to, letter for letter. */
    readonly redirectUri: string
    /** The PKCE verifier of the challenge that began the sign-in (RFC 7636 §4.5). */
    readonly codeVerifier?: Redacted.Redacted<string> | undefined
  }
  /** A refresh token (RFC 6749 §6). */
  RefreshToken: {
    readonly refreshToken: Redacted.Redacted<string>
    /**
     * The time of the sign-in, if known, from which the lifetime of the refresh token counts. A time before 2012, which a
     * machine with an unset clock may have recorded, counts as unknown.
     */
    readonly authorizedAt?: DateTime.Utc | undefined
  }
  /** The client's own credentials, without a person (RFC 6749 §4.4). Gives no refresh token and needs none. */
  ClientCredentials: {
    readonly scopes?: ReadonlyArray<string> | undefined
  }
}>

const { $match, AuthorizationCode, ClientCredentials, RefreshToken } = Data.taggedEnum<Grant>()

export {
  /**
   * Matches a grant by its tag.
   *
   * @category pattern matching
   * @since 0.1.0
   */
  $match as match,
  /**
   * Makes a grant from the code of a finished sign-in.
   *
   * @category constructors
   * @since 0.1.0
   */
  AuthorizationCode,
  /**
   * Makes a grant from the client's own credentials.
   *
   * @category constructors
   * @since 0.1.0
   */
  ClientCredentials,
  /**
   * Makes a grant from a refresh token.
   *
   * @category constructors
   * @since 0.1.0
   */
  RefreshToken
}
