/**
 * A token service for each account: built when one is asked for, shared while it is in use, and let go of once nobody
 * has used it for a while.
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
import type * as AuthError from "./AuthError.ts"
import type { Grant } from "./Grant.ts"
import * as AccountService from "./internal/lifecycle/AccountService.ts"
import * as Leases from "./internal/lifecycle/Leases.ts"
import * as SourceErrors from "./internal/lifecycle/SourceErrors.ts"
import * as Credential from "./internal/oauth/Credential.ts"
import * as AccountName from "./internal/settings/AccountName.ts"
import * as TokenService from "./TokenService.ts"
import type * as TokenStore from "./TokenStore.ts"

// =============================================================================
// Service Interface
// =============================================================================

/**
 * The token services of many accounts. An account is the program's own name for a person, letter for letter: `"Ann"` and
 * `"ann"` are two. What happens to one account, be it throttled, signed out or without an answer, no other notices.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * The account's token service, in use for as long as the layer lives. Everyone who uses it at the same time has the
   * same one. Building it never waits for the network.
   *
   * Fails with `InvalidConfiguration` when `account` is empty.
   */
  readonly get: (account: string) => Layer.Layer<TokenService.TokenService, AuthError.AuthError>
  /**
   * Lets go of the account's service, so that the next `get` builds one anew from `grantFor` and the store. Whoever uses
   * the old one keeps it until they are done. The store is not touched.
   */
  readonly release: (account: string) => Effect.Effect<void>
}

// =============================================================================
// Service Identifier
// =============================================================================

/**
 * @category services
 * @since 0.1.0
 */
export class Accounts extends Context.Service<Accounts, Service>()("@app/auth/Accounts") {}

// =============================================================================
// Options
// =============================================================================

/**
 * What all accounts have in common, and how to begin with one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<E = never, R = never> extends Omit<TokenService.Options, "account" | "grant"> {
  /**
   * What an account begins with when the store holds nothing that grew from it. Asked once for each service, within
   * `timeout`; its failures are the account's failed token requests, tried again after the policy's pauses. Default: no
   * grant, so that the store or an `authorize` has to supply one.
   */
  readonly grantFor?: ((account: string) => Effect.Effect<Grant | undefined, E, R>) | undefined
  /**
   * How long a service stays after its last user has left. Then its scheduled refresh ends and its memory is free; the
   * store keeps the record, and the next `get` goes on from there. Default: 5 minutes.
   */
  readonly idleTimeToLive?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Accounts of one client, for as long as the scope lives.
 *
 * Fails with `InvalidConfiguration`, which names the option, when the token endpoint is neither https nor loopback, or
 * the client's id or secret holds what none can. An empty client secret counts as none.
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
  const start = yield* AccountService.make(common)
  const context = yield* Effect.context<R>()

  const grantOf = (account: string): Effect.Effect<Grant | undefined, AuthError.AuthError> =>
    grantFor === undefined
      ? Effect.undefined
      : Effect.suspend(() =>
        SourceErrors.contain(Effect.suspend(() => grantFor(account)), {
          name: "the program's source of grants",
          timeout
        }).pipe(
          Effect.flatMap((grant) => grant === undefined ? Effect.undefined : Credential.checkGrant(grant, "grantFor")),
          Effect.provideContext(context)
        )
      )

  const services = yield* Leases.make({
    start: (account) => start({ key: account, name: account, grant: grantOf(account) }),
    idleTimeToLive: Duration.fromInputUnsafe(options.idleTimeToLive ?? "5 minutes")
  })

  return Accounts.of({
    get: (account) =>
      // Not remembered: a layer that is outlives its turn and holds the account in use.
      Layer.fromBuild((_memoMap, scope) =>
        Effect.map(
          Effect.flatMap(AccountName.check(account), (account) => services.take(account, scope)),
          (tokens) => Context.make(TokenService.TokenService, tokens)
        )
      ),
    release: (account) => services.release(account)
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Accounts of one client over the `HttpClient` and the `TokenStore` in context. See `make`.
 *
 * **Example** (Beginning with refresh tokens from a table of the program's own)
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
 * The token service of one account, in use for as long as the layer lives. See `Service.get`.
 *
 * Put other layers on top of it with `provide` below, not with `Layer.provide`.
 *
 * @category layers
 * @since 0.1.0
 */
export const get = (account: string): Layer.Layer<TokenService.TokenService, AuthError.AuthError, Accounts> =>
  Layer.fromBuild((memoMap, scope) =>
    Accounts.use((accounts) => Layer.buildWithMemoMap(accounts.get(account), memoMap, scope))
  )

/**
 * A layer that needs a `TokenService`, made for one account. It is built afresh each time: built once and shared, as
 * layers are, it would go on acting for the account it was first made for.
 *
 * **Example** (An API client for each person)
 *
 * Whatever the people share goes below, such as the gate of an API that limits all calls of one app together.
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
