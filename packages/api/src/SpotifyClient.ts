/**
 * Client for Spotify's Web API, which authorizes calls, repeats them where that is safe, and fails with one typed error.
 *
 * **When to use**
 *
 * Use `layer` or `layerConfig` to provide the client that all operations, such as `Tracks.get`, require. Use `call` for an
 * operation of the contract that has no function of its own.
 *
 * **Details**
 *
 * A `TokenService` supplies the access tokens, a `RetryPolicy` says how patient a call is, and a `RateLimit` holds calls
 * back while Spotify limits the app.
 *
 * **Example** (Everything on top of a token)
 *
 * ```ts
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as Tracks from "@app/api/Tracks"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.gen(function*() {
 *   const track = yield* Tracks.get("spotify:track:11dFghVXANMlKmJXsNCbNl", { market: "DE" })
 *   yield* Effect.log(track.name)
 * })
 *
 * const Spotify = SpotifyClient.layer().pipe(
 *   Layer.provide(TokenService.layerConfig()),
 *   Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
 * )
 *
 * export const runnable = Effect.provide(program, Spotify)
 * ```
 */
import * as BaseUrl from "@app/auth/BaseUrl"
import * as EnvironmentVariable from "@app/auth/EnvironmentVariable"
import { TokenService } from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as EndpointGroup from "./contract/EndpointGroup.ts"
import * as ApiUrl from "./internal/ApiUrl.ts"
import * as Coalescing from "./internal/call/Coalescing.ts"
import * as Groups from "./internal/call/Groups.ts"
import type { CallOptions, Failure, Operations } from "./internal/call/Operations.ts"
import * as Pipeline from "./internal/call/Pipeline.ts"
import * as QuotaGuard from "./internal/call/QuotaGuard.ts"
import * as ObservedQuotaMode from "./internal/rateLimit/ObservedQuotaMode.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { Page } from "./model/Page.ts"
import { ExtendedQuotaMode, QuotaMode } from "./QuotaMode.ts"
import * as RateLimit from "./RateLimit.ts"
import type { ResponseCache } from "./ResponseCache.ts"
import * as SpotifyError from "./SpotifyError.ts"

// =============================================================================
// Service Interface
// =============================================================================

export type { CallOptions, Failure, Operations } from "./internal/call/Operations.ts"

/**
 * The client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * Calls one operation of a group of the contract.
   *
   * **When to use**
   *
   * Use for endpoints of your own, and for operations that modules such as `Tracks` do not have.
   *
   * **Details**
   *
   * A call ends within the `RetryPolicy`'s budget, whatever the server does. An endpoint may have `params`, a `query` and a
   * `payload` that is sent as JSON; its response is JSON or empty.
   *
   * **Gotchas**
   *
   * A call belongs to the sign-in under which it began. When another replaces it, the call fails with the `AuthError`
   * `AuthorizationChanged` and sends nothing more.
   */
  readonly call: <Group extends EndpointGroup.Constraint, A>(
    group: Group,
    operation: (operations: Operations<Group>) => Effect.Effect<A, Failure>,
    options?: CallOptions
  ) => Effect.Effect<A, Failure>
  /** The base URL of all requests, such as `https://api.spotify.com/v1`. */
  readonly apiUrl: string
  /**
   * Runs `effect` once for all callers with the same `key` at the same time, and gives each of them its outcome.
   *
   * **Details**
   *
   * The run is interrupted when the last caller is. A caller under another sign-in or `RetryPolicy` has a run of its own.
   */
  readonly coalesce: <A, E>(key: string, effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** The app's quota mode: as configured, otherwise as responses of the last hour have shown it, otherwise undefined. */
  readonly quotaMode: Effect.Effect<QuotaMode | undefined>
}

/**
 * The type of an operation: an effect that requires a client, and the services `R`.
 *
 * @category models
 * @since 0.1.0
 */
export type CallEffect<A, R = never> = Effect.Effect<A, Failure, SpotifyClient | R>

/**
 * A list operation: a stream of items, with a stream of its pages beside it.
 *
 * **Details**
 *
 * A page is requested when the one before it has been used. Interrupting either stream ends it. All pages are requested
 * under the sign-in of the first.
 *
 * **Example** (Items, or pages)
 *
 * ```ts
 * import * as Tracks from "@app/api/Tracks"
 * import * as Stream from "effect/Stream"
 *
 * const latest = Tracks.saved({ market: "SE" }).pipe(Stream.take(10), Stream.runCollect)
 *
 * const firstPage = Stream.runHead(Tracks.saved().pages)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface PagedStream<Item, R = never> extends Stream.Stream<Item, Failure, SpotifyClient | R> {
  /** The same list as pages, which tell how many rows there are, and where the list goes on. */
  readonly pages: Stream.Stream<Page<Item>, Failure, SpotifyClient | R>
}

