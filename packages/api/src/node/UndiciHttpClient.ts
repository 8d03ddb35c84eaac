/**
 * `HttpClient` for Node over the dispatcher of undici, which reads responses whole.
 *
 * **When to use**
 *
 * Use on Node as the client for tokens, for a `SpotifyClient` and for the rest of a program: it costs least. Use
 * `NodeHttpClient.layerUndici` instead for responses that are endless or larger than `maxBodySize`.
 *
 * **Details**
 *
 * - A `SpotifyClient` right above it sends without the fibers, streams, promises and abort signals that a whole response
 *   does not need. Above a client that something was put around, such as `HttpClient.mapRequest`, it sends through that
 *   client.
 * - Bodies are read up to a limit, and their content codings are undone (see `ContentCoding`) up to the same limit.
 * - Redirects are not followed, whatever the dispatcher does otherwise.
 * - There is no time limit, and undici's are switched off: calls of this package and token requests have their own, and
 *   `Effect.timeout` aborts what it interrupts.
 * - Requests that stream their body or ask for another protocol use `NodeHttpClient.makeUndici`.
 * - Spans and trace headers are made when the program has a tracer.
 *
 * **Example** (A client for everything)
 *
 * ```ts
 * import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Layer from "effect/Layer"
 *
 * export const Spotify = SpotifyClient.layerConfig().pipe(
 *   Layer.provide(TokenService.layerConfig()),
 *   Layer.provide([TokenStore.layerMemory, UndiciHttpClient.layer()])
 * )
 * ```
 *
 * @see https://undici.nodejs.org/#/docs/api/Dispatcher
 */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as Undici from "@effect/platform-node/Undici"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { BodyLimit } from "../internal/transport/BodyLimit.ts"
import { BufferedHttpClientResponse, type Unreadable } from "../internal/transport/BufferedHttpClientResponse.ts"
import * as Destination from "../internal/transport/Destination.ts"
import * as DirectTransport from "../internal/transport/DirectTransport.ts"
import * as Dispatch from "../internal/transport/Dispatch.ts"
import * as TransportRegistry from "../internal/transport/TransportRegistry.ts"
import * as UndiciDispatch from "./internal/UndiciDispatch.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * Options of a client.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /**
   * The longest body of a response in bytes, both with and without its content codings. Default: 64 MiB.
   *
   * **Details**
   *
   * A longer body ends its connection, and reading it fails with a `DecodeError`. Calls of this package have a lower limit
   * of their own: see `SpotifyClient.Options`.
   */
  readonly maxBodySize?: number | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates a client over the `NodeHttpClient.Dispatcher` in context.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options?: Options
): Effect.fn.Return<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> {
  const dispatch = UndiciDispatch.over(yield* NodeHttpClient.Dispatcher)
  const streaming = yield* NodeHttpClient.makeUndici
  const ownLimit = options?.maxBodySize ?? 64 * 1024 * 1024

  const exchange = (
    request: HttpClientRequest.HttpClientRequest,
    { origin, path }: Destination.Destination,
    body: Dispatch.Body,
    fiber: Fiber.Fiber<unknown, unknown>
  ): Effect.Effect<BufferedHttpClientResponse, HttpClientError.HttpClientError> =>
    Effect.callback((resume) => {
      const { headers, method } = request
      const maxBodySize = fiber.getRef(BodyLimit) ?? ownLimit
      const giveUp = dispatch({ origin, path, method, headers, body }, maxBodySize, {
        onResponse: ({ body, headers, status }) => {
          resume(Effect.succeed(
            new BufferedHttpClientResponse(request, {
              url: origin + path,
              status,
              headers,
              body: decoded(headers, body, maxBodySize)
            })
          ))
        },
        onFailure: (cause) => {
          const reason = new HttpClientError.TransportError({ request, cause })
          resume(Effect.fail(new HttpClientError.HttpClientError({ reason })))
        }
      })
      return Effect.sync(giveUp)
    })

  const traced = HttpClient.make((request, { origin, pathname, search }, _, fiber) => {
    const body = wholeBodyOf(request)
    return exchange(request, { origin, path: pathname + search }, body ?? null, fiber)
  })

  let likely = "https://api.spotify.com"
  const client = HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) => {
      const body = wholeBodyOf(request)
      if (body === undefined) return streaming.postprocess(Effect.succeed(request))
      return Effect.withFiber((fiber) => {
        if (isTraced(fiber, request)) return traced.postprocess(Effect.succeed(request))
        const destination = Destination.of(request, likely)
        if (destination === undefined) {
          const reason = new HttpClientError.InvalidUrlError({ request })
          return Effect.fail(new HttpClientError.HttpClientError({ reason }))
        }
        likely = destination.origin
        return exchange(request, destination, body, fiber)
      })
    }),
    Effect.succeed
  )
  return TransportRegistry.register(client, DirectTransport.make(dispatch))
})

