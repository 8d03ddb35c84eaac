/**
 * The errors of a fleet's API, each with its HTTP status, a sentence for people, and no secret.
 */
import { ReauthorizationRequired } from "@app/auth/AuthError"
import * as Schema from "effect/Schema"

/**
 * The request has no valid service key.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {
  message: Schema.String
}, { httpApiStatus: 401 }) {
  static readonly withoutKey = () =>
    new Unauthorized({ message: "Send a valid service key as \"Authorization: Bearer fk_…\"." })
}

/**
 * The service key lacks a right.
 *
 * @category errors
 * @since 0.1.0
 */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  right: Schema.String,
  message: Schema.String
}, { httpApiStatus: 403 }) {
  static readonly lacks = (right: string) =>
    new Forbidden({
      right,
      message: `This service key lacks the right ${right}. Ask an administrator for one with it.`
    })
}

/**
 * There is no such thing, or it belongs to a tenant that the service key is not for: both look alike.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  message: Schema.String
}, { httpApiStatus: 404 }) {
  static readonly account = () =>
    new NotFound({
      message:
        "There is no such account for this service key. Check the tenant, the app and the account, or sign it in."
    })
  static readonly signIn = () => new NotFound({ message: "There is no such sign-in for this service key." })
  static readonly key = () => new NotFound({ message: "There is no such service key within your tenants." })
  static readonly route = () =>
    new NotFound({ message: "There is no such route. The package's openapi.json lists all of them." })
}

/**
 * The request cannot be read: a name, a query parameter or a body is not as the contract says.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  message: Schema.String
}, { httpApiStatus: 400 }) {}

/**
 * The body of the request is larger than a request of this API can be.
 *
 * @category errors
 * @since 0.1.0
 */
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", {
  message: Schema.String
}, { httpApiStatus: 413 }) {
  static readonly body = () => new TooLarge({ message: "The body of a request has 64 KiB at most." })
}

/**
 * The sign-in of the account has ended, and only the person can help, by signing in again.
 *
 * @category errors
 * @since 0.1.0
 */
export class SignInRequired extends Schema.TaggedError<SignInRequired>()("SignInRequired", {
  kind: ReauthorizationRequired.fields.kind,
  message: Schema.String
}, { httpApiStatus: 409 }) {}

/**
 * The authorization server or the person has refused the sign-in, or the callback is another sign-in's.
 *
 * @category errors
 * @since 0.1.0
 */
export class SignInRejected extends Schema.TaggedError<SignInRejected>()("SignInRejected", {
  /** The error code of the authorization server, or `state_mismatch`. */
  error: Schema.String,
  message: Schema.String
}, { httpApiStatus: 422 }) {}

/**
 * The app is not set up as its authorization server wants it, so that an administrator must change its settings.
 *
 * @category errors
 * @since 0.1.0
 */
export class Misconfigured extends Schema.TaggedError<Misconfigured>()("Misconfigured", {
  message: Schema.String
}, { httpApiStatus: 500 }) {}

/**
 * The same request may succeed later: the authorization server or the database is away.
 *
 * **Details**
 *
 * The response has `Retry-After`.
 *
 * @category errors
 * @since 0.1.0
 */
export class TryLater extends Schema.TaggedError<TryLater>()("TryLater", {
  /** The time from which another request makes sense. */
  retry_at: Schema.DateTimeUtcFromString,
  message: Schema.String
}, { httpApiStatus: 503 }) {}

/**
 * An error of a fleet's API.
 *
 * @category errors
 * @since 0.1.0
 */
export type FleetError =
  | Forbidden
  | InvalidRequest
  | Misconfigured
  | NotFound
  | SignInRejected
  | SignInRequired
  | TooLarge
  | TryLater
  | Unauthorized
