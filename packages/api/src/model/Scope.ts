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
 *   redirectUri: "http://127.0.0.1:8900/callback",
 *   scopes: ["user-read-private", "user-top-read"]
 * })
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/scopes
 * @category models
 * @since 0.1.0
 */
export type Scope = typeof Scope.Type

const sentences: { readonly [S in Scope]: string } = {
  "app-remote-control": "Control the Spotify app on your device.",
  "playlist-modify-private": "Create, change and unfollow your private playlists.",
  "playlist-modify-public": "Create, change and unfollow your public playlists.",
  "playlist-read-collaborative": "See the playlists that you share with others.",
  "playlist-read-private": "See your private playlists.",
  "streaming": "Play music in the app, and control playback on your other devices.",
  "ugc-image-upload": "Upload images for you, such as the cover of a playlist.",
  "user-follow-modify": "Follow and unfollow artists and people for you.",
  "user-follow-read": "See whom you follow, and who follows you.",
  "user-library-modify": "Add to what you have saved, and remove from it.",
  "user-library-read": "See what you have saved.",
  "user-modify-playback-state": "Start, stop and skip what you play, on all your devices.",
  "user-read-currently-playing": "See what you are playing now.",
  "user-read-email": "See your email address.",
  "user-read-playback-position": "See how far you are in podcasts and audiobooks.",
  "user-read-playback-state": "See what you are playing, and on which device.",
  "user-read-private": "See your country, and whether you have Premium.",
  "user-read-recently-played": "See what you played last.",
  "user-top-read": "See the artists and tracks that you play most."
}

/**
 * Says in one sentence to a person what a scope lets an app do.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/scopes
 * @category rendering
 * @since 0.1.0
 */
export const describe = (scope: Scope): string => sentences[scope]
