/**
 * A drill: processes that share accounts, the faults that happen to them, and what came of it.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type * as Bundle from "./Bundle.ts"
import * as Child from "./Child.ts"
import * as Database from "./Database.ts"
import { DrillFailed } from "./DrillFailed.ts"
import type * as Line from "./Line.ts"
import type * as Observed from "./Observed.ts"
import type * as Plan from "./Plan.ts"
import type * as ProcessSettings from "./ProcessSettings.ts"
import * as Provider from "./Provider.ts"
import * as Read from "./Read.ts"
import type * as Referee from "./Referee.ts"
import * as SignIns from "./SignIns.ts"
import * as TableLooks from "./TableLooks.ts"
import * as Workers from "./Workers.ts"

// =============================================================================
// Model
// =============================================================================

export interface Setup {
  readonly accounts: number
  readonly accessTokenSeconds: number
  readonly graceSeconds: number
  readonly leaseSeconds: number
  readonly latencyMillis: number
  readonly workers: number
  readonly readsPerSecond: number
  /** Whether the database waits for the disk. */
  readonly isDurable: boolean
}

export interface Drill {
  readonly name: string
  readonly title: string
  readonly setup: Setup
  readonly plan: ReadonlyArray<Plan.Step>
  readonly judge: (observed: Observed.Observed) => ReadonlyArray<Referee.Check>
}

// =============================================================================
// Faults
// =============================================================================

interface Stage {
  readonly database: Database.Database
  readonly provider: Provider.Provider
  readonly workers: Workers.Workers
}

/** Makes faults happen, one after the other; only a worker that is suspended stays so during other faults. */
const faults = ({ database, provider, workers }: Stage) => {
  const events: Array<Observed.Event> = []
  let suspended: Deferred.Deferred<void> | undefined

  const noted = Effect.fnUntraced(function*<E>(
    fault: Plan.Fault,
    happen: Effect.Effect<ReadonlyArray<string>, E>
  ) {
    const beganAt = yield* Clock.currentTimeMillis
    const held = yield* happen
    events.push({ fault, beganAt, endedAt: yield* Clock.currentTimeMillis, held })
  })

  const nobodySuspended = Effect.suspend(() => suspended === undefined ? Effect.void : Deferred.await(suspended))

  const suspend = (worker: Workers.Worker, millis: number) => {
    const { claims } = worker
    return Effect.gen(function*() {
      const done = Deferred.makeUnsafe<void>()
      suspended = done
      worker.isSuspended = true
      yield* worker.child.send("SIGSTOP")
      yield* Effect.sleep(millis)
      const held = [...claims.keys()]
      yield* worker.child.send("SIGCONT")
      worker.isSuspended = false
      suspended = undefined
      yield* Deferred.succeed(done, undefined)
      return held
    })
  }

  const happen = Effect.fnUntraced(function*(
    fault: Plan.Fault
  ): Effect.fn.Return<void, DrillFailed, Scope.Scope> {
    if (fault._tag === "Suspend" || fault._tag === "Freeze") yield* nobodySuspended
    const worker = workers.any(yield* Random.next)
    if (worker === undefined) return yield* new DrillFailed({ issue: "There is no worker left." })
    switch (fault._tag) {
      case "Kill":
        return yield* noted(fault, workers.replace(worker, "SIGKILL"))
      case "Terminate":
        return yield* noted(fault, workers.replace(worker, "SIGTERM"))
      case "Suspend": {
        yield* Effect.forkScoped(noted(fault, suspend(worker, fault.millis)), { startImmediately: true })
        return
      }
      case "Freeze":
        return yield* noted(
          fault,
          Effect.gen(function*() {
            const held = workers.all().flatMap(({ claims }) => Array.from(claims.keys()))
            yield* provider.child.send("SIGSTOP")
            yield* Effect.sleep(fault.millis)
            yield* provider.child.send("SIGCONT")
            return held
          })
        )
      case "KillDatabase": {
        const { process } = database
        // A database that is not the drill's own is left alone.
        if (process === undefined) return
        return yield* noted(
          fault,
          Effect.gen(function*() {
            yield* process.kill
            yield* Effect.sleep(fault.millis)
            yield* process.start
            return []
          })
        )
      }
    }
  })

  return { events, happen, nobodySuspended }
}

// =============================================================================
// Run
// =============================================================================

const untilRequests = (provider: Provider.Provider, count: number) =>
  Effect.repeat(Effect.delay(provider.counts, "100 millis"), { until: ({ requests }) => requests >= count })

/** Runs a drill from the first sign-in to the last token. */
export const run = Effect.fnUntraced(function*(
  { plan, setup }: Drill,
  { bundle, isVerbose }: {
    readonly bundle: (name: Bundle.Name) => string
    readonly isVerbose?: boolean | undefined
  }
): Effect.fn.Return<Observed.Observed, DrillFailed, Scope.Scope> {
  const database = yield* Database.make(setup)
  const provider = yield* Provider.make(bundle("provider"), setup)
  const user: ProcessSettings.User = {
    ...setup,
    databaseUrl: database.url,
    accountsUrl: provider.accountsUrl,
    apiUrl: provider.apiUrl,
    refreshes: 32,
    refreshRate: 200,
    tellsClaims: true
  }
  yield* SignIns.make(provider, user)
  const workers = yield* Workers.make({ file: bundle("worker"), settings: user, isVerbose }, setup.workers)
  let reads: Line.Reads = Read.none
  const reader = yield* Child.start({
    file: bundle("reader"),
    settings: { ...user, refreshes: 0, tellsClaims: false },
    isVerbose,
    onLine: (line) => {
      if (line._tag === "Reads") reads = Read.add(reads, line)
    }
  })
  yield* reader.ready
  const beganAt = yield* Clock.currentTimeMillis
  const table = yield* TableLooks.make(database)
  const first = yield* provider.counts
  const { events, happen, nobodySuspended } = faults({ database, provider, workers })

  for (const { after, fault, pause } of plan) {
    // Otherwise one fault is judged by the next.
    yield* table.fresh(events.at(-1)?.endedAt ?? beganAt)
    const { requests } = yield* provider.counts
    yield* Effect.sleep(pause)
    yield* untilRequests(provider, requests + after)
    yield* happen(fault)
  }
  yield* nobodySuspended
  yield* table.settled(yield* Clock.currentTimeMillis)

  const last = yield* provider.counts
  const seconds = ((yield* Clock.currentTimeMillis) - beganAt) / 1000
  return {
    accounts: setup.accounts,
    seconds,
    events,
    looks: table.looks,
    reads,
    counts: {
      requests: last.requests - first.requests,
      overlapping: last.overlapping,
      resent: last.resent,
      reused: last.reused
    },
    ended: yield* table.ended,
    ...(yield* table.effort)
  }
})
