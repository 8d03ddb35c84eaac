/**
 * The token endpoint of an authorization server (RFC 6749 §3.2, §5).
 *
 * **When to use**
 *
 * Use to exchange one grant for tokens without a `TokenService`, which does this and keeps the tokens good.
 *
 * **Details**
 *
 * `make` sends token requests over an `HttpClient`. `tokenRequest` and `processTokenResponse` are the same two steps
 * without I/O, as in `oauth4webapi`: the form of a request, and the meaning of its response.
 *
 * Every response ends in a `TokenSet` or a typed reason. A transient failure differs from a final refusal by
 * the status and the error code, never by the wording of a message.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { AccessToken } from "./AccessToken.ts"
import * as AuthError from "./AuthError.ts"
import type { AuthorizationServer } from "./AuthorizationServer.ts"
import type { Client } from "./Client.ts"
import * as Grant from "./Grant.ts"
import * as Credential from "./internal/oauth/Credential.ts"
import * as EchoedSecrets from "./internal/oauth/EchoedSecrets.ts"
import * as EndpointResponse from "./internal/oauth/EndpointResponse.ts"
import * as FormPost from "./internal/oauth/FormPost.ts"
import * as IssuedToken from "./internal/oauth/IssuedToken.ts"
import { withTelemetry } from "./internal/oauth/RequestTelemetry.ts"
import * as TokenResponseMembers from "./internal/oauth/TokenResponseMembers.ts"
import { TokenSet } from "./TokenSet.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * A token endpoint, for one client.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenEndpoint {
  /**
   * Sends one token request, and never more than one.
   *
   * **Details**
   *
   * The lifetime of a token counts from just before the request leaves. A grant that cannot be right is not sent and fails
   * with `InvalidConfiguration`.
   *
   * **Gotchas**
   *
   * Once the request is sent, its response is the only copy of what the server issued. Run this effect where an
   * interruption cannot lose it.
   */
  readonly request: (
    grant: Grant.Grant,
    options?: {
      /**
       * Receives a new refresh token from a response that is otherwise of no use, such as one with an unknown token type.
       *
       * **Details**
       *
       * The refresh token that was sent may be spent, so this is the only copy. Runs before `request` fails. Not called
       * for a successful response, whose refresh token is in the `TokenSet`.
       */
      readonly onRefreshToken?: ((refreshToken: Redacted.Redacted<string>) => Effect.Effect<void>) | undefined
    }
  ) => Effect.Effect<TokenSet, AuthError.AuthError>
}

// =============================================================================
// Options
// =============================================================================

/**
 * The server and the client of a token endpoint, and its limits.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly server: AuthorizationServer
  readonly client: Client
  /** The time for one token request, body included. Default: 30 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** The largest body of a response, in bytes. Default: 64 KiB. */
  readonly maxBodySize?: number | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Makes a token endpoint over the `HttpClient` in context.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when the endpoint is neither https nor a loopback address, or when the client's id or
 * secret holds a character that none can have.
 *
 * Requests go to the endpoint and nowhere else, because the credentials in them belong to it alone. No redirect is
 * followed. An `HttpClient` that changes the address, as `prependUrl` does, fails before anything is sent. One that
 * follows redirects (`followRedirects`) is stopped before the second request.
 *
 * **Gotchas**
 *
 * A client that is not made by `HttpClient.make`, or a transport that follows redirects in spite of
 * `redirect: "manual"`, cannot be stopped. The response that it brings from elsewhere is refused.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<TokenEndpoint, AuthError.AuthError, HttpClient.HttpClient> {
  const { client, server } = options
  const post = yield* FormPost.make({
    setting: "tokenEndpoint",
    endpoint: server.tokenEndpoint,
    server,
    client,
    timeout: Duration.fromInputUnsafe(options.timeout ?? "30 seconds"),
    maxBodySize: options.maxBodySize ?? 64 * 1024
  })
  return {
    request: (grant, options) =>
      Effect.flatMap(Credential.checkGrant(grant), (grant) =>
        Effect.gen(function*() {
          const issuedAt = yield* DateTime.now
          const response = yield* post(tokenRequest(grant))
          const result = processTokenResponse(response, { client, grant, issuedAt, server })
          if (Result.isSuccess(result)) return result.success
          const { reason, refreshToken } = result.failure
          if (refreshToken !== undefined) yield* options?.onRefreshToken?.(refreshToken) ?? Effect.void
          return yield* FormPost.fail(reason)
        }).pipe(withTelemetry("TokenEndpoint.request", { issuer: server.issuer, grant: grant._tag })))
  }
})

