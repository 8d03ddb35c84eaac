/**
 * Answers kept for later, as far as Spotify allows it (RFC 9111): a fresh one is given again without a request, and one
 * that has an `ETag` is asked about with `If-None-Match`, which costs Spotify no answer when it still holds.
 *
 * It is opt-in, because most of Spotify's answers are stale at once (`max-age=0`) and have no `ETag`. It pays for programs
 * that search for the same things within minutes. In a browser leave it out: that has a cache of its own.
 *
 * **Example** (A client that keeps 500 answers)
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
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import CachePolicy from "http-cache-semantics"
import * as SpotifyMetrics from "./SpotifyMetrics.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The answers that one client keeps.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResponseCache {
  /**
   * Answers a request from what is kept, or by `send`. That is given the request, perhaps with the headers that ask whether
   * what is kept still holds; it succeeds with any 2xx, its body to be read any number of times, or with the 304 that says
   * so.
   *
   * `token` is whose answers may be given: those of its own sign-in, or where it names none, those that it got itself. A
   * request other than GET changes something, so that nothing kept is given again without asking.
   */
  readonly through: <E, R>(
    request: HttpClientRequest.HttpClientRequest,
    token: AccessToken,
    send: (
      request: HttpClientRequest.HttpClientRequest
    ) => Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>
  ) => Effect.Effect<HttpClientResponse.HttpClientResponse, E, R>
}

interface Kept {
  readonly policy: CachePolicy
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ArrayBuffer
  /** How many changes went before it was asked for. */
  readonly era: number
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * An empty cache in memory. It keeps up to `capacity` answers of up to `maxBytes` in all, 32 MiB unless told otherwise; one
 * more takes the place of those that were not wanted for longest, and one that is larger than all of that is not kept.
 * Clients run this each for themselves: none sees what another keeps.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: {
  /** How many answers. */
  readonly capacity: number
  /** How many bytes their bodies may have together. Default: 32 MiB. */
  readonly maxBytes?: number | undefined
}): Effect.Effect<ResponseCache> =>
  Effect.map(Clock.Clock, (clock) => {
    const maxBytes = options.maxBytes ?? 32 * 1024 * 1024
    /** By URL; the last is the one that was wanted last. */
    const entries = new Map<string, Kept>()
    let bytes = 0
    let owner: AccessToken | undefined
    let era = 0

    class Policy extends CachePolicy {
      now(): number {
        return clock.currentTimeMillisUnsafe()
      }
    }

    const forget = (url: string): void => {
      bytes -= entries.get(url)?.body.byteLength ?? 0
      entries.delete(url)
    }

    /** What is kept for whoever has this token. */
    const find = (url: string, token: AccessToken): Kept | undefined => {
      if (owner !== undefined && !isSameOwner(owner, token)) {
        entries.clear()
        bytes = 0
      }
      owner = token
      const kept = entries.get(url)
      if (kept === undefined) return undefined
      entries.delete(url)
      entries.set(url, kept)
      return kept
    }

    const keep = (url: string, token: AccessToken, kept: Kept): void => {
      forget(url)
      const { body, headers, policy } = kept
      const isOfUse = policy.timeToLive() > 0 || "etag" in headers || "last-modified" in headers
      const isOwned = owner !== undefined && isSameOwner(owner, token)
      if (!isOwned || !isOfUse || !policy.storable() || body.byteLength > maxBytes) return
      entries.set(url, kept)
      bytes += body.byteLength
      for (const longestUnwanted of entries.keys()) {
        if (entries.size <= options.capacity && bytes <= maxBytes) break
        forget(longestUnwanted)
      }
    }

    const get: ResponseCache["through"] = (request, token, send) =>
      Effect.suspend(() => {
        const url = Option.match(HttpClientRequest.toUrl(request), { onNone: () => "", onSome: ({ href }) => href })
        const asked = { method: "GET", url, headers: request.headers }
        const kept = find(url, token)
        if (kept !== undefined && kept.era === era && kept.policy.satisfiesWithoutRevalidation(asked)) {
          return Effect.as(count("hit"), answerOf(kept, request))
        }
        const startedIn = era
        const conditional = kept === undefined
          ? request
          : HttpClientRequest.setHeaders(request, kept.policy.revalidationHeaders(asked))
        return Effect.flatMap(send(conditional), (response) => {
          const { headers, status } = response
          if (kept !== undefined && status === 304) {
            // Only one was asked about, so it is the one meant, whether the 304 names it or not.
            const { etag = kept.headers["etag"], ...rest } = headers
            const { policy } = kept.policy.revalidatedPolicy(asked, { status, headers: { ...rest, etag } })
            keep(url, token, { ...kept, policy, era: startedIn })
            return Effect.as(count("revalidated"), answerOf(kept, request))
          }
          return response.arrayBuffer.pipe(
            // The body is here already.
            Effect.orDie,
            Effect.flatMap((body) => {
              const policy = new Policy(asked, { status, headers }, { shared: false, cacheHeuristic: 0 })
              keep(url, token, { policy, status, headers, body, era: startedIn })
              return Effect.as(count("miss"), response)
            })
          )
        })
      })

    return {
      through: (request, token, send) =>
        request.method === "GET"
          ? get(request, token, send)
          : Effect.ensuring(
            send(request),
            Effect.sync(() => {
              era += 1
            })
          )
    }
  })

/** Tokens refreshed from one another are one person's; of those that name no sign-in only the very same is known to be. */
const isSameOwner = (a: AccessToken, b: AccessToken): boolean =>
  a === b
  || (a.authorizationId === b.authorizationId
    && (a.authorizationId !== undefined || a.isSameAs(b)))

const answerOf = ({ body, headers, status }: Kept, request: HttpClientRequest.HttpClientRequest) =>
  HttpClientResponse.fromWeb(request, new Response(body, { status, headers }))

const count = (outcome: "hit" | "revalidated" | "miss") =>
  Metric.update(Metric.withAttributes(SpotifyMetrics.cache, { outcome }), 1)
