/**
 * Response bodies without their content codings, such as gzip (RFC 9110 §8.4), and bounded in size.
 *
 * **Details**
 *
 * Decodes with the `DecompressionStream` of the runtime. Servers, CDNs and proxies compress responses unasked. `fetch`
 * decodes them but keeps the `Content-Encoding` header; undici and `node:http` keep both. So the bytes of a body decide
 * whether it still has to be decoded, not its headers alone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 */
import * as Bytes from "effect/Bytes"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Headers from "effect/http/Headers"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import * as UntrustedText from "./internal/text/UntrustedText.ts"

// =============================================================================
// Errors
// =============================================================================

/**
 * A body that could not be read or decoded.
 *
 * **Details**
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `Unknown` | neither this module nor the runtime knows the coding |
 * | `Malformed` | the bytes are not in the coding that the header names, or end too early |
 * | `TooLarge` | the body is larger than the limit, as it was sent or once it is decoded |
 *
 * @category errors
 * @since 0.1.0
 */
export class ContentCodingError extends Data.TaggedError("ContentCodingError")<{
  readonly kind: "Unknown" | "Malformed" | "TooLarge"
  /**
   * The name of the coding in the header, such as `br`; at most 40 characters, none of them a control character. It is
   * `identity` for a body that was too large as it was sent.
   */
  readonly coding: string
}> {
  override get message(): string {
    switch (this.kind) {
      case "Unknown":
        return `the body is in the coding "${this.coding}", which cannot be undone here`
      case "Malformed":
        return `the body is not in the coding "${this.coding}" that its header names, or is cut off`
      case "TooLarge":
        return this.coding === identity
          ? "the body is too large"
          : `the body is too large once the coding "${this.coding}" is undone`
    }
  }
}

// =============================================================================
// Codings
// =============================================================================

/**
 * Returns the codings in a `Content-Encoding` header, in lower case and in the order in which they were applied.
 *
 * **Details**
 *
 * Leaves `identity` out. Empty for almost every response, whose body can then be used as it is.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 * @category accessors
 * @since 0.1.0
 */
export const codings = (headers: Headers.Headers): ReadonlyArray<string> => {
  const header = headers["content-encoding"]
  if (header === undefined) return none
  return header.split(",").map((coding) => coding.trim().toLowerCase()).filter((coding) =>
    coding !== "" && coding !== identity
  )
}

/** The name of the coding that changes nothing (RFC 9110 §8.4.1). */
const identity = "identity"

const none: ReadonlyArray<string> = []

/** The largest number of codings that are decoded. Each may expand a body a thousandfold, and nobody needs more. */
const maxCodings = 4

/** Names of each coding in the runtime. `deflate` means the zlib format, but old servers send its bare content. */
const formats: Readonly<Record<string, ReadonlyArray<string>>> = {
  "gzip": ["gzip"],
  "x-gzip": ["gzip"],
  "deflate": ["deflate", "deflate-raw"],
  "br": ["brotli"],
  "zstd": ["zstd"]
}

// =============================================================================
// Reading
// =============================================================================

/**
 * Reads the body of a response and decodes it.
 *
 * **Details**
 *
 * Reads at most `maxSize` bytes, whatever length was announced, and decodes to at most as many. A response without a body,
 * such as a bare 404 or 503, has an empty one. The failure of a client that has decoded the body itself, as `fetch` does,
 * is a `ContentCodingError` where it can be told from a broken connection.
 *
 * **Example** (The text of a response)
 *
 * ```ts
 * import * as ContentCoding from "@app/auth/ContentCoding"
 * import * as Effect from "effect/Effect"
 * import type * as HttpClientResponse from "effect/http/HttpClientResponse"
 *
 * export const text = (response: HttpClientResponse.HttpClientResponse) =>
 *   Effect.map(ContentCoding.read(response, { maxSize: 65_536 }), (bytes) => new TextDecoder().decode(bytes))
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const read = (
  response: HttpClientResponse.HttpClientResponse,
  options: { readonly maxSize: number }
): Effect.Effect<Uint8Array<ArrayBuffer>, ContentCodingError | HttpClientError.HttpClientError> =>
  collect(response.stream, options.maxSize, identity).pipe(
    (collected) => orRead(collected, response, options.maxSize),
    Effect.mapError((error) =>
      error._tag === "HttpClientError" && error.reason._tag === "DecodeError"
        ? failureOf(error.reason.cause, codings(response.headers)) ?? error
        : error
    ),
    Effect.catchIf(
      (error) => error._tag === "HttpClientError" && error.reason._tag === "EmptyBodyError",
      () => Effect.succeed(new Uint8Array())
    ),
    Effect.flatMap((body) => decode(body, codings(response.headers), options))
  )

/**
 * Returns the body that a part of the program's client, such as one that logs bodies, has read before.
 *
 * **Details**
 *
 * The stream of such a response is empty or throws, and its `arrayBuffer` still has the body.
 */
