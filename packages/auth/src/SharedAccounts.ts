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
import type * as Duration from "effect/Duration"
import type * as Accounts from "./Accounts.ts"

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
export interface Options<E = never, R = never>
  extends Omit<Accounts.Options<E, R>, "idleTimeToLive" | "signInWarning">
{
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
  /** The number of accounts that stay in memory while nobody uses them. Default: 100,000. */
  readonly cache?: number | undefined
}
