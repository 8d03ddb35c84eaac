/**
 * Token services of many accounts, each built when it is first used and released when nobody has used it for a while.
 *
 * **When to use**
 *
 * Use in a server that calls an API for many people. Use `TokenService` for one account, and `SharedAccounts` for the same
 * `Accounts` in several processes.
 *
 * **Details**
 *
 * Everybody who uses an account at the same time shares its service. All accounts share one timer.
 *
 * **Example** (A web server that calls an API for whoever asks)
 *
 * ```ts
 * import * as Accounts from "@app/auth/Accounts"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const tokenOf = (account: string) => Effect.provide(TokenService.get, Accounts.get(account))
 *
 * const People = Accounts.layer({ client: { clientId: "…" } }).pipe(
 *   Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
 * )
 *
 * export const program = Effect.provide(Effect.all([tokenOf("alice"), tokenOf("bob")]), People)
 * ```
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "./AccessToken.ts"
import type * as AuthError from "./AuthError.ts"
import type { Grant } from "./Grant.ts"
import * as AccountLayers from "./internal/accounts/AccountLayers.ts"
import * as AccountService from "./internal/lifecycle/AccountService.ts"
import * as GrantSource from "./internal/lifecycle/GrantSource.ts"
import * as Leases from "./internal/lifecycle/Leases.ts"
import type * as Lifecycle from "./internal/lifecycle/Lifecycle.ts"
import type * as TokenService from "./TokenService.ts"
import type * as TokenStore from "./TokenStore.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * The token services of many accounts.
 *
 * **Details**
 *
 * An account is the program's own name for a person. It is compared letter by letter: `"Ann"` and `"ann"` are two
 * accounts. Failures, rate limits and sign-outs of one account do not affect the others.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * Layer that provides the token service of an account, which is in use for as long as the layer lives.
   *
   * **Details**
   *
   * Building it never waits for the network. Fails with `InvalidConfiguration` when `account` is empty.
   */
  readonly get: (account: string) => Layer.Layer<TokenService.TokenService, AuthError.AuthError>
  /**
   * Signs in with a grant, and names the account after the person who has signed in.
   *
   * **When to use**
   *
   * Use in a server that learns who a person is from the API that they sign in for.
   *
   * **Details**
   *
   * The grant is exchanged first. `nameOf` then runs with a `TokenService` for the new token alone, and returns the name of
   * the account, such as the id of the person's profile. The tokens are stored under that name, and everybody who uses the
   * account goes on with them, as after `TokenService.authorize`. Layers that `nameOf` provides are built for it alone.
   *
   * Fails as `TokenService.authorize` does, and as `nameOf` does; then no account has changed.
   *
   * **Gotchas**
   *
   * An authorization code works once. After a failure or an interruption the person has to sign in again.
   */
  readonly signIn: <E, R>(
    grant: Grant,
    nameOf: Effect.Effect<string, E, R>
  ) => Effect.Effect<SignedIn, AuthError.AuthError | E, Exclude<R, TokenService.TokenService | Layer.CurrentMemoMap>>
  /**
   * Releases the service of an account, so that the next `get` builds a new one from `grantFor` and the store.
   *
   * **Details**
   *
   * Those who use the old service keep it until they are done. The store is not changed.
   */
  readonly release: (account: string) => Effect.Effect<void>
}

/**
 * An account that somebody has signed in to.
 *
 * @category models
 * @since 0.1.0
 */
