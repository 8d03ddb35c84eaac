/**
 * The one error of `@app/auth`. Its `reason` tells programs what happened, its `message` tells people what to do.
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
import * as Schema from "effect/Schema"

// =============================================================================
// Reasons
// =============================================================================

const sentence = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" ")

const quoted = (description: string | undefined): string =>
  description === undefined || description === "" ? "" : ` ("${description}")`

/**
 * A person must sign in again; no request will help until then, so none is made.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `Expired` | the refresh token's own time is over (Spotify: six months after the person signed in) |
 * | `Revoked` | the server refused the refresh token earlier than that |
 * | `AnswerLost` | the server refused it after the answer to an earlier request with it may have been lost |
 * | `SignedOut` | the program signed the person out |
 * | `NoRefreshToken` | there is nothing to refresh with |
 * | `InsufficientScope` | the person did not grant what the program needs |
 *
 * @category errors
 * @since 0.1.0
 */
export class ReauthorizationRequired extends Schema.TaggedError<ReauthorizationRequired>(
  "@app/auth/AuthError/ReauthorizationRequired"
)("ReauthorizationRequired", {
  kind: Schema.Literals(["Expired", "Revoked", "AnswerLost", "SignedOut", "NoRefreshToken", "InsufficientScope"]),
  /** The server's own words, already cleaned of secrets. */
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
 * The authorization server does not know this client or its secret: a configuration fault, never retried by itself.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @category errors
 * @since 0.1.0
 */
export class InvalidClient extends Schema.TaggedError<InvalidClient>("@app/auth/AuthError/InvalidClient")(
  "InvalidClient",
  {
    clientId: Schema.String,
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
 * The authorization server refused the request itself (RFC 6749 §5.2: `invalid_request`, `invalid_scope`,
 * `unauthorized_client`, `unsupported_grant_type`, or `invalid_grant` for an authorization code).
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @category errors
 * @since 0.1.0
 */
export class TokenRequestRejected extends Schema.TaggedError<TokenRequestRejected>(
  "@app/auth/AuthError/TokenRequestRejected"
)("TokenRequestRejected", {
  /** The error code as sent, such as `invalid_scope`. */
  error: Schema.String,
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
 * The token endpoint could not be reached or could not answer. Passing: a valid token keeps being served meanwhile, no
 * stored credential is touched, and the next attempt waits at least `retryAfter`.
 *
 * @category errors
 * @since 0.1.0
 */
export class TokenRequestFailed extends Schema.TaggedError<TokenRequestFailed>(
  "@app/auth/AuthError/TokenRequestFailed"
)("TokenRequestFailed", {
  kind: Schema.Literals(["Unreachable", "Timeout", "ServerError", "RateLimited", "UnexpectedStatus"]),
  /** What was seen, in one line and without secrets. */
  detail: Schema.String,
  /** HTTP status, when there was an answer. */
  status: Schema.optionalKey(Schema.Int),
  /** What the server's `Retry-After` asked for. */
  retryAfter: Schema.optionalKey(Schema.Duration),
  /** When the next attempt is allowed; until then callers without a token get this error at once. */
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
 * The token endpoint answered with something that is not a token response (RFC 6749 §5.1). Treated as passing, since a
 * broken proxy or an outage page looks just like this.
 *
 * @category errors
 * @since 0.1.0
 */
export class MalformedTokenResponse extends Schema.TaggedError<MalformedTokenResponse>(
  "@app/auth/AuthError/MalformedTokenResponse"
)("MalformedTokenResponse", {
  /** What was wrong, without the body: it may hold a secret. */
  issue: Schema.String,
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
 * The person signed out, or another one signed in, while something was under way for the one before. Nothing more was
 * sent: what was meant for one person must not be done, or shown, to another. Whoever still means it begins again.
 *
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
 * The person, or the authorization server for them, said no at the sign-in (RFC 6749 §4.1.2.1, `access_denied` most
 * often).
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationDenied extends Schema.TaggedError<AuthorizationDenied>(
  "@app/auth/AuthError/AuthorizationDenied"
)("AuthorizationDenied", {
  error: Schema.String,
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
 * A callback does not belong to this sign-in: its `state` or issuer is missing or another's. No code was exchanged
 * (RFC 6749 §10.12, RFC 9207).
 *
 * @category errors
 * @since 0.1.0
 */
export class StateMismatch extends Schema.TaggedError<StateMismatch>("@app/auth/AuthError/StateMismatch")(
  "StateMismatch",
  {
    parameter: Schema.Literals(["state", "iss", "code"]),
    issue: Schema.String
  }
) {
  get isRetryable(): boolean {
    return false
  }

  override get message(): string {
    return `The callback does not belong to this sign-in: ${this.issue}. If its own does not come, start the sign-in again.`
  }
}

/**
 * A sign-in in the browser could not begin, or nobody finished it. No code was exchanged.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `TimedOut` | nobody finished it in time |
 * | `PortTaken` | another program has the redirect URI's port |
 * | `Busy` | another sign-in has kept that port for as long as this one could wait |
 * | `Unavailable` | this machine does not let the program listen there |
 *
 * @category errors
 * @since 0.1.0
 */
export class SignInFailed extends Schema.TaggedError<SignInFailed>("@app/auth/AuthError/SignInFailed")("SignInFailed", {
  kind: Schema.Literals(["TimedOut", "PortTaken", "Busy", "Unavailable"]),
  /** The port on this machine that the callback would come to. */
  port: Schema.Int,
  /** What was seen, and what to do about it. */
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
 * A setting cannot work, found before anything was sent: a client id, secret or token with a character that none has
 * (RFC 6749 appendix A), a redirect URI that plain http would carry over the network (RFC 8252 §7.3, RFC 9700 §4.1), an
 * endpoint that would send secrets in the clear, no grant to start from.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
 * @category errors
 * @since 0.1.0
 */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>(
  "@app/auth/AuthError/InvalidConfiguration"
)("InvalidConfiguration", {
  /** The setting's name, as its caller knows it: an option's path, such as `client.clientId`, or an environment variable. */
  setting: Schema.String,
  /** What is wrong with it, and what to use instead. */
  issue: Schema.String,
  /** Whether it has not been set at all; `issue` says what to set it to. Absent: `false`. */
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
 * The token store could not be locked, read or written. Nothing in it was changed by the failure.
 *
 * `kind` is `"Unavailable"` when the place could not be reached, `"Locked"` when another holder kept it too long, and
 * `"Conflict"` when someone else wrote in between: these pass. The others need a person, and are never answered by
 * overwriting: `"Corrupt"` (not a record, or no lock file), `"Foreign"` (another account's record), `"NewerVersion"`
 * (written by a later release), `"Undecryptable"` (no key that fits), `"Insecure"` (a symbolic link, or anything else that
 * is not a file) and `"Refused"` (a database that is not set up for it: a table or a right is missing).
 *
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
  /** Where: a path, a table, a key. */
  place: Schema.String,
  /** What was seen, and where it helps what to do about it. */
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
 * A provider's metadata could not be read, or cannot be trusted (RFC 8414 §3.3).
 *
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-3
 * @category errors
 * @since 0.1.0
 */
export class DiscoveryFailed extends Schema.TaggedError<DiscoveryFailed>("@app/auth/AuthError/DiscoveryFailed")(
  "DiscoveryFailed",
  {
    issuer: Schema.String,
    issue: Schema.String,
    /** Whether it may work later: the provider did not answer, or not with metadata. */
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
 * Why an operation of `@app/auth` failed.
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
 * @category errors
 * @since 0.1.0
 */
export type AuthErrorReason = typeof AuthErrorReason.Type

// =============================================================================
// Error
// =============================================================================

/**
 * Every failure of `@app/auth`. Match on `reason` with `Effect.catchReason`, or print `message`.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthError extends Schema.TaggedError<AuthError>("@app/auth/AuthError")("AuthError", {
  reason: AuthErrorReason
}) {
  /** Whether the same call may succeed later without anyone doing anything. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }

  /** How long the server asked to be left alone, when it did. */
  get retryAfter(): Duration.Duration | undefined {
    return this.reason._tag === "TokenRequestFailed" ? this.reason.retryAfter : undefined
  }

  override get message(): string {
    return this.reason.message
  }
}
