/**
 * The error of all operations, with a `reason` for programs and a `message` for people.
 *
 * **When to use**
 *
 * Use `Effect.catchReason` to handle one reason, `isRetryable` to decide whether to try later, and `message` to tell a
 * person what to do.
 *
 * **Details**
 *
 * A response is classified by its status, its headers and the shape of its body. Spotify's wording only refines the `kind`
 * of a 403, which nothing else tells apart; no retry depends on it.
 *
 * A failure is returned only after the retries that `RetryPolicy` allows: each reason says below what was retried. The reason
 * of the last try is the one that is returned.
 *
 * **Example** (Handling a track that may not exist)
 *
 * ```ts
 * import * as Tracks from "@app/api/Tracks"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * const track = Tracks.get("11dFghVXANMlKmJXsNCbNl").pipe(
 *   Effect.asSome,
 *   Effect.catchReason("SpotifyError", "NotFound", () => Effect.succeedNone)
 * )
 * ```
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Inspectable from "effect/Inspectable"
import * as Schema from "effect/Schema"
import * as ApiUrl from "./internal/ApiUrl.ts"

// =============================================================================
// Reasons
// =============================================================================

/**
 * The reason that Spotify rejected the access token (401).
 *
 * **Details**
 *
 * Happens when Spotify rejects the token and its replacement, or when there is no newer token to try. The call was repeated
 * once with a new token if there was one, for every method: Spotify refused it without executing it.
 *
 * Check the source of the token; otherwise ask the user to sign in again.
 *
 * **Gotchas**
 *
 * A 401 for a missing scope, as the player's operations return it, is `Forbidden`.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-unauthorized
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("@app/api/SpotifyError/Unauthorized")(
  "Unauthorized",
  {}
) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return "Spotify refused the access token, and a newer one does not help. Check that the token comes from Spotify's "
      + "Accounts service and was granted the scopes of this operation; otherwise ask the person to sign in again."
  }
}

/**
 * The reason that Spotify understood the request and refuses it (403, or a 401 for a missing scope).
 *
 * **Details**
 *
 * Never retried, as repeating does not help.
 *
 * | `kind` | what happened | what to do |
 * | --- | --- | --- |
 * | `InsufficientScope` | the user did not grant what the operation needs | ask for one of `scopes` at the next sign-in |
 * | `PremiumRequired` | the user, or the owner of the app, has no Premium | check both subscriptions |
 * | `NotRegistered` | the user is not on the user list of an app in Development Mode | add the user in the dashboard |
 * | `NotInQuotaMode` | the operation is not served to apps in this quota mode | do what `instead` says |
 * | `Other` | the object is not the user's to see or change, or Spotify does not say | check whose object it is |
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/quota-modes
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-forbidden
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("@app/api/SpotifyError/Forbidden")("Forbidden", {
  /** Cause of the refusal, as far as Spotify tells. */
  kind: Schema.Literals(["InsufficientScope", "PremiumRequired", "NotRegistered", "NotInQuotaMode", "Other"]),
  /** Scopes of which the operation needs at least one; empty when its contract names none. */
  scopes: Schema.Array(Schema.String),
  /** Operation to use in place of one that this app is not served, or the usual cause of a refusal, when the contract says. */
  instead: Schema.optionalKey(Schema.String)
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    switch (this.kind) {
      case "InsufficientScope":
        return this.scopes.length === 0
          ? "The token does not cover this operation. Use the token of a person who signed in."
          : `The token does not cover this operation. Ask the person to sign in again and grant ${
            this.scopes.join(", ")
          }.`
      case "PremiumRequired":
        return "Spotify serves this to Premium accounts only. Check the person's plan and that of the app's owner; a "
          + "change of plan takes a few hours to count."
      case "NotRegistered":
        return "The person is not registered for this app, which is in Development Mode. Add them to its user list at "
          + "https://developer.spotify.com/dashboard."
      case "NotInQuotaMode":
        return `Spotify does not serve this operation to this app's quota mode. ${
          this.instead ?? "Do without it, or ask for Extended Quota Mode."
        }`
      case "Other":
        return "Spotify refuses this for this token: what is asked for belongs to someone else, or is not served to this "
          + "app. Where the answer is a page, a proxy or a firewall has refused it."
          + (this.instead === undefined ? "" : ` ${this.instead}`)
    }
  }
}

