/** The rights of a service key, and the account that a path names. */
import type { TokenKey } from "@app/auth/TokenStore"
import * as Effect from "effect/Effect"
import type { App } from "../Apps.ts"
import { Apps } from "../Apps.ts"
import { CurrentPrincipal } from "../contract/Middleware.ts"
import { Forbidden, NotFound } from "../FleetError.ts"
import * as Names from "../Names.ts"
import type { Principal, Right } from "../ServiceKey.ts"

export interface AppPlace {
  readonly principal: Principal
  readonly tenant: string
  readonly app: App
}

export interface AccountPlace extends AppPlace {
  /** The tenant's own name for the account. */
  readonly account: string
  /** The key of the account in the token store. */
  readonly key: TokenKey
}

/** Whoever has sent the request, if it may. */
export const principalWith = (right: Right): Effect.Effect<Principal, Forbidden, CurrentPrincipal> =>
  Effect.filterOrFail(CurrentPrincipal, (principal) => principal.may(right), () => Forbidden.lacks(right))

/** The app of a path. Somebody else's tenant, and one that is not there, are refused alike, whatever the key may do. */
export const app = Effect.fnUntraced(function*(
  params: { readonly tenant: string; readonly app: string },
  right: Right
): Effect.fn.Return<AppPlace, Forbidden | NotFound, Apps | CurrentPrincipal> {
  const principal = yield* CurrentPrincipal
  const found = (yield* Apps).get(params.app)
  if (!Names.isTenantName(params.tenant) || !principal.isFor(params.tenant) || found === undefined) {
    return yield* NotFound.account()
  }
  yield* principalWith(right)
  return { principal, tenant: params.tenant, app: found }
})

/** The place of a tenant's account at an app. */
export const placeOf = (place: AppPlace, account: string): AccountPlace => ({
  ...place,
  account,
  key: place.app.keyOf(place.tenant, account)
})

/** The account of a path, whether it is there or not. */
export const account = Effect.fnUntraced(function*(
  params: { readonly tenant: string; readonly app: string; readonly account: string },
  right: Right
): Effect.fn.Return<AccountPlace, Forbidden | NotFound, Apps | CurrentPrincipal> {
  const place = yield* app(params, right)
  if (!Names.isAccountName(params.account)) return yield* NotFound.account()
  return placeOf(place, params.account)
})
