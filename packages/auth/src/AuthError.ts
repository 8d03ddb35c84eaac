/**
 * The error of `@app/auth`, with a `reason` for programs and a `message` for people.
 *
 * **Details**
 *
 * Each reason knows whether the same call may succeed later (`isRetryable`), and its message says what to do. No message
 * holds a secret.
 *
 * **Example** (Asking for a sign-in when, and only when, one is needed)
 *
 * ```ts
 * import * as TokenService from "@app/auth/TokenService"
 * import * as Effect from "effect/Effect"
 *
 * const token = TokenService.get.pipe(
 *   Effect.catchReason("AuthError", "ReauthorizationRequired", (reason) => Effect.fail(`Please sign in: ${reason.message}`))
 * )
 * ```
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Inspectable from "effect/Inspectable"
import * as Schema from "effect/Schema"

// =============================================================================
// Reasons
// =============================================================================

const sentence = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" ")

const quoted = (description: string | undefined): string =>
  description === undefined || description === "" ? "" : ` ("${description}")`

/**
 * The sign-in has ended, and only a new sign-in helps.
 *
 * **Details**
 *
 * No request is sent until then.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `Expired` | the refresh token has reached the end of its lifetime |
 * | `Revoked` | the server refused the refresh token before the end of its lifetime |
 * | `AnswerLost` | the server refused the refresh token, and the response to an earlier request with it may have been lost |
 * | `SignedOut` | the program signed the person out |
 * | `NoRefreshToken` | there is no usable access token and no refresh token |
 * | `InsufficientScope` | the person did not grant a scope that the program needs |
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-reauthorizationrequired
 * @category errors
 * @since 0.1.0
 */
export class ReauthorizationRequired extends Schema.TaggedError<ReauthorizationRequired>(
  "@app/auth/AuthError/ReauthorizationRequired"
)("ReauthorizationRequired", {
  kind: Schema.Literals(["Expired", "Revoked", "AnswerLost", "SignedOut", "NoRefreshToken", "InsufficientScope"]),
  /** The server's description of the error, cleaned of secrets. */
  description: Schema.optionalKey(Schema.String)
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    switch (this.kind) {
      case "Expired":
        return "The sign-in has reached the end of its life. Ask the person to sign in again."
      case "Revoked":
        return `The authorization server no longer accepts this sign-in${
          quoted(this.description)
        }. Ask the person to sign in again.`
      case "AnswerLost":
        return "The refresh token works once and was spent in a request whose answer never arrived. Ask the person to sign in again."
      case "SignedOut":
        return "The person has been signed out. Ask them to sign in."
      case "NoRefreshToken":
        return "There is no usable access token and no refresh token to get one with. Ask the person to sign in."
      case "InsufficientScope":
        return `The sign-in does not cover what is asked for${
          quoted(this.description)
        }. Ask the person to sign in again and grant it.`
    }
  }
}

/**
 * The authorization server does not know the client or its secret.
 *
 * **Details**
 *
 * A configuration error: a developer has to change the client id or the client secret.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-invalidclient
 * @category errors
 * @since 0.1.0
 */
export class InvalidClient extends Schema.TaggedError<InvalidClient>("@app/auth/AuthError/InvalidClient")(
  "InvalidClient",
  {
    clientId: Schema.String,
    /** The server's description of the error, cleaned of secrets. */
    description: Schema.optionalKey(Schema.String)
  }
) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return `The authorization server refused client "${this.clientId}"${
      quoted(this.description)
    }. Check the client id and the client secret.`
  }
}

/**
 * The authorization server rejected the token request itself.
 *
 * **Details**
 *
 * Stands for the error codes `invalid_request`, `invalid_scope`, `unauthorized_client` and `unsupported_grant_type`, and
 * for `invalid_grant` in response to an authorization code.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-tokenrequestrejected
 * @category errors
 * @since 0.1.0
 */