/**
 * The reason that there is no object with the requested id, or none that this app may see (404).
 *
 * **Details**
 *
 * Spotify does not distinguish the two. Never retried. Check the id and its kind; Spotify's own playlists are hidden from
 * most apps. When `apiUrl` is present, check the configured URL of the API.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-notfound
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>("@app/api/SpotifyError/NotFound")("NotFound", {
  /** Configured URL of the API, when it is not Spotify's and Spotify serves no such operation below it. Absent otherwise. */
  apiUrl: Schema.optionalKey(Schema.String),
  /**
   * Ids or URIs in the request, 100 at most. When there are several, Spotify does not say which of them it does not know.
   * Absent when the request named none.
   */
  asked: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    if (this.apiUrl !== undefined) {
      return `Spotify serves no such operation below ${this.apiUrl}. Check the API's address (apiUrl or SPOTIFY_API_URL): `
        + `Spotify's own is ${ApiUrl.spotify}.`
    }
    const asked = this.asked ?? []
    const check =
      "Check the id, and that it is one of the kind asked for; Spotify's own playlists are hidden from most apps."
    if (asked.length < 2) {
      return `Spotify has nothing ${asked.length === 0 ? "there" : `under ${asked[0]}`} that this app may see. ${check}`
    }
    const more = asked.length > 5 ? ` and ${asked.length - 5} more` : ""
    return `Spotify has nothing that this app may see under at least one of the ${asked.length} asked for at once, and does `
      + `not say which: ${asked.slice(0, 5).join(", ")}${more}. Ask for fewer at a time to find it.`
  }
}

/**
 * The reason that Spotify did not accept the request (400, or a 4xx without a reason of its own here).
 *
 * **Details**
 *
 * Never retried. Check ids and limits: Development Mode allows less than Extended Quota Mode.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-badrequest
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends Schema.TaggedError<BadRequest>("@app/api/SpotifyError/BadRequest")("BadRequest", {
  /** HTTP status of the response. */
  status: Schema.Int
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return `Spotify did not accept the request (${this.status}). Check ids and limits: Development Mode allows less than `
      + "Extended Quota Mode does."
  }
}

/**
 * The reason that the app has sent too many requests within a rolling window of 30 seconds (429).
 *
 * **Details**
 *
 * All calls of one app share the limit, so a 429 stops new calls of the app as well: see `RateLimit`. The call was repeated
 * after each pause, for every method, until the pause exceeded the policy's `retryAfterCap`, did not fit into the call's
 * `budget`, or the tries were spent. With `whileLimited: "fail"` it was not repeated.
 *
 * Wait until `endsAt`, and spread calls over time.
 *
 * **Gotchas**
 *
 * An error without a `response` comes from the closed gate: nothing was sent.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/rate-limits
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-ratelimited
 * @category errors
 * @since 0.1.0
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("@app/api/SpotifyError/RateLimited")("RateLimited", {
  /** Pause that `Retry-After` asked for, from the response on. Absent when the response did not say. */
  retryAfter: Schema.optionalKey(Schema.Duration),
  /** Instant at which that pause ends. Absent when the response did not say. */
  endsAt: Schema.optionalKey(Schema.DateTimeUtc)
}) {
  get isRetryable(): boolean {
    return true
  }

  override get message(): string {
    return `Spotify's rate limit is reached. ${
      this.endsAt === undefined
        ? "Wait half a minute before the next call"
        : `Call again from ${DateTime.formatIso(this.endsAt)} on`
    }, and spread calls out: all users of the app share one limit.`
  }
}

/**
 * The reason that the quota of the developer account is spent (429 with the code `QUOTA_EXCEEDED`).
 *
 * **Details**
 *
 * Happens only in Development Mode. All apps of the developer account share the quota, and it returns after hours, so it is
 * never retried. Stop calling until `endsAt`, or ask Spotify for Extended Quota Mode.
 *
 * **Gotchas**
 *
 * An error without a `response` means that an earlier call of the same kind found the quota spent: nothing was sent.
 *
 * @see https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-quotaexceeded
 * @category errors
 * @since 0.1.0
 */
export class QuotaExceeded extends Schema.TaggedError<QuotaExceeded>("@app/api/SpotifyError/QuotaExceeded")(
  "QuotaExceeded",
  {
    /** Pause that `Retry-After` asked for, from the response on. Absent when the response did not say. */
    retryAfter: Schema.optionalKey(Schema.Duration),
    /** Instant at which the quota returns by `Retry-After`. Absent when the response did not say. */
    endsAt: Schema.optionalKey(Schema.DateTimeUtc)
  }
) {
  get isRetryable(): boolean {
    return true
  }

  override get message(): string {
    return `The Development Mode quota of the developer account is spent${
      this.endsAt === undefined ? "" : ` until ${DateTime.formatIso(this.endsAt)}`
    }. Stop calling until then, or ask for Extended Quota Mode.`
  }
}

