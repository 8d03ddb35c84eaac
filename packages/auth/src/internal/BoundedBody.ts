/** The body of an answer, as long as it is one that anybody meant to send. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"

export class BodyTooLarge extends Data.TaggedError("BodyTooLarge")<{ readonly maxSize: number }> {}

/** Reads no further than `maxSize` bytes, whatever length was announced. */
export const read = (
  response: HttpClientResponse.HttpClientResponse,
  maxSize: number
): Effect.Effect<string, BodyTooLarge | HttpClientError.HttpClientError> =>
  response.stream.pipe(
    Stream.runFoldEffect(
      () => ({ size: 0, text: "", decoder: new TextDecoder() }),
      (read, chunk) => {
        const size = read.size + chunk.byteLength
        return size > maxSize
          ? Effect.fail(new BodyTooLarge({ maxSize }))
          : Effect.succeed({ ...read, size, text: read.text + read.decoder.decode(chunk, { stream: true }) })
      }
    ),
    Effect.map((read) => read.text),
    // An answer without a body (a bare 404 or 503) is an answer all the same.
    Effect.catchIf(
      (error) => error._tag === "HttpClientError" && error.reason._tag === "EmptyBodyError",
      () => Effect.succeed("")
    )
  )
