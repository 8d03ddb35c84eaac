/**
 * The limits on the number of an app's requests: the rate limit of every app, and the quota in Development Mode.
 *
 * **Details**
 *
 * Both count requests in a rolling window. Spotify publishes neither the numbers nor which operations share a quota.
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

// =============================================================================
// Model
// =============================================================================

/** The limit that a request exceeds. */
export interface Exceeded {
  readonly limit: "rate" | "quota"
  /** Whole seconds until a request is admitted, if no other arrives first. */
  readonly retryAfter: number
}

// =============================================================================
// Service
// =============================================================================

/** The limits that the settings in force set. */
export class RateLimiter extends Context.Service<RateLimiter, {
  /** Counts a request of a client to a bucket of operations; one that exceeds a limit does not count. */
  readonly admit: (clientId: string, bucket: string) => Effect.Effect<Exceeded | undefined>
}>()("@app/sandbox/RateLimiter") {}

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.gen(function*() {
  const settings = yield* CurrentSettings
  const admitted = new Map<string, Array<number>>()

  const admittedWithin = (key: string, window: Duration.Duration, now: number) => {
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
        // All apps of one developer share a quota, and the sandbox has one developer.
        {
          limit: "quota" as const,
          key: `bucket ${bucket}`,
          allowance: quotaMode === "development" ? quota : "none" as const
        }
      ].flatMap(({ allowance, ...rest }) => (allowance === "none" ? [] : [{ ...allowance, ...rest }]))
      for (const { key, limit, requests, window } of limits) {
        const times = admittedWithin(key, window, now)
        const earliest = times[times.length - requests]
        if (earliest !== undefined) {
          return { limit, retryAfter: Math.ceil((earliest + Duration.toMillis(window) - now) / 1000) }
        }
      }
      for (const { key } of limits) admitted.get(key)?.push(now)
      return undefined
    })
  })
})

// =============================================================================
// Layers
// =============================================================================

/** Layer that applies the settings in force. */
export const layer: Layer.Layer<RateLimiter, never, CurrentSettings> = Layer.effect(RateLimiter, make)
