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
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as AuthError from "./AuthError.ts"
import * as SecureUrl from "./internal/SecureUrl.ts"
import { TokenService } from "./TokenService.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * An `HttpClient` that authorizes what it sends:
 *
 * - the token goes to the listed origins only. A request to any other fails with `InvalidConfiguration` and is not sent:
 *   an address out of an answer, such as a `next` link, may lead anywhere;
 * - a redirect is not followed but answered as it is, and no trace headers are sent. Where a transport follows redirects
 *   all by itself, so that neither this nor `FetchHttpClient.RequestInit` can keep it from that, do not use it;
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
export type Failure = HttpClientError.HttpClientError | AuthError.AuthError

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
 * An authenticated client over the `HttpClient` and the `TokenService` in context.
 *
 * Fails with `InvalidConfiguration` when one of `origins` is more or less than an origin, or neither https nor loopback.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<
  HttpClient.HttpClient.With<Failure>,
  AuthError.AuthError,
  HttpClient.HttpClient | TokenService
> {
  const origins = new Set(yield* Effect.forEach(options.origins, parseOrigin))
  const httpClient = yield* HttpClient.HttpClient
  const tokens = yield* TokenService

  /** The client's own `preprocess` has run by now, so this is the address that is really asked. */
  const send = (request: HttpClientRequest.HttpClientRequest) =>
    httpClient.postprocess(Effect.succeed(request)).pipe(Effect.provideContext(onTheWire))

  const authorized = Effect.fnUntraced(function*(
    request: HttpClientRequest.HttpClientRequest
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, Failure> {
    const url = HttpClientRequest.toUrl(request)
    // The transport has a better word than we for what is no URL.
    if (Option.isNone(url)) return yield* send(request)
    if (!origins.has(url.value.origin)) {
      return yield* invalid(
        `${url.value.origin} is not one of them, so this request was not sent. Add it if it is meant.`
      )
    }
    const token = yield* tokens.get
    const response = yield* send(HttpClientRequest.bearerToken(request, token.value))
    if (response.status !== 401) return response
    const makesSense = yield* tokens.invalidate(token)
    if (!makesSense || !isRepeatable(request)) return response
    yield* discard(response)
    return yield* send(HttpClientRequest.bearerToken(request, (yield* tokens.get).value))
  })

  return HttpClient.makeWith(Effect.flatMap(authorized), httpClient.preprocess)
})

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
): Layer.Layer<AuthenticatedHttpClient, AuthError.AuthError, HttpClient.HttpClient | TokenService> =>
  Layer.effect(AuthenticatedHttpClient, make(options))

// =============================================================================
// Origins
// =============================================================================

const parseOrigin = (text: string): Effect.Effect<string, AuthError.AuthError> =>
  Result.match(SecureUrl.parse(text), {
    onFailure: invalid,
    onSuccess: (url) =>
      url.href === `${url.origin}/`
        ? Effect.succeed(url.origin)
        : invalid(`"${url.origin}${url.pathname}" is more than an origin. Use ${url.origin}.`)
  })

const invalid = (issue: string): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting: "origins", issue }) }))

// =============================================================================
// Wire
// =============================================================================

/** A redirect would take the token along; trace headers tell a stranger about this program, and break CORS. */
const onTheWire = Context.make(FetchHttpClient.RequestInit, { redirect: "manual" }).pipe(
  Context.add(HttpClient.TracerPropagationEnabled, false)
)

const isRepeatable = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag !== "Stream" && body._tag !== "Raw"

/** An answer that nobody reads would keep its connection from the replay; one that never ends must not. */
const discard = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  response.stream.pipe(Stream.runDrain, Effect.timeout("1 second"), Effect.ignore)
