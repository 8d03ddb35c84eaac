/**
 * Layer that provides Effect's `FetchHttpClient` and lets a `SpotifyClient` right above it call `fetch` directly.
 *
 * **When to use**
 *
 * Use in place of `effect/http/FetchHttpClient` in browsers and other runtimes where `fetch` is the transport. On Node,
 * `UndiciHttpClient` costs less.
 *
 * **Details**
 *
 * For any other part of a program the client is Effect's own. A `SpotifyClient` over it leaves out what a whole response
 * does not need: effects, spans and URL objects for each request. Over a client that something was put around, such as
 * `HttpClient.mapRequest`, it sends through that client, so that no middleware is skipped.
 *
 * **Gotchas**
 *
 * The `FetchHttpClient.Fetch` reference is read when the layer is built.
 *
 * **Example** (A client for a browser)
 *
 * ```ts
 * import * as FetchHttpClient from "@app/api/FetchHttpClient"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Layer from "effect/Layer"
 *
 * export const Spotify = SpotifyClient.layer().pipe(
 *   Layer.provide(TokenService.layerConfig()),
 *   Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
 * )
 * ```
 */
import * as Effect from "effect/Effect"
import * as EffectFetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as DirectTransport from "./internal/transport/DirectTransport.ts"
import * as FetchDispatch from "./internal/transport/FetchDispatch.ts"
import * as TransportRegistry from "./internal/transport/TransportRegistry.ts"

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides an `HttpClient` over the runtime's `fetch`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.gen(function*() {
    const fetch = yield* EffectFetchHttpClient.Fetch
    const client = yield* HttpClient.HttpClient
    return TransportRegistry.register(client, DirectTransport.make(FetchDispatch.over(fetch)))
  })
).pipe(
  // A program that uses Effect's own layer as well keeps a client of its own.
  Layer.provide(Layer.fresh(EffectFetchHttpClient.layer))
)
