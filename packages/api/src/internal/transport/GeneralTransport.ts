/**
 * Transport over any `HttpClient`, with everything that the program has put around it.
 *
 * **Details**
 *
 * The program's client may change a request before it is sent. The token is therefore added to the request that the client
 * has prepared, and only when that request still goes to the API.
 *
 * The program's client may also fail for the status of a response. What the status means is for the call to say, so the
 * response is taken all the same.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as SpotifyError from "../../SpotifyError.ts"
import { BodyLimit } from "./BodyLimit.ts"
import type { BufferedResponse } from "./BufferedResponse.ts"
import * as ResponseBody from "./ResponseBody.ts"
import * as Transport from "./Transport.ts"
import * as TransportError from "./TransportError.ts"
import * as UserAgent from "./UserAgent.ts"

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: Transport.Options): Transport.Transport => {
  const exchange = exchangeOver(options)
  const settings = settingsOf(options)
  let last: { readonly context: Context.Context<never>; readonly run: Run } | undefined
  const runIn = (context: Context.Context<never>): Run => {
    if (last === undefined || last.context !== context) {
      last = { context, run: Effect.runForkWith(Context.merge(context, settings)) }
    }
    return last.run
  }
  return {
    send: (request, { authorization, fiber }, done) =>
      Transport.observe(runIn(fiber.context)(exchange(request, authorization)), done)
  }
}

type Run = ReturnType<typeof Effect.runForkWith<never>>

/**
 * Returns what the context of each request says.
 *
 * **Details**
 *
 * A redirect would take the token along. Trace headers tell a stranger about this program and break CORS, and the call's own
 * span says all that the client's would.
 */
const settingsOf = ({ maxBodySize }: Transport.Options): Context.Context<never> =>
  Context.empty().pipe(
    Context.add(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Context.add(HttpClient.TracerPropagationEnabled, false),
    Context.add(HttpClient.TracerDisabledWhen, () => true),
    Context.add(BodyLimit, maxBodySize)
  )

// =============================================================================
// Exchange
// =============================================================================

const exchangeOver = ({ apiUrl, httpClient, maxBodySize }: Transport.Options) => {
  const { origin } = new URL(apiUrl)
  const inside = `${origin}/`
  const defaults = UserAgent.headers()

  const originOf = ({ url }: HttpClientRequest.HttpClientRequest): string =>
    url.startsWith(inside) ? origin : URL.parse(url)?.origin ?? "an address that is none"

  const send = (request: HttpClientRequest.HttpClientRequest) =>
    Effect.flatMap(
      Effect.catch(httpClient.postprocess(Effect.succeed(request)), responseOf),
      (response) =>
        hasSameAddress(response.request, request)
          ? ResponseBody.buffer(response, maxBodySize)
          : Effect.fail(astray(`it followed a redirect to ${originOf(response.request)}, whose answer is not taken`))
    )

  return (
    request: HttpClientRequest.HttpClientRequest,
    authorization: string
  ): Effect.Effect<BufferedResponse, SpotifyError.SpotifyErrorReason> =>
    Effect.flatMap(httpClient.preprocess(request), (prepared) =>
      originOf(prepared) === origin
        ? send(withHeaders(prepared, { ...defaults, ...prepared.headers, authorization }))
        : Effect.fail(astray(`it takes requests for ${origin} to ${originOf(prepared)}, so this one was not sent`)))
      .pipe(
        // Once for both, as each effect around a request costs some 0.2 kB.
        Effect.mapError((error) => error._tag === "HttpClientError" ? TransportError.reasonOf(error) : error),
        Effect.catchDefect((defect) => {
          const reason = TransportError.thrown(defect)
          return reason === undefined ? Effect.die(defect) : Effect.fail(reason)
        })
      )
}

/** Returns the response that a client such as that of `HttpClient.filterStatusOk` has made a failure of. */
const responseOf = (
  error: HttpClientError.HttpClientError
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  error.reason._tag === "StatusCodeError" ? Effect.succeed(error.reason.response) : Effect.fail(error)

/** Replaces all headers at once, as each change of a request copies it together with its headers. */
const withHeaders = (
  { body, hash, method, url, urlParams }: HttpClientRequest.HttpClientRequest,
  headers: Readonly<Record<string, string>>
): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.makeWith(method, url, urlParams, hash, Headers.fromRecordUnsafe(headers), body)

const hasSameAddress = (
  a: HttpClientRequest.HttpClientRequest,
  b: HttpClientRequest.HttpClientRequest
): boolean => a === b || addressOf(a) === addressOf(b)

const addressOf = (request: HttpClientRequest.HttpClientRequest): string | undefined =>
  Option.getOrUndefined(Option.map(HttpClientRequest.toUrl(request), ({ href }) => href))

const astray = (issue: string): SpotifyError.InvalidConfiguration =>
  new SpotifyError.InvalidConfiguration({
    setting: "The HttpClient",
    issue: `${issue}. Access tokens are for the API alone: provide a client that leaves addresses and redirects alone.`
  })
