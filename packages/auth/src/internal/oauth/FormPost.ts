/**
 * A form sent to an endpoint of an authorization server by an authenticated client (RFC 6749 §2.3), bounded in time and
 * size.
 *
 * **Details**
 *
 * The form goes to that endpoint and nowhere else, because the credentials in it belong to the endpoint alone.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "../../AuthError.ts"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import type { Client } from "../../Client.ts"
import * as EndpointRequest from "../http/EndpointRequest.ts"
import * as JsonBody from "../http/JsonBody.ts"
import * as SecureUrl from "../http/SecureUrl.ts"
import * as Credential from "./Credential.ts"
import type { EndpointResponse } from "./EndpointResponse.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The parameters of a form. Those that are `undefined` are left out.
 *
 * @inline
 */
export type Form = Readonly<Record<string, string | Redacted.Redacted<string> | undefined>>

export type FormPost = (form: Form) => Effect.Effect<EndpointResponse, AuthError.AuthError>

// =============================================================================
// Constructor
// =============================================================================

export const make = Effect.fnUntraced(function*(options: {
  /** The setting that names the endpoint, for error messages. */
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
    EndpointRequest.execute(httpClient, authenticated(options.endpoint, server, client, form), url.success).pipe(
      Effect.flatMap((response) => readResponse(response, maxBodySize)),
      Effect.mapError((error) => new AuthError.AuthError({ reason: reasonOf(place, error) })),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () =>
          fail(
            new AuthError.TokenRequestFailed({
              kind: "Timeout",
              detail: `${place} did not answer within ${Duration.format(timeout)}`
            })
          )
      })
    )
})

export const fail = (reason: AuthError.AuthErrorReason): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason }))

// =============================================================================
// Client authentication
// =============================================================================

const authenticated = (
  endpoint: string,
  server: AuthorizationServer,
  { clientId, clientSecret }: Client,
  form: Form
): HttpClientRequest.HttpClientRequest => {
  const request = HttpClientRequest.post(endpoint)
  if (clientSecret === undefined) {
    return HttpClientRequest.bodyUrlParams(request, { ...form, client_id: clientId })
  }
  if (server.clientAuthentication === "client_secret_post") {
    return HttpClientRequest.bodyUrlParams(request, { ...form, client_id: clientId, client_secret: clientSecret })
  }
  return request.pipe(
    // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    HttpClientRequest.basicAuth(
      formEncoded(clientId),
      Redacted.make(formEncoded(Redacted.value(clientSecret)))
    ),
    HttpClientRequest.bodyUrlParams(form)
  )
}

/** Encodes a text as in a form, with `+` for a space (RFC 6749 appendix B). */
export const formEncoded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1)

// =============================================================================
// Response
// =============================================================================

const readResponse = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<EndpointResponse, HttpClientError.HttpClientError> => {
  const { headers, status } = response
  return Effect.flatMap(
    readBody(response, maxBodySize),
    (body) => Effect.map(Clock.currentTimeMillis, (receivedAt) => ({ status, headers, ...body, receivedAt }))
  )
}

const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<Pick<EndpointResponse, "members" | "bodyIssue">, HttpClientError.HttpClientError> =>
  JsonBody.read(response, maxBodySize).pipe(
    Effect.map((members) => ({ members, bodyIssue: undefined })),
    Effect.catchTag("ContentCodingError", ({ kind, message }) =>
      Effect.succeed({
        members: undefined,
        bodyIssue: kind === "TooLarge" ? `the body is larger than ${maxBodySize} bytes` : message
      }))
  )

// =============================================================================
// Errors
// =============================================================================

/** Returns the reason why a request to `place` has no response. */
const reasonOf = (
  place: string,
  error: HttpClientError.HttpClientError | EndpointRequest.Rewritten | EndpointRequest.Redirected
): AuthError.AuthErrorReason => {
  switch (error._tag) {
    case "HttpClientError":
      return unreachable(place, error)
    case "Rewritten":
      return new AuthError.InvalidConfiguration({ setting: "HttpClient", issue: error.message })
    case "Redirected":
      return new AuthError.TokenRequestFailed({ kind: "UnexpectedStatus", detail: error.message })
  }
}

const unreachable = (place: string, error: HttpClientError.HttpClientError): AuthError.AuthErrorReason => {
  const { reason } = error
  const code = "cause" in reason ? systemErrorCode(reason.cause) : undefined
  return new AuthError.TokenRequestFailed({
    kind: "Unreachable",
    detail: code === undefined
      ? `${place} could not be reached`
      : isUntrustedCertificate(code)
      ? `${place} has no certificate that is trusted here (${code}), so nothing was sent`
      : `${place} could not be reached (${code})`
  })
}

/** Matches the codes of OpenSSL and Node for a server whose certificate was not accepted. */
const isUntrustedCertificate = (code: string): boolean => /CERT|UNABLE_TO_VERIFY/.test(code)

/** Finds a system error code such as `ECONNREFUSED` in a chain of causes. Nothing else of a cause is shown. */
const systemErrorCode = (cause: unknown, depth = 0): string | undefined => {
  if (typeof cause !== "object" || cause === null || depth > 9) return undefined
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? systemErrorCode(cause.cause, depth + 1) : undefined
}
