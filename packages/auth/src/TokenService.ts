/**
 * Service that always has a good access token for one account.
 *
 * **When to use**
 *
 * Use to call an API on behalf of one person or of the program itself. Use `Accounts` for many people, and `TokenSource`
 * for tokens that the program gets elsewhere.
 *
 * **Details**
 *
 * The service refreshes each token ahead of its end, so that callers do not wait. It sends one token request at a time,
 * stores tokens before it hands them out, and backs off after failures as its `RefreshPolicy` says. `TokenStatus` shows
 * the phases of this life.
 *
 * **Example** (Getting a token)
 *
 * ```ts
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.gen(function*() {
 *   const token = yield* TokenService.get
 *   yield* Effect.log(token.expiresAt)
 * })
 *
 * const Tokens = TokenService.layerConfig().pipe(
 *   Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
 * )
 *
 * export const runnable = Effect.provide(program, Tokens)
 * ```
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { AccessToken } from "./AccessToken.ts"
import type * as AuthError from "./AuthError.ts"
import type * as Grant from "./Grant.ts"
import * as AccountService from "./internal/lifecycle/AccountService.ts"
import * as Lifecycle from "./internal/lifecycle/Lifecycle.ts"
import * as StaticToken from "./internal/lifecycle/StaticToken.ts"
import * as Credential from "./internal/oauth/Credential.ts"
import * as AccountName from "./internal/settings/AccountName.ts"
import * as ProviderEnvironment from "./ProviderEnvironment.ts"
import * as Providers from "./Providers.ts"
import type { TokenStatus } from "./TokenStatus.ts"
import type * as TokenStore from "./TokenStore.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * The tokens of one account.
 *
 * **Details**
 *
 * Any number of fibers may call every method at the same time. Interrupting a caller neither cancels nor loses a token
 * request in flight.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * The client id of the app that the tokens are issued to, where it is known. All callers of one app share an API's
   * rate limits.
   */
  readonly clientId: string | undefined
  /** Reads the `authorizationId` of the current token without waiting for one. It tells one sign-in from another. */
  readonly authorizationId: Effect.Effect<string | undefined>
  /**
   * Returns a token that is good now.
   *
   * **Details**
   *
   * While there is a good token this returns at once, without a lock, a fork or I/O, also while the scheduled refresh
   * runs. Without one it waits for the one token request in flight, for `RefreshPolicy.maxWait` at most (10 seconds).
   *
   * Fails with `ReauthorizationRequired` after the sign-in has ended, without asking the server again, and with
   * `TokenRequestFailed` while the server cannot be reached; its `retryAt` is the time of the next attempt.
   *
   * After the sign-in has ended, this finds a new sign-in by another process that shares the store: at most a second
   * after it when called, and within five minutes otherwise.
   */
  readonly get: Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * Requests a new token now, whatever the age of the current one.
   *
   * **Details**
   *
   * Joins a token request in flight instead of sending another, and fails at once during the pause that follows a
   * failure. After the sign-in has ended, takes the tokens of a new sign-in from the store, if there are any.
   */
  readonly refresh: Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * Reports that an API rejected `token` with a 401, and returns whether to retry with the next `get`.
   *
   * **Details**
   *
   * If `token` is still the current one, it is no longer served and a refresh starts; otherwise nothing changes.
   *
   * **Gotchas**
   *
   * Returns `false` when `token` had itself just replaced a rejected token. Report the 401 then: another refresh would
   * not help.
   */
  readonly invalidate: (token: AccessToken) => Effect.Effect<boolean>
  /**
   * Signs in with a new grant: the code of a finished sign-in, or a refresh token.
   *
   * **When to use**
   *
   * Use to recover from `ReauthorizationRequired`.
   *
   * **Details**
   *
   * Returns the token of this sign-in and of no other. A failure leaves everything as it was. Fails with `StoreFailed`
   * (`Conflict`) where a process that does not hold the store's lock keeps writing over the new tokens.
   */
  readonly authorize: (grant: Grant.Grant) => Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * Asks the server once more for a token with the refresh token of a sign-in that it has ended.
   *
   * **When to use**
   *
   * Use after an incident at the provider. A server that answered `invalid_grant` to everybody by mistake need not cost
   * everybody a new sign-in. Nothing does this automatically.
   *
   * **Details**
   *
   * The new response counts: a token, the same end again, or a transient failure, after which the service retries as
   * usual. Fails with `ReauthorizationRequired` (`SignedOut`) after `signOut`, without a request.
   */
  readonly retryEndedSignIn: Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * Deletes the tokens, here and in the store, and records that the person has signed out.
   *
   * **Details**
   *
   * From then on `get` fails with `ReauthorizationRequired` (`SignedOut`) until the next `authorize`. Other processes
   * that share the store notice when they next read it, which is at their next refresh at the latest.
   *
   * Where the server has a revocation endpoint (RFC 7009), the refresh token is revoked. If that fails, the person is
   * signed out all the same, and the error says that the server does not know.
   */
  readonly signOut: Effect.Effect<void, AuthError.AuthError>
  /** Reads the current status, for people and dashboards. */
  readonly status: Effect.Effect<TokenStatus>
  /** The current status, then each new one. The stream ends with the service. */
  readonly changes: Stream.Stream<TokenStatus>
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * Service tag for the tokens of one account.
 *
 * @category services
 * @since 0.1.0
 */
