/** How requests reach the API: the one seam between a call and the network. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as SpotifyError from "../../SpotifyError.ts"
import type { BufferedResponse } from "./BufferedResponse.ts"
import * as ResponseBody from "./ResponseBody.ts"

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
    done: (exit: Exit.Exit<BufferedResponse, SpotifyError.SpotifyErrorReason>) => void
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

export interface Options {
  readonly apiUrl: string
  readonly httpClient: HttpClient.HttpClient
  /** How large an answer may be, in bytes, as it comes and without its codings. */
  readonly maxBodySize: number
}

/** The client's own, if it has one, or else the one over any. */
export const make = (options: Options): Transport => (owned.get(options.httpClient) ?? general)(options)

/**
 * By the very object: whatever is made of a client, or put around it, is another one, so that nothing of what it adds is
 * ever passed by.
 */
const owned = new WeakMap<HttpClient.HttpClient, (options: Options) => Transport>()

/** Gives a client a transport of its own. */
export const own = (
  httpClient: HttpClient.HttpClient,
  transport: (options: Options) => Transport
): HttpClient.HttpClient => {
  owned.set(httpClient, transport)
  return httpClient
}

// =============================================================================
// Any client
// =============================================================================

/** With all that the program has put around it. */
export const general = (options: Options): Transport => {
  const exchange = ResponseBody.make(options)
  let known: { readonly of: Context.Context<never>; readonly run: Run } | undefined
  const runIn = (context: Context.Context<never>): Run => {
    if (known === undefined || known.of !== context) {
      known = { of: context, run: Effect.runForkWith(onTheWire(context)) }
    }
    return known.run
  }
  return {
    send: (request, { authorization, fiber }, done) =>
      observe(runIn(fiber.context)(exchange(request, authorization)), done)
  }
}

type Run = ReturnType<typeof Effect.runForkWith<never>>

/** Of a fiber that is under way. */
export const observe = <A, E>(fiber: Fiber.Fiber<A, E>, done: (exit: Exit.Exit<A, E>) => void): GiveUp => {
  const forget = fiber.addObserver(done)
  return () => {
    forget()
    fiber.interruptUnsafe()
  }
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
