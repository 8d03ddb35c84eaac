/**
 * The token lifecycle as a service: a program asks for a token and always has a good one.
 *
 * **Example** (A token for a program of its own)
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
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { AccessToken } from "./AccessToken.ts"
import type * as AuthError from "./AuthError.ts"
import type * as AuthorizationServer from "./AuthorizationServer.ts"
import type { Client } from "./Client.ts"
import type * as Grant from "./Grant.ts"
import * as AccountService from "./internal/lifecycle/AccountService.ts"
import * as Lifecycle from "./internal/lifecycle/Lifecycle.ts"
import * as StaticToken from "./internal/lifecycle/StaticToken.ts"
import * as Credential from "./internal/oauth/Credential.ts"
import * as AccountName from "./internal/settings/AccountName.ts"
import { invalidSetting } from "./internal/settings/InvalidSetting.ts"
import * as SpotifyEnvironment from "./internal/settings/SpotifyEnvironment.ts"
import * as Providers from "./Providers.ts"
import type * as RefreshPolicy from "./RefreshPolicy.ts"
import type { TokenStatus } from "./TokenStatus.ts"
import type * as TokenStore from "./TokenStore.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * The tokens of one account.
 *
 * Every method may be called from any number of fibers, and interrupting one of them neither cancels nor loses a token
 * request that is under way.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * The app its tokens are issued to, where that is known: all callers of one app share an API's rate limits, whoever they
   * call for.
   */
  readonly clientId: string | undefined
  /**
   * The `authorizationId` of the token at hand, without waiting for one: what is begun now is begun under this sign-in.
   */
  readonly authorizationId: Effect.Effect<string | undefined>
  /**
   * A token that is good now. While one is held this answers at once, without a lock, a fork or I/O, and goes on doing so
   * while the scheduled refresh runs. With none left it waits for the one token request in flight, 10 seconds at most.
   *
   * Fails with `ReauthorizationRequired` once the authorization has ended, without asking the server again, and with
   * `TokenRequestFailed` (whose `retryAt` says when the next attempt is due) while the server cannot be reached. A
   * sign-in elsewhere, by whoever shares the store, is found by the first `get` a second after it at the latest, and
   * without one within five minutes.
   */
  readonly get: Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * A new token now, whatever the age of the one at hand. Joins a token request in flight rather than making another,
   * and fails at once inside the pause that follows a failure. After the end of a sign-in it looks in the store for a new
   * one, and takes that.
   */
  readonly refresh: Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * Tells the service that an API refused `token` (401). The token is replaced if it is still the current one; any other
   * changes nothing.
   *
   * Answers whether one more try with the next `get` makes sense. `false` means that `token` itself replaced one refused
   * a moment ago: what a fresh token does not cure, a fresher one will not, so the 401 is the caller's to report.
   */
  readonly invalidate: (token: AccessToken) => Effect.Effect<boolean>
  /**
   * Starts over from a new grant: the code of a finished sign-in, or a refresh token. This is the way out of
   * `ReauthorizationRequired`. When it fails, everything stays as it was.
   *
   * What it gives is this sign-in's token and no other's. Where someone who does not hold the store's lock writes over it
   * again and again, it fails with `StoreFailed` (`Conflict`).
   */
  readonly authorize: (grant: Grant.Grant) => Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * Puts a sign-in that the server has ended to the test once more, with the refresh token set aside then. Servers have
   * been wrong: one that said `invalid_grant` to everyone for ten minutes need not cost everyone a sign-in. Nothing does
   * this by itself.
   *
   * What the server says now counts: a token, the same end again, or passing trouble, after which it is asked again as
   * after any other. After `signOut` there is nothing to put to the test: this fails with `ReauthorizationRequired`
   * (`SignedOut`), without a request.
   */
  readonly retryEndedSignIn: Effect.Effect<AccessToken, AuthError.AuthError>
  /**
   * Forgets the tokens, here and in the store, and remembers that this was wanted: from now on `get` fails with
   * `ReauthorizationRequired` (`SignedOut`) until the next `authorize`. Other processes that share the store notice it when
   * they next look there, at their next refresh at the latest, and serve nothing from then on.
   *
   * Where the server has a revocation endpoint (RFC 7009) the refresh token is handed back, too. When that fails, the
   * person is signed out here all the same, and the error says that the server has not heard of it.
   */
  readonly signOut: Effect.Effect<void, AuthError.AuthError>
  /** Where things stand now, for people and dashboards. */
  readonly status: Effect.Effect<TokenStatus>
  /** `status`, first as it is and then at every transition. It ends with the service. */
  readonly changes: Stream.Stream<TokenStatus>
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * @category services
 * @since 0.1.0
 */
export class TokenService extends Context.Service<TokenService, Service>()("@app/auth/TokenService") {}

