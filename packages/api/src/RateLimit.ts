/**
 * The gate that all calls of one app pass, closed while Spotify limits the app.
 *
 * Spotify counts the calls of an app, whoever they are made for, and answers 429 where they are too many. So one 429
 * concerns every call of the app: it closes the gate until the time Spotify names. Calls that come meanwhile wait there,
 * or fail at once, as their `RetryPolicy` says; only those already on their way can draw another 429. Then the gate opens
 * gently: one call goes first, and with each one that gets through one more may be under way at a time, until all who
 * waited are through. One that has had no answer for two seconds gives its place to the next.
 *
 * The Development Mode quota is another limit, of hours and of some operations only. A call that finds it spent is
 * remembered, so that others of the same `Annotations.QuotaBucket` fail at once, without a request.
 *
 * `SpotifyClient.layer` comes with a gate, which all clients of one app share that are built in the same program.
 * `SpotifyClient.layerNoDeps` leaves it to the program.
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
import type { AuthError } from "@app/auth/AuthError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Gates from "./internal/rateLimit/Gates.ts"
import type * as RetryPolicy from "./RetryPolicy.ts"
import type { SpotifyError } from "./SpotifyError.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * What a gate needs to know of a call.
 *
 * @category models
 * @since 0.1.0
 */
export interface GateRequest {
  /** What is called, such as `tracks.get`: for errors. */
  readonly operation: string
  /** Which operations it shares its Development Mode quota with. */
  readonly bucket: string
  /** When its budget is spent, in milliseconds of the `Clock`'s monotonic time. */
  readonly deadline: number
  readonly policy: RetryPolicy.Service
}

/**
 * The gate of one app.
 *
 * @category models
 * @since 0.1.0
 */
export interface Gate {
  /**
   * Sends a request when the app may, and learns from how it fails: `RateLimited` closes the gate, `QuotaExceeded` the
   * bucket. `send` is told how long it was held back; while the gate is open that is no time and no lock.
   *
   * A call that must not or cannot wait fails with the same reasons itself, without a `response`. One that drew a 429 comes
   * here again at once to be sent again: whoever implements this has to hold it back.
   */
  readonly through: <A, R>(
    passage: GateRequest,
    send: (held: Duration.Duration) => Effect.Effect<A, SpotifyError | AuthError, R>
  ) => Effect.Effect<A, SpotifyError | AuthError, R>
  /**
   * Whether `through` would send a call of this bucket at once. It then goes past, and only what it fails with is told to
   * `learn`. A gate that does not say is passed through by every request, which costs each a fiber.
   */
  readonly isOpen?: (bucket: string) => boolean
  /** Learns from the failure of a call that went past `through`, as that does. Goes with `isOpen`. */
  readonly learn?: (passage: GateRequest, error: SpotifyError | AuthError) => Effect.Effect<void>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /** The gate of the app with this client id. An app whose id is not known gets one that nobody else has. */
  readonly gate: (clientId: string | undefined) => Gate
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * @category services
 * @since 0.1.0
 */
export class RateLimit extends Context.Service<RateLimit, Service>()("@app/api/RateLimit") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Gates in this process' memory, one a client id. An open gate takes none.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RateLimit> = Layer.effect(RateLimit, Gates.make)