/**
 * Options of an operation that looks up any number of things.
 *
 * @category models
 * @since 0.1.0
 */
export interface ManyOptions extends MarketOptions {
  /** The number of requests that may be under way at a time. Default: 4. */
  readonly concurrency?: number | undefined
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * Service that all operations require.
 *
 * @category services
 * @since 0.1.0
 */
export class SpotifyClient extends Context.Service<SpotifyClient, Service>()("@app/api/SpotifyClient") {}

// =============================================================================
// Options
// =============================================================================

/**
 * Options of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The base URL of the API, whose origin is the only one that access tokens are sent to. It must be https, or http on a
   * loopback address. Default: `https://api.spotify.com/v1`.
   */
  readonly apiUrl?: string | undefined
  /** The cache for responses, such as `ResponseCache.make({ capacity: 500 })`. Default: none. */
  readonly cache?: Effect.Effect<ResponseCache> | undefined
  /**
   * The longest body of a response in bytes, both compressed and decompressed. Default: 8 MiB; the longest that Spotify sends
   * are under 2 MiB.
   */
  readonly maxBodySize?: number | undefined
  /**
   * The app's quota mode, if the program knows it. Default: unknown.
   *
   * **Details**
   *
   * With `"development"`, operations that this mode is not served do not compile; where the compiler cannot tell, they fail
   * before anything is sent.
   *
   * **Gotchas**
   *
   * Leave it out for an app made before 11 February 2026, which Spotify may still serve these operations in Development Mode.
   */
  readonly quotaMode?: QuotaMode | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates a client over the `HttpClient`, the `TokenService` and the `RateLimit` in context.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when `apiUrl` would carry tokens unencrypted. Calls fail with it when the `HttpClient`
 * sends requests to another origin, which get no token, or has followed a redirect, whose response is ignored. No trace
 * headers are sent.
 *
 * **Gotchas**
 *
 * A transport that follows redirects below the `HttpClient` cannot be kept from taking the token along. Do not use one.
 *
 * An `HttpClient` that repeats requests by itself (`HttpClient.retry`, `HttpClient.retryTransient`) does so within each try
 * of a call, and sends a POST twice that may have arrived.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options?: Options
): Effect.fn.Return<Service, SpotifyError.SpotifyError, Dependencies | Scope.Scope> {
  const apiUrl = BaseUrl.parse(options?.apiUrl ?? ApiUrl.spotify)
  if (Result.isFailure(apiUrl)) return yield* invalidSetting("apiUrl", apiUrl.failure)
  const httpClient = yield* HttpClient.HttpClient
  const tokens = yield* TokenService
  const rateLimit = yield* RateLimit.RateLimit
  const deliver = Pipeline.make({
    apiUrl: apiUrl.success,
    cache: yield* options?.cache ?? Effect.undefined,
    gate: rateLimit.gate(tokens.clientId),
    httpClient,
    maxBodySize: options?.maxBodySize ?? 8 * 1024 * 1024,
    tokens
  })
  const { coalesce } = yield* Coalescing.make(tokens)
  const observed = rateLimit.quotaMode?.(tokens.clientId) ?? ObservedQuotaMode.make()
  const quota = QuotaGuard.make(options?.quotaMode, observed)
  const groups = Groups.make(
    apiUrl.success,
    (operation) => (call, request, fiber) => quota.run(operation, deliver(call, request, fiber))
  )

  return SpotifyClient.of({
    apiUrl: apiUrl.success,
    coalesce,
    quotaMode: quota.quotaMode,
    call: (group, operation, options) => Effect.suspend(() => operation(groups.operationsOf(group, options)))
  })
})

