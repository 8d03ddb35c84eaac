/**
 * Authorization servers by their published metadata (RFC 8414).
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import * as AuthError from "./AuthError.ts"
import { AuthorizationServer } from "./AuthorizationServer.ts"
import * as EndpointRequest from "./internal/http/EndpointRequest.ts"
import * as JsonBody from "./internal/http/JsonBody.ts"
import * as SecureUrl from "./internal/http/SecureUrl.ts"
import * as UntrustedText from "./internal/text/UntrustedText.ts"

/** Metadata take a few kilobytes, and a few dozen in the largest deployments. */
const maxBodySize = 256 * 1024

/**
 * Discovers the authorization server of an issuer.
 *
 * **Details**
 *
 * Metadata are looked for at three places, and the first that can be used count:
 *
 * 1. `/.well-known/oauth-authorization-server` before the path of the issuer (RFC 8414 §3)
 * 2. `/.well-known/openid-configuration` after that path (OpenID Connect Discovery)
 * 3. `/.well-known/openid-configuration` before that path (RFC 8414 §5)
 *
 * Metadata can be used when they name this issuer (RFC 8414 §3.3), have a `token_endpoint`, and all their endpoints are
 * https or loopback addresses. An optional member of the wrong type counts as absent. Without an `authorization_endpoint`
 * nobody can sign in at the server: it is for programs alone.
 *
 * Fails with `DiscoveryFailed` when no metadata can be used.
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
    /** The time for each request. Default: 10 seconds. */
    readonly timeout?: Duration.Input | undefined
  }
): Effect.fn.Return<AuthorizationServer, AuthError.AuthError, HttpClient.HttpClient> {
  const url = SecureUrl.parse(issuer)
  if (Result.isFailure(url)) return yield* failed(issuer, url.failure, false)
  const timeout = options?.timeout ?? "10 seconds"
  const failures: Array<Unusable> = []
  for (const place of placesOf(url.success)) {
    const found = yield* Effect.result(
      Effect.flatMap(read(place, timeout), (members) => Effect.fromResult(serverOf(issuer, place, members)))
    )
    if (Result.isSuccess(found)) return found.success
    failures.push(found.failure)
  }
  // Metadata that cannot be used explain the failure better than places without any.
  const lastingFailures = failures.filter(({ isPassing }) => !isPassing)
  return yield* failed(
    issuer,
    (lastingFailures.length > 0 ? lastingFailures : failures).map(({ issue }) => issue).join("; "),
    lastingFailures.length === 0
  )
})

// =============================================================================
// Places
// =============================================================================

const placesOf = ({ origin, pathname }: URL): ReadonlyArray<string> => {
  const path = pathname.replace(/\/$/, "")
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    ...(path === "" ? [] : [`${origin}/.well-known/openid-configuration${path}`])
  ]
}

/** The reason why one place has no metadata that can be used. */
class Unusable extends Data.TaggedError("Unusable")<{ readonly issue: string; readonly isPassing: boolean }> {}

const passing = (issue: string) => new Unusable({ issue, isPassing: true })

const lasting = (issue: string) => new Unusable({ issue, isPassing: false })

const read = (
  place: string,
  timeout: Duration.Input
): Effect.Effect<JsonBody.JsonMembers, Unusable, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const httpClient = yield* HttpClient.HttpClient
    const response = yield* EndpointRequest.execute(httpClient, HttpClientRequest.get(place), new URL(place))
    if (response.status !== 200) return yield* passing(`${place} answered ${response.status}`)
    return (yield* JsonBody.read(response, maxBodySize)) ?? {}
  }).pipe(
    Effect.catchTags({
      HttpClientError: () => passing(`${place} could not be read`),
      Redirected: ({ message }) => passing(message),
      Rewritten: ({ message }) => lasting(`with the HttpClient given: ${message}`),
      ContentCodingError: ({ kind, message }) =>
        passing(
          kind === "TooLarge"
            ? `${place} answered with more than ${maxBodySize} bytes`
            : `${place} cannot be read: ${message}`
        )
    }),
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => passing(`${place} did not answer within ${Duration.format(Duration.fromInputUnsafe(timeout))}`)
    })
  )

// =============================================================================
// Metadata
// =============================================================================

/** Reads the members of metadata one by one (RFC 8414 §2). */
const serverOf = (
  issuer: string,
  place: string,
  members: JsonBody.JsonMembers
): Result.Result<AuthorizationServer, Unusable> => {
  const named = textOf(members["issuer"])
  // A site may send a page of its own where it has no metadata.
  if (named === undefined) return Result.fail(passing(`${place} holds no metadata`))
  if (named !== issuer) {
    return Result.fail(lasting(`the metadata at ${place} are another issuer's, "${UntrustedText.sanitize(named)}"`))
  }
  const tokenEndpoint = textOf(members["token_endpoint"])
  if (tokenEndpoint === undefined) return Result.fail(lasting(`the metadata at ${place} lack a token_endpoint`))
  const authorizationEndpoint = textOf(members["authorization_endpoint"])
  const revocationEndpoint = textOf(members["revocation_endpoint"])
  const issue = [tokenEndpoint, authorizationEndpoint, revocationEndpoint].map(issueOf).find((issue) =>
    issue !== undefined
  )
  if (issue !== undefined) return Result.fail(lasting(`by the metadata at ${place}: ${issue}`))
  return Result.succeed(
    new AuthorizationServer({
      issuer,
      tokenEndpoint,
      ...(authorizationEndpoint !== undefined && { authorizationEndpoint }),
      ...(revocationEndpoint !== undefined && { revocationEndpoint }),
      ...(members["authorization_response_iss_parameter_supported"] === true
        && { authorizationResponseIssParameterSupported: true }),
      ...(isPostOnly(members["token_endpoint_auth_methods_supported"])
        && { clientAuthentication: "client_secret_post" as const })
    })
  )
}

const issueOf = (endpoint: string | undefined): string | undefined => {
  if (endpoint === undefined || Result.isSuccess(SecureUrl.parse(endpoint))) return undefined
  return Result.match(SecureUrl.parse(UntrustedText.sanitize(endpoint)), {
    onFailure: (issue) => issue,
    onSuccess: ({ origin }) => `an endpoint at ${origin} is no URL that can be used.`
  })
}

const textOf = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

/** Reports whether a server takes client secrets in the form only. A missing list means `client_secret_basic`. */
const isPostOnly = (methods: unknown): boolean =>
  Array.isArray(methods) && !methods.includes("client_secret_basic") && methods.includes("client_secret_post")

const failed = (issuer: string, issue: string, isPassing: boolean) =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.DiscoveryFailed({ issuer, issue, isPassing }) }))
