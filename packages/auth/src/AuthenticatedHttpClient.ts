/**
 * An `HttpClient` for any API that takes bearer tokens (RFC 6750).
 *
 * **When to use**
 *
 * Use to call an API that has no client of its own, or to give a token to a library that takes an `HttpClient`.
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
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as AuthError from "./AuthError.ts"
import * as Confined from "./internal/http/Confined.ts"
import * as SecureUrl from "./internal/http/SecureUrl.ts"
import * as UserAgent from "./internal/http/UserAgent.ts"
import * as TokenService from "./TokenService.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * An `HttpClient` that adds the token to requests and replays a request once after a 401.
 *
 * **Details**
 *
 * - The token goes to the listed origins only. A request to any other origin fails with `InvalidConfiguration` and is
 *   not sent, because a URL from a response, such as a `next` link, may lead anywhere.
 * - Redirects are not followed: the caller receives the redirect response. Where the program's `HttpClient` follows
 *   redirects (`HttpClient.followRedirects`), it does so within the listed origins; a redirect that leaves them fails
 *   with `InvalidConfiguration` before it is sent.
 * - No trace headers are sent. An `authorization` header of the request is replaced. A request without a `User-Agent`
 *   gets the name of this package, except in browsers, which set their own.
 * - A 401 is reported to the token service, also where the program's `HttpClient` fails for it, as that of
 *   `HttpClient.filterStatusOk` does. The request is sent once more with the next token unless `TokenService.invalidate`
 *   says that a retry would not help, or the body can be read only once (a stream or a raw value); the caller then receives
 *   the 401. Where the next token belongs to another sign-in, the request fails with `AuthorizationChanged`.
 * - Any other response, including a second 401, is the caller's. Requests are not retried otherwise and have no time
 *   limit: add `HttpClient.retry` and `Effect.timeout` as needed.
 *
 * **Gotchas**
 *
 * Do not use this over a transport that follows redirects on its own, where `FetchHttpClient.RequestInit` cannot stop
 * it: only the response is refused then, after the token has been sent.
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
 * The error of a request: the transport's error, or the reason why there is no token.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure = HttpClientError.HttpClientError | AuthError.AuthError

// =============================================================================
// Options
// =============================================================================

/**
 * Options for `make` and `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Origins that may receive the token: `https://api.example.com`, or `http://127.0.0.1:8080` on the same machine. */
  readonly origins: NonEmptyReadonlyArray<string>
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates an authenticated client from the `HttpClient` and the `TokenService` in context.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when an entry of `origins` is not exactly an origin, or is neither https nor
 * loopback.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<
  HttpClient.HttpClient.With<Failure>,
  AuthError.AuthError,
  HttpClient.HttpClient | TokenService.TokenService
> {
  const tokens = yield* TokenService.TokenService
  const origins = new Set(yield* Effect.forEach(options.origins, parseOrigin))
  const httpClient = yield* HttpClient.HttpClient

  const mayReceiveToken = ({ origin }: URL) => origins.has(origin)

  // The client's own `preprocess` has run by now, so this is the address that the request really goes to.
  const send = (request: HttpClientRequest.HttpClientRequest) =>
    Confined.send(httpClient, UserAgent.named(request), { mayGoTo: mayReceiveToken, isTraced: true }).pipe(
      Effect.catchTag("Misdirected", ({ place }) => failUnlisted(place))
    )

  const sendAuthorized = Effect.fnUntraced(function*(
    request: HttpClientRequest.HttpClientRequest
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, Failure> {
    const url = HttpClientRequest.toUrl(request)
    // The transport has the better error for an invalid URL.
    if (Option.isNone(url)) return yield* httpClient.postprocess(Effect.succeed(request))
    if (!mayReceiveToken(url.value)) return yield* failUnlisted(url.value.origin)
    const token = yield* tokens.get
    const outcome = yield* Effect.result(send(HttpClientRequest.bearerToken(request, token.value)))
    const response = Result.isSuccess(outcome) ? outcome.success : refusalOf(outcome.failure)
    if (response?.status !== 401) return yield* Effect.fromResult(outcome)
    const shouldRetry = yield* tokens.invalidate(token)
    if (!shouldRetry || !isRepeatable(request)) return yield* Effect.fromResult(outcome)
    yield* discardBody(response)
    const next = yield* tokens.get
    if (next.authorizationId !== token.authorizationId) {
      return yield* new AuthError.AuthError({ reason: new AuthError.AuthorizationChanged() })
    }
    return yield* send(HttpClientRequest.bearerToken(request, next.value))
  })

  return HttpClient.makeWith(Effect.flatMap(sendAuthorized), httpClient.preprocess)
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides an authenticated client over the `HttpClient` and the `TokenService` in context.
 *
 * @see {@link make}
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<AuthenticatedHttpClient, AuthError.AuthError, HttpClient.HttpClient | TokenService.TokenService> =>
  Layer.effect(AuthenticatedHttpClient, make(options))

// =============================================================================
// Origins
// =============================================================================

const parseOrigin = (text: string): Effect.Effect<string, AuthError.AuthError> =>
  Result.match(SecureUrl.parse(text), {
    onFailure: failOrigins,
    onSuccess: (url) =>
      url.href === `${url.origin}/`
        ? Effect.succeed(url.origin)
        : failOrigins(`"${url.origin}${url.pathname}" is more than an origin. Use ${url.origin}.`)
  })

const failUnlisted = (place: string) =>
  failOrigins(`${place} is not one of them, so this request was not sent there. Add it if it is meant.`)

const failOrigins = (issue: string): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting: "origins", issue }) }))

// =============================================================================
// Replay
// =============================================================================

/** Returns the response for which a client such as that of `HttpClient.filterStatusOk` fails. */
const refusalOf = (error: Failure): HttpClientResponse.HttpClientResponse | undefined =>
  error._tag === "HttpClientError" && error.reason._tag === "StatusCodeError" ? error.reason.response : undefined

const isRepeatable = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag !== "Stream" && body._tag !== "Raw"

/**
 * Reads a response to its end, since an unread body would keep its connection from the replay; for a second at most.
 *
 * **Gotchas**
 *
 * The stream of a body that the program's client has read before throws.
 */
const discardBody = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  response.stream.pipe(
    Stream.runDrain,
    Effect.timeout("1 second"),
    Effect.ignore,
    Effect.catchDefect(() => Effect.void)
  )