/** @inline */
type Dependencies = HttpClient.HttpClient | TokenService | RateLimit.RateLimit

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides a client over the `HttpClient` and the `TokenService` in context.
 *
 * **Details**
 *
 * It includes `RateLimit.layer`, which all clients that are built in one program share. Its errors are those of `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: {
  /** Does not provide `ExtendedQuotaMode`: operations that Development Mode is not served do not compile. */
  (
    options: Options & { readonly quotaMode: "development" }
  ): Layer.Layer<SpotifyClient, SpotifyError.SpotifyError, HttpClient.HttpClient | TokenService>
  (
    options?: Options
  ): Layer.Layer<
    SpotifyClient | ExtendedQuotaMode,
    SpotifyError.SpotifyError,
    HttpClient.HttpClient | TokenService
  >
} = (options?: Options) => Layer.provide(layerNoDeps(options), RateLimit.layer)

/**
 * Layer that provides a client with the `RateLimit` in context.
 *
 * **When to use**
 *
 * Use for clients that are made one by one, as `Accounts.provide` does for each person, and for another kind of gate.
 *
 * **Example** (Two people, one gate)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 * import * as RateLimit from "@app/api/RateLimit"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as Accounts from "@app/auth/Accounts"
 * import * as Effect from "effect/Effect"
 *
 * const Spotify = SpotifyClient.layerNoDeps()
 *
 * export const program = Effect.forEach(
 *   ["alice", "bob"],
 *   (person) => Effect.provide(Profile.me, Accounts.provide(Spotify, person))
 * ).pipe(Effect.provide(RateLimit.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoDeps: {
  /** Does not provide `ExtendedQuotaMode`: operations that Development Mode is not served do not compile. */
  (
    options: Options & { readonly quotaMode: "development" }
  ): Layer.Layer<SpotifyClient, SpotifyError.SpotifyError, Dependencies>
  (options?: Options): Layer.Layer<SpotifyClient | ExtendedQuotaMode, SpotifyError.SpotifyError, Dependencies>
} = (options?: Options) => Layer.merge(Layer.effect(SpotifyClient, make(options)), extendedQuotaMode(options))

const extendedQuotaMode = (options: Options | undefined) =>
  Layer.succeed(ExtendedQuotaMode, ExtendedQuotaMode.of({ isCertain: options?.quotaMode === "extended" }))

/**
 * Layer that provides a client whose `apiUrl` and `quotaMode` come from Effect's `Config`.
 *
 * **Details**
 *
 * The variables are `SPOTIFY_API_URL` and `SPOTIFY_QUOTA_MODE` (`development` or `extended`), both optional and read as
 * `EnvironmentVariable` says. Fails with `InvalidConfiguration`, which names the variable, when one of them is invalid.
 *
 * **Gotchas**
 *
 * The compiler does not know a mode from the environment, so it counts at run time only.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Omit<Options, "apiUrl" | "quotaMode">
): Layer.Layer<
  SpotifyClient | ExtendedQuotaMode,
  SpotifyError.SpotifyError,
  HttpClient.HttpClient | TokenService
> => Layer.unwrap(Effect.map(optionsConfig(options), (options) => layer(options)))

const invalidSetting = (setting: string, issue: string): Effect.Effect<never, SpotifyError.SpotifyError> =>
  Effect.fail(
    new SpotifyError.SpotifyError({ reason: new SpotifyError.InvalidConfiguration({ setting, issue }) })
  )

/**
 * Adds what `layerConfig` reads from Effect's `Config` to options, for layers of one's own.
 *
 * @category constructors
 * @since 0.1.0
 */
export const optionsConfig = (
  options?: Omit<Options, "apiUrl" | "quotaMode">
): Effect.Effect<Options, SpotifyError.SpotifyError> =>
  Effect.map(environment(), (environment) => ({ ...options, ...environment }))

/** A function, so that a bundle without `layerConfig` leaves out Effect's `Config`, too (2 kB gzip). */
const environment = () => {
  const variable = EnvironmentVariable.reader(invalidSetting)
  const isQuotaMode = Schema.is(QuotaMode)
  return Effect.all({
    apiUrl: variable("SPOTIFY_API_URL", BaseUrl.parse),
    quotaMode: variable(
      "SPOTIFY_QUOTA_MODE",
      (text) =>
        isQuotaMode(text) ? Result.succeed(text) : Result.fail("it is no quota mode. Write development or extended.")
    )
  })
}

// =============================================================================
// Accessors
// =============================================================================

/**
 * Calls one operation of a group of the contract with the client in context: see `Service.call`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const call = <Group extends EndpointGroup.Constraint, A>(
  group: Group,
  operation: (operations: Operations<Group>) => Effect.Effect<A, Failure>,
  options?: CallOptions
): Effect.Effect<A, Failure, SpotifyClient> => SpotifyClient.use((client) => client.call(group, operation, options))
