/**
 * Spotify's Web API as a client: it authorizes calls with a `TokenService`, repeats what may be repeated, and turns every
 * failure into one typed error.
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
import { TokenService } from "@app/auth/TokenService"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as ApiUrl from "./internal/ApiUrl.ts"
import * as Call from "./internal/Call.ts"
import * as Operation from "./internal/Operation.ts"
import * as Pipeline from "./internal/Pipeline.ts"
import * as SpotifyApi from "./SpotifyApi.ts"
import * as SpotifyError from "./SpotifyError.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * The operations of the contract, a method each.
 *
 * @category models
 * @since 0.1.0
 */
export type Operations = HttpApiClient.ForApi<typeof SpotifyApi.SpotifyApi>

/**
 * What a method of `Operations` can fail with before `call` has tidied it up.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure =
  | SpotifyError.SpotifyError
  | AuthError
  | HttpClientError.HttpClientError
  | Schema.SchemaError

/**
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * Calls one operation of the contract. It ends within the `RetryPolicy`'s budget, whatever the server does.
   *
   * Modules such as `Tracks` are made of this; use them where they have what you need.
   */
  readonly call: <A>(
    operation: (operations: Operations) => Effect.Effect<A, Failure>
  ) => Effect.Effect<A, SpotifyError.SpotifyError | AuthError>
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * @category services
 * @since 0.1.0
 */
export class SpotifyClient extends Context.Service<SpotifyClient, Service>()("@app/api/SpotifyClient") {}

// =============================================================================
// Options
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The API's base: the only place access tokens are sent to. It must be https, or http on a loopback address. Default:
   * `https://api.spotify.com/v1`.
   */
  readonly apiUrl?: string | undefined
  /** How large an answer may be, in bytes. Default: 8 MiB; the largest that Spotify sends are under 2. */
  readonly maxBodySize?: number | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * A client over the `HttpClient` and the `TokenService` in context.
 *
 * Fails with `InvalidConfiguration` when `apiUrl` would carry tokens in the clear. Redirects are never followed, and no
 * trace headers are sent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options?: Options
): Effect.fn.Return<Service, SpotifyError.SpotifyError, HttpClient.HttpClient | TokenService> {
  const apiUrl = ApiUrl.parse(options?.apiUrl ?? "https://api.spotify.com/v1")
  if (Result.isFailure(apiUrl)) {
    return yield* new SpotifyError.SpotifyError({
      reason: new SpotifyError.InvalidConfiguration({ setting: "apiUrl", issue: apiUrl.failure })
    })
  }
  const httpClient = yield* HttpClient.HttpClient
  const deliver = Pipeline.make({
    apiUrl: apiUrl.success,
    httpClient,
    maxBodySize: options?.maxBodySize ?? 8 * 1024 * 1024,
    tokens: yield* TokenService
  })
  const operations = yield* HttpApiClient.makeWith(SpotifyApi.SpotifyApi, { httpClient }).pipe(
    Effect.provide(
      HttpApiMiddleware.layerClient(
        SpotifyApi.Delivery,
        ({ endpoint, group, request }) =>
          Effect.flatMap(Call.Current, (call) => {
            const operation = Operation.of(group, endpoint)
            call.operation = operation.name
            return deliver(operation, request, call)
          })
      )
    )
  )

  return SpotifyClient.of({
    call: (operation) =>
      Effect.suspend(() => {
        const call = Call.make()
        return operation(operations).pipe(
          Effect.mapError((failure) => Call.tidy(call, failure)),
          Effect.provideService(Call.Current, call)
        )
      })
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * A client over the `HttpClient` and the `TokenService` in context: all that `Tracks` and `Profile` need. See `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<SpotifyClient, SpotifyError.SpotifyError, HttpClient.HttpClient | TokenService> =>
  Layer.effect(SpotifyClient, make(options))

/**
 * Like `layer`, with `SPOTIFY_API_URL` (optional) from Effect's `Config` in place of `apiUrl`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Omit<Options, "apiUrl">
): Layer.Layer<
  SpotifyClient,
  SpotifyError.SpotifyError | Config.ConfigError,
  HttpClient.HttpClient | TokenService
> =>
  Layer.effect(
    SpotifyClient,
    Effect.flatMap(
      Config.String("SPOTIFY_API_URL").pipe(Config.withDefault(undefined)),
      (apiUrl) => make({ ...options, apiUrl })
    )
  )

// =============================================================================
// Accessors
// =============================================================================

/**
 * Calls one operation of the contract. See `Service.call`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const call = <A>(
  operation: (operations: Operations) => Effect.Effect<A, Failure>
): Effect.Effect<A, SpotifyError.SpotifyError | AuthError, SpotifyClient> =>
  SpotifyClient.use((client) => client.call(operation))