// =============================================================================
// Request
// =============================================================================

/**
 * The parameters of a token request, with secrets redacted; those that are `undefined` are left out.
 *
 * @category protocol
 * @since 0.1.0
 */
export type TokenRequest = FormPost.Form

/**
 * Makes the form of the token request for a grant.
 *
 * **Details**
 *
 * The credentials of the client are not part of it: `make` adds them to the form or to the header, as the server asks.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
 * @category protocol
 * @since 0.1.0
 */
export const tokenRequest = (grant: Grant.Grant): TokenRequest => {
  switch (grant._tag) {
    case "AuthorizationCode":
      return {
        grant_type: "authorization_code",
        code: grant.code,
        redirect_uri: grant.redirectUri,
        code_verifier: grant.codeVerifier
      }
    case "RefreshToken":
      return { grant_type: "refresh_token", refresh_token: grant.refreshToken }
    case "ClientCredentials":
      return {
        grant_type: "client_credentials",
        scope: grant.scopes?.join(" ") || undefined
      }
  }
}

// =============================================================================
// Response
// =============================================================================

/**
 * A response of the token endpoint, read to its end.
 *
 * @category protocol
 * @since 0.1.0
 */
export type TokenResponse = EndpointResponse.EndpointResponse

/**
 * The request that a token response belongs to.
 *
 * @category protocol
 * @since 0.1.0
 */
export interface ResponseContext {
  readonly server: AuthorizationServer
  readonly client: Client
  readonly grant: Grant.Grant
  /** The time at which the request left: lifetimes count from here. */
  readonly issuedAt: DateTime.Utc
}

/**
 * A token response that gives no tokens.
 *
 * @category protocol
 * @since 0.1.0
 */
export interface RejectedResponse {
  readonly reason: AuthError.AuthErrorReason
  /** A new refresh token that the response brings all the same; it may be the only one that is left. */
  readonly refreshToken?: Redacted.Redacted<string>
}

/**
 * Processes a token response into tokens, or into the reason why there are none.
 *
 * **Details**
 *
 * The status, `access_token` and `error` alone decide between success, refusal and neither. A success without a refresh
 * token keeps the one that was sent (RFC 6749 §6). An unknown error code is a transient failure: it never ends a
 * sign-in. Descriptions are cleaned of the secrets of the request.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5
 * @category protocol
 * @since 0.1.0
 */
export const processTokenResponse = (
  response: TokenResponse,
  context: ResponseContext
): Result.Result<TokenSet, RejectedResponse> =>
  Result.mapError(interpret(response, context), (reason): RejectedResponse => {
    const refreshToken = newRefreshToken(response, context.grant)
    return { reason, ...(refreshToken !== undefined && { refreshToken }) }
  })

const interpret = (
  response: TokenResponse,
  context: ResponseContext
): Result.Result<TokenSet, AuthError.AuthErrorReason> => {
  const classification = TokenResponseMembers.classify(response)
  switch (classification._tag) {
    case "Success":
      return accept(classification.accessToken, response, context)
    case "Refusal":
      return Result.fail(refusal(classification, response, context))
    case "Neither":
      return Result.fail(
        TokenResponseMembers.isSuccessful(response)
          ? new AuthError.MalformedTokenResponse({ issue: TokenResponseMembers.issueOf(response) })
          : EndpointResponse.unavailable(response)
      )
  }
}