export class TokenRequestRejected extends Schema.TaggedError<TokenRequestRejected>(
  "@app/auth/AuthError/TokenRequestRejected"
)("TokenRequestRejected", {
  /** The error code as sent, such as `invalid_scope`. */
  error: Schema.String,
  /** The server's description of the error, cleaned of secrets. */
  description: Schema.optionalKey(Schema.String)
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return `The authorization server rejected the token request: ${this.error}${quoted(this.description)}. ${
      this.error === "invalid_grant"
        ? "An authorization code works once and for a few minutes: start the sign-in again."
        : "Check the grant, its scopes and its redirect URI."
    }`
  }
}

/**
 * The token endpoint could not be reached, or could not process the request.
 *
 * **Details**
 *
 * A transient failure: a valid token is served meanwhile, no stored credential changes, and the next attempt waits at
 * least `retryAfter`.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `Unreachable` | no connection could be made, or it broke |
 * | `Timeout` | the response did not arrive in time |
 * | `ServerError` | the status was 500 or higher |
 * | `RateLimited` | the status was 429 |
 * | `UnexpectedStatus` | any other status or error code that says nothing about the grant |
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-tokenrequestfailed
 * @category errors
 * @since 0.1.0
 */
export class TokenRequestFailed extends Schema.TaggedError<TokenRequestFailed>(
  "@app/auth/AuthError/TokenRequestFailed"
)("TokenRequestFailed", {
  kind: Schema.Literals(["Unreachable", "Timeout", "ServerError", "RateLimited", "UnexpectedStatus"]),
  /** A description of the failure, in one line and without secrets. */
  detail: Schema.String,
  /** The HTTP status; absent when there was no response. */
  status: Schema.optionalKey(Schema.Int),
  /** The delay that the server's `Retry-After` asked for; absent when it asked for none. */
  retryAfter: Schema.optionalKey(Schema.Duration),
  /** The time from which the next attempt is allowed. Until then callers without a token fail with this error at once. */
  retryAt: Schema.optionalKey(Schema.DateTimeUtc)
}) {
  get isRetryable(): boolean {
    return true
  }

  override get message(): string {
    return sentence(
      `No token could be fetched: ${this.detail}.`,
      this.retryAt === undefined ? undefined : `The next attempt is due at ${DateTime.formatIso(this.retryAt)}.`,
      this.kind === "Unreachable" ? "Check the network and the token endpoint's address." : undefined
    )
  }
}

/**
 * The token endpoint sent a response that is not a token response (RFC 6749 §5.1).
 *
 * **Details**
 *
 * A transient failure, because a broken proxy or the page of an outage looks like this.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-malformedtokenresponse
 * @category errors
 * @since 0.1.0
 */
export class MalformedTokenResponse extends Schema.TaggedError<MalformedTokenResponse>(
  "@app/auth/AuthError/MalformedTokenResponse"
)("MalformedTokenResponse", {
  /** A description of the fault. It never quotes the body, which may hold a secret. */
  issue: Schema.String,
  /** The time from which the next attempt is allowed. */
  retryAt: Schema.optionalKey(Schema.DateTimeUtc)
}) {
  get isRetryable(): boolean {
    return true
  }

  override get message(): string {
    return sentence(
      `The token endpoint sent an answer that is not a token response: ${this.issue}.`,
      this.retryAt === undefined ? undefined : `The next attempt is due at ${DateTime.formatIso(this.retryAt)}.`,
      "Check the token endpoint's address and any proxy in between."
    )
  }
}

/**
 * The account was signed out, or signed in anew, while a call for the previous sign-in was under way.
 *
 * **Details**
 *
 * Nothing more was sent, because a call that was meant for one person must not be made for another. Begin the call again
 * when it is meant for the person who is signed in now.
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-authorizationchanged
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationChanged extends Schema.TaggedError<AuthorizationChanged>(
  "@app/auth/AuthError/AuthorizationChanged"
)("AuthorizationChanged", {}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return "The sign-in that this was begun under has been replaced by another, so nothing more was sent. Begin again if it is meant for whoever is signed in now."
  }
}

/**
 * The person, or the authorization server, denied the sign-in.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-authorizationdenied
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationDenied extends Schema.TaggedError<AuthorizationDenied>(
  "@app/auth/AuthError/AuthorizationDenied"
)("AuthorizationDenied", {
  /** The error code of the callback, `access_denied` most often. */
  error: Schema.String,
  /** The server's description of the error, cleaned of control characters. */
  description: Schema.optionalKey(Schema.String)
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return this.error === "access_denied"
      ? `The sign-in was refused${quoted(this.description)}. Start it again and agree to continue.`
      : `The authorization server ended the sign-in with ${this.error}${quoted(this.description)}.`
  }
}

