/** The parts that all accounts of one client share in this process. */
import type * as Clock from "effect/Clock"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import * as Clocks from "../../Clocks.ts"
import type { RevocationEndpoint } from "../../RevocationEndpoint.ts"
import type { SharedTokenStore } from "../../SharedTokenStore.ts"
import type { TokenEndpoint } from "../../TokenEndpoint.ts"
import type { TokenKey } from "../../TokenStore.ts"
import { Pace } from "./Pace.ts"
import type * as RefreshFacts from "./RefreshFacts.ts"

export interface Options {
  readonly clientId: string
  readonly server: AuthorizationServer
  readonly endpoint: TokenEndpoint
  /** Absent where the server has none. */
  readonly revocation: RevocationEndpoint | undefined
  readonly store: SharedTokenStore["Service"]
  readonly facts: RefreshFacts.Settings
  /** Whether this process sends refresh tokens at all. */
  readonly refreshes: boolean
  readonly clock: Clock.Clock
}

export interface Sharing extends Options {
  readonly pace: Pace
  readonly now: Clocks.Instant
  readonly keyOf: (account: string) => TokenKey
}

export const make = (options: Options): Sharing => {
  const { clientId, clock, server: { issuer } } = options
  return {
    ...options,
    pace: new Pace(clock),
    get now() {
      return Clocks.now(clock)
    },
    keyOf: (account) => ({ issuer, clientId, account })
  }
}
