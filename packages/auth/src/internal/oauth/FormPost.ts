/**
 * A form sent to one of an authorization server's endpoints, as a client that proves who it is (RFC 6749 §2.3), bounded
 * in time and size. It goes to no other address: the credentials in it belong to this endpoint alone.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "../../AuthError.ts"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import type { Client } from "../../Client.ts"
import * as RetryAfter from "../../RetryAfter.ts"
import * as BoundedBody from "../http/BoundedBody.ts"
import * as EndpointRequest from "../http/EndpointRequest.ts"
import * as JsonMembers from "../http/JsonMembers.ts"
import * as SecureUrl from "../http/SecureUrl.ts"
import * as Credential from "./Credential.ts"

// =============================================================================
// Model
// =============================================================================

export type Form = Readonly<Record<string, string | Redacted.Redacted<string> | undefined>>

export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  /** The members of its JSON object, each of any type; absent where the body is none. */
  readonly members: JsonMembers.JsonMembers | undefined
  /** Why the body could not be read, in a few words. */
  readonly unread: string | undefined
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
    EndpointRequest.execute(httpClient, authenticated(options.endpoint, server, client, form), url.success).pipe(
      Effect.flatMap((response) =>
        Effect.zipWith(readBody(response, maxBodySize), Clock.currentTimeMillis, (body, receivedAt): Answer => ({
          status: response.status,
          headers: response.headers,
          ...body,
          receivedAt
        }))
      ),
      Effect.catchTags({
        HttpClientError: (error) => fail(unreachable(place, error)),
        Rewritten: (error) => fail(new AuthError.InvalidConfiguration({ setting: "HttpClient", issue: error.message })),
        Redirected: (error) =>
          fail(new AuthError.TokenRequestFailed({ kind: "UnexpectedStatus", detail: error.message }))
      }),
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
// Request
// =============================================================================

const authenticated = (
  endpoint: string,
  server: AuthorizationServer,
  client: Client,
  form: Form
): HttpClientRequest.HttpClientRequest => {
  const request = HttpClientRequest.post(endpoint)
  const secret = secretOf(client)
  if (secret === undefined) {
    return HttpClientRequest.bodyUrlParams(request, { ...form, client_id: client.clientId })
  }
  if (server.clientAuthentication === "client_secret_post") {
    return HttpClientRequest.bodyUrlParams(request, { ...form, client_id: client.clientId, client_secret: secret })
  }
  return request.pipe(
    // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    HttpClientRequest.basicAuth(
      formEncoded(client.clientId),
      Redacted.make(formEncoded(Redacted.value(secret)))
    ),
    HttpClientRequest.bodyUrlParams(form)
  )
}

/** RFC 6749 §2.3.1 lets an empty secret be left out, and servers refuse it in HTTP Basic. */
const secretOf = ({ clientSecret }: Client): Redacted.Redacted<string> | undefined =>
  clientSecret === undefined || Redacted.value(clientSecret) === "" ? undefined : clientSecret

/** RFC 6749 appendix B: as in a form, where a space is `+`. */
export const formEncoded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1)

// =============================================================================
// Answer
// =============================================================================

/** What cannot be read of a refusal is left out: it is told by its status. */
const readBody = (
  response: HttpClientResponse.HttpClientResponse,
  maxBodySize: number
): Effect.Effect<Pick<Answer, "members" | "unread">, AuthError.AuthError | HttpClientError.HttpClientError> =>
  BoundedBody.read(response, maxBodySize).pipe(
    Effect.map((text) => ({ members: JsonMembers.read(text), unread: undefined })),
    Effect.catchTags({
      BodyTooLarge: () => unread(response, `the body is larger than ${maxBodySize} bytes`),
      ContentCodingError: ({ message }) => unread(response, message)
    })
  )

const unread = ({ status }: HttpClientResponse.HttpClientResponse, issue: string) =>
  status >= 300
    ? Effect.succeed({ members: undefined, unread: issue })
    : fail(new AuthError.MalformedTokenResponse({ issue }))

/**
 * The error in an answer, in the form of RFC 6749 §5.2, if there is one; its texts are the server's own. The code alone
 * decides: a description is for developers, and one of another type is none.
 */
export const errorIn = ({ members }: Answer): { readonly error: string; readonly description?: string } | undefined => {
  const { error, error_description: description } = members ?? {}
  if (typeof error !== "string" || error.trim() === "") return undefined
  return { error, ...(typeof description === "string" && description !== "" && { description }) }
}

/** An answer that says nothing about the request: try again later. */
export const unavailable = ({ headers, receivedAt, status, unread }: Answer): AuthError.TokenRequestFailed => {
  const retryAfter = RetryAfter.delay(headers, receivedAt)
  return new AuthError.TokenRequestFailed({
    kind: status === 429 ? "RateLimited" : status >= 500 ? "ServerError" : "UnexpectedStatus",
    status,
    detail: `the authorization server answered ${status}${unread === undefined ? "" : `, and ${unread}`}`,
    ...(retryAfter !== undefined && { retryAfter })
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
const systemErrorCode = (cause: unknown, depth = 0): string | undefined => {
  if (typeof cause !== "object" || cause === null || depth > 9) return undefined
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? systemErrorCode(cause.cause, depth + 1) : undefined
}
