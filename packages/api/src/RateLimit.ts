/**
 * Services and layers for the gate that all calls of one app pass, which is closed while Spotify limits the app.
 *
 * **When to use**
 *
 * Use `layer` with `SpotifyClient.layerNoDeps` when clients are made one by one, for example one for each person, so that
 * all of them share the app's gate. `SpotifyClient.layer` comes with it. Implement `Service` to share limits between
 * processes.
 *
 * **Details**
 *
 * Spotify counts the calls of an app, whoever they are made for, and responds with 429 when they are too many. One 429
 * closes the gate until the time that Spotify names. Calls that come meanwhile wait or fail at once, as their `RetryPolicy`
 * says; only calls that are already under way can receive another 429. Then the gate opens step by step: one call goes
 * first, and each response lets one more call be under way at a time, until nobody waits. A call without a response after
 * two seconds gives up its place.
 *
 * The Development Mode quota is another limit, of hours and of some operations only. When a response says that it is spent,
 * further calls of the same `Annotations.QuotaBucket` fail at once, without a request.
 *
 * The service also remembers for an hour which quota mode an app was seen in, so that clients which are made one by one do
 * not each find it out.
 *
 * Effect's `HttpClient.withRateLimiter` does not fit here: it starts from a limit that Spotify does not publish, repeats a
 * 429 without end unless told otherwise, and knows no time budget of a call.
 *
 * **Example** (Many people, one app, one gate)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 * import * as RateLimit from "@app/api/RateLimit"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as Accounts from "@app/auth/Accounts"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const Spotify = SpotifyClient.layerNoDeps()
 *
 * const profileOf = (person: string) => Effect.provide(Profile.me, Accounts.provide(Spotify, person))
 *
 * const App = Layer.mergeAll(Accounts.layer({ client: { clientId: "…" } }), RateLimit.layer).pipe(
 *   Layer.provideMerge([TokenStore.layerMemory, FetchHttpClient.layer])
 * )
 *
 * export const program = Effect.provide(Effect.all([profileOf("alice"), profileOf("bob")]), App)
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/rate-limits
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Service } from "./internal/rateLimit/Gate.ts"
import * as GateRegistry from "./internal/rateLimit/GateRegistry.ts"

// =============================================================================
// Service Interface
// =============================================================================

export type { Gate, GateRequest, Service } from "./internal/rateLimit/Gate.ts"

export type { ObservedQuotaMode } from "./internal/rateLimit/ObservedQuotaMode.ts"

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * Service that knows the gate of each app.
 *
 * @category services
 * @since 0.1.0
 */
export class RateLimit extends Context.Service<RateLimit, Service>()("@app/api/RateLimit") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps gates in the memory of this process, one per client id.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RateLimit> = Layer.effect(RateLimit, GateRegistry.make)
