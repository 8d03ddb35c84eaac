/**
 * Cache for responses, as far as Spotify allows them to be stored (RFC 9111).
 *
 * **When to use**
 *
 * Use in programs that search for the same things within minutes. Most of Spotify's responses are stale at once
 * (`max-age=0`) and have no `ETag`, so a client has no cache unless told otherwise. Leave it out in browsers, which have a
 * cache of their own.
 *
 * **Details**
 *
 * A fresh response is returned without a request. A stale one with an `ETag` or `Last-Modified` is validated by a
 * conditional request, which costs no body when it still holds.
 *
 * **Example** (A client that keeps 500 responses)
 *
 * ```ts
 * import * as ResponseCache from "@app/api/ResponseCache"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 *
 * const Spotify = SpotifyClient.layer({ cache: ResponseCache.make({ capacity: 500 }) })
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/api-calls
 * @see https://www.rfc-editor.org/rfc/rfc9111
 */
import type { AccessToken } from "@app/auth/AccessToken"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import CachePolicy from "http-cache-semantics"
import { BufferedHttpClientResponse } from "./internal/transport/BufferedHttpClientResponse.ts"
import { type CachedResponse, CachedResponses } from "./internal/transport/CachedResponses.ts"
import * as SpotifyMetrics from "./SpotifyMetrics.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The cache of one client.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResponseCache {
  /**
   * Responds to a request from the cache, or by `send`.
   *
   * **Details**
   *
   * `send` receives the request, perhaps with conditional headers. It succeeds with any 2xx, whose body can be read any
   * number of times, or with the 304 that confirms the cached response.
   *
   * `token` says whose responses may be returned: those of its sign-in, or, when it names none, those that were requested
   * with it. A request other than GET changes something, so that each cached response is validated before its next use.
   */
  readonly run: <E, R>(
    request: HttpClientRequest.HttpClientRequest,
    token: AccessToken,
    send: (
      request: HttpClientRequest.HttpClientRequest
    ) => Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>
  ) => Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates an empty cache in memory.
 *
 * **Details**
 *
 * One response more than fits takes the place of those that were not used for longest; one that is larger than `maxBytes`
 * is not stored. Each client runs this effect for itself, so that none sees the responses of another.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: {
  /** The largest number of responses. */
  readonly capacity: number
  /** The largest size of their bodies together, in bytes. Default: 32 MiB. */
  readonly maxBytes?: number | undefined
}): Effect.Effect<ResponseCache> =>
  Effect.map(Clock.Clock, (clock) => {
    const cached = new CachedResponses({ capacity: options.capacity, maxBytes: options.maxBytes ?? 32 * 1024 * 1024 })
    /** The token of the person whose responses are cached. */
    let owner: AccessToken | undefined
    /** The number of requests so far that changed something. */
    let changes = 0

    class Policy extends CachePolicy {
      now(): number {
        return clock.currentTimeMillisUnsafe()
      }
    }

    const find = (url: string, token: AccessToken): CachedResponse | undefined => {
      if (owner !== undefined && !isSameOwner(owner, token)) cached.clear()
      owner = token
      return cached.get(url)
    }

    const store = (url: string, token: AccessToken, response: CachedResponse): void => {
      const { headers, policy } = response
      const isOfUse = policy.timeToLive() > 0 || "etag" in headers || "last-modified" in headers
      const isOwned = owner !== undefined && isSameOwner(owner, token)
      if (isOwned && isOfUse && policy.storable()) cached.set(url, response)
      else cached.delete(url)
    }

    const get: ResponseCache["run"] = (request, token, send) =>
      Effect.suspend(() => {
        const url = Option.match(HttpClientRequest.toUrl(request), { onNone: () => "", onSome: ({ href }) => href })
        const cacheRequest = { method: "GET", url, headers: request.headers }
        const known = find(url, token)
        if (
          known !== undefined && known.changes === changes
          && known.policy.satisfiesWithoutRevalidation(cacheRequest)
        ) {
          return Effect.as(count("hit"), toResponse(known, request))
        }
        const changesBefore = changes
        const conditional = known === undefined
          ? request
          : HttpClientRequest.setHeaders(request, known.policy.revalidationHeaders(cacheRequest))
        return Effect.flatMap(send(conditional), (response) => {
          const { headers, status } = response
          if (known !== undefined && status === 304) {
            // The request named one response, so a 304 without an ETag means that one, too.
            const { etag = known.headers["etag"], ...rest } = headers
            const { policy } = known.policy.revalidatedPolicy(cacheRequest, { status, headers: { ...rest, etag } })
            store(url, token, { ...known, policy, changes: changesBefore })
            return Effect.as(count("revalidated"), toResponse(known, request))
          }
          return response.arrayBuffer.pipe(
            // The body is in memory already.
            Effect.orDie,
            Effect.flatMap((body) => {
              const policy = new Policy(cacheRequest, { status, headers }, { shared: false, cacheHeuristic: 0 })
              store(url, token, { policy, status, headers, body, changes: changesBefore })
              return Effect.as(count("miss"), response)
            })
          )
        })
      })

    return {
      run: (request, token, send) =>
        request.method === "GET"
          ? get(request, token, send)
          : Effect.ensuring(
            send(request),
            Effect.sync(() => {
              changes += 1
            })
          )
    }
  })

/** Tokens of one sign-in have one owner; of those that name no sign-in, only equal ones are known to. */
const isSameOwner = (a: AccessToken, b: AccessToken): boolean =>
  a === b
  || (a.authorizationId === b.authorizationId
    && (a.authorizationId !== undefined || a.isSameAs(b)))

/** Not over a `Response` of the platform, which is not made with a body for each status, such as 204. */
const toResponse = (
  { body, headers, status }: CachedResponse,
  request: HttpClientRequest.HttpClientRequest
): HttpClientResponse.HttpClientResponse =>
  new BufferedHttpClientResponse(request, {
    url: request.url,
    status,
    headers,
    body: Effect.succeed(new Uint8Array(body))
  })

const count = (outcome: "hit" | "revalidated" | "miss") =>
  Metric.update(Metric.withAttributes(SpotifyMetrics.cache, { outcome }), 1)
