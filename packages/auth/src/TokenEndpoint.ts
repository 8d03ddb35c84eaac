/**
 * The token endpoint: one POST of a grant, and what its answer means (RFC 6749 §3.2, §5).
 *
 * Every answer ends in a `TokenSet` or a typed reason, within a bounded time and size. Passing trouble is told from a
 * final "no" by status and by the error code, never by the wording of a message.
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
import * as FormPost from "./internal/oauth/FormPost.ts"
import * as IssuedToken from "./internal/oauth/IssuedToken.ts"
import { observed } from "./internal/oauth/ObservedRequest.ts"
import * as TokenResponse from "./internal/oauth/TokenResponse.ts"
import * as UntrustedText from "./internal/text/UntrustedText.ts"
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
   * Sends one token request, and never more than one. A token's life is counted from just before it leaves. A grant that
   * cannot be right is not sent: that is `InvalidConfiguration`.
   *
   * Once sent, the answer is the only copy of what the server issued: run this where an interruption cannot lose it.
   */
  readonly request: (
    grant: Grant.Grant,
    options?: {
      /**
       * What to do with a new refresh token that comes in an answer which is no use otherwise, such as one with a token
       * type that is unknown here: the one that was sent may be spent, and this one is the only copy. Runs before `request`
       * fails. Not for an answer that succeeds, whose refresh token is in the `TokenSet`.
       */
      readonly onRefreshToken?: ((refreshToken: Redacted.Redacted<string>) => Effect.Effect<void>) | undefined
    }
  ) => Effect.Effect<TokenSet, AuthError.AuthError>
}

// =============================================================================
// Options
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly server: AuthorizationServer
  readonly client: Client
  /** How long one token request may take, body included. Default: 30 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** How large an answer may be, in bytes. Default: 64 KiB. */
  readonly maxBodySize?: number | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * A token endpoint over the `HttpClient` in context.
 *
 * Fails with `InvalidConfiguration` when the endpoint is neither https nor loopback, or the client's id or secret holds
 * what none can. Requests go there and nowhere else,
 * as the credentials in them belong to this endpoint alone: no redirect is followed, and an `HttpClient` that changes the
 * address, as `prependUrl` does, is an error before anything is sent. One that follows redirects (`followRedirects`) is
 * stopped before the second request. That is out of reach only where a client is not made by `HttpClient.make`, or where
 * its transport follows redirects against `redirect: "manual"`; what they bring from elsewhere is refused.
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
          const answer = yield* post(parameters(grant))
          const result = interpret({ answer, client, grant, issuedAt, server })
          if (Result.isSuccess(result)) return result.success
          const arrived = newRefreshToken(answer, grant)
          if (arrived !== undefined) yield* options?.onRefreshToken?.(arrived) ?? Effect.void
          return yield* fail(result.failure)
        }).pipe(observed("TokenEndpoint.request", { issuer: server.issuer, grant: grant._tag })))
  }
})

// =============================================================================
// Request
// =============================================================================

