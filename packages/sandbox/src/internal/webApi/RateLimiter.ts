/**
 * How much an app may ask: so many requests in a rolling window, as the rate limit of every app and as the quota of
 * those in Development Mode. Spotify publishes neither the numbers nor which operations share a quota.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/rate-limits
 * @see https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CurrentSettings } from "../CurrentSettings.ts"

/**
 * Why a request is refused.
 *
 * @category models
 * @since 0.1.0
 */
export interface Exceeded {
  readonly limit: "rate" | "quota"
  /** Whole seconds until a request will be let through, if no other comes first. */
  readonly retryAfter: number
}

/**
 * Counts requests, where the settings say so.
 *
 * @category services
 * @since 0.1.0
 */
export class RateLimiter extends Context.Service<RateLimiter, {
  /** Counts a request of a client to an operation's bucket, unless it exceeds a limit; then it counts for neither. */
  readonly admit: (clientId: string, bucket: string) => Effect.Effect<Exceeded | undefined>
}>()("@app/sandbox/RateLimiter") {
  /** By the settings in force. */
  static readonly layer = Layer.effect(
    RateLimiter,
    Effect.gen(function*() {
      const settings = yield* CurrentSettings
      const admitted = new Map<string, Array<number>>()
      /** Those still in the window. */
      const within = (key: string, window: Duration.Duration, now: number) => {
        const since = now - Duration.toMillis(window)
        const times = (admitted.get(key) ?? []).filter((time) => time > since)
        admitted.set(key, times)
        return times
      }
      return RateLimiter.of({
        admit: Effect.fnUntraced(function*(clientId, bucket) {
          const { quota, quotaMode, rateLimit } = yield* settings.get
          const now = yield* Clock.currentTimeMillis
          const limits = [
            { limit: "rate" as const, key: `client ${clientId}`, allowance: rateLimit },
            // All apps of one developer share a quota, and all apps here have the same one.
            {
              limit: "quota" as const,
              key: `bucket ${bucket}`,
              allowance: quotaMode === "development" ? quota : "none" as const
            }
          ].flatMap(({ allowance, ...rest }) => (allowance === "none" ? [] : [{ ...allowance, ...rest }]))
          for (const { key, limit, requests, window } of limits) {
            const times = within(key, window, now)
            const freed = times[times.length - requests]
            if (freed !== undefined) {
              return { limit, retryAfter: Math.ceil((freed + Duration.toMillis(window) - now) / 1000) }
            }
          }
          for (const { key } of limits) admitted.get(key)?.push(now)
          return undefined
        })
      })
    })
  )
}
