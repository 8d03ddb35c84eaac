/**
 * A form sent to one of an authorization server's endpoints, as a client that proves who it is (RFC 6749 §2.3), bounded
 * in time and size. Redirects are never followed: the credentials in the body belong to this endpoint alone.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AuthError from "../AuthError.ts"
import type { AuthorizationServer } from "../AuthorizationServer.ts"
import type { Client } from "../Client.ts"
import * as BoundedBody from "./BoundedBody.ts"
import * as Credential from "./Credential.ts"
import * as SecureUrl from "./SecureUrl.ts"

// =============================================================================
// Model
// =============================================================================

export type Form = Readonly<Record<string, string | Redacted.Redacted<string> | undefined>>

export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  readonly body: string
  /** When it was read to its end. */
  readonly receivedAt: number
}

export type FormPost = (form: Form) => Effect.Effect<Answer, AuthError.AuthError>

// =============================================================================
// Constructor
// =============================================================================

export const make = Effect.fnUntraced(function*(options: {
  /** The setting that names the endpoint, for complaints about it. */
  readonly setting: string
  readonly endpoint: string
  readonly server: AuthorizationServer
  readonly client: Client
  readonly timeout: Duration.Duration
  readonly maxBodySize: number
}): Effect.fn.Return<FormPost, AuthError.AuthError, HttpClient.HttpClient> {
  const { maxBodySize, server, timeout } = options
  const client = yield* Credential.checkClient(options.client)
  const httpClient = yield* HttpClient.HttpClient
  const url = SecureUrl.parse(options.endpoint)
  if (Result.isFailure(url)) {
    return yield* fail(new AuthError.InvalidConfiguration({ setting: options.setting, issue: url.failure }))
  }
  const place = `${url.success.origin}${url.success.pathname}`

  return (form) =>
    httpClient.execute(authenticated(options.endpoint, server, client, form)).pipe(
      Effect.flatMap((response) =>
        Effect.zipWith(readBody(response, maxBodySize), Clock.currentTimeMillis, (body, receivedAt): Answer => ({
          status: response.status,
          headers: response.headers,
          body,
          receivedAt
        }))
      ),
      Effect.catchTag("HttpClientError", (error) => fail(unreachable(place, error))),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () =>
          fail(
            new AuthError.TokenRequestFailed({
              kind: "Timeout",
              detail: `${place} did not answer within ${Duration.format(timeout)}`
            })
          )
      }),
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      Effect.provideService(HttpClient.TracerPropagationEnabled, false)
    )
})

export const fail = (reason: AuthError.AuthErrorReason): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason }))

// =============================================================================
// Request
// =============================================================================

const authenticated = (
  endpoint: string,
  server: AuthorizationServer,
  client: Client,
  form: Form
): HttpClientRequest.HttpClientRequest => {
  const request = HttpClientRequest.post(endpoint).pipe(HttpClientRequest.acceptJson)
  if (client.clientSecret === undefined) {
    return HttpClientRequest.bodyUrlParams(request, { ...form, client_id: client.clientId })
  }
  if (server.clientAuthentication === "client_secret_post") {
    return HttpClientRequest.bodyUrlParams(request, {
      ...form,
      client_id: client.clientId,
      client_secret: client.clientSecret
    })
  }
  return request.pipe(
    // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    HttpClientRequest.basicAuth(
      encodeURIComponent(client.clientId),
      Redacted.make(encodeURIComponent(Redacted.value(client.clientSecret)))
    ),
    HttpClientRequest.bodyUrlParams(form)
  )
}

// =============================================================================
// Answer
// =============================================================================

/** Of a refusal, whatever is too long to be one says no more than its status. */
const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<string, AuthError.AuthError | HttpClientError.HttpClientError> =>
  Effect.catchTag(BoundedBody.read(response, maxBodySize), "BodyTooLarge", () =>
    response.status >= 300
      ? Effect.succeed("")
      : fail(new AuthError.MalformedTokenResponse({ issue: `the body is larger than ${maxBodySize} bytes` })))

const ErrorBody = Schema.Struct({
  error: Schema.String,
  error_description: Schema.optionalKey(Schema.NullOr(Schema.String))
})

const decodeErrorBody = Schema.decodeUnknownOption(Schema.fromJsonString(ErrorBody))

/** An error in the form of RFC 6749 §5.2, if the body is one; its texts are the server's own. */
export const errorIn = (
  answer: Answer
): { readonly error: string; readonly description: string | undefined } | undefined =>
  Option.getOrUndefined(Option.map(decodeErrorBody(answer.body), ({ error, error_description }) => ({
    error,
    description: error_description === null || error_description === "" ? undefined : error_description
  })))

/** An answer that says nothing about the request: try again later. */
export const unavailable = ({ headers, receivedAt, status }: Answer): AuthError.TokenRequestFailed => {
  const retryAfter = Option.fromUndefinedOr(headers["retry-after"]).pipe(
    Option.flatMap((value) => Result.getSuccess(Headers.parseRetryAfter(value))),
    Option.map((value) => Headers.retryAfterDelay(value, receivedAt))
  )
  return new AuthError.TokenRequestFailed({
    kind: status === 429 ? "RateLimited" : status >= 500 ? "ServerError" : "UnexpectedStatus",
    status,
    detail: `the authorization server answered ${status}`,
    ...(Option.isSome(retryAfter) && { retryAfter: retryAfter.value })
  })
}

const unreachable = (place: string, error: HttpClientError.HttpClientError): AuthError.AuthErrorReason => {
  const { reason } = error
  const code = "cause" in reason ? systemErrorCode(reason.cause) : undefined
  return new AuthError.TokenRequestFailed({
    kind: "Unreachable",
    detail: code === undefined
      ? `${place} could not be reached`
      : isDistrust(code)
      ? `${place} has no certificate that is trusted here (${code}), so nothing was sent`
      : `${place} could not be reached (${code})`
  })
}

/** How OpenSSL and Node say that a server did not prove who it is. */
const isDistrust = (code: string): boolean => /CERT|UNABLE_TO_VERIFY/.test(code)

/** `ECONNREFUSED` and its kin, wherever a transport has put them. Nothing else of the cause is shown. */
const systemErrorCode = (cause: unknown): string | undefined => {
  if (typeof cause !== "object" || cause === null) return undefined
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? systemErrorCode(cause.cause) : undefined
}
