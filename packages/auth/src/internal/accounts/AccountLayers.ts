/** Layers and sign-ins of accounts, over services that run while they are in use. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { AccessToken } from "../../AccessToken.ts"
import type * as AuthError from "../../AuthError.ts"
import type { Grant } from "../../Grant.ts"
import * as TokenService from "../../TokenService.ts"
import type { Exchanged } from "../lifecycle/Exchange.ts"
import type { Leases, Running } from "../lifecycle/Leases.ts"
import type { Service } from "../lifecycle/Lifecycle.ts"
import * as StaticToken from "../lifecycle/StaticToken.ts"
import * as AccountName from "../settings/AccountName.ts"

export const make = <R extends Running<Service>>({ clientId, exchange, services }: {
  readonly clientId: string
  readonly services: Leases<Service, R>
  readonly exchange: (grant: Grant) => Effect.Effect<Exchanged, AuthError.AuthError>
}) => {
  /** Runs an effect with a service for one token. */
  const withToken = <A, E, R>(effect: Effect.Effect<A, E, R>, token: AccessToken) =>
    Effect.scopedWith((scope) =>
      Effect.flatMap(Scope.provide(StaticToken.make(token), scope), (tokens) => {
        const services = Context.make(TokenService.TokenService, { ...tokens, clientId }).pipe(
          // A layer that was built before would act for whoever it was built for.
          Context.add(Layer.CurrentMemoMap, Layer.makeMemoMapUnsafe())
        )
        return Effect.provideContext(effect, services)
      })
    )

  return {
    get: (account: string): Layer.Layer<TokenService.TokenService, AuthError.AuthError> =>
      // Not memoized: a memoized layer may live longer than its user and keep the account in use.
      Layer.fromBuild((_memoMap, scope) =>
        Effect.map(
          Effect.flatMap(AccountName.check(account), (account) => services.take(account, scope)),
          (tokens) => Context.make(TokenService.TokenService, tokens)
        )
      ),
    signIn: Effect.fnUntraced(function*<E, R>(grant: Grant, nameOf: Effect.Effect<string, E, R>) {
      const exchanged = yield* exchange(grant)
      const name = yield* withToken(nameOf, exchanged.tokenSet.accessToken)
      const account = yield* AccountName.check(name)
      const token = yield* Effect.scopedWith((scope) =>
        Effect.flatMap(services.take(account, scope), ({ authorize }) => authorize(exchanged))
      )
      return { account, token }
    }),
    release: (account: string): Effect.Effect<void> => services.release(account)
  }
}
