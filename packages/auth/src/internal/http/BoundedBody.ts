/** The decoded text of a response body, bounded in size. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as ContentCoding from "../../ContentCoding.ts"
import * as BoundedBytes from "./BoundedBytes.ts"

export class BodyTooLarge extends Data.TaggedError("BodyTooLarge")<{ readonly maxSize: number }> {}

/** Reads a body of at most `maxSize` bytes, whatever length was announced, and decodes it to at most as many. */
export const read = (
  response: HttpClientResponse.HttpClientResponse,
  maxSize: number
): Effect.Effect<string, BodyTooLarge | ContentCoding.ContentCodingError | HttpClientError.HttpClientError> =>
  BoundedBytes.collect(response.stream, maxSize, () => new BodyTooLarge({ maxSize })).pipe(
    // A response without a body, such as a bare 404 or 503, is valid.
    Effect.catchIf(
      (error) => error._tag === "HttpClientError" && error.reason._tag === "EmptyBodyError",
      () => Effect.succeed(new Uint8Array())
    ),
    Effect.flatMap((body) => ContentCoding.decode(body, ContentCoding.codings(response.headers), { maxSize })),
    Effect.catchIf(
      (error) => error._tag === "ContentCodingError" && error.kind === "TooLarge",
      () => Effect.fail(new BodyTooLarge({ maxSize }))
    ),
    Effect.map((bytes) => new TextDecoder().decode(bytes))
  )
