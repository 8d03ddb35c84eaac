/** A response of an authorization server's endpoint, read to its end, and the errors it stands for (RFC 6749 §5.2). */
import type * as Headers from "effect/http/Headers"
import * as AuthError from "../../AuthError.ts"
import * as RetryAfter from "../../RetryAfter.ts"
import type { JsonMembers } from "../http/JsonBody.ts"

// =============================================================================
// Model
// =============================================================================

/** @inline */
export interface EndpointResponse {
  readonly status: number
  readonly headers: Headers.Headers
  /** The members of the JSON object in the body, each of any type; `undefined` when the body is no JSON object. */
  readonly members: JsonMembers | undefined
  /** The reason why the body could not be read, in a few words; `undefined` when it was read. */
  readonly bodyIssue: string | undefined
  /** The time at which the response had been read to its end, in epoch milliseconds. */
  readonly receivedAt: number
}

// =============================================================================
// Errors
// =============================================================================

/**
 * Returns the error in a response, in the form of RFC 6749 §5.2.
 *
 * **Details**
 *
 * The code alone makes an error. A description is for developers, and one that is not a text counts as absent. Both are
 * the server's own words and may repeat a secret.
 */
export const errorIn = (
  { members }: EndpointResponse
): { readonly error: string; readonly description?: string } | undefined => {
  const { error, error_description: description } = members ?? {}
  if (typeof error !== "string" || error.trim() === "") return undefined
  return { error, ...(typeof description === "string" && description !== "" && { description }) }
}

/** Makes the transient error for a response that says nothing about the request itself. */
export const unavailable = (
  { bodyIssue, headers, receivedAt, status }: EndpointResponse
): AuthError.TokenRequestFailed => {
  const retryAfter = RetryAfter.delay(headers, receivedAt)
  return new AuthError.TokenRequestFailed({
    kind: status === 429 ? "RateLimited" : status >= 500 ? "ServerError" : "UnexpectedStatus",
    status,
    detail: `the authorization server answered ${status}${bodyIssue === undefined ? "" : `, and ${bodyIssue}`}`,
    ...(retryAfter !== undefined && { retryAfter })
  })
}
