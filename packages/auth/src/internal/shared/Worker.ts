/**
 * The work of a process for all accounts: it refreshes those that are due, takes up news, and notes uses.
 *
 * **Details**
 *
 * Two fibers in all, and one for each request in flight. An account that nobody asks for is a row and nothing else.
 */
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as AuthError from "../../AuthError.ts"
import type { Lease } from "../../SharedTokenStore.ts"
import * as Telemetry from "../lifecycle/Telemetry.ts"
import * as TokenState from "../lifecycle/TokenState.ts"
import * as StoredState from "../storage/StoredState.ts"
import * as RefreshFacts from "./RefreshFacts.ts"
import * as SharedRefresh from "./SharedRefresh.ts"
import type { Sharing } from "./Sharing.ts"
import type { Uses } from "./Uses.ts"

// =============================================================================
// Model
// =============================================================================

export interface Options {
  readonly sharing: Sharing
  readonly uses: Uses
  readonly telemetry: Telemetry.Telemetry
  /** Requests in flight at most. */
  readonly refreshes: number
  /** Accounts begun within a second at most. */
  readonly refreshRate: number
  /** Time that the end waits for requests in flight. */
  readonly closeTimeout: Duration.Duration
  /** Has an account that is held in memory look at its row. */
  readonly lookAgain: (account: string) => Effect.Effect<void>
}

/** When to look for due accounts again: half of the requests at a time make a statement worth it. */
type Next = "Now" | "WhenHalfFree" | "Later"

/** The record that was written last is the one to go on with: no grant is looked up for an account that nobody uses. */
const latest: StoredState.Configured = { grant: undefined, origin: Redacted.make("") }

/** Milliseconds between two looks for due accounts, at least and at most. */
const pollPause = [250, 500] as const

/** Milliseconds between two looks for news. */
const newsPause = [400, 600] as const

/** Looks for news between two notes about uses. */
const looksBeforeNote = 10

const pause = ([least, most]: readonly [least: number, most: number]): Effect.Effect<void> =>
  Effect.flatMap(Random.next, (random) => Effect.sleep(least + random * (most - least)))

// =============================================================================
// Constructor
// =============================================================================

/** Starts the work, which ends with the scope: nothing is begun any more, and what is in flight is waited for. */
export const start = Effect.fnUntraced(function*(options: Options): Effect.fn.Return<void, never, Scope.Scope> {
  const { closeTimeout, sharing } = options
  const inFlight = yield* FiberSet.make<void>()
  let isClosed = false
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isClosed = true
      return Effect.asVoid(Effect.timeoutOption(FiberSet.awaitEmpty(inFlight), closeTimeout))
    })
  )
  yield* Effect.forkScoped(followNews(options))
  if (!sharing.refreshes) return
  const beforeSending = Effect.suspend(() => isClosed ? closing : Effect.void)
  const rate = rateOf(sharing, options.refreshRate)
  const halfFree = yield* Latch.make()
  const onEnd = Effect.flatMap(
    FiberSet.size(inFlight),
    (size) => size - 1 <= options.refreshes / 2 ? halfFree.release : Effect.void
  )

  const refreshDue = Effect.gen(function*(): Effect.fn.Return<Next, AuthError.AuthError> {
    const free = options.refreshes - (yield* FiberSet.size(inFlight))
    if (free < 1) return "WhenHalfFree"
    const limit = sharing.pace.admit(Math.max(Math.min(free, rate.left()), 0))
    if (limit < 1) return "Later"
    const { clientId, server: { issuer } } = sharing
    const leases = yield* sharing.store.leaseDue({ issuer, clientId, limit })
    rate.take(leases.length)
    for (const lease of leases) {
      const { account } = lease.key
      yield* FiberSet.run(
        inFlight,
        Telemetry.traced(refresh(sharing, lease, beforeSending), "TokenService.refresh", () => ({})).pipe(
          Effect.tapError((error) => Telemetry.logFailure(error, false)),
          Effect.ignoreCause,
          Effect.interruptible,
          Effect.ensuring(onEnd),
          Effect.updateContext((_worker: Context.Context<never>) => options.telemetry.contextOf(account))
        )
      )
    }
    // There may be more.
    return leases.length === limit ? "Now" : "Later"
  })

  const waitFor = (next: Next): Effect.Effect<void> => {
    switch (next) {
      case "Now":
        return Effect.yieldNow
      case "WhenHalfFree":
        return Effect.raceFirst(halfFree.await, pause(pollPause))
      case "Later":
        return pause(pollPause)
    }
  }

  yield* quiet()(refreshDue).pipe(
    // A claim without a fiber would keep an account until its lease ends.
    Effect.uninterruptible,
    Effect.flatMap((next = "Later") => waitFor(next)),
    Effect.forever,
    Effect.forkScoped
  )
})

