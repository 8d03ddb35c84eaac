/** One request and its whole answer, bounded in size, or why there is none. */
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import * as SpotifyError from "../SpotifyError.ts"

// =============================================================================
// Model
// =============================================================================

/** An answer whose body is here. */
export interface Exchanged {
  /** The answer, its body to be read any number of times without I/O. */
  readonly response: HttpClientResponse.HttpClientResponse
  readonly text: () => string
}

// =============================================================================
// Body
// =============================================================================

export const withBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<Exchanged, SpotifyError.SpotifyErrorReason> =>
  Effect.map(readBody(response, maxBodySize), (bytes) => {
    const text = () => new TextDecoder().decode(bytes)
    const read: HttpClientResponse.HttpClientResponse = Object.create(response, {
      arrayBuffer: { value: Effect.succeed(bytes) },
      text: { get: () => Effect.sync(text) },
      stream: { get: () => Stream.succeed(new Uint8Array(bytes)) }
    })
    return { response: read, text }
  })

const empty = new ArrayBuffer(0)

const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<ArrayBuffer, SpotifyError.SpotifyErrorReason> => {
  const { headers } = response
  // A length that was promised is kept by the parser, unless compression hides the real one.
  if (headers["content-encoding"] === undefined && Number(headers["content-length"] ?? NaN) <= maxBodySize) {
    return Effect.mapError(response.arrayBuffer, reasonOf)
  }
  return response.stream.pipe(
    Stream.mapError(reasonOf),
    Stream.runFoldEffect(
      () => ({ size: 0, chunks: new Array<Uint8Array>() }),
      (read, chunk) => {
        read.size += chunk.byteLength
        read.chunks.push(chunk)
        return read.size <= maxBodySize ? Effect.succeed(read) : Effect.fail(tooLarge(maxBodySize))
      }
    ),
    Effect.map(({ chunks, size }) => {
      const bytes = new Uint8Array(size)
      let offset = 0
      for (const chunk of chunks) {
        bytes.set(chunk, offset)
        offset += chunk.byteLength
      }
      return bytes.buffer
    }),
    // A failure is told by its status, however much comes along.
    Effect.catchIf(
      (reason) =>
        reason === noBody || (reason._tag === "UnexpectedAnswer" && (response.status < 200 || response.status >= 300)),
      () => Effect.succeed(empty)
    )
  )
}

const tooLarge = (maxBodySize: number) =>
  new SpotifyError.UnexpectedAnswer({ path: "", detail: `a body of more than ${maxBodySize} bytes` })

// =============================================================================
// Failure
// =============================================================================

/** An answer without a body is an answer all the same. */
const noBody = new SpotifyError.Transport({ phase: "exchange" })

/** Nothing of the failure but the system's code is kept: its request holds the token. */
export const reasonOf = ({ reason }: HttpClientError.HttpClientError): SpotifyError.SpotifyErrorReason => {
  switch (reason._tag) {
    case "EmptyBodyError":
      return noBody
    case "InvalidUrlError":
    case "EncodeError":
      return new SpotifyError.Transport({ phase: "request", code: reason._tag })
  }
  const trouble = "cause" in reason ? systemErrorOf(reason.cause) : undefined
  return new SpotifyError.Transport({
    phase: reason._tag === "TransportError" && trouble !== undefined ? phaseOf(trouble) : "exchange",
    ...(trouble !== undefined && { code: trouble.code })
  })
}

interface SystemError {
  readonly code: string
  /** What the system was asked for, such as `connect`. */
  readonly syscall: unknown
}

const phaseOf = ({ code, syscall }: SystemError): SpotifyError.Transport["phase"] => {
  if (notSent.has(code)) return "request"
  // Some codes tell of connections that were never opened and of those that broke later.
  return neverOpened.has(code) || syscall === "connect" || certificateTrouble.test(code) ? "connect" : "exchange"
}

/** The transport did not take the request. */
const notSent = new Set(["UND_ERR_INVALID_ARG", "ERR_INVALID_CHAR", "ERR_INVALID_HTTP_TOKEN"])

/** Failures to find a server or to open a connection. */
const neverOpened = new Set(["EAI_AGAIN", "ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"])

/** A handshake that fails comes before any request. */
const certificateTrouble = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** `ECONNRESET` and its kin, wherever a transport has put them. */
const systemErrorOf = (cause: unknown): SystemError | undefined => {
  if (typeof cause !== "object" || cause === null) return undefined
  if ("code" in cause && typeof cause.code === "string") {
    return { code: cause.code, syscall: "syscall" in cause ? cause.syscall : undefined }
  }
  return "cause" in cause ? systemErrorOf(cause.cause) : undefined
}
