/**
 * Where tokens come from: a provider's endpoints and habits, in the words of RFC 8414.
 */
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
  /** Where people sign in. Absent where nobody can: a server for programs alone (RFC 8414 §2). */
  authorizationEndpoint: Schema.optionalKey(Schema.String),
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
   * Names, beside `Bearer`, by which the token endpoint calls a token that is sent as a bearer token, in any case. Apigee
   * says `BearerToken`. A token of any other type is refused (RFC 6749 §7.1: a client must not use a type that it does not
   * understand); one whose type is not told at all, as at LinkedIn, is taken for a bearer token. Default: none.
   */
  bearerTokenTypes: Schema.optionalKey(Schema.Array(Schema.String)),
  /**
   * What stands between scopes in answers of the token endpoint, beside white space. GitHub and Slack write a comma, which
   * may as well be part of a scope (RFC 6749 §3.3), and so separates only where it is named here. Default: none.
   */
  scopeSeparator: Schema.optionalKey(Schema.String),
  /**
   * How long a refresh token lives from the moment the person signed in, where refreshing does not extend it. Absent
   * when unknown.
   */
  refreshTokenLifetime: Schema.optionalKey(Schema.Duration)
}) {
  /**
   * The same provider at another base URL, such as a local stand-in or a gateway: habits stay, and so do the paths, below
   * the path of the base URL where it has one.
   *
   * White space around it, slashes at its end, a query, a fragment and a user name are no part of a base URL and are left
   * out. Where it is no http or https URL, neither are the endpoints, and whatever is made of them says so.
   *
   * **Example** (Behind a gateway)
   *
   * ```ts
   * import * as Providers from "@app/auth/Providers"
   *
   * const server = Providers.spotify.at("https://gateway.example.com/spotify-accounts/")
   *
   * export const endpoint = server.tokenEndpoint // "https://gateway.example.com/spotify-accounts/api/token"
   * ```
   */
  at(baseUrl: string): AuthorizationServer {
    const base = baseOf(baseUrl)
    const moved = (endpoint: string) => `${base}${endpoint.replace(/^[a-z]+:\/\/[^/?#]+/i, "")}`
    return new AuthorizationServer({
      ...this,
      issuer: moved(this.issuer),
      ...(this.authorizationEndpoint !== undefined
        && { authorizationEndpoint: moved(this.authorizationEndpoint) }),
      tokenEndpoint: moved(this.tokenEndpoint),
      ...(this.revocationEndpoint !== undefined && { revocationEndpoint: moved(this.revocationEndpoint) })
    })
  }
}

const baseOf = (baseUrl: string): string => {
  const url = URL.parse(baseUrl.trim())
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:"
  return withoutSlashes(isWeb ? `${url.origin}${url.pathname}` : baseUrl.trim())
}

const withoutSlashes = (text: string): string => {
  let end = text.length
  while (text[end - 1] === "/") end -= 1
  return text.slice(0, end)
}