/**
 * A callback does not belong to this sign-in.
 *
 * **Details**
 *
 * Its `state`, its issuer or its session is missing or another's, it came too late, or it was used before. No code was
 * exchanged.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-10.12
 * @see https://www.rfc-editor.org/rfc/rfc9207
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-statemismatch
 * @category errors
 * @since 0.1.0
 */
export class StateMismatch extends Schema.TaggedError<StateMismatch>("@app/auth/AuthError/StateMismatch")(
  "StateMismatch",
  {
    /** The parameter of the callback that is wrong. */
    parameter: Schema.Literals(["state", "iss", "code"]),
    /** A description of the fault, in the middle of a sentence. */
    issue: Schema.String,
    /** True when no sign-in with the callback's state is pending, as far as a store of them knows. Absent means `false`. */
    isUnknown: Schema.optionalKey(Schema.Boolean)
  }
) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    if (this.isUnknown === true) {
      return `The callback belongs to no sign-in that is under way: ${this.issue}. Start the sign-in again.`
    }
    return `The callback does not belong to this sign-in: ${this.issue}. If its own does not come, start the sign-in again.`
  }
}

/**
 * A sign-in in the browser could not begin, or nobody finished it.
 *
 * **Details**
 *
 * No code was exchanged.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `TimedOut` | nobody finished it in time |
 * | `PortTaken` | another program listens on the port of the redirect URI |
 * | `Busy` | another sign-in kept that port for as long as this one could wait |
 * | `Unavailable` | this machine does not let the program listen on that port |
 * | `PopupBlocked` | the browser opened no window for it |
 * | `Abandoned` | the person closed that window, or came back to the page, without finishing it |
 * | `StorageOff` | the browser keeps no data for the page, so the sign-in cannot outlast leaving it |
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-signinfailed
 * @category errors
 * @since 0.1.0
 */
export class SignInFailed extends Schema.TaggedError<SignInFailed>("@app/auth/AuthError/SignInFailed")("SignInFailed", {
  kind: Schema.Literals([
    "TimedOut",
    "PortTaken",
    "Busy",
    "Unavailable",
    "PopupBlocked",
    "Abandoned",
    "StorageOff"
  ]),
  /** The port on this machine for the callback; absent for the sign-in of a page. */
  port: Schema.optionalKey(Schema.Int),
  /** A description of the failure, and what to do about it. */
  issue: Schema.String
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return `The sign-in failed: ${this.issue}`
  }
}

/**
 * A setting that cannot work was found before anything was sent.
 *
 * **Details**
 *
 * Among such settings are a client id, secret or token with a character that none can have (RFC 6749 appendix A), a
 * redirect URI or an endpoint whose plain http would leave this machine (RFC 8252 §7.3, RFC 9700 §4.1), and a missing
 * grant.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-invalidconfiguration
 * @category errors
 * @since 0.1.0
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>(
  "@app/auth/AuthError/InvalidConfiguration"
)("InvalidConfiguration", {
  /** The name of the setting: the path of an option, such as `client.clientId`, or an environment variable. */
  setting: Schema.String,
  /** A description of the fault, and what to use instead. */
  issue: Schema.String,
  /** True when the setting is missing; `issue` then says what to set it to. Absent means `false`. */
  isMissing: Schema.optionalKey(Schema.Boolean)
}) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return this.isMissing === true
      ? `${this.setting} is not set. ${this.issue}`
      : `${this.setting} cannot be used: ${this.issue}`
  }
}

