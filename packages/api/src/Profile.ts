/**
 * The profile of the person behind the token.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Effect from "effect/Effect"
import * as SpotifyClient from "./SpotifyClient.ts"
import type { SpotifyError } from "./SpotifyError.ts"
import type { CurrentUser } from "./User.ts"
import { UsersApi } from "./UsersApi.ts"

/**
 * The current person's profile. Fails with `Forbidden` or `Unauthorized` for the program's own token, which stands for
 * nobody.
 *
 * Works without a scope; `user-read-private` adds `country`, `explicitContent` and `product`, and `user-read-email` adds
 * `email`, outside Development Mode.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category operations
 * @since 0.1.0
 */
export const me: Effect.Effect<CurrentUser, SpotifyError | AuthError, SpotifyClient.SpotifyClient> = SpotifyClient.call(
  UsersApi,
  (users) => users.me({})
).pipe(Effect.withSpan("Profile.me"))