const closing = Effect.fail(TokenState.unusable("the accounts have been closed"))

/** Makes steps that are repeated anyway: an outage of the store is logged once, as a warning. */
const quiet = () => {
  let isAway = false
  return <A>(step: Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A | undefined> =>
    Effect.matchEffect(step, {
      onFailure: (error) =>
        Effect.suspend(() => {
          const isKnown = isAway
          isAway = true
          return Effect.as(isKnown ? Effect.void : Effect.logWarning(error.message), undefined)
        }),
      onSuccess: (result) =>
        Effect.sync(() => {
          isAway = false
          return result
        })
    })
}

/** A budget of accounts that grows with time, up to that of a second. */
const rateOf = (sharing: Sharing, perSecond: number) => {
  let left = perSecond
  let at = sharing.now.monotonic
  return {
    left: () => {
      const { monotonic } = sharing.now
      left = Math.min(perSecond, left + (monotonic - at) * perSecond / 1000)
      at = monotonic
      return Math.floor(left)
    },
    take: (accounts: number) => {
      left -= accounts
    }
  }
}

// =============================================================================
// Due accounts
// =============================================================================

const refresh = Effect.fnUntraced(function*(
  sharing: Sharing,
  lease: Lease,
  beforeSending: Effect.Effect<void, AuthError.AuthError>
): Effect.fn.Return<void, AuthError.AuthError> {
  const { facts, now } = sharing
  const held = RefreshFacts.latestOf(lease.record)
  if (!RefreshFacts.isWanted(lease, facts, now)) {
    const randoms = yield* RefreshFacts.randoms
    const record = Option.getOrUndefined(lease.record)
    const options = { previous: undefined, usedAt: lease.usedAt, now, randoms }
    const after = record === undefined
      ? { ...lease.facts, refreshAt: undefined }
      : RefreshFacts.of(record, RefreshFacts.dueAt(record, options, facts), now, facts)
    return yield* lease.giveBack(after, { mayBeLost: lease.pendingSince !== undefined })
  }
  const { saving } = yield* SharedRefresh.run(sharing, {
    lease,
    configured: latest,
    held,
    rule: StoredState.onRefresh,
    isUse: false,
    beforeSending
  })
  if (saving !== undefined) yield* saving.save
})

// =============================================================================
// News and uses
// =============================================================================

const followNews = ({ lookAgain, sharing, uses }: Options): Effect.Effect<void> => {
  const { clientId, server: { issuer }, store } = sharing
  let since: string | undefined
  let looks = 0
  const look = Effect.gen(function*() {
    const { accounts, until } = yield* store.news({ issuer, clientId }, since)
    since = until
    // One that is waiting for a request of its own keeps nobody else from its news.
    yield* Effect.forEach(accounts, (account) => Effect.forkChild(lookAgain(account)), { discard: true })
    looks = (looks + 1) % looksBeforeNote
    if (looks === 0) yield* uses.flush
  })
  return quiet()(look).pipe(
    Effect.andThen(pause(newsPause)),
    Effect.forever,
    Effect.ensuring(Effect.ignore(uses.flush))
  )
}
