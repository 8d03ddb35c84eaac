/** Starts the token services of the accounts of one client. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as AuthError from "../../AuthError.ts"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import type { Client } from "../../Client.ts"
import * as Clocks from "../../Clocks.ts"
import type { Grant } from "../../Grant.ts"
import * as Providers from "../../Providers.ts"
import * as RefreshPolicy from "../../RefreshPolicy.ts"
import * as RevocationEndpoint from "../../RevocationEndpoint.ts"
import * as TokenEndpoint from "../../TokenEndpoint.ts"
import * as TokenStore from "../../TokenStore.ts"
import * as KeyedLock from "../storage/KeyedLock.ts"
import type { StoredTokens } from "../storage/StoredTokens.ts"
import * as Common from "./Common.ts"
import type { Exchanged } from "./Exchange.ts"
import type { Running } from "./Leases.ts"
import * as Lifecycle from "./Lifecycle.ts"
import * as TokenRequests from "./TokenRequests.ts"

// =============================================================================
// Model
// =============================================================================

/** The options that all accounts share. `TokenService.Options` and `Accounts.Options` extend them. */
export interface Options {
  readonly client: Client
  /** The authorization server. Default: `Providers.defaultServer`. */
  readonly server?: AuthorizationServer | undefined
  /**
   * Scopes that the program cannot do without. Default: none.
   *
   * A token known to lack one fails with `ReauthorizationRequired` (`InsufficientScope`) instead of failing later at the
   * API. That is known only of a server that names scopes as they were requested: see
   * `AuthorizationServer.namesScopesVerbatim`.
   */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** Default: `RefreshPolicy.standard`. */
  readonly policy?: RefreshPolicy.RefreshPolicy | undefined
  /** Time before a sign-in is due from which `status` says so and a warning is logged. Default: 14 days. */
  readonly signInWarning?: Duration.Input | undefined
  /**
   * The time limit of one token request. Default: 30 seconds, which is a little less than other processes that share the
   * store wait for its lock.
   */
  readonly timeout?: Duration.Input | undefined
}

/** One account. */
export interface Account extends TokenRequests.Account {
  /** Its name in logs, traces and metrics; absent where there is only one. */
  readonly name: string | undefined
}

/** The parts of the token services of one client, wherever they keep their tokens. */
export interface Parts {
  readonly common: Common.Common
  readonly server: AuthorizationServer
  readonly endpoint: TokenEndpoint.TokenEndpoint
  /** Absent where the server has none. */
  readonly revocation: RevocationEndpoint.RevocationEndpoint | undefined
  /** Exchanges a grant for tokens that belong to no account yet. */
  readonly exchange: (grant: Grant) => Effect.Effect<Exchanged, AuthError.AuthError>
}

/** The token services of one client. */
export interface Services {
  readonly start: (account: Account) => Running<Lifecycle.Service>
  /** Exchanges a grant for tokens that belong to no account yet. */
  readonly exchange: (grant: Grant) => Effect.Effect<Exchanged, AuthError.AuthError>
}

// =============================================================================
// Constructor
// =============================================================================

export const defaultTimeout = Duration.seconds(30)

/**
 * Checks the options once.
 *
 * **Details**
 *
 * Services do what they do by themselves in the context of this effect, not in that of the callers who start them.
 */
export const partsOf = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Parts, AuthError.AuthError, HttpClient.HttpClient> {
  const { client } = options
  const server = options.server ?? Providers.defaultServer
  const timeout = Duration.fromInputUnsafe(options.timeout ?? defaultTimeout)
  const endpoint = yield* TokenEndpoint.make({ server, client, timeout })
  const revocation = yield* RevocationEndpoint.make({ server, client, timeout })
  const common = Common.make({
    policy: options.policy ?? RefreshPolicy.standard,
    scopes: options.scopes ?? [],
    areScopesVerbatim: server.namesScopesVerbatim === true,
    issuer: server.issuer,
    clientId: client.clientId,
    signInWarning: Duration.fromInputUnsafe(options.signInWarning ?? "14 days"),
    refreshTokenLifetime: server.refreshTokenLifetime,
    closeTimeout: timeout
  }, yield* Effect.context<never>())
  return {
    common,
    server,
    endpoint,
    revocation,
    exchange: (grant) =>
      Effect.suspend(() => {
        const startedAt = Clocks.now(common.clock)
        return Effect.map(endpoint.request(grant), (tokenSet) => ({ _tag: "Exchanged", tokenSet, startedAt }))
      })
  }
})

/** Returns what starts the services of accounts whose tokens are in the `TokenStore` in context. */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Services, AuthError.AuthError, HttpClient.HttpClient | TokenStore.TokenStore> {
  const { common, exchange, ...parts } = yield* partsOf(options)
  const store = yield* TokenStore.TokenStore
  const turns = KeyedLock.make<StoredTokens>()
  const stored = { ...parts, clientId: options.client.clientId, store, turns }
  return {
    start: (account) => Lifecycle.start(common, account.name, TokenRequests.make(stored, account)),
    exchange
  }
})
