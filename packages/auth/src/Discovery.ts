/**
 * A provider's metadata, read from where RFC 8414 says it is.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import * as AuthError from "./AuthError.ts"
import { AuthorizationServer } from "./AuthorizationServer.ts"
import * as BoundedBody from "./internal/http/BoundedBody.ts"
import * as EndpointRequest from "./internal/http/EndpointRequest.ts"
import * as JsonMembers from "./internal/http/JsonMembers.ts"
import * as SecureUrl from "./internal/http/SecureUrl.ts"
import * as UntrustedText from "./internal/text/UntrustedText.ts"

/** Metadata have a few kilobytes; with everything spelt out, a few dozen. */
const maxBodySize = 256 * 1024

/**
 * The authorization server behind an issuer, by its metadata. They are looked for where RFC 8414 §3 has them (the
 * well-known path before the issuer's own), then where OpenID Connect Discovery has them (after it), and at last where
 * RFC 8414 §5 has those (before it again). The first that are the issuer's own and can be used count.
 *
 * Members that are optional and of another type than they should be count as absent. A server without an
 * `authorization_endpoint` is one for programs alone: nobody can sign in there.
 *
 * Fails with `DiscoveryFailed` when there are none, or none that name this issuer (§3.3: nothing in the others is to be
 * trusted), have a `token_endpoint`, and keep all endpoints to https or loopback.
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
  const timeout = options?.timeout ?? "10 seconds"
  const troubles: Array<Trouble> = []
  for (const place of placesOf(url.success)) {
    const found = yield* Effect.result(
      Effect.flatMap(read(place, timeout), (text) => Effect.fromResult(serverOf(issuer, place, text)))
    )
    if (Result.isSuccess(found)) return found.success
    troubles.push(found.failure)
  }
  // What stands there says more than what does not.
  const telling = troubles.filter(({ isPassing }) => !isPassing)
  return yield* failed(
    issuer,
    (telling.length > 0 ? telling : troubles).map(({ issue }) => issue).join("; "),
    telling.length === 0
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

/** Why there is nothing to be had at one place. */
class Trouble extends Data.TaggedError("Trouble")<{ readonly issue: string; readonly isPassing: boolean }> {}

const passing = (issue: string) => new Trouble({ issue, isPassing: true })

const lasting = (issue: string) => new Trouble({ issue, isPassing: false })

const read = (place: string, timeout: Duration.Input): Effect.Effect<string, Trouble, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const httpClient = yield* HttpClient.HttpClient
    const response = yield* EndpointRequest.execute(httpClient, HttpClientRequest.get(place), new URL(place))
    if (response.status !== 200) return yield* passing(`${place} answered ${response.status}`)
    return yield* BoundedBody.read(response, maxBodySize)
  }).pipe(
    Effect.catchTags({
      HttpClientError: () => passing(`${place} could not be read`),
      Redirected: ({ message }) => passing(message),
      Rewritten: ({ message }) => lasting(`with the HttpClient given: ${message}`),
      BodyTooLarge: ({ maxSize }) => passing(`${place} answered with more than ${maxSize} bytes`),
      ContentCodingError: ({ message }) => passing(`${place} cannot be read: ${message}`)
    }),
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => passing(`${place} did not answer within ${Duration.format(Duration.fromInputUnsafe(timeout))}`)
    })
  )

// =============================================================================
// Metadata
// =============================================================================

/** RFC 8414 §2: what metadata say of a server, member by member. */
const serverOf = (issuer: string, place: string, text: string): Result.Result<AuthorizationServer, Trouble> => {
  const members = JsonMembers.read(text) ?? {}
  const named = textOf(members["issuer"])
  // Sites answer with a page of their own where they have nothing.
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

/** Where the list is missing, `client_secret_basic` is meant. */
const isPostOnly = (methods: unknown): boolean =>
  Array.isArray(methods) && !methods.includes("client_secret_basic") && methods.includes("client_secret_post")

const failed = (issuer: string, issue: string, isPassing: boolean) =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.DiscoveryFailed({ issuer, issue, isPassing }) }))