// =============================================================================
// Options
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly client: Client
  /** Default: `Providers.defaultServer`. */
  readonly server?: AuthorizationServer.AuthorizationServer | undefined
  /**
   * What to begin with when the store holds nothing that grew from it. Without one, only the store or a later
   * `authorize` can supply a token.
   */
  readonly grant?: Grant.Grant | undefined
  /**
   * Scopes the program cannot do without: a token known to lack one fails with `ReauthorizationRequired`
   * (`InsufficientScope`) instead of failing later at the API. Only a server that names scopes as they are asked for lets
   * that be known: see `AuthorizationServer.namesScopesVerbatim`. Default: none.
   */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** The program's own name for the account. Default: `"default"`. */
  readonly account?: string | undefined
  /** Default: `RefreshPolicy.standard`. */
  readonly policy?: RefreshPolicy.RefreshPolicy | undefined
  /** How long before a sign-in is due `status` and `changes` say so, and a warning is logged. Default: 14 days. */
  readonly signInWarning?: Duration.Input | undefined
  /**
   * How long one token request may take. Default: 30 seconds, a little less than others who share the store wait for
   * whoever is asking.
   */
  readonly timeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * A token service for as long as the scope lives. It begins with the store's token, or with a token request in the
 * background: making it never waits for the network. Closing the scope waits for a request in flight to be answered and
 * stored, within its timeout.
 *
 * Fails with `InvalidConfiguration`, which names the option, when the token endpoint is neither https nor loopback,
 * `account` is empty, or a credential holds what none can. An empty client secret counts as none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(options: Options) {
  const grant = options.grant === undefined ? undefined : yield* Credential.checkGrant(options.grant)
  const account = yield* AccountName.check(options.account ?? "default")
  const start = yield* AccountService.make(options)
  const service = yield* Lifecycle.scoped(() =>
    start({ key: account, name: options.account, grant: Effect.succeed(grant) })
  )
  return TokenService.of(service)
})

// =============================================================================
// Layers
// =============================================================================

/**
 * A token service over the `HttpClient` and `TokenStore` in context. See `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<TokenService, AuthError.AuthError, HttpClient.HttpClient | TokenStore.TokenStore> =>
  Layer.effect(TokenService, make(options))

/**
 * Like `layer`, with client and grant from Effect's `Config`:
 *
 * | name | meaning |
 * | --- | --- |
 * | `SPOTIFY_CLIENT_ID` | required |
 * | `SPOTIFY_CLIENT_SECRET` | a confidential client's secret; with it alone, the client credentials grant is used |
 * | `SPOTIFY_REFRESH_TOKEN` | a person's refresh token, from an earlier sign-in |
 * | `SPOTIFY_AUTHORIZED_AT` | when that sign-in was, as a date or time of ISO 8601: tells when the next one is due |
 * | `SPOTIFY_ACCOUNTS_URL` | where the Accounts service is instead: a local stand-in, a gateway with its path |
 *
 * White space around a value does not count, and a variable that is blank is not set. Sources of configuration other than
 * the environment do as well: a tree has `CLIENT_ID` below `SPOTIFY`.
 *
 * Fails with `InvalidConfiguration`, which names the variable, when one is missing or cannot be right, and when there is
 * neither a secret nor a refresh token to begin with and no `grant` was given.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Omit<Options, "client">
): Layer.Layer<TokenService, AuthError.AuthError, HttpClient.HttpClient | TokenStore.TokenStore> =>
  Layer.unwrap(Effect.gen(function*() {
    const { accountsUrl, client, ...environment } = yield* SpotifyEnvironment.read
    const server = options?.server ?? Providers.defaultServer
    const grant = options?.grant ?? environment.grant
    if (grant === undefined) {
      return yield* invalidSetting(
        "SPOTIFY_CLIENT_ID alone",
        "it names the program but proves nothing. Set SPOTIFY_CLIENT_SECRET too for the program's own token, or SPOTIFY_REFRESH_TOKEN for a person's."
      )
    }
    return layer({
      ...options,
      client,
      grant,
      server: accountsUrl === undefined ? server : server.at(accountsUrl)
    })
  }))

/**
 * A service for one token obtained elsewhere: it serves it until its end, or until an API refuses it, and then says that
 * a person must sign in. Without `expiresAt` only a refusal ends it. Nothing is ever requested.
 *
 * Fails with `InvalidConfiguration` when `value` is no bearer token: empty, or with a character that is not printable
 * ASCII, or a space (RFC 6750 §2.1).
 *
 * **Example** (A token pasted from Spotify's console)
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
 * A token that is good now. See `Service.get`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const get: Effect.Effect<AccessToken, AuthError.AuthError, TokenService> = TokenService.use(
  (tokens) => tokens.get
)

/**
 * Where things stand now. See `Service.status`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const status: Effect.Effect<TokenStatus, never, TokenService> = TokenService.use((tokens) => tokens.status)

/**
 * Where things stand, first as it is and then at every transition. See `Service.changes`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const changes: Stream.Stream<TokenStatus, never, TokenService> = Stream.unwrap(
  TokenService.useSync((tokens) => tokens.changes)
)
