/** Response whose body has arrived, as a call works with it: each part is made when it is asked for. */
import type * as Headers from "effect/http/Headers"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"

export interface BufferedResponse {
  readonly status: number
  headers(): Headers.Headers
  /** The body without its content codings; empty when there is none. */
  text(): string
  /** The same response for Effect's interfaces. Its body can be read any number of times without I/O. */
  response(): HttpClientResponse.HttpClientResponse
}