/**
 * The reason that Spotify failed (5xx) or did not take up the request (408, 421, 425).
 *
 * **Details**
 *
 * | `status` | what happened | retried |
 * | --- | --- | --- |
 * | 5xx | Spotify or a gateway failed | idempotent methods |
 * | 408 | the request did not arrive in time | idempotent methods |
 * | 421 | the connection was not for this server | every method: the request was not executed |
 * | 425 | the request came too early in a TLS handshake | every method: the request was not executed |
 *
 * Retried until the policy's tries or the call's budget are spent; a `Retry-After` lengthens the pause, and one over
 * `retryAfterCap` ends the call. Try again later.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20
 * @see https://www.rfc-editor.org/rfc/rfc8470#section-5.2
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-serviceunavailable
 * @category errors
 * @since 0.1.0
 */
export class ServiceUnavailable extends Schema.TaggedError<ServiceUnavailable>(
  "@app/api/SpotifyError/ServiceUnavailable"
)("ServiceUnavailable", {
  /** HTTP status of the last response. */
  status: Schema.Int,
  /** Pause that `Retry-After` asked for, from the response on. Absent when the response did not say. */
  retryAfter: Schema.optionalKey(Schema.Duration)
}) {
  get isRetryable(): boolean {
    return true
  }

  override get message(): string {
    return this.status < 500
      ? `Spotify did not take the request up (${this.status}): it came too late, too early or over the wrong connection. Try `
        + "again; if it goes on, check the network and any proxy in between."
      : `Spotify is not able to answer (${this.status}). Try again later; https://status.spotify.dev tells more.`
  }
}

/**
 * The reason that no complete response arrived in time.
 *
 * **Details**
 *
 * Idempotent methods were retried while the call's budget lasted; others were not, since Spotify may have executed the
 * request. Try again; if it happens again, check the network and any proxy.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-timeout
 * @category errors
 * @since 0.1.0
 */
export class Timeout extends Schema.TaggedError<Timeout>("@app/api/SpotifyError/Timeout")("Timeout", {
  /** `"attempt"` when the last try exceeded `attemptTimeout`, `"call"` when the call exceeded its whole `budget`. */
  limit: Schema.Literals(["attempt", "call"]),
  /** Time limit that was exceeded. */
  after: Schema.Duration
}) {
  get isRetryable(): boolean {
    return true
  }

  override get message(): string {
    return `There was no complete answer within ${Duration.format(this.after)}. Try again; if it goes on, check the `
      + "network and any proxy in between."
  }
}

/**
 * The reason that the exchange failed below HTTP, without a connection or with one that broke.
 *
 * **Details**
 *
 * | `phase` | what happened | retried |
 * | --- | --- | --- |
 * | `"connect"` | the request certainly did not leave | every method |
 * | `"exchange"` | the request may have arrived | idempotent methods |
 * | `"request"` | the request could not be built | never |
 *
 * Check the network and the URL of the API.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-transport
 * @category errors
 * @since 0.1.0
 */
export class Transport extends Schema.TaggedError<Transport>("@app/api/SpotifyError/Transport")("Transport", {
  /**
   * Phase in which the exchange failed. A transport that does not tell the first two apart, such as a browser's, always
   * reports `"exchange"`.
   */
  phase: Schema.Literals(["connect", "exchange", "request"]),
  /** Code of the operating system, such as `ECONNRESET`. Absent when the transport gives none. */
  code: Schema.optionalKey(Schema.String)
}) {
  get isRetryable(): boolean {
    return this.phase !== "request"
  }

  override get message(): string {
    const code = this.code === undefined ? "" : ` (${this.code})`
    switch (this.phase) {
      case "connect":
        return `Spotify could not be reached${code}. Check the network and the API's address.`
      case "exchange":
        return `The connection to Spotify broke before the answer was complete${code}. Check the network; in a browser, a `
          + "rate limit looks like this too."
      case "request":
        return `The request could not be put together${code}.`
    }
  }
}

/**
 * The reason that the response is not one of the contract.
 *
 * **Details**
 *
 * Happens for a field of the wrong type, a body that is not JSON or is too large, a redirect, and a page that a proxy or a
 * firewall sent in Spotify's place. Never retried. Report it if Spotify sent it: the response may be new.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-unexpectedresponse
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedResponse
  extends Schema.TaggedError<UnexpectedResponse>("@app/api/SpotifyError/UnexpectedResponse")(
    "UnexpectedResponse",
    {
      /** Path of the field in the body, such as `album.images.0.url`; empty for the response as a whole. */
      path: Schema.String,
      /** Description of what was expected at `path`. */
      detail: Schema.String,
      /** `true` for an HTML page, as proxies, firewalls and captive portals send it. Absent otherwise. */
      isPage: Schema.optionalKey(Schema.Boolean)
    }
  )
{
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    if (this.isPage === true) {
      return `A page came in place of Spotify's answer: ${this.detail}. Check for a proxy, a firewall or a network's own `
        + "sign-in in between."
    }
    return `Spotify sent an answer that is not understood${
      this.path === "" ? "" : ` at ${this.path}`
    }: ${this.detail}. Please report it: the answer may be new.`
  }
}

