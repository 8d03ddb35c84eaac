/**
 * The revocation endpoint of an authorization server, which ends the life of a refresh token (RFC 7009).
 *
 * **When to use**
 *
 * Use to revoke a refresh token that no `TokenService` keeps. `TokenService.signOut` revokes the one that it keeps.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7009
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Redacted from "effect/Redacted"
import * as AuthError from "./AuthError.ts"
import type { AuthorizationServer } from "./AuthorizationServer.ts"
import type { Client } from "./Client.ts"
import * as EndpointResponse from "./internal/oauth/EndpointResponse.ts"
import * as FormPost from "./internal/oauth/FormPost.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * A revocation endpoint, for one client.
 *
 * @category models
 * @since 0.1.0
 */
export interface RevocationEndpoint {
  /**
   * Revokes a refresh token.
   *
   * **Details**
   *
   * Servers also end the access tokens that came from it, as far as they can (RFC 7009 §2.1). A token that the server does
   * not know counts as revoked (RFC 7009 §2.2).
   */
  readonly revoke: (refreshToken: Redacted.Redacted<string>) => Effect.Effect<void, AuthError.AuthError>
}

/**
 * The server and the client of a revocation endpoint, and its time limit.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly server: AuthorizationServer
  readonly client: Client
  /** The time for one request. Default: 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Makes the revocation endpoint of a server over the `HttpClient` in context, or `undefined` when the server has none.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when the endpoint is neither https nor a loopback address.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  { client, server, timeout }: Options
): Effect.fn.Return<RevocationEndpoint | undefined, AuthError.AuthError, HttpClient.HttpClient> {
  if (server.revocationEndpoint === undefined) return undefined
  const post = yield* FormPost.make({
    setting: "revocationEndpoint",
    endpoint: server.revocationEndpoint,
    server,
    client,
    timeout: Duration.fromInputUnsafe(timeout ?? "30 seconds"),
    maxBodySize: 64 * 1024
  })
  return {
    revoke: (refreshToken) =>
      post({ token: refreshToken, token_type_hint: "refresh_token" }).pipe(
        Effect.flatMap((response) => {
          if (response.bodyIssue !== undefined && response.status < 300) {
            return FormPost.fail(new AuthError.MalformedTokenResponse({ issue: response.bodyIssue }))
          }
          if (response.status === 200) return Effect.void
          return FormPost.fail(
            EndpointResponse.errorIn(response)?.error === "invalid_client"
              ? new AuthError.InvalidClient({ clientId: client.clientId })
              : EndpointResponse.unavailable(response)
          )
        }),
        Effect.withSpan("RevocationEndpoint.revoke", {
          kind: "client",
          attributes: { "oauth.issuer": server.issuer }
        })
      )
  }
})
