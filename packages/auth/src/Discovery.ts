/**
 * A provider's metadata, read from where RFC 8414 says it is.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AuthError from "./AuthError.ts"
import { AuthorizationServer } from "./AuthorizationServer.ts"
import * as BoundedBody from "./internal/BoundedBody.ts"
import * as ForeignText from "./internal/ForeignText.ts"
import * as SecureUrl from "./internal/SecureUrl.ts"

const Metadata = Schema.Struct({
  issuer: Schema.String,
  authorization_endpoint: Schema.String,
  token_endpoint: Schema.String,
  revocation_endpoint: Schema.optionalKey(Schema.NullOr(Schema.String)),
  authorization_response_iss_parameter_supported: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  token_endpoint_auth_methods_supported: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String)))
})

const decodeMetadata = Schema.decodeUnknownEffect(Schema.fromJsonString(Metadata))

const decodeIssuer = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Struct({ issuer: Schema.String })))

/** Metadata have a few kilobytes; with everything spelt out, a few dozen. */
const maxBodySize = 256 * 1024

/**
 * The authorization server behind an issuer, by its metadata: first as RFC 8414 §3 has it (the well-known path before
 * the issuer's own), then as OpenID Connect Discovery has it (after it).
 *
 * Fails with `DiscoveryFailed` when there is none, when it names another issuer (§3.3: nothing in it is to be trusted
 * then), or when an endpoint is neither https nor loopback.
 *
 * **Example** (Another provider)
 *
 * ```ts
 * import * as Discovery from "@app/auth/Discovery"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const Tokens = Layer.unwrap(
 *   Effect.map(Discovery.discover("https://login.example.com"), (server) =>
 *     TokenService.layer({ server, client: { clientId: "…" } }))
 * )
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-3
 * @category constructors
 * @since 0.1.0
 */
export const discover = Effect.fn("Discovery.discover")(function*(
  issuer: string,
  options?: {
    /** How long each request may take. Default: 10 seconds. */
    readonly timeout?: Duration.Input | undefined
  }
): Effect.fn.Return<AuthorizationServer, AuthError.AuthError, HttpClient.HttpClient> {
  const url = SecureUrl.parse(issuer)
  if (Result.isFailure(url)) return yield* failed(issuer, url.failure, false)
  const { origin, pathname } = url.success
  const path = pathname.replace(/\/$/, "")
  const timeout = options?.timeout ?? "10 seconds"
  const text = yield* read(`${origin}/.well-known/oauth-authorization-server${path}`, issuer, timeout).pipe(
    Effect.catch(() => read(`${origin}${path}/.well-known/openid-configuration`, issuer, timeout))
  )
  const metadata = yield* Effect.catch(
    decodeMetadata(text),
    () => failed(issuer, "its metadata lack an issuer, an authorization_endpoint or a token_endpoint", false)
  )
  if (metadata.issuer !== issuer) {
    return yield* failed(issuer, `its metadata are another issuer's, "${ForeignText.legible(metadata.issuer)}"`, false)
  }
  const revocationEndpoint = metadata.revocation_endpoint ?? undefined
  for (const endpoint of [metadata.authorization_endpoint, metadata.token_endpoint, revocationEndpoint]) {
    const parsed = endpoint === undefined ? undefined : SecureUrl.parse(endpoint)
    if (parsed !== undefined && Result.isFailure(parsed)) return yield* failed(issuer, parsed.failure, false)
  }
  const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"]
  return new AuthorizationServer({
    issuer,
    authorizationEndpoint: metadata.authorization_endpoint,
    tokenEndpoint: metadata.token_endpoint,
    ...(revocationEndpoint !== undefined && { revocationEndpoint }),
    ...(metadata.authorization_response_iss_parameter_supported === true
      && { authorizationResponseIssParameterSupported: true }),
    ...(!methods.includes("client_secret_basic") && methods.includes("client_secret_post")
      && { clientAuthentication: "client_secret_post" as const })
  })
})

const read = (url: string, issuer: string, timeout: Duration.Input) =>
  HttpClientRequest.get(url).pipe(
    HttpClientRequest.acceptJson,
    HttpClient.execute,
    Effect.filterOrElse(
      ({ status }) => status === 200,
      ({ status }) => failed(issuer, `${url} answered ${status}`, true)
    ),
    Effect.flatMap((response) => BoundedBody.read(response, maxBodySize)),
    Effect.catchTags({
      HttpClientError: () => failed(issuer, `${url} could not be read`, true),
      BodyTooLarge: ({ maxSize }) => failed(issuer, `${url} answered with more than ${maxSize} bytes`, true)
    }),
    // Sites answer with a page of their own where they have nothing: that is no metadata, but those may be elsewhere.
    Effect.tap((text) => Effect.mapError(decodeIssuer(text), () => failure(issuer, `${url} holds no metadata`, true))),
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () =>
        failed(issuer, `${url} did not answer within ${Duration.format(Duration.fromInputUnsafe(timeout))}`, true)
    }),
    Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )

const failure = (issuer: string, issue: string, isPassing: boolean) =>
  new AuthError.AuthError({ reason: new AuthError.DiscoveryFailed({ issuer, issue, isPassing }) })

const failed = (issuer: string, issue: string, isPassing: boolean) => Effect.fail(failure(issuer, issue, isPassing))