export class TokenService extends Context.Service<TokenService, Service>()("@app/auth/TokenService") {}

// =============================================================================
// Options
// =============================================================================

/**
 * Options for `make` and `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AccountService.Options {
  /**
   * The grant to begin with when the store holds nothing that grew from it. Without one, only the store or a later
   * `authorize` supplies a token.
   */
  readonly grant?: Grant.Grant | undefined
  /** The program's own name for the account. Default: `"default"`. */
  readonly account?: string | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates a token service that lives as long as the scope.
 *
 * **Details**
 *
 * The service begins with the token in the store, or with a token request in the background: this never waits for the
 * network. Closing the scope waits, within `timeout`, until a request in flight has been answered and its tokens stored.
 *
 * Fails with `InvalidConfiguration`, which names the option, when the token endpoint is neither https nor loopback,
 * `account` is empty, or a credential has characters that none can have. An empty client secret counts as absent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (
  options: Options
) => Effect.Effect<
  Service,
  AuthError.AuthError,
  HttpClient.HttpClient | TokenStore.TokenStore | Scope.Scope
> = Effect.fnUntraced(function*(options: Options) {
  const grant = options.grant === undefined ? undefined : yield* Credential.checkGrant(options.grant)
  const account = yield* AccountName.check(options.account ?? "default")
  const { start } = yield* AccountService.make(options)
  const service = yield* Lifecycle.scoped(() =>
    start({ key: account, name: options.account, grant: Effect.succeed(grant) })
  )
  return TokenService.of(service)
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides a token service over the `HttpClient` and the `TokenStore` in context.
 *
 * @see {@link make}
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<TokenService, AuthError.AuthError, HttpClient.HttpClient | TokenStore.TokenStore> =>
  Layer.effect(TokenService, make(options))

/**
 * Layer that provides a token service whose client and grant come from Effect's `Config`.
 *
 * **Details**
 *
 * | name | meaning |
 * | --- | --- |
 * | `SPOTIFY_CLIENT_ID` | the client id; required |
 * | `SPOTIFY_CLIENT_SECRET` | the secret of a confidential client; without a refresh token, the client credentials grant is used |
 * | `SPOTIFY_REFRESH_TOKEN` | a person's refresh token, from an earlier sign-in |
 * | `SPOTIFY_AUTHORIZED_AT` | the date or time (ISO 8601) of that sign-in, which tells when the next one is due |
 * | `SPOTIFY_ACCOUNTS_URL` | another base URL of the authorization server: a local stand-in, or a gateway with its path |
 *
 * White space around a value does not count, and a blank variable counts as absent. Other sources of configuration
 * work, too: a tree has `CLIENT_ID` below `SPOTIFY`. The option `grant` takes precedence over the variables, and
 * `SPOTIFY_ACCOUNTS_URL` moves the option `server`, too. With neither a secret nor a refresh token nor the option `grant`,
 * the service begins from the store: `get` fails with `ReauthorizationRequired` (`NoRefreshToken`) until somebody signs in.
 *
 * Fails with `InvalidConfiguration`, which names the variable, when one is missing or invalid.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Omit<Options, "client">
): Layer.Layer<TokenService, AuthError.AuthError, HttpClient.HttpClient | TokenStore.TokenStore> =>
  Layer.unwrap(Effect.gen(function*() {
    const { accountsUrl, client, ...environment } = yield* ProviderEnvironment.read()
    const server = options?.server ?? Providers.defaultServer
    return layer({
      ...options,
      client,
      grant: options?.grant ?? environment.grant,
      server: accountsUrl === undefined ? server : server.at(accountsUrl)
    })
  }))

/**
 * Layer that provides a service for one token that was obtained elsewhere.
 *
 * **Details**
 *
 * The service returns the token until `expiresAt`, or until an API rejects it, and fails with `ReauthorizationRequired`
 * from then on. It never requests a token. Without `expiresAt` only a rejection ends the token.
 *
 * Fails with `InvalidConfiguration` when `value` is not a bearer token: empty, or with a space or a character that is not
 * printable ASCII (RFC 6750 §2.1).
 *
 * **Example** (A token pasted from a developer console)
 *
 * ```ts
 * import * as TokenService from "@app/auth/TokenService"
 * import * as Redacted from "effect/Redacted"
 *
 * const Tokens = TokenService.layerStatic({ value: Redacted.make("BQ…") })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerStatic = (options: {
  readonly value: Redacted.Redacted<string>
  readonly expiresAt?: DateTime.Utc | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
}): Layer.Layer<TokenService, AuthError.AuthError> => Layer.effect(TokenService, StaticToken.make(options))

// =============================================================================
// Accessors
// =============================================================================

/**
 * Returns a token that is good now, as `Service.get` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const get: Effect.Effect<AccessToken, AuthError.AuthError, TokenService> = TokenService.use(
  (tokens) => tokens.get
)

/**
 * Reads the current status, as `Service.status` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const status: Effect.Effect<TokenStatus, never, TokenService> = TokenService.use((tokens) => tokens.status)

/**
 * The current status, then each new one, as in `Service.changes`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const changes: Stream.Stream<TokenStatus, never, TokenService> = Stream.unwrap(
  TokenService.useSync((tokens) => tokens.changes)
)

/**
 * Requests a new token now, as `Service.refresh` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const refresh: Effect.Effect<AccessToken, AuthError.AuthError, TokenService> = TokenService.use(
  (tokens) => tokens.refresh
)

/**
 * Reports that an API rejected a token, as `Service.invalidate` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const invalidate = (token: AccessToken): Effect.Effect<boolean, never, TokenService> =>
  TokenService.use((tokens) => tokens.invalidate(token))

/**
 * Signs in with a new grant, as `Service.authorize` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const authorize = (grant: Grant.Grant): Effect.Effect<AccessToken, AuthError.AuthError, TokenService> =>
  TokenService.use((tokens) => tokens.authorize(grant))

/**
 * Asks the server once more for a token of a sign-in that it has ended, as `Service.retryEndedSignIn` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const retryEndedSignIn: Effect.Effect<AccessToken, AuthError.AuthError, TokenService> = TokenService.use(
  (tokens) => tokens.retryEndedSignIn
)

/**
 * Deletes the tokens, and records that the person has signed out, as `Service.signOut` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const signOut: Effect.Effect<void, AuthError.AuthError, TokenService> = TokenService.use(
  (tokens) => tokens.signOut
)
