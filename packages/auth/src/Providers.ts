/**
 * Authorization servers that this package knows.
 *
 * **When to use**
 *
 * Use to name a provider where a module takes an `AuthorizationServer`, or to point a known provider at another base URL
 * with `at`. Construct an `AuthorizationServer` for a provider that is not listed here.
 *
 * **Example** (A local stand-in for Spotify)
 *
 * ```ts
 * import * as Providers from "@app/auth/Providers"
 * import * as TokenService from "@app/auth/TokenService"
 *
 * const Tokens = TokenService.layer({
 *   client: { clientId: "…" },
 *   server: Providers.spotify.at("http://127.0.0.1:8889")
 * })
 * ```
 */
import * as Duration from "effect/Duration"
import { AuthorizationServer } from "./AuthorizationServer.ts"

/**
 * Spotify's Accounts service.
 *
 * **Details**
 *
 * A refresh token ends six months after the person signed in, however often it is used. Six months count as 180 days
 * here, which is a little short on purpose: a person is asked early rather than locked out.
 *
 * **Gotchas**
 *
 * Spotify documents that a loopback redirect URI registered without a port works with any port, but its dashboard has been
 * seen to refuse such an address. Register a fixed port.
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

/**
 * The authorization server that is used where a program names none: `spotify`.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultServer: AuthorizationServer = spotify
