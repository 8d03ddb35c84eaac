/** Reads the body of a response from any client into memory, up to a size limit and without its content codings. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import type * as Headers from "effect/http/Headers"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import type * as SpotifyError from "../../SpotifyError.ts"
import type { BufferedResponse } from "./BufferedResponse.ts"
import * as ContentDecoding from "./ContentDecoding.ts"
import * as TransportError from "./TransportError.ts"
import * as UserAgent from "./UserAgent.ts"

/** Reads the body, and returns the response with it. */
export const buffer = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<BufferedResponse, SpotifyError.SpotifyErrorReason> =>
  Effect.map(read(response, maxBodySize), (bytes) => new ReadResponse(response, bytes))

const utf8 = new TextDecoder()

class ReadResponse implements BufferedResponse {
  readonly status: number
  readonly #response: HttpClientResponse.HttpClientResponse
  readonly #bytes: ArrayBuffer

  constructor(response: HttpClientResponse.HttpClientResponse, bytes: ArrayBuffer) {
    this.status = response.status
    this.#response = response
    this.#bytes = bytes
  }

  headers(): Headers.Headers {
    return this.#response.headers
  }

  text(): string {
    return utf8.decode(this.#bytes)
  }

  response(): HttpClientResponse.HttpClientResponse {
    const bytes = this.#bytes
    return Object.create(this.#response, {
      arrayBuffer: { value: Effect.succeed(bytes) },
      text: { get: () => Effect.sync(() => this.text()) },
      stream: { get: () => Stream.succeed(new Uint8Array(bytes)) }
    })
  }
}

const empty = new ArrayBuffer(0)

const read = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<ArrayBuffer, SpotifyError.SpotifyErrorReason> => {
  const { headers } = response
  // The HTTP parser enforces a promised length, unless compression hides the real one. A browser shows other origins the
  // length before decompression, and no coding.
  if (
    ContentCoding.codings(headers).length === 0 && Number(headers["content-length"] ?? NaN) <= maxBodySize
    && !UserAgent.isBrowser()
  ) {
    return Effect.mapError(response.arrayBuffer, TransportError.reasonOf)
  }
  return ContentCoding.read(response, { maxSize: maxBodySize }).pipe(
    Effect.mapBoth({
      onFailure: (error) =>
        error._tag === "ContentCodingError"
          ? ContentDecoding.issueOf(error, maxBodySize)
          : TransportError.reasonOf(error),
      onSuccess: ({ buffer }) => buffer
    }),
    Effect.catchIf(
      (reason) => reason._tag === "UnexpectedResponse" && !ContentDecoding.isBodyNeeded(response.status),
      () => Effect.succeed(empty)
    )
  )
}