/**
 * The token store could not be locked, read or written.
 *
 * **Details**
 *
 * The failure changed nothing in the store. The first three kinds are transient. The others need a person, and the record
 * is never overwritten.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `Unavailable` | the storage could not be reached |
 * | `Locked` | another holder kept the record for too long |
 * | `Conflict` | someone else wrote the record in between |
 * | `Corrupt` | the text is not a token record, or the lock file is not a lock file |
 * | `Foreign` | the record belongs to another account |
 * | `NewerVersion` | a later release wrote the record |
 * | `Undecryptable` | no key fits |
 * | `Insecure` | there is a symbolic link, or anything else that is not a file |
 * | `Refused` | the database is not set up: a table or a right is missing |
 *
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-storefailed
 * @category errors
 * @since 0.1.0
 */
export class StoreFailed extends Schema.TaggedError<StoreFailed>("@app/auth/AuthError/StoreFailed")("StoreFailed", {
  operation: Schema.Literals(["lock", "read", "write"]),
  kind: Schema.Literals([
    "Unavailable",
    "Locked",
    "Conflict",
    "Corrupt",
    "Foreign",
    "NewerVersion",
    "Undecryptable",
    "Insecure",
    "Refused"
  ]),
  /** The place of the record: a path, a table, a key. */
  place: Schema.String,
  /** A description of the failure and, where it helps, what to do about it. */
  issue: Schema.String
}) {
  get isRetryable(): boolean {
    return this.kind === "Unavailable" || this.kind === "Locked" || this.kind === "Conflict"
  }

  override get message(): string {
    return `The token store could not ${this.operation} ${this.place}: ${this.issue}.`
  }
}

/**
 * The metadata of an authorization server could not be read, or cannot be trusted (RFC 8414 §3.3).
 *
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-3
 * @see https://example.invalid/spotify-effect/blob/main/docs/errors.md#autherror-discoveryfailed
 * @category errors
 * @since 0.1.0
 */
export class DiscoveryFailed extends Schema.TaggedError<DiscoveryFailed>("@app/auth/AuthError/DiscoveryFailed")(
  "DiscoveryFailed",
  {
    issuer: Schema.String,
    /** A description of the failure, place by place. */
    issue: Schema.String,
    /** True when the same call may succeed later, because the server sent no response or no metadata. */
    isPassing: Schema.Boolean
  }
) {
  get isRetryable(): boolean {
    return this.isPassing
  }

  override get message(): string {
    return `The authorization server ${this.issuer} could not be discovered: ${this.issue}. Check the issuer's URL.`
  }
}

/**
 * Schema for the reason of an `AuthError`.
 *
 * @category errors
 * @since 0.1.0
 */
export const AuthErrorReason = Schema.Union([
  ReauthorizationRequired,
  InvalidClient,
  TokenRequestRejected,
  TokenRequestFailed,
  MalformedTokenResponse,
  AuthorizationChanged,
  AuthorizationDenied,
  StateMismatch,
  SignInFailed,
  InvalidConfiguration,
  DiscoveryFailed,
  StoreFailed
])

/**
 * The reason of an `AuthError`.
 *
 * @category errors
 * @since 0.1.0
 */
export type AuthErrorReason = typeof AuthErrorReason.Type

// =============================================================================
// Error
// =============================================================================

/**
 * A failure of `@app/auth`.
 *
 * **When to use**
 *
 * Use `Effect.catchReason` to match on `reason`, and `message` to tell a person.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthError extends Schema.TaggedError<AuthError>("@app/auth/AuthError")("AuthError", {
  reason: AuthErrorReason
}) {
  /** Reports whether the same call may succeed later without anyone doing anything. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }

  /** Returns the delay that the server asked for with `Retry-After`, or `undefined` when it asked for none. */
  get retryAfter(): Duration.Duration | undefined {
    return this.reason._tag === "TokenRequestFailed" ? this.reason.retryAfter : undefined
  }

  override get message(): string {
    return this.reason.message
  }

  /** Prints as other errors do, with the stack. */
  override [Inspectable.NodeInspectSymbol](): unknown {
    return Object.assign(new Error(this.message), this, { stack: this.stack })
  }
}