const accept = (
  accessToken: string,
  response: TokenResponse,
  { client, grant, issuedAt, server }: ResponseContext
): Result.Result<TokenSet, AuthError.MalformedTokenResponse> => {
  const { expires_in, refresh_in, scope, token_type } = response.members ?? {}
  const foreignType = TokenResponseMembers.foreignTypeOf(token_type, server)
  if (foreignType !== undefined) {
    return Result.fail(
      new AuthError.MalformedTokenResponse({
        issue: `token_type is "${EchoedSecrets.remove(foreignType, client, grant)}", not Bearer`
      })
    )
  }
  const lifetime = TokenResponseMembers.lifetimeOf(expires_in)
  // `refresh_in` is not in RFC 6749. Some servers send it to say when to refresh, ahead of the token's end.
  const refreshIn = Option.filter(TokenResponseMembers.lifetimeOf(refresh_in), Duration.isGreaterThan(Duration.zero))
  const refreshToken = newRefreshToken(response, grant) ?? sentRefreshToken(grant)
  const authorizedAt = Grant.match(grant, {
    AuthorizationCode: () => issuedAt,
    RefreshToken: (grant) => grant.authorizedAt,
    ClientCredentials: () => undefined
  })
  return Result.succeed(
    new TokenSet({
      accessToken: new AccessToken({
        value: Redacted.make(accessToken),
        scopes: TokenResponseMembers.scopesOf(scope, server),
        issuedAt,
        ...(Option.isSome(lifetime) && { expiresAt: IssuedToken.endOf(issuedAt, lifetime.value) }),
        ...(Option.isSome(refreshIn) && { refreshAt: IssuedToken.endOf(issuedAt, refreshIn.value) })
      }),
      ...(refreshToken !== undefined && { refreshToken }),
      ...(authorizedAt !== undefined && { authorizedAt })
    })
  )
}

const sentRefreshToken = (grant: Grant.Grant): Redacted.Redacted<string> | undefined =>
  grant._tag === "RefreshToken" ? grant.refreshToken : undefined

/** Returns the refresh token of a response when it is another than the one that was sent. */
const newRefreshToken = (response: TokenResponse, grant: Grant.Grant): Redacted.Redacted<string> | undefined => {
  const refreshToken = TokenResponseMembers.refreshTokenIn(response)
  const sent = sentRefreshToken(grant)
  return refreshToken === undefined || (sent !== undefined && Redacted.value(sent) === refreshToken)
    ? undefined
    : Redacted.make(refreshToken, { label: "refresh_token" })
}

const refusal = (
  { description, error }: { readonly error: string; readonly description?: string },
  response: TokenResponse,
  { client, grant, server }: ResponseContext
): AuthError.AuthErrorReason => {
  const described = description === undefined ? {} : { description: EchoedSecrets.remove(description, client, grant) }
  if (grant._tag === "RefreshToken") {
    const isDead = (server.deadRefreshTokenErrors ?? ["invalid_grant"]).includes(error)
    if (isDead) return new AuthError.ReauthorizationRequired({ kind: "Revoked", ...described })
    if (error === "invalid_grant") return unexpected(error, response)
  }
  switch (error) {
    case "invalid_client":
      return new AuthError.InvalidClient({ clientId: client.clientId, ...described })
    case "invalid_grant":
    case "invalid_request":
    case "invalid_scope":
    case "unauthorized_client":
    case "unsupported_grant_type":
      return new AuthError.TokenRequestRejected({ error, ...described })
    default:
      return unexpected(EchoedSecrets.remove(error, client, grant), response)
  }
}

const unexpected = (error: string, response: TokenResponse): AuthError.TokenRequestFailed =>
  new AuthError.TokenRequestFailed({
    ...EndpointResponse.unavailable(response),
    detail: `the authorization server answered ${response.status} ${error}`
  })
