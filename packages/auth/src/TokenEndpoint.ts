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
import * as Schema from "effect/Schema"
import { AccessToken } from "./AccessToken.ts"
import * as AuthError from "./AuthError.ts"
import type { AuthorizationServer } from "./AuthorizationServer.ts"
import type { Client } from "./Client.ts"
import * as Grant from "./Grant.ts"
import * as Credential from "./internal/Credential.ts"
import * as ForeignText from "./internal/ForeignText.ts"
import * as FormPost from "./internal/FormPost.ts"
import * as IssuedToken from "./internal/IssuedToken.ts"
import { observed } from "./internal/ObservedRequest.ts"
import { TokenSet } from "./TokenSet.ts"

// =============================================================================
// Wire
// =============================================================================

const absentOrEmpty = (value: string | null | undefined): value is null | undefined | "" =>
  value === undefined || value === null || value === ""

const SuccessBody = Schema.Struct({
  access_token: Schema.RedactedFromValue(IssuedToken.TokenText),
  token_type: Schema.String,
  expires_in: Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.Finite, Schema.String]))),
  /** Not in RFC 6749, but some servers send it: when to renew a token, ahead of its end. */
  refresh_in: Schema.optionalKey(Schema.Unknown),
  refresh_token: Schema.optionalKey(Schema.NullOr(Schema.String)),
  scope: Schema.optionalKey(Schema.NullOr(Schema.String))
})

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const decodeRefreshIn = Schema.decodeUnknownOption(Schema.Union([Schema.Finite, Schema.String]))
const decodeSuccess = Schema.decodeUnknownOption(SuccessBody)

/**
 * How long a token lives, by a number of seconds or the text of one (RFC 6749 §5.1 says number, servers say both); none
 * when absent or not a number, which means unknown, not eternal.
 */
const lifetimeOf = (expiresIn: number | string | null | undefined): Option.Option<Duration.Duration> => {
  if (absentOrEmpty(typeof expiresIn === "number" ? String(expiresIn) : expiresIn)) return Option.none()
  const seconds = Number(expiresIn)
  return Number.isNaN(seconds) ? Option.none() : Option.some(Duration.seconds(seconds))
}

const describeMalformed = (body: unknown): string => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "the body is not a JSON object"
  if (!("access_token" in body)) return "access_token is missing"
  if (!IssuedToken.isTokenText(body.access_token)) return "access_token is not a printable ASCII string"
  if (!("token_type" in body) || typeof body.token_type !== "string") return "token_type is missing"
  return "expires_in, refresh_token or scope has the wrong type"
}

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
 * what none can. Redirects are never followed: the credentials in the body belong to this endpoint alone.
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
    request: (grant) =>
      Effect.flatMap(Credential.checkGrant(grant), (grant) =>
        Effect.flatMap(
          DateTime.now,
          (issuedAt) =>
            Effect.flatMap(post(parameters(grant)), (answer) => interpret({ answer, client, grant, issuedAt, server }))
        ).pipe(observed("TokenEndpoint.request", { issuer: server.issuer, grant: grant._tag })))
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
        scope: grant.scopes === undefined || grant.scopes.length === 0 ? undefined : grant.scopes.join(" ")
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

const interpret = Effect.fnUntraced(function*(
  answered: Answered
): Effect.fn.Return<TokenSet, AuthError.AuthError> {
  const { answer } = answered
  const { status } = answer
  const error = FormPost.errorIn(answer)
  if (status === 429 || status >= 500) return yield* fail(FormPost.unavailable(answer))
  // RFC 6749 §5.2 errors come with 400 or 401, and from some servers with 200 or 403; elsewhere they prove nothing.
  if (error !== undefined && (status === 200 || status === 400 || status === 401 || status === 403)) {
    return yield* refused(error, answered)
  }
  if (status < 200 || status >= 300) return yield* fail(FormPost.unavailable(answer))

  const body = Option.getOrUndefined(decodeJson(answer.body))
  const success = decodeSuccess(body)
  if (Option.isNone(success)) {
    return yield* fail(new AuthError.MalformedTokenResponse({ issue: describeMalformed(body) }))
  }
  return yield* accept(success.value, answered)
})

