/** The parts that all accounts of one client share in this process: settings, and what was learnt of the server. */
import type * as Clock from "effect/Clock"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import * as Clocks from "../../Clocks.ts"
import type { RevocationEndpoint } from "../../RevocationEndpoint.ts"
import type { SharedTokenStore } from "../../SharedTokenStore.ts"
import type { TokenEndpoint } from "../../TokenEndpoint.ts"
import type { TokenKey } from "../../TokenStore.ts"
import * as Breaker from "./Breaker.ts"
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

export class Sharing {
  readonly clientId: string
  readonly server: AuthorizationServer
  readonly endpoint: TokenEndpoint
  readonly revocation: RevocationEndpoint | undefined
  readonly store: SharedTokenStore["Service"]
  readonly facts: RefreshFacts.Settings
  readonly refreshes: boolean
  readonly #clock: Clock.Clock
  #breaker = Breaker.closed
  /** Monotonic milliseconds before which nothing is refreshed ahead of time, because the server asked for that. */
  #pausedUntil = -Infinity

  constructor(options: Options) {
    this.clientId = options.clientId
    this.server = options.server
    this.endpoint = options.endpoint
    this.revocation = options.revocation
    this.store = options.store
    this.facts = options.facts
    this.refreshes = options.refreshes
    this.#clock = options.clock
  }

  get now(): Clocks.Instant {
    return Clocks.now(this.#clock)
  }

  keyOf(account: string): TokenKey {
    return { issuer: this.server.issuer, clientId: this.clientId, account }
  }

  /** Whether the server refuses so much that its refusals do not count. */
  get isIncident(): boolean {
    return Breaker.isOpen(this.#breaker, this.now.monotonic)
  }

  onAnswer(account: string, isRefused: boolean): void {
    this.#breaker = Breaker.onAnswer(this.#breaker, { account, isRefused, now: this.now.monotonic })
  }

  onRateLimit(millis: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.now.monotonic + millis)
  }

  /** The number of due accounts that may be begun now, of those that there is room for. */
  admit(room: number): number {
    const { monotonic } = this.now
    if (monotonic < this.#pausedUntil) return 0
    const [breaker, admitted] = Breaker.admit(this.#breaker, room, monotonic)
    this.#breaker = breaker
    return admitted
  }
}
