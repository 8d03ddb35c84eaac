/**
 * The `HttpClient` for Node that costs least: it hands over answers whole, straight from the dispatcher of undici.
 *
 * It is an ordinary `HttpClient`, for tokens and for the rest of a program. A `SpotifyClient` right above it leaves out
 * what whole answers do not need (fibers, streams, promises, an `AbortController` for each request). Above a client that
 * something was put around, with `HttpClient.mapRequest` for one, it sends by that client like any other.
 *
 * - Bodies are collected up to a limit, and have their content codings undone (see `ContentCoding`) up to the same limit.
 *   A program that reads answers without end, or larger ones, takes `NodeHttpClient.layerUndici` for them.
 * - Redirects are not followed, whatever the dispatcher does otherwise.
 * - It sets no time limits, and switches off undici's: calls of this package and token requests have their own, and
 *   `Effect.timeout` ends what it interrupts.
 * - Requests that stream their body or ask for another protocol go through `NodeHttpClient.makeUndici`.
 * - Spans and trace headers are made where the program has a tracer.
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
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { BufferedHttpClientResponse } from "../internal/transport/BufferedHttpClientResponse.ts"
import * as Destination from "../internal/transport/Destination.ts"
import * as DirectTransport from "../internal/transport/DirectTransport.ts"
import * as Dispatch from "../internal/transport/Dispatch.ts"
import * as TransportRegistry from "../internal/transport/TransportRegistry.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /**
   * How large the body of an answer may be, in bytes, as it comes and without its codings. A larger one ends its
   * connection, and is a `DecodeError` when it is read. Default: 64 MiB. Calls of this package have a lower limit of their
   * own: see `SpotifyClient.Options`.
   */
  readonly maxBodySize?: number | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * A client over the `NodeHttpClient.Dispatcher` in context.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options?: Options
): Effect.fn.Return<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> {
  const dispatch = over(yield* NodeHttpClient.Dispatcher)
  const streaming = yield* NodeHttpClient.makeUndici
  const maxBodySize = options?.maxBodySize ?? 64 * 1024 * 1024

  const exchange = (
    request: HttpClientRequest.HttpClientRequest,
    { origin, path }: Destination.Destination,
    body: Dispatch.Body
  ): Effect.Effect<BufferedHttpClientResponse, HttpClientError.HttpClientError> =>
    Effect.callback((resume) => {
      const { headers, method } = request
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

  const traced = HttpClient.make((request, { origin, pathname, search }) => {
    const body = wholeBodyOf(request)
    return exchange(request, { origin, path: pathname + search }, body ?? null)
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
        return exchange(request, destination, body)
      })
    }),
    Effect.succeed
  )
  return TransportRegistry.register(client, DirectTransport.make(dispatch))
})

/** Undefined where the answer is no whole one, or the body of the request is none. */
const wholeBodyOf = (request: HttpClientRequest.HttpClientRequest): Dispatch.Body | undefined =>
  "upgrade" in request.headers ? undefined : Dispatch.bodyOf(request.body)

/**
 * Whether the request gets a span, which Effect's own tracer would keep nothing of. Like by every client of
 * `HttpClient.make`, the program's references are asked in any case, and before anything is sent: where one throws,
 * nothing is.
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
  body: Uint8Array | undefined,
  maxSize: number
): Effect.Effect<Uint8Array, string> => {
  if (body === undefined) return Effect.fail(`a body of more than ${maxSize} bytes`)
  const coding = Dispatch.contentEncoding(headers)
  if (coding === undefined) return Effect.succeed(body)
  const codings = ContentCoding.codings(Headers.fromInput({ "content-encoding": coding }))
  return Effect.mapError(ContentCoding.decode(new Uint8Array(body), codings, { maxSize }), ({ message }) => message)
}

// =============================================================================
// Exchange
// =============================================================================

const over = (dispatcher: Undici.Dispatcher): Dispatch.Dispatch =>
(
  { body, headers, method, origin, path },
  maxBodySize,
  receiver
) => {
  const exchange = new Exchange(receiver, maxBodySize)
  // Callers limit time by their own clock, and a redirect is a response like any other.
  const options = { origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0, maxRedirections: 0 }
  try {
    dispatcher.dispatch(options, exchange)
  } catch (error) {
    exchange.onResponseError(undefined, error)
  }
  return () => exchange.giveUp()
}

class Exchange implements Undici.Dispatcher.DispatchHandler {
  readonly #maxBodySize: number
  /** Until it has been told, or nobody wants to hear it any more. */
  #receiver: Dispatch.Receiver | undefined
  #controller: Undici.Dispatcher.DispatchController | undefined
  #status = 0
  #headers: Dispatch.ReceivedHeaders = {}
  #chunks: Array<Uint8Array> = []
  #size = 0
  /** Whether it is known what came of the request. */
  #isOver = false

  constructor(receiver: Dispatch.Receiver, maxBodySize: number) {
    this.#receiver = receiver
    this.#maxBodySize = maxBodySize
  }

  giveUp(): void {
    this.#receiver = undefined
    if (this.#isOver) return
    this.#isOver = true
    this.#controller?.abort(givenUp)
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.#controller = controller
    // It was waiting for a connection.
    if (this.#isOver) controller.abort(givenUp)
  }

  onResponseStart(_: unknown, status: number, headers: Dispatch.ReceivedHeaders): void {
    // Early hints and the like come before the answer (RFC 9110 §15.2).
    if (status < 200) return
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Undici.Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isOver) return
    this.#size += chunk.byteLength
    if (this.#size <= this.#maxBodySize) {
      this.#chunks.push(chunk)
    } else {
      this.#answer(undefined)
      controller.abort(tooLarge)
    }
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    this.#answer(first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks))
  }

  onResponseError(_: unknown, cause: unknown): void {
    const isSent = this.#controller !== undefined
    this.#tell((receiver) => receiver.onFailure(cause, isSent))
  }

  #answer(body: Uint8Array | undefined): void {
    this.#tell((receiver) => receiver.onResponse({ status: this.#status, headers: this.#headers, body }))
  }

  /** Not from within undici, which takes what its handlers throw for trouble with the connection. */
  #tell(tell: (receiver: Dispatch.Receiver) => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#chunks = []
    queueMicrotask(() => {
      const receiver = this.#receiver
      this.#receiver = undefined
      if (receiver !== undefined) tell(receiver)
    })
  }
}

const givenUp = new Error("The request was given up")

const tooLarge = new Error("The answer is too large")

// =============================================================================
// Layers
// =============================================================================

/**
 * A client with an agent of its own, whose `Agent.Options` it takes, such as `connections` for each origin or `connect` for
 * TLS. At the end of the layer requests under way have a second left, then their connections are closed.
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
 * A client over the `NodeHttpClient.Dispatcher` in context, whose end is its provider's matter.
 *
 * **Example** (Through the proxy that the environment names)
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
        // Connections live in real time, whatever clock a program or its test has.
        Effect.provideService(Clock.Clock, systemClock),
        Effect.andThen(Effect.promise(() => agent.destroy()))
      )
  )

/** `Agent.close` would wait for ever, and leave nothing for `Agent.destroy` to close. */
const isIdle = ({ stats }: Undici.Agent): boolean => Object.values(stats).every(({ size }) => size === 0)

const systemClock = Clock.Clock.defaultValue()
