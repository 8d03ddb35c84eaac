/**
 * One request and its whole answer, bounded in size, or why there is none.
 *
 * The program's `HttpClient` may change requests before they are sent. So the token is added to what it has made of one,
 * and only where that still goes to the API.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SpotifyError from "../SpotifyError.ts"
import * as UserAgent from "./UserAgent.ts"

// =============================================================================
// Model
// =============================================================================

/** Shows the token with the request, to the API alone. */
export type Exchange = (
  request: HttpClientRequest.HttpClientRequest,
  bearer: AccessToken
) => Effect.Effect<Exchanged, SpotifyError.SpotifyErrorReason>

/** An answer whose body is here. */
export interface Exchanged {
  /** The answer, its body to be read any number of times without I/O. */
  readonly response: HttpClientResponse.HttpClientResponse
  readonly text: () => string
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly apiUrl: string
  readonly httpClient: HttpClient.HttpClient
  readonly maxBodySize: number
}): Exchange => {
  const { httpClient, maxBodySize } = options
  const { origin } = new URL(options.apiUrl)
  const inside = `${origin}/`

  const goesTo = ({ url }: HttpClientRequest.HttpClientRequest): string =>
    url.startsWith(inside) ? origin : URL.parse(url)?.origin ?? "an address that is none"

  const send = (
    request: HttpClientRequest.HttpClientRequest
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, SpotifyError.SpotifyErrorReason> =>
    httpClient.postprocess(Effect.succeed(request)).pipe(
      Effect.mapError(reasonOf),
      Effect.filterOrFail(
        (response) => isSame(response.request, request),
        (response) => astray(`it followed a redirect to ${goesTo(response.request)}, whose answer is not taken`)
      )
    )

  return (request, bearer) =>
    Effect.mapError(httpClient.preprocess(request), reasonOf).pipe(
      Effect.flatMap((prepared) =>
        goesTo(prepared) === origin
          ? send(UserAgent.named(HttpClientRequest.bearerToken(prepared, bearer.value)))
          : Effect.fail(astray(`it takes requests for ${origin} to ${goesTo(prepared)}, so this one was not sent`))
      ),
      Effect.flatMap((response) => withBody(response, maxBodySize)),
      Effect.catchDefect((defect) => {
        const reason = thrown(defect)
        return reason === undefined ? Effect.die(defect) : Effect.fail(reason)
      })
    )
}

// =============================================================================
// Address
// =============================================================================

const isSame = (a: HttpClientRequest.HttpClientRequest, b: HttpClientRequest.HttpClientRequest): boolean =>
  a === b || addressOf(a) === addressOf(b)

const addressOf = (request: HttpClientRequest.HttpClientRequest): string | undefined =>
  Option.getOrUndefined(Option.map(HttpClientRequest.toUrl(request), ({ href }) => href))

const astray = (issue: string): SpotifyError.InvalidConfiguration =>
  new SpotifyError.InvalidConfiguration({
    setting: "The HttpClient",
    issue: `${issue}. Access tokens are for the API alone: provide a client that leaves addresses and redirects alone.`
  })

// =============================================================================
// Body
// =============================================================================

const withBody = (
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
  const codings = ContentCoding.codings(headers)
  // A length that was promised is kept by the parser, unless compression hides the real one.
  if (codings.length === 0 && Number(headers["content-length"] ?? NaN) <= maxBodySize) {
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
    Effect.flatMap(({ chunks, size }) => {
      const bytes = new Uint8Array(size)
      let offset = 0
      for (const chunk of chunks) {
        bytes.set(chunk, offset)
        offset += chunk.byteLength
      }
      return codings.length === 0 ? Effect.succeed(bytes.buffer) : decoded(bytes, codings, maxBodySize)
    }),
    // A failure is told by its status, however much comes along.
    Effect.catchIf(
      (reason) =>
        reason === noBody || (reason._tag === "UnexpectedAnswer" && (response.status < 200 || response.status >= 300)),
      () => Effect.succeed(empty)
    )
  )
}

const decoded = (
  bytes: Uint8Array<ArrayBuffer>,
  codings: ReadonlyArray<string>,
  maxBodySize: number
): Effect.Effect<ArrayBuffer, SpotifyError.SpotifyErrorReason> =>
  ContentCoding.decode(bytes, codings, { maxSize: maxBodySize }).pipe(
    Effect.mapBoth({
      onSuccess: ({ buffer }) => buffer,
      onFailure: (error) =>
        error.kind === "TooLarge"
          ? tooLarge(maxBodySize)
          : new SpotifyError.UnexpectedAnswer({ path: "", detail: error.message })
    })
  )

const tooLarge = (maxBodySize: number) =>
  new SpotifyError.UnexpectedAnswer({ path: "", detail: `a body of more than ${maxBodySize} bytes` })

// =============================================================================
// Failure
// =============================================================================

/** An answer without a body is an answer all the same. */
const noBody = new SpotifyError.Transport({ phase: "exchange" })

/** Nothing of the failure but the system's code is kept: its request holds the token. */
const reasonOf = ({ reason }: HttpClientError.HttpClientError): SpotifyError.SpotifyErrorReason => {
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

/**
 * What a platform throws at a request that it does not take. It may quote the token. Anything else is a mistake of the
 * program's own `HttpClient`, which its author wants to see.
 */
const thrown = (defect: unknown): SpotifyError.Transport | undefined => {
  const code = systemErrorOf(defect)?.code ?? (defect instanceof TypeError ? defect.name : undefined)
  return code === undefined ? undefined : new SpotifyError.Transport({ phase: "request", code })
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
