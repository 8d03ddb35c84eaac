/** How requests reach the API: the one seam between a call and the network. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as SpotifyError from "../SpotifyError.ts"
import * as AnswerBody from "./AnswerBody.ts"
import * as Destination from "./Destination.ts"
import * as Dispatch from "./Dispatch.ts"
import * as Exchange from "./Exchange.ts"
import * as TransportError from "./TransportError.ts"
import * as UserAgent from "./UserAgent.ts"
import type { WholeAnswer } from "./WholeAnswer.ts"
import { WholeResponse } from "./WholeResponse.ts"

// =============================================================================
// Model
// =============================================================================

export interface Transport {
  /**
   * Sends a request and tells once what came of it, perhaps before this returns, and never after it was given up. A
   * failure that is none of a transport's own is a defect.
   *
   * It knows no time limit: who waits for the answer gives up.
   */
  readonly send: (
    request: HttpClientRequest.HttpClientRequest,
    options: Sending,
    done: (exit: Exit.Exit<WholeAnswer, SpotifyError.SpotifyErrorReason>) => void
  ) => GiveUp
}

export interface Sending {
  /** The value of the `Authorization` header, such as `Bearer …`. It is shown to the API alone. */
  readonly authorization: string
  /** The call's fiber, in whose context the `HttpClient` runs. */
  readonly fiber: Fiber.Fiber<unknown, unknown>
}

/** Ends the exchange, if it is still under way. */
export type GiveUp = () => void

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly apiUrl: string
  readonly httpClient: HttpClient.HttpClient
  /** How large an answer may be, in bytes, as it comes and without its codings. */
  readonly maxBodySize: number
}): Transport => {
  const dispatch = Dispatch.of(options.httpClient)
  const otherwise = general(options)
  return dispatch === undefined ? otherwise : direct(dispatch, otherwise, options)
}

// =============================================================================
// Any client
// =============================================================================

/** With all that the program has put around it. */
const general = (options: Parameters<typeof make>[0]): Transport => {
  const exchange = Exchange.make(options)
  let known: { readonly of: Context.Context<never>; readonly run: Run } | undefined
  const runIn = (context: Context.Context<never>): Run => {
    if (known === undefined || known.of !== context) {
      known = { of: context, run: Effect.runForkWith(onTheWire(context)) }
    }
    return known.run
  }
  return {
    send: (request, { authorization, fiber }, done) => {
      const sending = runIn(fiber.context)(exchange(request, authorization))
      return endOf(sending, sending.addObserver(done), fiber)
    }
  }
}

type Run = ReturnType<typeof Effect.runForkWith<never>>

const endOf =
  (running: Fiber.Fiber<unknown, unknown>, forget: () => void, by: Fiber.Fiber<unknown, unknown>): GiveUp => () => {
    forget()
    running.interruptUnsafe(by.id)
  }

/**
 * A redirect would take the token along; trace headers tell a stranger about this program, and break CORS. The call's own
 * span says all that the transport's would.
 */
const onTheWire = (context: Context.Context<never>): Context.Context<never> =>
  context.pipe(
    Context.add(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Context.add(HttpClient.TracerPropagationEnabled, false),
    Context.add(HttpClient.TracerDisabledWhen, () => true)
  )

// =============================================================================
// A client that hands over whole answers
// =============================================================================

/** Nothing comes between this and the dispatcher: the request is sent as it is, without any effect. */
const direct = (dispatch: Dispatch.Dispatch, otherwise: Transport, options: {
  readonly apiUrl: string
  readonly maxBodySize: number
}): Transport => {
  const { origin } = new URL(options.apiUrl)
  const { maxBodySize } = options
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
          const isNeeded = AnswerBody.isNeeded(received.status)
          const { body = isNeeded ? undefined : empty } = received
          if (body === undefined) {
            done(Exit.fail(AnswerBody.tooLarge(maxBodySize)))
          } else if (received.headers["content-encoding"] === undefined) {
            done(Exit.succeed(answerOf(request, origin + path, received, body)))
          } else {
            const decoding = Effect.runForkWith(sending.fiber.context)(
              decoded(received, body, maxBodySize).pipe(
                Effect.catchIf(() => !isNeeded, () => Effect.succeed(empty)),
                Effect.map((body) => answerOf(request, origin + path, received, body))
              )
            )
            giveUp = endOf(decoding, decoding.addObserver(done), sending.fiber)
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
): WholeAnswer => {
  let headers: Headers.Headers | undefined
  return {
    status,
    headers: () => headers ??= Headers.fromInput(received),
    text: () => utf8.decode(body),
    response: () => new WholeResponse(request, { url, status, headers: received, body: Effect.succeed(body) })
  }
}

const empty = new Uint8Array()

const utf8 = new TextDecoder()

const decoded = ({ headers }: Dispatch.Received, body: Uint8Array, maxBodySize: number) =>
  AnswerBody.decoded(new Uint8Array(body), ContentCoding.codings(Headers.fromInput(headers)), maxBodySize)

// =============================================================================
// Effect
// =============================================================================

/** The same as an effect, which gives up when it is interrupted. */
export const exchange = (transport: Transport): Exchange.Exchange => (request, authorization) =>
  Effect.withFiber((fiber) =>
    Effect.callback((resume) => {
      const giveUp = transport.send(request, { authorization, fiber }, resume)
      return Effect.sync(giveUp)
    })
  )
