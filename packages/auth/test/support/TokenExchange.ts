/** One token request in memory: what is sent, and what comes of the answer. */
import type { AuthError, AuthErrorReason } from "@app/auth/AuthError"
import type * as AuthorizationServer from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import type { TokenSet } from "@app/auth/TokenSet"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"

export const publicClient: Client = { clientId: "a client" }
export const confidentialClient: Client = { clientId: "a client", clientSecret: Redacted.make("s:cret/+%") }

export const code = Grant.AuthorizationCode({
  code: Redacted.make("AQcode"),
  redirectUri: "http://127.0.0.1:8888/callback",
  codeVerifier: Redacted.make("verifier")
})
export const refreshToken = Grant.RefreshToken({ refreshToken: Redacted.make("AQrefresh") })
export const program = Grant.ClientCredentials({})

/** What was sent, what came of it, and the refresh tokens to be kept although the answer is no use. */
export const exchange = Effect.fnUntraced(function*(options: {
  readonly answer: Response | string | object | { readonly code: string }
  readonly grant?: Grant.Grant
  readonly client?: Client
  readonly server?: AuthorizationServer.AuthorizationServer
  /** Who takes the refresh tokens that come with answers of no use. Default: this test. */
  readonly listener?: "test" | "nothing" | "none"
  /** What the program makes of its `HttpClient`. */
  readonly own?: (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient
}) {
  const { answer, client = publicClient, grant = refreshToken, server = Providers.spotify } = options
  const own = options.own ?? identity
  let sent:
    | { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly form: object }
    | undefined
  const httpClient = HttpClient.make((request, url) => {
    const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    sent = { url: url.href, headers: request.headers, form: Object.fromEntries(new URLSearchParams(body)) }
    if (answer instanceof Response) return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    if (typeof answer === "string") return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(answer)))
    if ("code" in answer) {
      const reason = new HttpClientError.TransportError({
        request,
        cause: new Error("fetch failed", { cause: answer })
      })
      return Effect.fail(new HttpClientError.HttpClientError({ reason }))
    }
    return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(answer)))
  })
  const endpoint = yield* Effect.provideService(
    TokenEndpoint.make({ server, client }),
    HttpClient.HttpClient,
    own(httpClient)
  )
  const arrived: Array<string> = []
  const onRefreshToken = (refreshToken: Redacted.Redacted<string>) =>
    Effect.sync(() => {
      arrived.push(Redacted.value(refreshToken))
    })
  const listeners = { test: { onRefreshToken }, nothing: {}, none: undefined }
  const result = yield* Effect.result(endpoint.request(grant, listeners[options.listener ?? "test"]))
  return { sent, result, arrived }
})

export const accepted = (options: Parameters<typeof exchange>[0]): Effect.Effect<TokenSet, AuthError> =>
  Effect.flatMap(exchange(options), ({ result }) => Effect.fromResult(result))

export const refused = (
  options: Parameters<typeof exchange>[0]
): Effect.Effect<AuthErrorReason, TokenSet | AuthError> =>
  Effect.map(Effect.flip(accepted(options)), (error) => error.reason)

export const token = { access_token: "BQtoken", token_type: "Bearer", expires_in: 3600 }
