/**
 * One request and its whole answer, bounded in size, or why there is none.
 *
 * The program's `HttpClient` may change requests before they are sent. So the token is added to what it has made of one,
 * and only where that still goes to the API.
 */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SpotifyError from "../../SpotifyError.ts"
import type { BufferedResponse } from "./BufferedResponse.ts"
import * as ContentDecoding from "./ContentDecoding.ts"
import * as TransportError from "./TransportError.ts"
import * as UserAgent from "./UserAgent.ts"

// =============================================================================
// Model
// =============================================================================

/** Sends a request with this `Authorization`, to the API alone. */
export type Exchange = (
  request: HttpClientRequest.HttpClientRequest,
  authorization: string
) => Effect.Effect<BufferedResponse, SpotifyError.SpotifyErrorReason>

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
      Effect.mapError(TransportError.reasonOf),
      Effect.filterOrFail(
        (response) => isSame(response.request, request),
        (response) => astray(`it followed a redirect to ${goesTo(response.request)}, whose answer is not taken`)
      )
    )

  return (request, authorization) =>
    Effect.mapError(httpClient.preprocess(request), TransportError.reasonOf).pipe(
      Effect.flatMap((prepared) =>
        goesTo(prepared) === origin
          ? send(UserAgent.setDefault(HttpClientRequest.setHeader(prepared, "authorization", authorization)))
          : Effect.fail(astray(`it takes requests for ${origin} to ${goesTo(prepared)}, so this one was not sent`))
      ),
      Effect.flatMap((response) => withBody(response, maxBodySize)),
      Effect.catchDefect((defect) => {
        const reason = TransportError.thrown(defect)
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
): Effect.Effect<BufferedResponse, SpotifyError.SpotifyErrorReason> =>
  Effect.map(readBody(response, maxBodySize), (bytes) => {
    const text = () => new TextDecoder().decode(bytes)
    return {
      status: response.status,
      headers: () => response.headers,
      text,
      response: () =>
        Object.create(response, {
          arrayBuffer: { value: Effect.succeed(bytes) },
          text: { get: () => Effect.sync(text) },
          stream: { get: () => Stream.succeed(new Uint8Array(bytes)) }
        })
    }
  })

const empty = new ArrayBuffer(0)

const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<ArrayBuffer, SpotifyError.SpotifyErrorReason> => {
  const { headers } = response
  // A length that was promised is kept by the parser, unless compression hides the real one.
  if (
    ContentCoding.codings(headers).length === 0 && Number(headers["content-length"] ?? NaN) <= maxBodySize
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
