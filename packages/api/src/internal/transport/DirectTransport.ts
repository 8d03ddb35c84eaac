/** Transport over a `Dispatch`: it uses no fiber, stream or promise, and an effect only to undo content codings. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Headers from "effect/http/Headers"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import { BufferedHttpClientResponse } from "./BufferedHttpClientResponse.ts"
import type { BufferedResponse } from "./BufferedResponse.ts"
import * as ContentDecoding from "./ContentDecoding.ts"
import * as Destination from "./Destination.ts"
import * as Dispatch from "./Dispatch.ts"
import * as GeneralTransport from "./GeneralTransport.ts"
import * as Transport from "./Transport.ts"
import * as TransportError from "./TransportError.ts"
import * as UserAgent from "./UserAgent.ts"

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates a transport over a dispatch.
 *
 * **Details**
 *
 * Requests whose body has to be streamed, or that would leave the API's origin, take the general way over the
 * `HttpClient`, which reports the latter. Nothing changes a request after its destination has been checked here.
 */
export const make = (dispatch: Dispatch.Dispatch) => (options: Transport.Options): Transport.Transport => {
  const { origin } = new URL(options.apiUrl)
  const { maxBodySize } = options
  const general = GeneralTransport.make(options)
  const defaults = UserAgent.headers()
  return {
    send: (request, sending, done) => {
      const body = Dispatch.bodyOf(request.body)
      const destination = Destination.of(request, origin)
      if (body === undefined || destination?.origin !== origin) return general.send(request, sending, done)
      const { path } = destination
      const { method } = request
      const headers = { ...defaults, ...request.headers, authorization: sending.authorization }
      let giveUp = dispatch({ origin, path, method, headers, body }, maxBodySize, {
        onResponse: (received) => {
          const { body } = received
          const isNeeded = ContentDecoding.isBodyNeeded(received.status)
          if (body instanceof ContentCoding.ContentCodingError) {
            done(
              isNeeded
                ? Exit.fail(ContentDecoding.issueOf(body, maxBodySize))
                : Exit.succeed(new DirectResponse(request, origin + path, received, empty))
            )
          } else if (Dispatch.contentEncoding(received.headers) === undefined) {
            done(Exit.succeed(new DirectResponse(request, origin + path, received, body)))
          } else {
            const decoding = Effect.runForkWith(sending.fiber.context)(
              decode(received, body, maxBodySize).pipe(
                Effect.catchIf(() => !isNeeded, () => Effect.succeed(empty)),
                Effect.map((body) => new DirectResponse(request, origin + path, received, body))
              )
            )
            giveUp = Transport.observe(decoding, done)
          }
        },
        onFailure: (cause, isSent) => {
          done(Exit.fail(isSent ? TransportError.reasonOfCause(cause) : TransportError.reasonOfUnsent(cause)))
        }
      })
      return () => giveUp()
    }
  }
}

const empty = new Uint8Array()

const decode = ({ headers }: Dispatch.Received, body: Uint8Array, maxBodySize: number) =>
  ContentDecoding.decode(new Uint8Array(body), Dispatch.codings(headers), maxBodySize)

// =============================================================================
// Response
// =============================================================================

const utf8 = new TextDecoder()

class DirectResponse implements BufferedResponse {
  readonly status: number
  readonly #request: HttpClientRequest.HttpClientRequest
  readonly #url: string
  readonly #received: Dispatch.ReceivedHeaders
  readonly #body: Uint8Array

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    url: string,
    { headers, status }: Dispatch.Received,
    body: Uint8Array
  ) {
    this.status = status
    this.#request = request
    this.#url = url
    this.#received = headers
    this.#body = body
  }

  headers(): Headers.Headers {
    return Headers.fromInput(this.#received)
  }

  text(): string {
    return utf8.decode(this.#body)
  }

  response(): HttpClientResponse.HttpClientResponse {
    return new BufferedHttpClientResponse(this.#request, {
      url: this.#url,
      status: this.status,
      headers: this.#received,
      body: Effect.succeed(this.#body)
    })
  }
}
