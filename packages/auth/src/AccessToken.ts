/**
 * The value a program shows to an API: an OAuth 2.0 access token with what its issuer said about it.
 *
 * Tokens are opaque (RFC 6749 §1.4): nothing here looks inside one, and no length or prefix is assumed.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * An access token. Its `value` is `Redacted`: it prints as `<redacted>` in logs, JSON and `inspect`.
 *
 * Encoded (as a store keeps it) it is plain JSON: the bare secret and the two instants in epoch milliseconds.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 * @category models
 * @since 0.1.0
 */
export class AccessToken extends Schema.Class<AccessToken>("@app/auth/AccessToken")({
  /** The secret, sent as `Authorization: Bearer <value>` (RFC 6750 §2.1) and never in a URL. */
  value: Schema.RedactedFromValue(Schema.String),
  /** Scopes the authorization server granted; empty when it did not say. Their order means nothing. */
  scopes: Schema.Array(Schema.String),
  /** When the token request left, by the wall clock: lifetimes count from here, never from the answer. */
  issuedAt: Schema.DateTimeUtcFromMillis,
  /** When the token ends by its issuer's account; absent when the issuer did not say. */
  expiresAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis),
  /** From when on its issuer wants it renewed; absent when the issuer did not say, as most do not. */
  refreshAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis),
  /**
   * Which sign-in the token comes from: tokens that were refreshed from one another share it, and no other sign-in has the
   * same. It is no secret. `"configured"` for what has grown from a configured grant; absent where there is no grant, as for a
   * token source's.
   */
  authorizationId: Schema.optionalKey(Schema.String)
}) {
  /** The lifetime as issued; none when the issuer did not say. */
  get lifetime(): Option.Option<Duration.Duration> {
    return this.expiresAt === undefined
      ? Option.none()
      : Option.some(DateTime.distance(this.issuedAt, this.expiresAt))
  }

  /** What is left of the lifetime at `now`, zero once it is over; none when the end is unknown. */
  remaining(now: DateTime.Utc): Option.Option<Duration.Duration> {
    return this.expiresAt === undefined
      ? Option.none()
      : Option.some(Duration.max(DateTime.distance(now, this.expiresAt), Duration.zero))
  }

  /** Whether the token's end has come at `now`. A token whose end is unknown never says so. */
  isExpired(now: DateTime.Utc): boolean {
    return this.expiresAt !== undefined && DateTime.isLessThanOrEqualTo(this.expiresAt, now)
  }

  /** Reports whether two tokens have the same secret, whatever else is known of either. */
  isSameAs(other: AccessToken): boolean {
    return Redacted.value(this.value) === Redacted.value(other.value)
  }
}
