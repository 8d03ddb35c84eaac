/** Failures in place of responses, by the names of the sandbox's faults. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as Schema from "effect/Schema"

// =============================================================================
// Model
// =============================================================================

/**
 * The outcome of one request in place of its response.
 *
 * @category failures
 * @since 0.1.0
 */
export type Failure = Data.TaggedEnum<{
  Status: {
    readonly status: number
    readonly body?: Schema.Json | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  }
  RateLimited: {
    readonly retryAfter?: number | string | undefined
    readonly quotaExceeded?: boolean | undefined
  }
  Refused: {}
  Reset: {}
  Hang: {}
}>

export const { Hang, RateLimited, Refused, Reset, Status, $match: match } = Data.taggedEnum<Failure>()

// =============================================================================
// Playing
// =============================================================================

/** Lets a request fail so. */
export const play = (
  failure: Failure,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  const respond = (status: number, body: Schema.Json, headers: Readonly<Record<string, string>> = {}) =>
    Effect.succeed(HttpClientResponse.fromWeb(
      request,
      new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers })
    ))
  const broken = (code: string) =>
    Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.TransportError({ request, cause: Object.assign(new Error(code), { code }) })
      })
    )
  return match(failure, {
    Status: ({ body, headers, status }) =>
      respond(status, body ?? { error: { status, message: `Status ${status}` } }, headers),
    RateLimited: ({ quotaExceeded, retryAfter }) =>
      respond(
        429,
        {
          error: quotaExceeded === true
            ? { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
            : { status: 429, message: "API rate limit exceeded" }
        },
        retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }
      ),
    Refused: () => broken("ECONNREFUSED"),
    Reset: () => broken("ECONNRESET"),
    Hang: () => Effect.never
  })
}
