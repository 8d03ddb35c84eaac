/**
 * The one error of `@app/api`. Its `reason` tells programs what happened, its `message` tells people what to do.
 *
 * An answer is classified by its status, its headers and the shape of its body. Spotify's wording only refines a 403,
 * where nothing else tells the causes apart, and only into a finer `kind`: whether a call is repeated never hangs on it.
 *
 * **Example** (A track that may not exist)
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
import * as Schema from "effect/Schema"
import * as ApiUrl from "./internal/ApiUrl.ts"

// =============================================================================
// Reasons
// =============================================================================

/**
 * Spotify refused the access token (401), and either a fresh one too, or there was no fresher one to show. A 401 for a
 * missing scope, as the player gives it, is `Forbidden`.
 *
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
 * Spotify understood and refuses (403). Repeating does not help.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `InsufficientScope` | the person did not grant what the operation needs: `scopes` names it |
 * | `PremiumRequired` | the person, or the owner of the app, has no Premium |
 * | `NotRegistered` | the person is not on the user list of an app in Development Mode |
 * | `NotInQuotaMode` | the operation is not served to apps in this quota mode: `instead` says what to use |
 * | `Other` | not the person's to see or change, or not said |
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/quota-modes
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("@app/api/SpotifyError/Forbidden")("Forbidden", {
  kind: Schema.Literals(["InsufficientScope", "PremiumRequired", "NotRegistered", "NotInQuotaMode", "Other"]),
  /** What the operation needs; empty where its contract names none. */
  scopes: Schema.Array(Schema.String),
  /** What to use in place of an operation that is not served, or what a refusal may be about, where the contract says. */
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
 * There is nothing under that id (404), or nothing this app may see: Spotify answers both alike.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>("@app/api/SpotifyError/NotFound")("NotFound", {
  /** The API's base, where Spotify says that it serves nothing of the kind and the base is not its own. */
  apiUrl: Schema.optionalKey(Schema.String),
  /**
   * The ids or URIs that the request named, a hundred at most. Where there are several, Spotify does not say which of them
   * it does not know.
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
 * Spotify did not accept the request (400, or another 4xx without a reason of its own here).
 *
 * @category errors
 * @since 0.1.0
 */
export class BadRequest extends Schema.TaggedError<BadRequest>("@app/api/SpotifyError/BadRequest")("BadRequest", {
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
 * Too many calls (429): the limit all calls of one app share, over a rolling 30 seconds. Waiting was not worth it: the
 * pause is over the cap, or does not fit the call's budget, or the tries are spent. Without a `response`, the app's gate was
 * closed, and nothing was sent: see `RateLimit`.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/rate-limits
 * @category errors
 * @since 0.1.0
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("@app/api/SpotifyError/RateLimited")("RateLimited", {
  /** What `Retry-After` asked for, counted from the answer; absent when the answer did not say. */
  retryAfter: Schema.optionalKey(Schema.Duration),
  /** When that pause ends. */
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
 * The quota of the developer account is spent (429 with `QUOTA_EXCEEDED`), which only happens in Development Mode. All
 * its apps share it and it comes back after hours, so no call waits for it. Without a `response`, an earlier call of the
 * same kind has found that out, and nothing was sent.
 *
 * @see https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates
 * @category errors
 * @since 0.1.0
 */
export class QuotaExceeded extends Schema.TaggedError<QuotaExceeded>("@app/api/SpotifyError/QuotaExceeded")(
  "QuotaExceeded",
  {
    retryAfter: Schema.optionalKey(Schema.Duration),
    /** When it comes back by Spotify's `Retry-After`; absent when the answer did not say. */
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
 * Spotify is in trouble (5xx), and was so at every try; or it did not take the request up as it came, which another try
 * may cure: 408 (it did not arrive in time), 421 (it came over a connection that is not for it), 425 (too early).
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20
 * @see https://www.rfc-editor.org/rfc/rfc8470#section-5.2
 * @category errors
 * @since 0.1.0
 */
export class ServiceUnavailable extends Schema.TaggedError<ServiceUnavailable>(
  "@app/api/SpotifyError/ServiceUnavailable"
)("ServiceUnavailable", {
  status: Schema.Int,
  /** What `Retry-After` asked for, where the answer had one. */
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
 * No complete answer in time.
 *
 * @category errors
 * @since 0.1.0
 */
export class Timeout extends Schema.TaggedError<Timeout>("@app/api/SpotifyError/Timeout")("Timeout", {
  /** `"attempt"`: the last try took too long; `"call"`: the call's whole budget is spent. */
  limit: Schema.Literals(["attempt", "call"]),
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
 * The exchange failed below HTTP: no connection, or one that broke.
 *
 * @category errors
 * @since 0.1.0
 */
export class Transport extends Schema.TaggedError<Transport>("@app/api/SpotifyError/Transport")("Transport", {
  /**
   * `"connect"`: the request surely never left. `"exchange"`: it may have arrived. A transport that does not say, such as
   * a browser's, counts as the latter. `"request"`: it could not be put together.
   */
  phase: Schema.Literals(["connect", "exchange", "request"]),
  /** The system's code, such as `ECONNRESET`, where the transport gives one. */
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
 * An answer that the contract does not know: a field of the wrong type, a body that is not JSON or too large, a redirect.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnexpectedResponse
  extends Schema.TaggedError<UnexpectedResponse>("@app/api/SpotifyError/UnexpectedResponse")(
    "UnexpectedResponse",
    {
      /** Where in the body, such as `album.images.0.url`; empty for the answer as a whole. */
      path: Schema.String,
      /** What was expected there. */
      detail: Schema.String,
      /** Whether it was a page for people: proxies, firewalls and networks' own sign-ins send them in Spotify's place. */
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
 * An argument cannot be right, found before anything was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidArgument extends Schema.TaggedError<InvalidArgument>("@app/api/SpotifyError/InvalidArgument")(
  "InvalidArgument",
  {
    /** Which one, such as `track` or `query.market`. */
    argument: Schema.String,
    /** What is wrong with it, and what to use instead. */
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
 * A setting cannot work, found before a token was sent anywhere it does not belong; or the program's `HttpClient` has
 * followed a redirect, whose answer was not taken.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>(
  "@app/api/SpotifyError/InvalidConfiguration"
)("InvalidConfiguration", {
  setting: Schema.String,
  /** What is wrong with it, and what to use instead. */
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
 * Why an operation of `@app/api` failed.
 *
 * @category errors
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
 * @category errors
 * @since 0.1.0
 */
export type SpotifyErrorReason = typeof SpotifyErrorReason.Type

// =============================================================================
// Error
// =============================================================================

/**
 * What Spotify answered, for logs and reports. The access token is taken out of it, should it have been echoed.
 *
 * @category models
 * @since 0.1.0
 */
export class ErrorResponse extends Schema.Opaque<ErrorResponse>()(Schema.Struct({
  status: Schema.Int,
  /** Spotify's own words: `error.message`, or a plain-text body. They change without notice. */
  text: Schema.optionalKey(Schema.String),
  /** The machine-readable `error.reason`, such as `NO_ACTIVE_DEVICE`, that player and quota errors carry. An open list. */
  code: Schema.optionalKey(Schema.String),
  /** The body's first 1,000 characters. */
  body: Schema.String
})) {}

/**
 * Every failure of `@app/api` that is not an `AuthError`. Match on `reason` with `Effect.catchReason`, or print
 * `message`.
 *
 * @category errors
 * @since 0.1.0
 */
export class SpotifyError extends Schema.TaggedError<SpotifyError>("@app/api/SpotifyError")("SpotifyError", {
  reason: SpotifyErrorReason,
  /** What was called, such as `tracks.get`; absent where nothing was. */
  operation: Schema.optionalKey(Schema.String),
  /** The HTTP response behind it, where there was one. */
  response: Schema.optionalKey(ErrorResponse)
}) {
  /** Whether the same call may succeed later without anyone doing anything. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }

  /** How long Spotify asked to be left alone, when it did. */
  get retryAfter(): Duration.Duration | undefined {
    return "retryAfter" in this.reason ? this.reason.retryAfter : undefined
  }

  override get message(): string {
    const operation = this.operation === undefined ? "" : `${this.operation}: `
    const said = this.response?.text === undefined ? "" : ` Spotify said: "${this.response.text}"`
    return `${operation}${this.reason.message}${said}`
  }
}
