/**
 * What one authorization holds: the access token of the moment, and what it takes to get the next one.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AccessToken } from "./AccessToken.ts"
import * as SignInTime from "./internal/oauth/SignInTime.ts"

/**
 * An access token with the refresh token that goes with it, and the refresh token's own clock.
 *
 * @category models
 * @since 0.1.0
 */
export class TokenSet extends Schema.Class<TokenSet>("@app/auth/TokenSet")({
  accessToken: AccessToken,
  /** Absent for grants that never issue one (client credentials) and for tokens obtained elsewhere. */
  refreshToken: Schema.optionalKey(Schema.RedactedFromValue(Schema.String)),
  /**
   * When the person signed in. Refreshing does not move it; absent when nobody signed in or nobody knows.
   */
  authorizedAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis)
}) {
  /**
   * When the person must sign in again, given how long the provider's refresh tokens live from the sign-in on
   * (Spotify: six months). None when either is unknown, or when `now` shows that the sign-in was told by a clock that did not
   * know the time.
   */
  signInDueAt(
    refreshTokenLifetime: Duration.Duration | undefined,
    now: DateTime.Utc = DateTime.makeUnsafe(0)
  ): Option.Option<DateTime.Utc> {
    return SignInTime.dueAt(this.authorizedAt, refreshTokenLifetime, now)
  }

  /**
   * These tokens as the ones that `previous` was refreshed to: of the same sign-in, and with the same scopes where the
   * server's answer named none, since RFC 6749 §5.1 lets it leave out what has not changed.
   */
  continuing({ accessToken: { authorizationId, scopes } }: TokenSet): TokenSet {
    return new TokenSet({
      ...this,
      accessToken: new AccessToken({
        ...this.accessToken,
        ...(this.accessToken.scopes.length === 0 && { scopes }),
        ...(authorizationId !== undefined && { authorizationId })
      })
    })
  }

  /** These tokens as those of a sign-in of their own. */
  ofAuthorization(authorizationId: string): TokenSet {
    return new TokenSet({ ...this, accessToken: new AccessToken({ ...this.accessToken, authorizationId }) })
  }
}
