/**
 * Where tokens come from: a provider's endpoints and habits, in the words of RFC 8414.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * An authorization server.
 *
 * **Example** (A provider other than Spotify)
 *
 * ```ts
 * import { AuthorizationServer } from "@app/auth/AuthorizationServer"
 *
 * const server = new AuthorizationServer({
 *   issuer: "https://login.example.com",
 *   authorizationEndpoint: "https://login.example.com/authorize",
 *   tokenEndpoint: "https://login.example.com/oauth/token"
 * })
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-2
 * @category models
 * @since 0.1.0
 */
export class AuthorizationServer extends Schema.Class<AuthorizationServer>("@app/auth/AuthorizationServer")({
  /** The provider's identifier; tokens of one issuer are never used with another. */
  issuer: Schema.String,
  authorizationEndpoint: Schema.String,
  tokenEndpoint: Schema.String,
  /** Where tokens are handed back (RFC 7009). Absent where the provider has no such place: Spotify documents none. */
  revocationEndpoint: Schema.optionalKey(Schema.String),
  /**
   * Whether every callback names its issuer, `iss` (RFC 9207): one that does not is then refused. Default: `false`, which
   * still refuses a callback that names another.
   */
  authorizationResponseIssParameterSupported: Schema.optionalKey(Schema.Boolean),
  /** How a confidential client proves itself. Default: `client_secret_basic`. */
  clientAuthentication: Schema.optionalKey(Schema.Literals(["client_secret_basic", "client_secret_post"])),
  /**
   * The error codes with which the token endpoint says that a refresh token will never work again: the sign-in ends, and
   * nothing more is asked. Default: `invalid_grant` alone (RFC 6749 §5.2). Some providers use others; GitHub says
   * `bad_refresh_token`. Any other code leaves the sign-in as it is.
   */
  deadRefreshTokenErrors: Schema.optionalKey(Schema.Array(Schema.String)),
  /**
   * Whether the scopes of an answer are those that were asked for, letter for letter, as far as they were granted. Only then
   * can a token be known to lack one: other providers leave some out (`offline_access`), or answer with names of their own.
   * Default: `false`.
   */
  namesScopesVerbatim: Schema.optionalKey(Schema.Boolean),
  /**
   * How long a refresh token lives from the moment the person signed in, where refreshing does not extend it. Absent
   * when unknown.
   */
  refreshTokenLifetime: Schema.optionalKey(Schema.Duration)
}) {
  /**
   * The same provider at another origin, such as a local stand-in: paths and habits stay.
   */
  at(origin: string): AuthorizationServer {
    const moved = (endpoint: string) => {
      const path = endpoint.replace(/^[a-z]+:\/\/[^/]+/i, "")
      return `${origin.replace(/\/+$/, "")}${path}`
    }
    return new AuthorizationServer({
      ...this,
      issuer: moved(this.issuer),
      authorizationEndpoint: moved(this.authorizationEndpoint),
      tokenEndpoint: moved(this.tokenEndpoint),
      ...(this.revocationEndpoint !== undefined && { revocationEndpoint: moved(this.revocationEndpoint) })
    })
  }
}

/**
 * Spotify's Accounts service. A refresh token ends six months after the person signed in, however often it is used;
 * six months are counted here as 180 days, a little short on purpose: better asked early than locked out.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/authorization
 * @see https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration
 * @category constants
 * @since 0.1.0
 */
export const spotify: AuthorizationServer = new AuthorizationServer({
  issuer: "https://accounts.spotify.com",
  authorizationEndpoint: "https://accounts.spotify.com/authorize",
  tokenEndpoint: "https://accounts.spotify.com/api/token",
  namesScopesVerbatim: true,
  refreshTokenLifetime: Duration.days(180)
})
