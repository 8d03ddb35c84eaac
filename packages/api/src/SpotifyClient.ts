/**
 * A client of Spotify's Web API.
 *
 * **Details**
 *
 * It authorizes calls with a `TokenService`, repeats what may be repeated, and turns every failure into one typed error.
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
import type { AuthError } from "@app/auth/AuthError"
import * as BaseUrl from "@app/auth/BaseUrl"
import * as EnvironmentVariable from "@app/auth/EnvironmentVariable"
import { TokenService } from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as ApiUrl from "./internal/ApiUrl.ts"
import * as Call from "./internal/call/Call.ts"
import * as Coalescing from "./internal/call/Coalescing.ts"
import * as Endpoint from "./internal/call/Endpoint.ts"
import * as Pipeline from "./internal/call/Pipeline.ts"
import * as QuotaGuard from "./internal/call/QuotaGuard.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { Page } from "./model/Page.ts"
import { ExtendedQuotaMode, QuotaMode } from "./QuotaMode.ts"
import * as RateLimit from "./RateLimit.ts"
import type { ResponseCache } from "./ResponseCache.ts"
import * as SpotifyError from "./SpotifyError.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * The operations of one group of the contract, a method each.
 *
 * **Details**
 *
 * A method takes the endpoint's `params`, `query` and `payload`, as far as it has such, and succeeds with what the endpoint's
 * `success` says.
 *
 * @category models
 * @since 0.1.0
 */
export type Operations<Group extends HttpApiGroup.Constraint> = Group["endpoints"] extends
  infer Endpoints extends Readonly<Record<string, HttpApiEndpoint.ConstraintRequest>>
  ? { readonly [Id in keyof Endpoints]: Method<Endpoints[Id]> }
  : never

type Method<Endpoint extends HttpApiEndpoint.ConstraintRequest> = (
  request: Request<Endpoint>
) => Effect.Effect<Endpoint["~Success"]["Type"], Failure>

type Request<Endpoint extends HttpApiEndpoint.ConstraintRequest> = (
  & Part<"params", Endpoint["~Params"]["Type"]>
  & Part<"query", Endpoint["~Query"]["Type"]>
  & Part<"payload", Endpoint["~Payload"]["Type"]>
) extends infer Parts ? keyof Parts extends never ? void | Record<never, never> : Parts
  : never

type Part<Name extends string, Type> = [Type] extends [never] ? unknown : { readonly [Key in Name]: Type }

/**
 * The failure of a call.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure = SpotifyError.SpotifyError | AuthError

/**
 * The methods of a client.
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
   * Use for endpoints of your own, and for what the modules of operations (`Tracks`, …), which are made of this, do not have.
   *
   * **Details**
   *
   * A call ends within the `RetryPolicy`'s budget, whatever the server does. It belongs to the sign-in that it was begun
   * under: once another has replaced that, nothing more is sent for it, and it fails with the `AuthError`
   * `AuthorizationChanged`. An endpoint may have `params`, a `query` and a `payload` that is sent as JSON; its response is
   * JSON or empty.
   */
  readonly call: <Group extends HttpApiGroup.Constraint, A>(
    group: Group,
    operation: (operations: Operations<Group>) => Effect.Effect<A, Failure>,
    options?: CallOptions
  ) => Effect.Effect<A, Failure>
  /** The base of all requests, such as `https://api.spotify.com/v1`. */
  readonly apiUrl: string
  /**
   * Runs `effect` once for all callers that have the same `key` at the same time, and gives each the result.
   *
   * **Details**
   *
   * The run is interrupted when the last caller is. A caller under another sign-in or another `RetryPolicy` has a run of its
   * own.
   */
  readonly coalesce: <A, E>(key: string, effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** The app's quota mode: as the program said, else as responses of the last hour have shown it, else undefined. */
  readonly quotaMode: Effect.Effect<QuotaMode | undefined>
}