const accept = (
  body: typeof SuccessBody.Type,
  { client, grant, issuedAt }: Answered
): Effect.Effect<TokenSet, AuthError.AuthError> => {
  if (body.token_type.toLowerCase() !== "bearer") {
    return fail(
      new AuthError.MalformedTokenResponse({
        issue: `token_type is "${withoutSecrets(body.token_type, client, grant)}", not Bearer`
      })
    )
  }
  if (!absentOrEmpty(body.refresh_token) && !IssuedToken.isTokenText(body.refresh_token)) {
    return fail(new AuthError.MalformedTokenResponse({ issue: "refresh_token is not a printable ASCII string" }))
  }
  const lifetime = lifetimeOf(body.expires_in)
  const refreshIn = Option.filter(
    Option.flatMap(decodeRefreshIn(body.refresh_in), lifetimeOf),
    Duration.isGreaterThan(Duration.zero)
  )
  // RFC 6749 §6: an answer without a refresh token leaves the one that was used in force.
  const refreshToken = absentOrEmpty(body.refresh_token)
    ? grant._tag === "RefreshToken" ? grant.refreshToken : undefined
    : Redacted.make(body.refresh_token, { label: "refresh_token" })
  const authorizedAt = Grant.match(grant, {
    AuthorizationCode: () => issuedAt,
    RefreshToken: (grant) => grant.authorizedAt,
    ClientCredentials: () => undefined
  })
  return Effect.succeed(
    new TokenSet({
      accessToken: new AccessToken({
        value: body.access_token,
        scopes: (body.scope ?? "").split(" ").filter((scope) => scope !== ""),
        issuedAt,
        ...(Option.isSome(lifetime) && { expiresAt: IssuedToken.endOf(issuedAt, lifetime.value) }),
        ...(Option.isSome(refreshIn) && { refreshAt: IssuedToken.endOf(issuedAt, refreshIn.value) })
      }),
      ...(refreshToken !== undefined && { refreshToken }),
      ...(authorizedAt !== undefined && { authorizedAt })
    })
  )
}

/** RFC 6749 §5.2. Unknown codes never condemn a credential: they are trouble, not a verdict. */
const refused = (
  { description, error }: { readonly error: string; readonly description: string | undefined },
  { answer, client, grant, server }: Answered
): Effect.Effect<never, AuthError.AuthError> => {
  const described = description === undefined ? {} : { description: withoutSecrets(description, client, grant) }
  if (grant._tag === "RefreshToken") {
    const isDead = (server.deadRefreshTokenErrors ?? ["invalid_grant"]).includes(error)
    if (isDead) return fail(new AuthError.ReauthorizationRequired({ kind: "Revoked", ...described }))
    if (error === "invalid_grant") return fail(unexpected(error, answer))
  }
  switch (error) {
    case "invalid_client":
      return fail(new AuthError.InvalidClient({ clientId: client.clientId, ...described }))
    case "invalid_grant":
    case "invalid_request":
    case "invalid_scope":
    case "unauthorized_client":
    case "unsupported_grant_type":
      return fail(new AuthError.TokenRequestRejected({ error, ...described }))
    default:
      return fail(unexpected(withoutSecrets(error, client, grant), answer))
  }
}

const unexpected = (error: string, answer: FormPost.Answer): AuthError.TokenRequestFailed =>
  new AuthError.TokenRequestFailed({
    ...FormPost.unavailable(answer),
    detail: `the authorization server answered ${answer.status} ${error}`
  })

/** A secret in every spelling in which a request may carry it: bare, in a form, in HTTP Basic. */
const asSent = (secret: string, { clientId }: Client): ReadonlyArray<string> => [
  btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`),
  secret,
  encodeURIComponent(secret),
  new URLSearchParams([["", secret]]).toString().slice(1)
]

/** A server may echo what it was sent, now or earlier. */
const withoutSecrets = (text: string, client: Client, grant: Grant.Grant): string => {
  const secrets = [
    client.clientSecret,
    grant._tag === "AuthorizationCode" ? grant.code : undefined,
    grant._tag === "AuthorizationCode" ? grant.codeVerifier : undefined,
    grant._tag === "RefreshToken" ? grant.refreshToken : undefined
  ].filter((secret) => secret !== undefined).map(Redacted.value).filter((secret) => secret !== "").flatMap((secret) =>
    asSent(secret, client)
  )
  return ForeignText.withoutSecrets(text, secrets)
}
