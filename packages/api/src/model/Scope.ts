/**
 * The scopes that a user can grant to an app.
 */
import * as Schema from "effect/Schema"

/**
 * Schema of {@link Scope}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Scope = Schema.Literals([
  "app-remote-control",
  "playlist-modify-private",
  "playlist-modify-public",
  "playlist-read-collaborative",
  "playlist-read-private",
  "streaming",
  "ugc-image-upload",
  "user-follow-modify",
  "user-follow-read",
  "user-library-modify",
  "user-library-read",
  "user-modify-playback-state",
  "user-read-currently-playing",
  "user-read-email",
  "user-read-playback-position",
  "user-read-playback-state",
  "user-read-private",
  "user-read-recently-played",
  "user-top-read"
])

/**
 * A scope of Spotify's, as requested when a user signs in.
 *
 * **Example** (Rejecting unknown scopes at compile time)
 *
 * ```ts
 * import type { Scope } from "@app/api/model/Scope"
 * import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
 * import * as Providers from "@app/auth/Providers"
 *
 * export const request = AuthorizationRequest.make<Scope>({
 *   server: Providers.spotify,
 *   client: { clientId: "your client id" },
 *   redirectUri: "http://127.0.0.1:8888/callback",
 *   scopes: ["user-read-private", "user-top-read"]
 * })
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/scopes
 * @category models
 * @since 0.1.0
 */
export type Scope = typeof Scope.Type
