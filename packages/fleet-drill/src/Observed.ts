/**
 * What a drill has seen, and the figures that follow from it.
 */
import type { RefreshCounts } from "@app/sandbox"
import type * as Line from "./Line.ts"
import type * as Plan from "./Plan.ts"

/** A fault, as it went. Times are milliseconds since 1970. */
export interface Event {
  readonly fault: Plan.Fault
  readonly beganAt: number
  readonly endedAt: number
  /** The accounts whose requests may have been under way. */
  readonly held: ReadonlyArray<string>
}

/** A look at the table. */
export interface Look {
  readonly at: number
  /** Accounts whose token is over, though their sign-in lives. */
  readonly stale: number
}

export interface Observed {
  readonly accounts: number
  readonly seconds: number
  readonly events: ReadonlyArray<Event>
  readonly looks: ReadonlyArray<Look>
  readonly reads: Line.Reads
  readonly counts: RefreshCounts.RefreshCounts
  /** The accounts whose sign-in has ended, with the kind of the end. */
  readonly ended: ReadonlyArray<{ readonly account: string; readonly kind: string }>
  /** Transactions and bytes of WAL, without those of the drill's own looks. */
  readonly statements: number
  readonly walBytes: number
}

/** Seconds from the end of an event until a look finds no stale account; infinite where none does. */
export const recovery = (looks: ReadonlyArray<Look>, { endedAt }: Event): number => {
  const found = looks.find(({ at, stale }) => at >= endedAt && stale === 0)
  return found === undefined ? Infinity : (found.at - endedAt) / 1000
}

export const slowestRecovery = ({ events, looks }: Observed, kind?: Plan.Fault["_tag"]): number =>
  Math.max(
    0,
    ...events.filter(({ fault }) => kind === undefined || fault._tag === kind).map((event) => recovery(looks, event))
  )

export const staleAtMost = ({ looks }: Observed): number => Math.max(0, ...looks.map(({ stale }) => stale))

/** The accounts that were claimed by a process at the moment of a fault of these kinds. */
export const heldIn = ({ events }: Observed, ...kinds: ReadonlyArray<Plan.Fault["_tag"]>): ReadonlyArray<string> =>
  events.filter(({ fault }) => kinds.includes(fault._tag)).flatMap(({ held }) => held)

/** The accounts whose sign-in has ended, and which no process that was killed had claimed at that moment. */
export const endedWithoutKill = (observed: Observed): number => {
  const killed = heldIn(observed, "Kill")
  return observed.ended.filter(({ account }) => !killed.includes(account)).length
}

export const numberOf = ({ events }: Observed, kind: Plan.Fault["_tag"]): number =>
  events.filter(({ fault }) => fault._tag === kind).length

export const failedReads = ({ reads }: Observed): number =>
  Object.values(reads.failed).reduce((sum, one) => sum + one, 0)
