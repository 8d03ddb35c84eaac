/**
 * What a `TokenService` can tell about itself without giving anything away.
 */
import type * as DateTime from "effect/DateTime"
import type { AuthError } from "./AuthError.ts"

/**
 * A snapshot of a token's life. It holds no secret, so it may be logged, shown and sent.
 *
 * | phase | what it means | who acts |
 * | --- | --- | --- |
 * | `Empty` | no usable token is held and none is being asked for | the next caller |
 * | `Valid` | a good token is held, the next refresh is planned | the schedule |
 * | `Refreshing` | a token request is in flight; the old token serves while it lives | the schedule |
 * | `Retrying` | the last token request failed in passing; the next is due at `retryAt` | the schedule |
 * | `SignInRequired` | the authorization has ended | a person signs in: `TokenService.authorize` |
 * | `Misconfigured` | the server refused the client or the request itself | a developer |
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenStatus {
  readonly phase: "Empty" | "Valid" | "Refreshing" | "Retrying" | "SignInRequired" | "Misconfigured"
  /** How many tokens this service has held so far: it grows by one with each that arrives. */
  readonly generation: number
  /** When the token at hand ends; absent when there is none or its end is unknown. */
  readonly expiresAt: DateTime.Utc | undefined
  /** When the schedule will refresh it. */
  readonly refreshAt: DateTime.Utc | undefined
  /** Why the last token request failed; absent once one succeeds. */
  readonly error: AuthError | undefined
  /** When the next token request is allowed, after a failure in passing. */
  readonly retryAt: DateTime.Utc | undefined
  /** Why the token store does not hold the token at hand; absent when it does. */
  readonly unsaved: AuthError | undefined
  /** When the person will have to sign in again; absent when unknown or when nobody signed in. */
  readonly signInDueAt: DateTime.Utc | undefined
  /** Whether that is near enough to ask the person: within `signInWarning`, 14 days unless told otherwise. */
  readonly isSignInDueSoon: boolean
}
