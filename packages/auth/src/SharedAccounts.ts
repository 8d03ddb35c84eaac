/**
 * Token services of many accounts that any number of processes keep fresh together, and any of which may die.
 *
 * **When to use**
 *
 * Use in a server with several processes, in place of `Accounts.layer`: the rest of the program stays as it is.
 *
 * **Details**
 *
 * All processes share a `SharedTokenStore`. Each of them refreshes accounts that are due, also those that it has never
 * been asked for, and serves any account. Between two refreshes an account costs a row; a process that is asked for it
 * keeps it in a cache.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Accounts from "./Accounts.ts"
import type * as AuthError from "./AuthError.ts"
import * as AccountLayers from "./internal/accounts/AccountLayers.ts"
import * as AccountService from "./internal/lifecycle/AccountService.ts"
import * as GrantSource from "./internal/lifecycle/GrantSource.ts"
import * as Leases from "./internal/lifecycle/Leases.ts"
import * as Lifecycle from "./internal/lifecycle/Lifecycle.ts"
import { DueSpread } from "./internal/shared/DueSpread.ts"
import { SharedRequests } from "./internal/shared/SharedRequests.ts"
import * as Sharing from "./internal/shared/Sharing.ts"
import { Uses } from "./internal/shared/Uses.ts"
import * as Worker from "./internal/shared/Worker.ts"
import * as RefreshPolicy from "./RefreshPolicy.ts"
import { SharedTokenStore } from "./SharedTokenStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The accounts whose tokens are refreshed before anybody asks for them.
 *
 * **Details**
 *
 * `"always"` means all of them, `usedWithin` those that some process was asked for within that time, and `"on demand"`
 * none: then whoever asks first after the end of a token waits for the next one.
 *
 * @category models
 * @since 0.1.0
 */
export type Ahead = "always" | { readonly usedWithin: Duration.Input } | "on demand"

/**
 * Options for `make` and `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<E = never, R = never> extends Accounts.Options<E, R> {
  /** The accounts that are refreshed ahead of time. Default: those used within the last day. */
  readonly ahead?: Ahead | undefined
  /**
   * The longest time that an account stays without a refresh, for providers whose refresh tokens end when they are not
   * used. Default: as long as nobody asks.
   */
  readonly keepAlive?: Duration.Input | undefined
  /**
   * The number of token requests that this process has in flight at most, for accounts that are due. Default: 32. With 0
   * it only reads, and leaves refreshes to other processes, also those that its callers wait for.
   */
  readonly refreshes?: number | undefined
  /** The number of accounts that this process begins to refresh within a second, apart from those of its callers. Default: 50. */
  readonly refreshRate?: number | undefined
  /** The number of accounts that stay in memory while nobody uses them, some 3 kB each. Default: 100,000. */
  readonly cache?: number | undefined
  /** The longest time that an account stays in memory after its last user has left. Default: 1 hour. */
  readonly idleTimeToLive?: Duration.Input | undefined
  /**
   * The time limit of one token request. Default: 60 seconds, since hanging up on a provider is what loses its responses.
   */
  readonly timeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

const millis = (input: Duration.Input | undefined): number =>
  input === undefined ? Infinity : Duration.toMillis(Duration.fromInputUnsafe(input))

const usedWithinOf = (ahead: Ahead = { usedWithin: "1 day" }): number => {
  if (ahead === "always") return Infinity
  return ahead === "on demand" ? 0 : millis(ahead.usedWithin)
}

/**
 * The policy by which a process looks for the token that others have refreshed: later than any of them is due, so that one
 * look is enough, and early enough to refresh it by itself if nobody has.
 */
const afterOthers = (policy: RefreshPolicy.RefreshPolicy): RefreshPolicy.RefreshPolicy => ({
  ...policy,
  plan: (lifetime: Option.Option<Duration.Duration>, random: number) => {
    const first = policy.plan(lifetime, 0)
    const jitter = Duration.subtract(policy.plan(lifetime, 1).refreshAt, first.refreshAt)
    const refreshAt = Duration.sum(first.refreshAt, Duration.times(jitter, 1.5 + random / 2))
    return { ...first, refreshAt: Duration.min(refreshAt, first.mandatoryAt) }
  }
})

/**
 * Creates the accounts of one client, which live as long as the scope.
 *
 * **Details**
 *
 * Fails as `Accounts.make` does. Closing the scope begins no further refresh, and waits within `timeout` for those in
 * flight.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*<E = never, R = never>(
  options: Options<E, R>
): Effect.fn.Return<
  Accounts.Service,
  AuthError.AuthError,
  R | HttpClient.HttpClient | SharedTokenStore | Scope.Scope
> {
  const { grantFor, ...settings } = options
  const policy = settings.policy ?? RefreshPolicy.standard
  const usedWithin = usedWithinOf(settings.ahead)
  const timeout = Duration.fromInputUnsafe(settings.timeout ?? defaultTimeout)
  const isAhead = usedWithin > 0
  const parts = yield* AccountService.partsOf({
    ...settings,
    timeout,
    policy: isAhead ? afterOthers(policy) : policy
  })
  const { common, exchange, server } = parts
  const { clientId } = settings.client
  const refreshes = settings.refreshes ?? 32
  const sharing = Sharing.make({
    ...parts,
    clientId,
    store: yield* SharedTokenStore,
    clock: yield* Clock.clockWith(Effect.succeed),
    refreshes: refreshes > 0,
    facts: {
      policy,
      refreshTokenLifetime: server.refreshTokenLifetime,
      ahead: { usedWithin, keepAlive: millis(settings.keepAlive) },
      spread: new DueSpread()
    }
  })
  const uses = new Uses(sharing, isAhead ? usedWithin / 8 : Infinity)
  const grantOf = GrantSource.make(grantFor, timeout, yield* Effect.context<R>())

  const start = (account: string) =>
    Lifecycle.startUnscheduled(
      common,
      account,
      (host) => new SharedRequests(sharing, uses, { key: account, grant: grantOf(account) }, host)
    )

  const services = yield* Leases.make<Lifecycle.Service, Lifecycle.Unscheduled>({
    start,
    idleTimeToLive: Duration.fromInputUnsafe(options.idleTimeToLive ?? "1 hour"),
    maxIdle: settings.cache ?? 100_000
  })
  yield* Worker.start({
    sharing,
    uses,
    telemetry: common.telemetry,
    refreshes,
    refreshRate: settings.refreshRate ?? 50,
    closeTimeout: timeout,
    lookAgain: (account) => Effect.suspend(() => services.find(account)?.takeOver() ?? Effect.void)
  })
  return Accounts.Accounts.of(AccountLayers.make({ clientId, exchange, services }))
})

const defaultTimeout = Duration.seconds(60)

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides the accounts of one client over the `HttpClient` and the `SharedTokenStore` in context.
 *
 * **Example** (Processes that only read, beside others that refresh)
 *
 * ```ts
 * import * as SharedAccounts from "@app/auth/SharedAccounts"
 *
 * const client = { clientId: "…" }
 *
 * export const Web = SharedAccounts.layer({ client, refreshes: 0 })
 *
 * export const Refreshers = SharedAccounts.layer({ client, ahead: "always" })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E = never, R = never>(
  options: Options<E, R>
): Layer.Layer<Accounts.Accounts, AuthError.AuthError, R | HttpClient.HttpClient | SharedTokenStore> =>
  Layer.effect(Accounts.Accounts, make(options))
