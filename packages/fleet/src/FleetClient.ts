/**
 * `Accounts` over a fleet's HTTP API, for services that hold neither a refresh token nor a database password.
 *
 * **When to use**
 *
 * Use in place of `Accounts.layer` or `SharedAccounts.layer`; the rest of the program stays as it is.
 *
 * **Details**
 *
 * A token stays in memory until a tenth of its life, and a minute at most, is left. Of callers at the same time one asks.
 * While the fleet is away, a token that is still good serves. A 401 of an API is reported by the token's fingerprint.
 *
 * **Gotchas**
 *
 * `Accounts.signIn` fails, since a fleet has to know the account before the sign-in: use `TokenService.authorize` of the
 * account, or the fleet's routes for sign-ins. `signInDueAt` of the status is unknown.
 *
 * **Example** (A service that asks a fleet)
 *
 * ```ts
 * import * as Accounts from "@app/auth/Accounts"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as FleetClient from "@app/fleet/FleetClient"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const People = Layer.unwrap(
 *   Effect.map(Config.Redacted("FLEET_KEY"), (key) =>
 *     FleetClient.layer({ url: "https://fleet.example.com", key, tenant: "acme", app: "spotify" }))
 * ).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * export const tokenOf = (account: string) =>
 *   TokenService.get.pipe(Effect.provide(Accounts.get(account)), Effect.provide(People))
 * ```
 */
import type { AccessToken } from "@app/auth/AccessToken"
import * as Accounts from "@app/auth/Accounts"
import * as AuthError from "@app/auth/AuthError"
import * as BaseUrl from "@app/auth/BaseUrl"
import type { Grant } from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Middleware from "./contract/Middleware.ts"
import type { Authorization } from "./contract/TokensApi.ts"
import { FleetApi } from "./FleetApi.ts"
import * as RemoteErrors from "./internal/client/RemoteErrors.ts"
import * as RemoteTokens from "./internal/client/RemoteTokens.ts"
import * as Fingerprint from "./internal/Fingerprint.ts"
import * as Names from "./Names.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * Options for `make` and `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The address of the fleet: https, or http on this machine. */
  readonly url: string
  /** A service key with `tokens:read`, and with `accounts:write` to sign accounts in and out. */
  readonly key: Redacted.Redacted<string>
  readonly tenant: string
  readonly app: string
  /** The time for a response. Default: 30 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** The number of accounts whose tokens stay in memory. Default: 100,000. */
  readonly cache?: number | undefined
}

// =============================================================================
// Constructor
// =============================================================================

const invalid = (setting: string, issue: string) =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting, issue }) }))

const authorizationOf = (grant: Grant): Effect.Effect<typeof Authorization.Type, AuthError.AuthError> => {
  switch (grant._tag) {
    case "AuthorizationCode":
      return Effect.succeed({
        code: grant.code,
        redirect_uri: grant.redirectUri,
        ...(grant.codeVerifier !== undefined && { code_verifier: grant.codeVerifier })
      })
    case "RefreshToken":
      return Effect.succeed({
        refresh_token: grant.refreshToken,
        ...(grant.authorizedAt !== undefined && { authorized_at: grant.authorizedAt })
      })
    case "ClientCredentials":
      return invalid(
        "grant",
        "a fleet keeps the accounts of people. Use TokenService.layer for the client's own credentials."
      )
  }
}

/**
 * Makes the accounts of a tenant at an app.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` for an address, a tenant or an app that cannot be one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Accounts.Service, AuthError.AuthError, HttpClient.HttpClient> {
  const { app, key, tenant } = options
  const url = BaseUrl.parse(options.url)
  if (Result.isFailure(url)) return yield* invalid("url", url.failure)
  if (!Names.isTenantName(tenant)) return yield* invalid("tenant", "it is no name of a tenant.")
  if (!Names.isAppName(app)) return yield* invalid("app", "it is no name of an app.")
  const duration = Duration.fromInputUnsafe(options.timeout ?? "30 seconds")
  const capacity = options.cache ?? 100_000

  const client = yield* HttpApiClient.make(FleetApi, { baseUrl: url.success }).pipe(
    Effect.provide(
      HttpApiMiddleware.layerClient(
        Middleware.ServiceAuthentication,
        ({ next, request }) => next(HttpClientRequest.bearerToken(request, key))
      )
    )
  )
  const digest = yield* Effect.provide(Digest.Digest, Digest.layerWebCrypto)

  const sent = <A>(
    request: Effect.Effect<A, Parameters<typeof RemoteErrors.from>[0]>
  ): Effect.Effect<A, AuthError.AuthError> =>
    Effect.timeoutOrElse(Effect.mapError(request, RemoteErrors.from), {
      duration,
      orElse: () => Effect.fail(RemoteErrors.timedOut)
    })

  const requestsOf = (account: string): RemoteTokens.Requests => {
    const params = { tenant, app, account }
    return {
      get: (minTtl) => sent(client.tokens.get({ params, query: minTtl === 0 ? {} : { min_ttl: minTtl } })),
      refuse: (token: AccessToken) =>
        Effect.flatMap(
          Effect.provideService(Fingerprint.of(token.value), Digest.Digest, digest),
          (sha256) => sent(client.tokens.refuse({ params, payload: { sha256 } }))
        ),
      authorize: (grant) =>
        Effect.flatMap(
          authorizationOf(grant),
          (payload) => Effect.asVoid(sent(client.tokens.authorize({ params, payload })))
        ),
      retry: sent(client.tokens.retry({ params })),
      signOut: sent(client.tokens.signOut({ params }))
    }
  }

  const known = new Map<string, TokenService.Service>()
  const tokensOf = Effect.fnUntraced(function*(account: string) {
    if (!Names.isAccountName(account)) {
      return yield* invalid("account", "it has no byte, more than 192 bytes, or a control character.")
    }
    const tokens = known.get(account) ?? (yield* RemoteTokens.make(requestsOf(account)))
    // The last one in the map is the one that was used last.
    known.delete(account)
    known.set(account, tokens)
    const [oldest] = known.keys()
    if (known.size > capacity && oldest !== undefined) known.delete(oldest)
    return tokens
  })

  return Accounts.Accounts.of({
    get: (account) =>
      // Not memoized: a memoized layer would keep tokens that were released.
      Layer.fromBuild(() => Effect.map(tokensOf(account), (tokens) => Context.make(TokenService.TokenService, tokens))),
    signIn: () =>
      invalid(
        "signIn",
        "a fleet has to know the account before the sign-in. Use authorize of the account, or the fleet's routes for sign-ins."
      ),
    release: (account) => Effect.sync(() => void known.delete(account))
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides the accounts of a tenant at an app over the `HttpClient` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<Accounts.Accounts, AuthError.AuthError, HttpClient.HttpClient> =>
  Layer.effect(Accounts.Accounts, make(options))