const orRead = <E>(
  collected: Effect.Effect<Uint8Array<ArrayBuffer>, E>,
  response: HttpClientResponse.HttpClientResponse,
  maxSize: number
): Effect.Effect<Uint8Array<ArrayBuffer>, E | ContentCodingError> => {
  const readOr = (otherwise: Effect.Effect<Uint8Array<ArrayBuffer>>) =>
    Effect.matchEffect(Effect.suspend(() => response.arrayBuffer), {
      onFailure: () => otherwise,
      onSuccess: (body) =>
        body.byteLength > maxSize ? failure("TooLarge", identity) : Effect.succeed(new Uint8Array(body))
    })
  return collected.pipe(
    Effect.catchDefect((defect) => {
      const dies = Effect.die(defect)
      return defect instanceof TypeError ? readOr(dies) : dies
    }),
    Effect.flatMap((body) => {
      const isEmpty = Effect.succeed(body)
      return body.byteLength === 0 ? readOr(isEmpty) : isEmpty
    })
  )
}

/** Collects a stream, and fails at the first chunk that exceeds `maxSize` bytes. */
const collect = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  maxSize: number,
  coding: string
): Effect.Effect<Uint8Array<ArrayBuffer>, E | ContentCodingError> =>
  Effect.map(
    Stream.runFoldEffect(
      stream,
      () => ({ size: 0, chunks: new Array<Uint8Array>() }),
      (read, chunk) => {
        read.size += chunk.byteLength
        read.chunks.push(chunk)
        return read.size > maxSize ? failure("TooLarge", coding) : Effect.succeed(read)
      }
    ),
    ({ chunks }) => Bytes.concat(chunks)
  )

// =============================================================================
// Decoding
// =============================================================================

/**
 * Decodes a body that has these codings.
 *
 * **When to use**
 *
 * Use for bytes that a transport has read already. Otherwise use `read`.
 *
 * **Details**
 *
 * Decodes at most `maxSize` bytes, whatever a small body expands to. A body that is empty, or reads as text already, is
 * returned as it is, because the transport has decoded it.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decode = Effect.fnUntraced(function*(
  body: Uint8Array<ArrayBuffer>,
  codings: ReadonlyArray<string>,
  options: { readonly maxSize: number }
): Effect.fn.Return<Uint8Array<ArrayBuffer>, ContentCodingError> {
  let bytes = body
  for (const [i, coding] of codings.toReversed().entries()) {
    if (isText(bytes)) return bytes
    if (i === maxCodings) return yield* failure("Unknown", codings.join(", "))
    bytes = yield* decodeOne(bytes, coding, options.maxSize)
  }
  return bytes
})

const decodeOne = (
  bytes: Uint8Array<ArrayBuffer>,
  coding: string,
  maxSize: number
): Effect.Effect<Uint8Array<ArrayBuffer>, ContentCodingError> => {
  const known = Object.hasOwn(formats, coding) ? formats[coding] ?? none : none
  return known.map((format) => decompress(bytes, coding, format, maxSize)).reduceRight(
    (otherwise, attempt) => Effect.catchIf(attempt, ({ kind }) => kind === "Malformed", () => otherwise),
    failure(known.length === 0 ? "Unknown" : "Malformed", coding)
  )
}

const decompress = Effect.fnUntraced(function*(
  bytes: Uint8Array<ArrayBuffer>,
  coding: string,
  format: string,
  maxSize: number
): Effect.fn.Return<Uint8Array<ArrayBuffer>, ContentCodingError> {
  const stream = yield* Effect.try({
    // The declared types know fewer formats than the runtimes do.
    try: (): DecompressionStream => Reflect.construct(DecompressionStream, [format]),
    catch: () => error("Unknown", coding)
  })
  return yield* collect(
    Stream.fromReadableStream({
      evaluate: () => new Blob([bytes]).stream().pipeThrough(stream),
      onError: () => error("Malformed", coding)
    }),
    maxSize,
    coding
  )
})

/**
 * Returns the failure to decode a body that a transport has reported; undefined for any other failure.
 *
 * **Details**
 *
 * A transport may decode bodies by this module, or by Node's decompressors as `fetch` does there.
 *
 * @category decoding
 * @since 0.1.0
 */
export const failureOf = (cause: unknown, codings: ReadonlyArray<string>): ContentCodingError | undefined => {
  if (cause instanceof ContentCodingError) return cause
  if (typeof cause !== "object" || cause === null) return undefined
  if ("code" in cause && typeof cause.code === "string" && decompressorCode.test(cause.code)) {
    return error("Malformed", codings.join(", "))
  }
  return "cause" in cause ? failureOf(cause.cause, codings) : undefined
}

/** The codes of errors of zlib, Brotli and Zstandard in Node. */
const decompressorCode = /^(?:Z_(?:BUF|DATA)_ERROR|Z_NEED_DICT|ERR__ERROR_FORMAT_|ZSTD_error_)/

const error = (kind: ContentCodingError["kind"], coding: string): ContentCodingError =>
  new ContentCodingError({ kind, coding: UntrustedText.sanitize(coding.slice(0, 40)) })

const failure = (kind: ContentCodingError["kind"], coding: string) => Effect.fail(error(kind, coding))

// =============================================================================
// Text
// =============================================================================

/** The number of bytes to look at: enough that compressed bytes never pass for text by chance. */
const lookahead = 64

/** Reports whether the bytes begin as UTF-8 text, without the control characters that every compressed format has. */
const isText = (bytes: Uint8Array): boolean => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, lookahead), {
      stream: bytes.length > lookahead
    })
    return !/[^\P{Cc}\t\n\r]/u.test(text)
  } catch {
    return false
  }
}