export interface SignedIn {
  /** The name of the account. */
  readonly account: string
  /** The token of this sign-in. */
  readonly token: AccessToken
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * Service tag for the token services of many accounts.
 *
 * @category services
 * @since 0.1.0
 */
export class Accounts extends Context.Service<Accounts, Service>()("@app/auth/Accounts") {}

// =============================================================================
// Options
// =============================================================================

/**
 * Options for `make` and `layer`, which all accounts share.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<E = never, R = never> extends AccountService.Options {
  /**
   * Returns the grant that an account begins with when the store holds nothing that grew from it. Default: no grant, so
   * that the store or `authorize` has to supply tokens.
   *
   * **Details**
   *
   * It is asked once for each service, within `timeout`. A failure counts as a failed token request of the account and
   * is retried after the policy's delays.
   */
  readonly grantFor?: ((account: string) => Effect.Effect<Grant | undefined, E, R>) | undefined
  /**
   * Time that a service stays after its last user has left. Then its scheduled refresh ends and its memory is freed; the
   * next `get` goes on from the record in the store. Default: 5 minutes.
   */
  readonly idleTimeToLive?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates the accounts of one client, which live as long as the scope.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration`, which names the option, when the token endpoint is neither https nor loopback, or
 * the client's id or secret has characters that none can have. An empty client secret counts as absent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*<E = never, R = never>(
  options: Options<E, R>
): Effect.fn.Return<
  Service,
  AuthError.AuthError,
  R | HttpClient.HttpClient | TokenStore.TokenStore | Scope.Scope
> {
  const { grantFor, ...common } = options
  const timeout = Duration.fromInputUnsafe(options.timeout ?? AccountService.defaultTimeout)
  const { exchange, start } = yield* AccountService.make(common)
  const context = yield* Effect.context<R>()

  const grantOf = GrantSource.make(grantFor, timeout, context)
  const services = yield* Leases.make<Lifecycle.Service>({
    start: (account) => start({ key: account, name: account, grant: grantOf(account) }),
    idleTimeToLive: Duration.fromInputUnsafe(options.idleTimeToLive ?? "5 minutes")
  })
  return Accounts.of(AccountLayers.make({ clientId: options.client.clientId, exchange, services }))
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides the accounts of one client over the `HttpClient` and the `TokenStore` in context.
 *
 * **Example** (Beginning with refresh tokens from the program's own table)
 *
 * ```ts
 * import * as Accounts from "@app/auth/Accounts"
 * import * as Grant from "@app/auth/Grant"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const table = new Map([["alice", Redacted.make("AQ…")]])
 *
 * const People = Accounts.layer({
 *   client: { clientId: "…" },
 *   grantFor: (account) =>
 *     Effect.sync(() => {
 *       const refreshToken = table.get(account)
 *       return refreshToken === undefined ? undefined : Grant.RefreshToken({ refreshToken })
 *     }),
 *   idleTimeToLive: "1 minute"
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E = never, R = never>(
  options: Options<E, R>
): Layer.Layer<Accounts, AuthError.AuthError, R | HttpClient.HttpClient | TokenStore.TokenStore> =>
  Layer.effect(Accounts, make(options))

/**
 * Layer that provides the token service of one account, which is in use for as long as the layer lives.
 *
 * **Gotchas**
 *
 * Provide it to other layers with `provide`, not with `Layer.provide`.
 *
 * @category layers
 * @since 0.1.0
 */
export const get = (account: string): Layer.Layer<TokenService.TokenService, AuthError.AuthError, Accounts> =>
  Layer.fromBuild((memoMap, scope) =>
    Accounts.use((accounts) => Layer.buildWithMemoMap(accounts.get(account), memoMap, scope))
  )

/**
 * Signs in with a grant, and names the account after the person who has signed in, as `Service.signIn` does.
 *
 * **Example** (An account for each person, by the id of their profile)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as Accounts from "@app/auth/Accounts"
 * import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
 * import * as Effect from "effect/Effect"
 *
 * const Spotify = SpotifyClient.layerNoDeps()
 *
 * const nameOf = Profile.me.pipe(Effect.map(({ id }) => id), Effect.provide(Spotify))
 *
 * const callback = (url: URL) =>
 *   AuthorizationRequestStore.handleCallback(url).pipe(
 *     Effect.flatMap((grant) => Accounts.signIn(grant, nameOf)),
 *     Effect.map(({ account }) => account)
 *   )
 * ```
 *
 * @category sign-in
 * @since 0.1.0
 */
export const signIn = <E, R>(
  grant: Grant,
  nameOf: Effect.Effect<string, E, R>
): Effect.Effect<
  SignedIn,
  AuthError.AuthError | E,
  Accounts | Exclude<R, TokenService.TokenService | Layer.CurrentMemoMap>
> => Accounts.use((accounts) => accounts.signIn(grant, nameOf))

/**
 * Provides the token service of one account to a layer that needs it.
 *
 * **Details**
 *
 * The layer is built anew each time. A memoized layer would keep acting for the account that it was first built for.
 *
 * **Example** (An API client for each person)
 *
 * Parts that all people share, such as the rate limit of the app, are provided below.
 *
 * ```ts
 * import * as RateLimit from "@app/api/RateLimit"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as Tracks from "@app/api/Tracks"
 * import * as Accounts from "@app/auth/Accounts"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const Spotify = SpotifyClient.layerNoDeps()
 *
 * const trackFor = (account: string, id: string) =>
 *   Effect.provide(Tracks.get(id), Accounts.provide(Spotify, account))
 *
 * const Shared = Layer.merge(Accounts.layer({ client: { clientId: "…" } }), RateLimit.layer).pipe(
 *   Layer.provideMerge([TokenStore.layerMemory, FetchHttpClient.layer])
 * )
 *
 * export const runnable = Effect.provide(trackFor("alice", "11dFghVXANMlKmJXsNCbNl"), Shared)
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const provide = <ROut, E, RIn>(
  layer: Layer.Layer<ROut, E, RIn>,
  account: string
): Layer.Layer<ROut, E | AuthError.AuthError, Accounts | Exclude<RIn, TokenService.TokenService>> =>
  Layer.provide(Layer.fresh(layer), get(account))
