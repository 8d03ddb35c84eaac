/**
 * The responses of the Web API that no operation writes: errors, and the forms of a success.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Schema from "effect/Schema"

// =============================================================================
// Success
// =============================================================================

/** Makes a response with a JSON body, with status 200 by default. */
export const json = (body: Schema.Json, status = 200): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(body, {
    status,
    contentType: "application/json; charset=utf-8",
    headers: { "cache-control": "private, max-age=0" }
  })

/** The response with status 200 and no body. */
export const empty = HttpServerResponse.empty({ status: 200, headers: { "content-length": "0" } })

// =============================================================================
// Errors
// =============================================================================

/** Makes an error response in Spotify's form, which for some errors has no message. */
export const error = (status: number, message?: string): HttpServerResponse.HttpServerResponse =>
  json({ error: { status, ...(message !== undefined && { message }) } }, status)

/**
 * Makes a 401.
 *
 * **Details**
 *
 * Since July 2026 the body is the same for every cause. `WWW-Authenticate` tells the causes apart.
 */
export const unauthorized = (
  code: "missing_token" | "invalid_token",
  description: string
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeader(
    error(401, "Missing/invalid/expired access token"),
    "www-authenticate",
    `Bearer realm="spotify", error="${code}", error_description="${description}"`
  )

/**
 * The 403 for a person whom the app's owner has not registered.
 *
 * **Details**
 *
 * It has been seen as plain text and inside JSON. The sandbox sends plain text, which clients are less prepared for.
 */
export const unregistered = HttpServerResponse.text(
  "The user is not registered for this application. Please check your settings on "
    + "https://developer.spotify.com/dashboard.",
  { status: 403 }
)

/**
 * Makes a 429 of the 30-second rate limit or of the Development Mode quota.
 *
 * **Details**
 *
 * `retryAfter` is sent as it is; without it, the response has no `Retry-After`.
 */
export const tooManyRequests = (
  limit: "rate" | "quota",
  retryAfter: number | string | undefined
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(
    {
      error: limit === "quota"
        ? { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
        : { status: 429, message: "API rate limit exceeded" }
    },
    { status: 429, headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) } }
  )