/**
 * An operation: an effect that needs a client, and whatever else `R` says.
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
 * A page is asked for when the one before it has been used. Interrupting either stream ends it. All pages go out under the
 * sign-in that the first one went out under.
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
 * The options of an operation that looks up any number of things.
 *
 * @category models
 * @since 0.1.0
 */
export interface ManyOptions extends MarketOptions {
  /** How many requests may be under way at a time. Default: 4. */
  readonly concurrency?: number | undefined
}

/**
 * The options of one call.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /**
   * A path and query below `apiUrl` to ask for instead of those of the operation, such as the rest of a page's `next`. The
   * response is read as the operation's. Default: those of the operation.
   */
  readonly follow?: string | undefined
  /**
   * Whether sending the request twice does no more than sending it once. Say so where the operation's method does not tell,
   * as for a PUT that may replace the items of a playlist or move them. Default: as the contract says.
   */
  readonly idempotent?: boolean | undefined
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * Service that calls operations of the Web API.
 *
 * @category services
 * @since 0.1.0
 */
export class SpotifyClient extends Context.Service<SpotifyClient, Service>()("@app/api/SpotifyClient") {}

// =============================================================================
// Options
// =============================================================================

/**
 * The options of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The API's base, whose origin is the only one that access tokens are sent to. It must be https, or http on a loopback
   * address. Default: `https://api.spotify.com/v1`.
   */
  readonly apiUrl?: string | undefined
  /** A cache of responses, such as `ResponseCache.make({ capacity: 500 })`. Default: none. */
  readonly cache?: Effect.Effect<ResponseCache> | undefined
  /** The size of the largest response in bytes, both as it comes and unpacked. Default: 8 MiB; Spotify's are under 2. */
  readonly maxBodySize?: number | undefined
  /**
   * The app's quota mode, where the program knows it. With `"development"`, operations that this mode is not served do not
   * compile, and where the compiler cannot tell they fail before anything is sent. Leave it out for an app made before
   * 11 February 2026, whose Development Mode Spotify may still serve them. Default: unknown.
   */
  readonly quotaMode?: QuotaMode | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Makes a client over the `HttpClient`, the `TokenService` and the `RateLimit` in context.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when `apiUrl` would carry tokens in the clear. Calls fail with it when the `HttpClient`
 * takes requests to another origin, which get no token, or has followed a redirect, whose response is not taken. No trace
 * headers are sent.
 *
 * **Gotchas**
 *
 * A transport that follows redirects unseen, below `HttpClient`, cannot be kept from taking the token along: do not use one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options?: Options
): Effect.fn.Return<
  Service,
  SpotifyError.SpotifyError,
  HttpClient.HttpClient | TokenService | RateLimit.RateLimit | Scope.Scope
