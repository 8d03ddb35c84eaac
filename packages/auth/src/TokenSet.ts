/**
 * The tokens of one sign-in: the current access token, and the refresh token to get the next one with.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AccessToken } from "./AccessToken.ts"
import * as SignInTime from "./internal/oauth/SignInTime.ts"

/**
 * Schema for an access token with its refresh token and the time of the sign-in.
 *
 * @category models
 * @since 0.1.0
 */
export class TokenSet extends Schema.Class<TokenSet>("@app/auth/TokenSet")({
  /** The current access token. */
  accessToken: AccessToken,
  /** The refresh token; absent for grants that never issue one (client credentials) and for tokens obtained elsewhere. */
  refreshToken: Schema.optionalKey(Schema.RedactedFromValue(Schema.String)),
  /** The time at which the person signed in, which a refresh does not change; absent when unknown or when nobody has. */
  authorizedAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis)
}) {
  /**
   * Returns the time by which the person must sign in again, where the provider's refresh tokens have a lifetime that
   * counts from the sign-in. None when the time of the sign-in or the lifetime is unknown, or when `now` shows that the
   * sign-in was recorded by a clock that had not been set.
   */
  signInDueAt(
    refreshTokenLifetime: Duration.Duration | undefined,
    now: DateTime.Utc = DateTime.makeUnsafe(0)
  ): Option.Option<DateTime.Utc> {
    return SignInTime.dueAt(this.authorizedAt, refreshTokenLifetime, now)
  }

  /**
   * Returns these tokens as refreshed from previous ones: of the same sign-in, and with the same scopes where the response
   * named none. RFC 6749 §5.1 lets a response leave out scopes that have not changed.
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

  /** Returns these tokens as those of a sign-in. */
  ofAuthorization(authorizationId: string): TokenSet {
    return new TokenSet({ ...this, accessToken: new AccessToken({ ...this.accessToken, authorizationId }) })
  }
}