/**
 * The reason that an argument is invalid.
 *
 * **Details**
 *
 * Found before anything is sent, so never retried. Correct the argument.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-invalidargument
 * @category errors
 * @since 0.1.0
 */
export class InvalidArgument extends Schema.TaggedError<InvalidArgument>("@app/api/SpotifyError/InvalidArgument")(
  "InvalidArgument",
  {
    /** Name of the argument, such as `track` or `query.market`. */
    argument: Schema.String,
    /** Description of what is wrong with the argument, and what to use instead. */
    issue: Schema.String
  }
) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return `The ${this.argument} given cannot be right: ${this.issue}.`
  }
}

/**
 * The reason that a setting is invalid, or that the program's `HttpClient` followed a redirect.
 *
 * **Details**
 *
 * Settings are checked before a token is sent, so that it reaches no other server. The response to a followed redirect is
 * discarded. Never retried. Correct the setting.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#spotifyerror-invalidconfiguration
 * @category errors
 * @since 0.1.0
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>(
  "@app/api/SpotifyError/InvalidConfiguration"
)("InvalidConfiguration", {
  /** Setting that is invalid, such as `SPOTIFY_API_URL` or `The HttpClient`. */
  setting: Schema.String,
  /** Description of what is wrong with the setting, and what to use instead. */
  issue: Schema.String
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return `${this.setting} cannot be used: ${this.issue}`
  }
}

/**
 * Schema of {@link SpotifyErrorReason}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SpotifyErrorReason = Schema.Union([
  Unauthorized,
  Forbidden,
  NotFound,
  BadRequest,
  RateLimited,
  QuotaExceeded,
  ServiceUnavailable,
  Timeout,
  Transport,
  UnexpectedResponse,
  InvalidArgument,
  InvalidConfiguration
])

/**
 * The reasons for which an operation of `@app/api` fails.
 *
 * @category errors
 * @since 0.1.0
 */
export type SpotifyErrorReason = typeof SpotifyErrorReason.Type

// =============================================================================
// Error
// =============================================================================

/**
 * An HTTP response with an error, for logs and reports.
 *
 * **Details**
 *
 * The access token is replaced by `<redacted>` should the response contain it, and control characters by spaces.
 *
 * @category models
 * @since 0.1.0
 */
export class ErrorResponse extends Schema.Opaque<ErrorResponse>()(Schema.Struct({
  /** HTTP status of the response. */
  status: Schema.Int,
  /**
   * Spotify's `error.message`, or a plain-text body; 200 characters at most. Absent when there is none. The wording changes
   * without notice.
   */
  text: Schema.optionalKey(Schema.String),
  /**
   * Spotify's machine-readable `error.reason`, such as `NO_ACTIVE_DEVICE`. Errors of the player and of the quota have one;
   * absent otherwise. Spotify may add codes.
   */
  code: Schema.optionalKey(Schema.String),
  /** Body of the response, 1,000 characters at most. */
  body: Schema.String
})) {}

/**
 * The error of every operation of `@app/api`, except for an `AuthError`.
 *
 * @category errors
 * @since 0.1.0
 */
export class SpotifyError extends Schema.TaggedError<SpotifyError>("@app/api/SpotifyError")("SpotifyError", {
  /** Reason for the failure. */
  reason: SpotifyErrorReason,
  /** Name of the operation, such as `tracks.get`. Absent when the failure precedes an operation. */
  operation: Schema.optionalKey(Schema.String),
  /** HTTP response that caused the failure. Absent when nothing was received. */
  response: Schema.optionalKey(ErrorResponse)
}) {
  /** `true` when the same call may succeed later without anyone's action. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }

  /** Pause that the response's `Retry-After` asked for; `undefined` when it did not. */
  get retryAfter(): Duration.Duration | undefined {
    return "retryAfter" in this.reason ? this.reason.retryAfter : undefined
  }

  override get message(): string {
    const operation = this.operation === undefined ? "" : `${this.operation}: `
    const said = this.response?.text === undefined ? "" : ` Spotify said: "${this.response.text}"`
    return `${operation}${this.reason.message}${said}`
  }

  /** Prints as other errors do, with the stack. */
  override [Inspectable.NodeInspectSymbol](): unknown {
    return Object.assign(new Error(this.message), this, { stack: this.stack })
  }
}