> {
  const apiUrl = BaseUrl.parse(options?.apiUrl ?? ApiUrl.spotify)
  if (Result.isFailure(apiUrl)) return yield* invalidSetting("apiUrl", apiUrl.failure)
  const httpClient = yield* HttpClient.HttpClient
  const tokens = yield* TokenService
  const { gate } = yield* RateLimit.RateLimit
  const deliver = Pipeline.make({
    apiUrl: apiUrl.success,
    cache: yield* options?.cache ?? Effect.undefined,
    gate: gate(tokens.clientId),
    httpClient,
    maxBodySize: options?.maxBodySize ?? 8 * 1024 * 1024,
    tokens
  })
  const { coalesce } = yield* Coalescing.make(tokens)
  const quota = QuotaGuard.make(options?.quotaMode)
  const methods = new Map<HttpApiGroup.Constraint, Readonly<Record<string, ReturnType<typeof Call.method>>>>()
  // The methods of a group are made when one of them is first called.
  const methodsOf = (group: HttpApiGroup.Constraint) => {
    const known = methods.get(group)
    if (known !== undefined) return known
    const made = Record.map(
      Endpoint.ofGroup(apiUrl.success, group),
      (endpoint) =>
        Call.method(endpoint, (call, request, fiber) => quota.around(endpoint.operation, deliver(call, request, fiber)))
    )
    methods.set(group, made)
    return made
  }
  const operations = new Map<HttpApiGroup.Constraint, unknown>()
  const operationsOf = <Group extends HttpApiGroup.Constraint>(
    group: Group,
    options: CallOptions | undefined
  ): Operations<Group> => {
    const known = options === undefined ? operations.get(group) : undefined
    const made = known ?? Record.map(methodsOf(group), (method) => method(options))
    if (options === undefined) operations.set(group, made)
    // The methods have the names and types of the group's endpoints, which the map of all groups cannot say.
    return made as Operations<Group>
  }

  return SpotifyClient.of({
    apiUrl: apiUrl.success,
    coalesce,
    quotaMode: quota.quotaMode,
    call: (group, operation, options) => Effect.suspend(() => operation(operationsOf(group, options)))
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides a client over the `HttpClient` and the `TokenService` in context.
 *
 * **Details**
 *
 * See `make` for its failures. It comes with the gate of `RateLimit.layer`, which the clients that are built in one program
 * share.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: {
  /** Without `ExtendedQuotaMode`: operations that Development Mode is not served do not compile. */
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
 * Layer that provides a client over the `HttpClient`, the `TokenService` and the `RateLimit` in context.
 *
 * **When to use**
 *
 * Use for clients that are built one by one, as `Accounts.provide` does for each person, and for another kind of gate.
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
  /** Without `ExtendedQuotaMode`: operations that Development Mode is not served do not compile. */
  (
    options: Options & { readonly quotaMode: "development" }
  ): Layer.Layer<
    SpotifyClient,
    SpotifyError.SpotifyError,
    HttpClient.HttpClient | TokenService | RateLimit.RateLimit
  >
  (
    options?: Options
  ): Layer.Layer<
    SpotifyClient | ExtendedQuotaMode,
    SpotifyError.SpotifyError,
    HttpClient.HttpClient | TokenService | RateLimit.RateLimit
  >
} = (options?: Options) => Layer.merge(Layer.effect(SpotifyClient, make(options)), extendedQuotaMode(options))

const extendedQuotaMode = (options: Options | undefined) =>
  Layer.succeed(ExtendedQuotaMode, ExtendedQuotaMode.of({ isCertain: options?.quotaMode === "extended" }))

/**
 * Layer that provides a client like `layer`, with settings from Effect's `Config`.
 *
 * **Details**
 *
 * `SPOTIFY_API_URL` and `SPOTIFY_QUOTA_MODE` (`development` or `extended`), both optional, take the place of `apiUrl` and
 * `quotaMode`. `EnvironmentVariable` says how variables are read. Fails with `InvalidConfiguration`, which names the
 * variable, when one of them cannot be right.
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
> => Layer.unwrap(Effect.map(environment, (environment) => layer({ ...options, ...environment })))

const invalidSetting = (setting: string, issue: string): Effect.Effect<never, SpotifyError.SpotifyError> =>
  Effect.fail(
    new SpotifyError.SpotifyError({ reason: new SpotifyError.InvalidConfiguration({ setting, issue }) })
  )

const variable = EnvironmentVariable.reader(invalidSetting)

const environment = Effect.all({
  apiUrl: variable("SPOTIFY_API_URL", BaseUrl.parse),
  quotaMode: variable(
    "SPOTIFY_QUOTA_MODE",
    (text) =>
      isQuotaMode(text) ? Result.succeed(text) : Result.fail("it is no quota mode. Write development or extended.")
  )
})

const isQuotaMode = Schema.is(QuotaMode)

// =============================================================================
// Accessors
// =============================================================================

/**
 * Calls one operation of a group of the contract.
 *
 * **Details**
 *
 * See `Service.call`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const call = <Group extends HttpApiGroup.Constraint, A>(
  group: Group,
  operation: (operations: Operations<Group>) => Effect.Effect<A, Failure>,
  options?: CallOptions
): CallEffect<A> => SpotifyClient.use((client) => client.call(group, operation, options))
