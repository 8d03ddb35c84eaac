/**
 * OAuth 2.0 access tokens, with the scopes and times that their issuer gave.
 *
 * **Details**
 *
 * Tokens are opaque (RFC 6749 §1.4): nothing looks inside one, and no length or prefix is assumed.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * Schema for an access token.
 *
 * **Details**
 *
 * `value` is `Redacted`, so it prints as `<redacted>` in logs, JSON and `inspect`. The encoded form, which a store keeps, is
 * plain JSON with the bare secret and with times in milliseconds since 1970.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 * @category models
 * @since 0.1.0
 */
export class AccessToken extends Schema.Class<AccessToken>("@app/auth/AccessToken")({
  /** The secret, sent as `Authorization: Bearer <value>` (RFC 6750 §2.1) and never in a URL. */
  value: Schema.RedactedFromValue(Schema.String),
  /** The scopes that the authorization server granted, in no particular order; empty when it did not say. */
  scopes: Schema.Array(Schema.String),
  /** The time at which the token request was sent, from which lifetimes count. */
  issuedAt: Schema.DateTimeUtcFromMillis,
  /** The time at which the token ends; absent when the issuer did not say. */
  expiresAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis),
  /** The time from which the issuer wants the token refreshed (`refresh_in`); absent when it did not say, as most do not. */
  refreshAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis),
  /**
   * The id of the sign-in that the token comes from, which is not a secret. Tokens that were refreshed from one another
   * share it, and no other sign-in has the same. It is `"configured"` for a configured grant, and absent where there is no
   * grant, as for a token source.
   */
  authorizationId: Schema.optionalKey(Schema.String)
}) {
  /** The lifetime from `issuedAt` to `expiresAt`; none when the issuer did not say. */
  get lifetime(): Option.Option<Duration.Duration> {
    return this.expiresAt === undefined
      ? Option.none()
      : Option.some(DateTime.distance(this.issuedAt, this.expiresAt))
  }

  /** Returns the rest of the lifetime at `now`, which is zero once it is over; none when the end is unknown. */
  remaining(now: DateTime.Utc): Option.Option<Duration.Duration> {
    return this.expiresAt === undefined
      ? Option.none()
      : Option.some(Duration.max(DateTime.distance(now, this.expiresAt), Duration.zero))
  }

  /** Reports whether the token has ended at `now`, which is never the case when its end is unknown. */
  isExpired(now: DateTime.Utc): boolean {
    return this.expiresAt !== undefined && DateTime.isLessThanOrEqualTo(this.expiresAt, now)
  }

  /** Reports whether two tokens have the same secret, whatever else is known of either. */
  isSameAs(other: AccessToken): boolean {
    return Redacted.value(this.value) === Redacted.value(other.value)
  }
}
