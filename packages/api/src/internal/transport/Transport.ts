/** The one seam between a call and the network. */
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as SpotifyError from "../../SpotifyError.ts"
import type { BufferedResponse } from "./BufferedResponse.ts"

// =============================================================================
// Model
// =============================================================================

export interface Transport {
  /**
   * Sends a request and reports the outcome once to `done`.
   *
   * **Details**
   *
   * `done` may be called before this returns, and is never called after the exchange was given up. A failure that does not
   * come from a transport is a defect. There is no time limit: the caller gives up.
   */
  readonly send: (
    request: HttpClientRequest.HttpClientRequest,
    options: Sending,
    done: (exit: Exit.Exit<BufferedResponse, SpotifyError.SpotifyErrorReason>) => void
  ) => GiveUp
}

export interface Sending {
  /** The value of the `Authorization` header, such as `Bearer …`, which is sent to the API alone. */
  readonly authorization: string
  /** The call's fiber, in whose context the `HttpClient` runs. */
  readonly fiber: Fiber.Fiber<unknown, unknown>
}

/** Ends the exchange, if it is still under way. */
export type GiveUp = () => void

export interface Options {
  readonly apiUrl: string
  readonly httpClient: HttpClient.HttpClient
  /** The longest body of a response in bytes, both with and without its content codings. */
  readonly maxBodySize: number
}

// =============================================================================
// Fibers
// =============================================================================

/** Reports the outcome of a fiber to `done`. */
export const observe = <A, E>(fiber: Fiber.Fiber<A, E>, done: (exit: Exit.Exit<A, E>) => void): GiveUp => {
  const removeObserver = fiber.addObserver(done)
  return () => {
    removeObserver()
    fiber.interruptUnsafe()
  }
}
