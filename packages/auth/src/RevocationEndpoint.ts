/**
 * The revocation endpoint: handing a token back, so that nobody can use it any more (RFC 7009).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Redacted from "effect/Redacted"
import * as AuthError from "./AuthError.ts"
import type { AuthorizationServer } from "./AuthorizationServer.ts"
import type { Client } from "./Client.ts"
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
   * Hands a refresh token back; servers end the access tokens that came from it, too, as far as they can (RFC 7009 §2.1).
   * A token the server does not know counts as revoked (§2.2).
   */
  readonly revoke: (refreshToken: Redacted.Redacted<string>) => Effect.Effect<void, AuthError.AuthError>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly server: AuthorizationServer
  readonly client: Client
  /** How long one request may take. Default: 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * The revocation endpoint of a server, over the `HttpClient` in context; `undefined` where the server has none, as
 * Spotify.
 *
 * Fails with `InvalidConfiguration` when the endpoint is neither https nor loopback.
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
        Effect.flatMap((answer) => {
          if (answer.status === 200) return Effect.void
          const error = FormPost.errorIn(answer)?.error
          return FormPost.fail(
            error === "invalid_client"
              ? new AuthError.InvalidClient({ clientId: client.clientId })
              : FormPost.unavailable(answer)
          )
        }),
        Effect.withSpan("RevocationEndpoint.revoke", {
          kind: "client",
          attributes: { "oauth.issuer": server.issuer }
        })
      )
  }
})
