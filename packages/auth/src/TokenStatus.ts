/**
 * The status of a `TokenService`, for people and dashboards.
 */
import type * as DateTime from "effect/DateTime"
import type { AuthError } from "./AuthError.ts"

/**
 * A snapshot of a token service.
 *
 * **Details**
 *
 * It holds no secret, so it may be logged, shown and sent.
 *
 * | phase | meaning | who acts |
 * | --- | --- | --- |
 * | `Empty` | there is no usable token, and none is being requested | the next caller |
 * | `Valid` | there is a good token, and its refresh is scheduled | the schedule |
 * | `Refreshing` | a token request is in flight; the old token serves while it lives | the schedule |
 * | `Retrying` | the last token request failed, and the next one is due at `retryAt` | the schedule |
 * | `SignInRequired` | the sign-in has ended | a person signs in: `TokenService.authorize` |
 * | `Misconfigured` | the server rejected the client or the request, or a setting is wrong | a developer |
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenStatus {
  /** The phase of the table above. */
  readonly phase: "Empty" | "Valid" | "Refreshing" | "Retrying" | "SignInRequired" | "Misconfigured"
  /** The number of tokens that the service has received so far. */
  readonly generation: number
  /** The end of the current token; absent when there is none or its end is unknown. */
  readonly expiresAt: DateTime.Utc | undefined
  /** The time of the next scheduled refresh. */
  readonly refreshAt: DateTime.Utc | undefined
  /** The failure of the last token request; absent once one succeeds. */
  readonly error: AuthError | undefined
  /** The time from which the next token request is allowed, after a transient failure. */
  readonly retryAt: DateTime.Utc | undefined
  /** The reason why the token store does not hold the current token; absent when it does. */
  readonly unsaved: AuthError | undefined
  /** The time by which the person must sign in again; absent when unknown or when nobody has signed in. */
  readonly signInDueAt: DateTime.Utc | undefined
  /** True if `signInDueAt` is within `signInWarning`, by default 14 days: ask the person to sign in. */
  readonly isSignInDueSoon: boolean
}
