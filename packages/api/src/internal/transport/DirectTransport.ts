/** The transport of a client that hands over whole answers: no fiber, stream or promise, and no effect but for codings. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Headers from "effect/http/Headers"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import { BufferedHttpClientResponse } from "./BufferedHttpClientResponse.ts"
import type { BufferedResponse } from "./BufferedResponse.ts"
import * as ContentDecoding from "./ContentDecoding.ts"
import * as Destination from "./Destination.ts"
import * as Dispatch from "./Dispatch.ts"
import * as Transport from "./Transport.ts"
import * as TransportError from "./TransportError.ts"
import * as UserAgent from "./UserAgent.ts"

/**
 * What has to be streamed, or would go elsewhere, is left to the way over any client, which has words for it. Nothing
 * changes what is sent here, so nothing can lead it astray.
 */
export const make = (dispatch: Dispatch.Dispatch) => (options: Transport.Options): Transport.Transport => {
  const { origin } = new URL(options.apiUrl)
  const { maxBodySize } = options
  const otherwise = Transport.general(options)
  return {
    send: (request, sending, done) => {
      const body = Dispatch.bodyOf(request.body)
      const destination = Destination.of(request, origin)
      if (body === undefined || destination?.origin !== origin) return otherwise.send(request, sending, done)
      const { path } = destination
      const { method } = request
      const headers = { "user-agent": UserAgent.name, ...request.headers, authorization: sending.authorization }
      let giveUp = dispatch({ origin, path, method, headers, body }, maxBodySize, {
        onAnswer: (received) => {
          const isNeeded = ContentDecoding.isBodyNeeded(received.status)
          const { body = isNeeded ? undefined : empty } = received
          if (body === undefined) {
            done(Exit.fail(ContentDecoding.tooLarge(maxBodySize)))
          } else if (received.headers["content-encoding"] === undefined) {
            done(Exit.succeed(answerOf(request, origin + path, received, body)))
          } else {
            const decoding = Effect.runForkWith(sending.fiber.context)(
              decoded(received, body, maxBodySize).pipe(
                Effect.catchIf(() => !isNeeded, () => Effect.succeed(empty)),
                Effect.map((body) => answerOf(request, origin + path, received, body))
              )
            )
            giveUp = Transport.telling(decoding, done)
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

const answerOf = (
  request: HttpClientRequest.HttpClientRequest,
  url: string,
  { headers: received, status }: Dispatch.Received,
  body: Uint8Array
): BufferedResponse => {
  let headers: Headers.Headers | undefined
  return {
    status,
    headers: () => headers ??= Headers.fromInput(received),
    text: () => utf8.decode(body),
    response: () =>
      new BufferedHttpClientResponse(request, { url, status, headers: received, body: Effect.succeed(body) })
  }
}

const empty = new Uint8Array()

const utf8 = new TextDecoder()

const decoded = ({ headers }: Dispatch.Received, body: Uint8Array, maxBodySize: number) =>
  ContentDecoding.decode(new Uint8Array(body), ContentCoding.codings(Headers.fromInput(headers)), maxBodySize)