const parameters = (grant: Grant.Grant): FormPost.Form => {
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
// Answer
// =============================================================================

const { fail } = FormPost

interface Answered {
  readonly answer: FormPost.Answer
  readonly client: Client
  readonly grant: Grant.Grant
  readonly issuedAt: DateTime.Utc
  readonly server: AuthorizationServer
}

const interpret = (answered: Answered): Result.Result<TokenSet, AuthError.AuthErrorReason> => {
  const { answer } = answered
  const verdict = TokenResponse.verdictOf(answer)
  switch (verdict._tag) {
    case "Success":
      return accepted(verdict.accessToken, answered)
    case "Refusal":
      return Result.fail(refusal(verdict, answered))
    case "Neither":
      return Result.fail(
        TokenResponse.isSuccessful(answer)
          ? new AuthError.MalformedTokenResponse({ issue: TokenResponse.issueOf(answer) })
          : FormPost.unavailable(answer)
      )
  }
}

const accepted = (
  accessToken: string,
  { answer, client, grant, issuedAt, server }: Answered
): Result.Result<TokenSet, AuthError.MalformedTokenResponse> => {
  const { expires_in, refresh_in, scope, token_type } = answer.members ?? {}
  const foreignType = TokenResponse.foreignTypeOf(token_type, server)
  if (foreignType !== undefined) {
    return Result.fail(
      new AuthError.MalformedTokenResponse({
        issue: `token_type is "${withoutSecrets(foreignType, client, grant)}", not Bearer`
      })
    )
  }
  const lifetime = TokenResponse.lifetimeOf(expires_in)
  // Not in RFC 6749, but some servers send it: when to renew a token, ahead of its end.
  const refreshIn = Option.filter(TokenResponse.lifetimeOf(refresh_in), Duration.isGreaterThan(Duration.zero))
  // RFC 6749 §6: an answer without a refresh token leaves the one that was used in force.
  const refreshToken = newRefreshToken(answer, grant) ?? sentRefreshToken(grant)
  const authorizedAt = Grant.match(grant, {
    AuthorizationCode: () => issuedAt,
    RefreshToken: (grant) => grant.authorizedAt,
    ClientCredentials: () => undefined
  })
  return Result.succeed(
    new TokenSet({
      accessToken: new AccessToken({
        value: Redacted.make(accessToken),
        scopes: TokenResponse.scopesOf(scope, server),
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

/** A refresh token that came and is another than the one that was sent. */
const newRefreshToken = (answer: FormPost.Answer, grant: Grant.Grant): Redacted.Redacted<string> | undefined => {
  const refreshToken = TokenResponse.refreshTokenIn(answer)
  const sent = sentRefreshToken(grant)
  return refreshToken === undefined || (sent !== undefined && Redacted.value(sent) === refreshToken)
    ? undefined
    : Redacted.make(refreshToken, { label: "refresh_token" })
}

/** RFC 6749 §5.2. Unknown codes never condemn a credential: they are trouble, not a verdict. */
const refusal = (
  { description, error }: { readonly error: string; readonly description?: string },
  { answer, client, grant, server }: Answered
): AuthError.AuthErrorReason => {
  const described = description === undefined ? {} : { description: withoutSecrets(description, client, grant) }
  if (grant._tag === "RefreshToken") {
    const isDead = (server.deadRefreshTokenErrors ?? ["invalid_grant"]).includes(error)
    if (isDead) return new AuthError.ReauthorizationRequired({ kind: "Revoked", ...described })
    if (error === "invalid_grant") return unexpected(error, answer)
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
      return unexpected(withoutSecrets(error, client, grant), answer)
  }
}

const unexpected = (error: string, answer: FormPost.Answer): AuthError.TokenRequestFailed =>
  new AuthError.TokenRequestFailed({
    ...FormPost.unavailable(answer),
    detail: `the authorization server answered ${answer.status} ${error}`
  })

/** A secret in every spelling in which a request may carry it: bare, in a URL, in a form, in HTTP Basic. */
const asSent = (secret: string, { clientId }: Client): ReadonlyArray<string> => [
  btoa(`${FormPost.formEncoded(clientId)}:${FormPost.formEncoded(secret)}`),
  secret,
  encodeURIComponent(secret.toWellFormed()),
  FormPost.formEncoded(secret)
]

/** A server may echo what it was sent, now or earlier. */
const withoutSecrets = (text: string, client: Client, grant: Grant.Grant): string => {
  const secrets = [client.clientSecret, ...secretsOf(grant)].filter((secret) => secret !== undefined)
  return UntrustedText.withoutSecrets(text, secrets.flatMap((secret) => asSent(Redacted.value(secret), client)))
}

const secretsOf = (grant: Grant.Grant): ReadonlyArray<Redacted.Redacted<string> | undefined> =>
  Grant.match(grant, {
    AuthorizationCode: ({ code, codeVerifier }) => [code, codeVerifier],
    RefreshToken: ({ refreshToken }) => [refreshToken],
    ClientCredentials: () => []
  })
