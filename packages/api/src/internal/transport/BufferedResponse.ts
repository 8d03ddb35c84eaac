/** An answer that is here, body included. */
import type * as Headers from "effect/http/Headers"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"

export interface BufferedResponse {
  readonly status: number
  /** Made when they are asked for. */
  readonly headers: () => Headers.Headers
  /** The body without its content codings; empty where there is none. */
  readonly text: () => string
  /** The same as Effect's clients have it, its body to be read any number of times without I/O. */
  readonly response: () => HttpClientResponse.HttpClientResponse
}
