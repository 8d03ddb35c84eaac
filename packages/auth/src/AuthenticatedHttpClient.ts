/**
 * An `HttpClient` for any API that takes bearer tokens (RFC 6750): it adds the token, and answers a 401 with one replay.
 *
 * **Example** (An API without a client of its own)
 *
 * ```ts
 * import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.gen(function*() {
 *   const http = yield* AuthenticatedHttpClient.AuthenticatedHttpClient
 *   const response = yield* http.get("https://api.example.com/v1/things")
 *   return yield* response.json
 * })
 *
 * const Api = AuthenticatedHttpClient.layer({ origins: ["https://api.example.com"] }).pipe(
 *   Layer.provide(TokenService.layerConfig()),
 *   Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
 * )
 *
 * export const runnable = Effect.provide(program, Api)
 * ```
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as Layer from "effect/Layer"
import type { AuthError } from "./AuthError.ts"
import * as TokenService from "./TokenService.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * An `HttpClient` that authorizes what it sends:
 *
 * - the token goes to the listed origins only. A request to any other fails with `InvalidConfiguration` and is not sent:
 *   an address out of an answer, such as a `next` link, may lead anywhere;
 * - a redirect is not followed but answered as it is, and no trace headers are sent. Where the program's `HttpClient`
 *   follows redirects (`HttpClient.followRedirects`), it does so within the listed origins; a request that would leave them
 *   fails with `InvalidConfiguration` before it is sent. Where a transport follows redirects all by itself, so that neither
 *   this nor `FetchHttpClient.RequestInit` can keep it from that, do not use it: only its answer is refused;
 * - it goes under the name of this package (`User-Agent`) where it has none, but for browsers, which have their own;
 * - a 401 is told to the token service, and the request goes out once more with the next token where that makes sense.
 *   A body that may be gone once read (a stream, or a raw value) is not sent again: its 401 is the answer;
 * - any other answer is the caller's, a second 401 included. Nothing is repeated and no time is limited; add
 *   `HttpClient.retry` and `Effect.timeout` to taste.
 *
 * An `authorization` header of the request's own is replaced.
 *
 * @category services
 * @since 0.1.0
 */
export class AuthenticatedHttpClient
  extends Context.Service<AuthenticatedHttpClient, HttpClient.HttpClient.With<Failure>>()(
    "@app/auth/AuthenticatedHttpClient"
  )
{}

/**
 * A request fails with the transport's error, or with why there is no token.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure = HttpClientError.HttpClientError | AuthError

// =============================================================================
// Options
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * Where the token may go: origins such as `https://api.example.com`, or `http://127.0.0.1:8080` on this machine.
   */
  readonly origins: NonEmptyReadonlyArray<string>
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * An authenticated client over the `HttpClient` and the `TokenService` in context: `TokenService.httpClient` by another
 * name.
 *
 * Fails with `InvalidConfiguration` when one of `origins` is more or less than an origin, or neither https nor loopback.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (
  options: Options
) => Effect.Effect<
  HttpClient.HttpClient.With<Failure>,
  AuthError,
  HttpClient.HttpClient | TokenService.TokenService
> = TokenService.httpClient

// =============================================================================
// Layers
// =============================================================================

/**
 * An authenticated client over the `HttpClient` and the `TokenService` in context. See `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<AuthenticatedHttpClient, AuthError, HttpClient.HttpClient | TokenService.TokenService> =>
  Layer.effect(AuthenticatedHttpClient, make(options))
