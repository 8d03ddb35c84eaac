/** The token service of one account, from what all accounts of one client have in common. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as AuthError from "../../AuthError.ts"
import * as Providers from "../../Providers.ts"
import * as RefreshPolicy from "../../RefreshPolicy.ts"
import * as RevocationEndpoint from "../../RevocationEndpoint.ts"
import * as TokenEndpoint from "../../TokenEndpoint.ts"
import type * as TokenService from "../../TokenService.ts"
import * as TokenStore from "../../TokenStore.ts"
import type { Running } from "./Leases.ts"
import * as Lifecycle from "./Lifecycle.ts"
import * as TokenRequests from "./TokenRequests.ts"

/** What all accounts have in common. */
export type Options = Omit<TokenService.Options, "account" | "grant">

/** What one account has of its own. */
export interface Account extends TokenRequests.Account {
  /** Its name in what is told of it; absent where there is one only. */
  readonly name: string | undefined
}

export type Start = (account: Account) => Running<TokenService.Service>

export const defaultTimeout = Duration.seconds(30)

/**
 * Settings are looked at once, whatever the number of accounts. What services do by themselves is done in the context of
 * this effect, and in nothing of whoever starts one.
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Start, AuthError.AuthError, HttpClient.HttpClient | TokenStore.TokenStore> {
  const { client } = options
  const server = options.server ?? Providers.defaultServer
  const timeout = Duration.fromInputUnsafe(options.timeout ?? defaultTimeout)
  const store = yield* TokenStore.TokenStore
  const endpoint = yield* TokenEndpoint.make({ server, client, timeout })
  const revocation = yield* RevocationEndpoint.make({ server, client, timeout })
  const common = Lifecycle.common({
    policy: options.policy ?? RefreshPolicy.standard,
    scopes: options.scopes ?? [],
    areScopesVerbatim: server.namesScopesVerbatim === true,
    issuer: server.issuer,
    clientId: client.clientId,
    signInWarning: Duration.fromInputUnsafe(options.signInWarning ?? "14 days"),
    refreshTokenLifetime: server.refreshTokenLifetime,
    closeTimeout: timeout
  }, yield* Effect.context<never>())
  const stored = { clientId: client.clientId, server, endpoint, revocation, store }
  return (account) => Lifecycle.start(common, account.name, TokenRequests.make(stored, account))
})
