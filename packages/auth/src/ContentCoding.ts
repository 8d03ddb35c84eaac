/**
 * Undoing the codings of an answer's body, such as gzip (RFC 9110 §8.4), with the `DecompressionStream` of the runtime.
 *
 * Servers, CDNs and proxies compress answers unasked. `fetch` undoes that and leaves the header that says so; undici and
 * `node:http` leave both. So what a body still needs is decided by its bytes and not by its headers alone.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Headers from "effect/http/Headers"
import * as Stream from "effect/Stream"
import * as BoundedBytes from "./internal/http/BoundedBytes.ts"
import * as UntrustedText from "./internal/text/UntrustedText.ts"

// =============================================================================
// Errors
// =============================================================================

/**
 * A body that cannot be had as it was before it was coded.
 *
 * | `kind` | what happened |
 * | --- | --- |
 * | `Unknown` | neither this module nor the runtime knows the coding |
 * | `Malformed` | the bytes are not in the coding that the header names, or end too early |
 * | `TooLarge` | there is more in it than may be read |
 *
 * @category errors
 * @since 0.1.0
 */
export class ContentCodingError extends Data.TaggedError("ContentCodingError")<{
  readonly kind: "Unknown" | "Malformed" | "TooLarge"
  /** The coding by the header's name for it, such as `br`; at most 40 characters, none of them a control character. */
  readonly coding: string
}> {
  override get message(): string {
    switch (this.kind) {
      case "Unknown":
        return `the body is in the coding "${this.coding}", which cannot be undone here`
      case "Malformed":
        return `the body is not in the coding "${this.coding}" that its header names, or is cut off`
      case "TooLarge":
        return `the body is too large once the coding "${this.coding}" is undone`
    }
  }
}

// =============================================================================
// Codings
// =============================================================================

/**
 * The codings that an answer's header names, in lower case and in the order in which they were applied; `identity` is
 * none. Empty for almost every answer, whose body can then be taken as it is.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 * @category accessors
 * @since 0.1.0
 */
export const codings = (headers: Headers.Headers): ReadonlyArray<string> => {
  const header = headers["content-encoding"]
  if (header === undefined) return none
  return header.split(",").map((coding) => coding.trim().toLowerCase()).filter((coding) =>
    coding !== "" && coding !== "identity"
  )
}

const none: ReadonlyArray<string> = []

/** Nobody means more of them; each undone by itself may grow a body by a thousand. */
const maxCodings = 4

/** What the runtime calls a coding. `deflate` means the zlib format, and in old servers its bare content. */
const formats: Readonly<Record<string, ReadonlyArray<string>>> = {
  "gzip": ["gzip"],
  "x-gzip": ["gzip"],
  "deflate": ["deflate", "deflate-raw"],
  "br": ["brotli"],
  "zstd": ["zstd"]
}

// =============================================================================
// Decoding
// =============================================================================

/**
 * A body as it was before these codings were applied to it, of at most `maxSize` bytes. No more than that is ever
 * unpacked, whatever a small body holds.
 *
 * A body that is empty, or reads as text already, is answered as it is: the transport has undone its codings.
 *
 * **Example** (The text of an answer)
 *
 * ```ts
 * import * as ContentCoding from "@app/auth/ContentCoding"
 * import * as Effect from "effect/Effect"
 * import type * as HttpClientResponse from "effect/http/HttpClientResponse"
 *
 * export const text = (response: HttpClientResponse.HttpClientResponse) =>
 *   response.arrayBuffer.pipe(
 *     Effect.flatMap((body) =>
 *       ContentCoding.decode(new Uint8Array(body), ContentCoding.codings(response.headers), { maxSize: 65_536 })
 *     ),
 *     Effect.map((bytes) => new TextDecoder().decode(bytes))
 *   )
 * ```
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
    bytes = yield* undo(bytes, coding, options.maxSize)
  }
  return bytes
})

const undo = (
  bytes: Uint8Array<ArrayBuffer>,
  coding: string,
  maxSize: number
): Effect.Effect<Uint8Array<ArrayBuffer>, ContentCodingError> => {
  const known = Object.hasOwn(formats, coding) ? formats[coding] ?? none : none
  return known.map((format) => unpack(bytes, coding, format, maxSize)).reduceRight(
    (otherwise, attempt) => Effect.catchIf(attempt, ({ kind }) => kind === "Malformed", () => otherwise),
    failure(known.length === 0 ? "Unknown" : "Malformed", coding)
  )
}

const unpack = Effect.fnUntraced(function*(
  bytes: Uint8Array<ArrayBuffer>,
  coding: string,
  format: string,
  maxSize: number
): Effect.fn.Return<Uint8Array<ArrayBuffer>, ContentCodingError> {
  const stream = yield* Effect.try({
    // The types of the runtimes know fewer formats than the runtimes do.
    try: (): DecompressionStream => Reflect.construct(DecompressionStream, [format]),
    catch: () => error("Unknown", coding)
  })
  return yield* BoundedBytes.collect(
    Stream.fromReadableStream({
      evaluate: () => new Blob([bytes]).stream().pipeThrough(stream),
      onError: () => error("Malformed", coding)
    }),
    maxSize,
    () => error("TooLarge", coding)
  )
})

const error = (kind: ContentCodingError["kind"], coding: string): ContentCodingError =>
  new ContentCodingError({ kind, coding: UntrustedText.sanitize(coding.slice(0, 40)) })

const failure = (kind: ContentCodingError["kind"], coding: string) => Effect.fail(error(kind, coding))

// =============================================================================
// Text
// =============================================================================

/** How far is looked: far enough that no compressed bytes pass by chance. */
const lookahead = 64

/** Whether the bytes begin as UTF-8 text does, without the control characters that every compressed format has. */
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