/** Returns the body of a request; undefined when the request or its response has to be streamed. */
const wholeBodyOf = (request: HttpClientRequest.HttpClientRequest): Dispatch.Body | undefined =>
  "upgrade" in request.headers ? undefined : Dispatch.bodyOf(request.body)

/**
 * Returns whether the request gets a span.
 *
 * **Details**
 *
 * Effect's own tracer would keep nothing of it. The program's references are read first and in any case, as every client of
 * `HttpClient.make` does: when one throws, nothing is sent.
 */
const isTraced = (
  fiber: Fiber.Fiber<unknown, unknown>,
  request: HttpClientRequest.HttpClientRequest
): boolean =>
  !fiber.getRef(Tracer.DisablePropagation)
  && !fiber.getRef(HttpClient.TracerDisabledWhen)(request)
  && fiber.getRef(Tracer.Tracer) !== Tracer.nativeTracer

const decoded = (
  headers: Dispatch.ReceivedHeaders,
  body: Dispatch.Received["body"],
  maxSize: number
): Effect.Effect<Uint8Array, Unreadable> => {
  if (body instanceof ContentCoding.ContentCodingError) {
    return Effect.fail({ description: `a body of more than ${maxSize} bytes`, cause: body })
  }
  if (Dispatch.contentEncoding(headers) === undefined) return Effect.succeed(body)
  return Effect.mapError(
    ContentCoding.decode(new Uint8Array(body), Dispatch.codings(headers), { maxSize }),
    (cause) => ({ description: cause.message, cause })
  )
}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides a client with an agent of its own.
 *
 * **Details**
 *
 * `agent` takes undici's `Agent.Options`, such as `connections` for each origin or `connect` for TLS. At the end of the
 * layer, requests under way have one second left before their connections are closed.
 *
 * @see https://undici.nodejs.org/#/docs/api/Agent
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options & { readonly agent?: Undici.Agent.Options | undefined }
): Layer.Layer<HttpClient.HttpClient> =>
  Layer.provide(layerNoDispatcher(options), Layer.effect(NodeHttpClient.Dispatcher, agentOf(options?.agent)))

/**
 * Layer that provides a client over the `NodeHttpClient.Dispatcher` in context, which its provider has to close.
 *
 * **Example** (A client behind a proxy)
 *
 * ```ts
 * import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
 * import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
 * import { EnvHttpProxyAgent } from "@effect/platform-node/Undici"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const ProxyAgent = Layer.effect(
 *   NodeHttpClient.Dispatcher,
 *   Effect.acquireRelease(Effect.sync(() => new EnvHttpProxyAgent()), (agent) => Effect.promise(() => agent.destroy()))
 * )
 *
 * export const Transport = UndiciHttpClient.layerNoDispatcher().pipe(Layer.provide(ProxyAgent))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoDispatcher = (
  options?: Options
): Layer.Layer<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> =>
  Layer.effect(HttpClient.HttpClient, make(options))

const agentOf = (options: Undici.Agent.Options | undefined): Effect.Effect<Undici.Dispatcher, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.map(Effect.promise(() => import("@effect/platform-node/Undici")), ({ Agent }) => new Agent(options)),
    (agent) =>
      Effect.sync(() => isIdle(agent)).pipe(
        Effect.repeat({ schedule: Schedule.spaced("10 millis"), times: 100, until: (isIdle) => isIdle }),
        // Connections close in real time, whatever clock the program or its test has.
        Effect.provideService(Clock.Clock, systemClock),
        Effect.andThen(Effect.promise(() => agent.destroy()))
      )
  )

/** `Agent.close` would wait for ever, and leave nothing for `Agent.destroy` to close. */
const isIdle = ({ stats }: Undici.Agent): boolean => Object.values(stats).every(({ size }) => size === 0)

const systemClock = Clock.Clock.defaultValue()
