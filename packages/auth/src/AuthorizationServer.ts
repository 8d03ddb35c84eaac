/**
 * The endpoints and the conventions of an OAuth 2.0 authorization server, by the names of RFC 8414.
 */
import * as Schema from "effect/Schema"

/**
 * An authorization server.
 *
 * **When to use**
 *
 * Use to describe a provider by hand. `Discovery.discover` makes one from the provider's metadata.
 *
 * **Example** (A provider described by hand)
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
  /** The identifier of the server. Tokens of one issuer are never used with another. */
  issuer: Schema.String,
  /** The URL at which people sign in. Absent when nobody can, as on a server for programs alone (RFC 8414 §2). */
  authorizationEndpoint: Schema.optionalKey(Schema.String),
  /** The URL that exchanges grants for tokens. */
  tokenEndpoint: Schema.String,
  /** The URL that revokes tokens (RFC 7009). Absent when the server has none. */
  revocationEndpoint: Schema.optionalKey(Schema.String),
  /**
   * True when every callback names its issuer in `iss` (RFC 9207), so that one without `iss` is refused. Default: `false`.
   * A callback that names another issuer is always refused.
   */
  authorizationResponseIssParameterSupported: Schema.optionalKey(Schema.Boolean),
  /** The authentication method of a confidential client (RFC 6749 §2.3.1). Default: `client_secret_basic`. */
  clientAuthentication: Schema.optionalKey(Schema.Literals(["client_secret_basic", "client_secret_post"])),
  /**
   * The error codes of the token endpoint for a refresh token that will never work again. Default: `invalid_grant` alone
   * (RFC 6749 §5.2).
   *
   * **Details**
   *
   * Such a code ends the sign-in, and no further request is sent. Any other code leaves the sign-in as it is. GitHub, for
   * one, uses `bad_refresh_token`.
   */
  deadRefreshTokenErrors: Schema.optionalKey(Schema.Array(Schema.String)),
  /**
   * True when a token response names granted scopes letter for letter as they were asked for. Default: `false`.
   *
   * **Details**
   *
   * Only then can a token be known to lack a scope: other servers leave some out (`offline_access`), or have other names
   * for them.
   */
  namesScopesVerbatim: Schema.optionalKey(Schema.Boolean),
  /**
   * The values of `token_type`, beside `Bearer`, that stand for a bearer token. Default: none.
   *
   * **Details**
   *
   * Upper and lower case do not matter. Apigee, for one, sends `BearerToken`. A response without a type, as from LinkedIn,
   * is taken for a bearer token. A token of any other type is refused, because a client must not use a type that it does
   * not understand (RFC 6749 §7.1).
   */
  bearerTokenTypes: Schema.optionalKey(Schema.Array(Schema.String)),
  /**
   * The separator of scopes in token responses, beside white space. Default: none.
   *
   * **Details**
   *
   * GitHub and Slack send a comma. A comma can be part of a scope (RFC 6749 §3.3), so it separates only when it is named
   * here.
   */
  scopeSeparator: Schema.optionalKey(Schema.String),
  /**
   * The lifetime of a refresh token from the moment that the person signed in, when refreshing does not extend it. Absent
   * when unknown.
   */
  refreshTokenLifetime: Schema.optionalKey(Schema.Duration),
  /**
   * The time after the first use of a rotating refresh token during which the server accepts it once more. Absent when
   * unknown, which counts as none.
   *
   * **Details**
   *
   * A process may die between the request for new tokens and their storage. Within this time the next process gets them
   * by sending the refresh token again, so it does so at once, even while the access token is good. Without it, the
   * sign-in is lost with the response (`AnswerLost`). Okta has 30 seconds, Supabase 10, Auth0 and Hydra what is set there.
   *
   * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
   */
  refreshTokenGrace: Schema.optionalKey(Schema.Duration)
}) {
  /**
   * Returns the same server at another base URL, such as a local stand-in or a gateway.
   *
   * **Details**
   *
   * Conventions and paths stay the same; the paths go below the path of the base URL. White space around the base URL,
   * slashes at its end, a query, a fragment and a user name are left out.
   *
   * **Gotchas**
   *
   * A text that is no http or https URL makes endpoints that are none either. What is made of them later fails with
   * `InvalidConfiguration`.
   *
   * **Example** (Behind a gateway)
   *
   * ```ts
   * import * as Providers from "@app/auth/Providers"
   *
   * const server = Providers.spotify.at("https://gateway.example.com/spotify-accounts/")
   *
   * export const endpoint = server.tokenEndpoint // => "https://gateway.example.com/spotify-accounts/api/token"
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
