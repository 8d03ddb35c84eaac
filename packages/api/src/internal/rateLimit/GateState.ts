/**
 * Rules of the gate of one app, as pure functions of a state, an event and an instant.
 *
 * **Details**
 *
 * `AppGate` does what they decide.
 *
 * | state | event | next state |
 * | --- | --- | --- |
 * | `Open` | `limit` | `Closed` |
 * | `Closed` | `limit` | `Closed`, for the longer of both times |
 * | `Closed` | its time is over | `Opening`, one call wide |
 * | `Opening` | `admit` | `Opening`, with more calls under way |
 * | `Opening` | `leave` with a response, others wait | `Opening`, one call wider |
 * | `Opening` | `leave` with a response, nobody waits | `Open` |
 * | `Opening` | `leave` without a response | `Opening`, with a place free |
 * | `Opening` | `limit` | `Closed` |
 * | `Opening` | `rest` after 30 seconds without calls | `Open` |
 *
 * Any other event leaves the state as it is.
 */
import * as Clocks from "@app/auth/Clocks"
import * as RetryTiming from "../time/RetryTiming.ts"

// =============================================================================
// Model
// =============================================================================

export type GateState = Open | Closed | Opening

/** No limit is known: calls pass. */
export interface Open {
  readonly _tag: "Open"
}

/** The app is limited: calls wait or are refused. */
export interface Closed {
  readonly _tag: "Closed"
  readonly limit: Clocks.Period
  /** The number of times the gate closed since a call last received a response. */
  readonly refusals: number
}

/** The limit is over: calls pass one by one, then more at a time with each response. */
export interface Opening {
  readonly _tag: "Opening"
  /** The limit that is over. */
  readonly limit: Clocks.Period
  readonly refusals: number
  /** The number of calls that may be under way at a time. */
  readonly width: number
  /** The calls that are under way, those admitted first in front. */
  readonly underWay: ReadonlyArray<Group>
}

/** Calls that were admitted at one instant of the monotonic clock. */
interface Group {
  readonly at: number
  readonly calls: number
}

/** The instant at which a call was admitted, and the limit before it. */
export interface Ticket {
  readonly limit: Clocks.Period
  readonly at: number
}

/** A call that arrives at the gate, or waits there. */
export interface Caller {
  readonly timing: RetryTiming.RetryTiming
  /** The end of the call's budget, in milliseconds of the monotonic clock. */
  readonly deadline: number
}

export const open: GateState = { _tag: "Open" }

// =============================================================================
// Figures
// =============================================================================

/** The longest limit in milliseconds, should a server name an absurd one. Spotify's are shorter. */
export const longest = 24 * 60 * 60 * 1000

/** The window in milliseconds over which Spotify counts calls: a gate that nobody came to for so long opens by itself. */
export const window = 30 * 1000

/**
 * The milliseconds for which an admitted call keeps its place.
 *
 * **Details**
 *
 * The call is to show whether the app is still limited, which Spotify answers within a fraction of this. A call that hangs
 * does not show it, so another is admitted.
 */
export const probeTimeout = 2 * 1000

// =============================================================================
// Time
// =============================================================================

/** Returns what time alone has made of a state: the end of a limit, and places that are given up. */
const at = (state: GateState, now: Clocks.Instant): GateState => {
  switch (state._tag) {
    case "Open":
      return state
    case "Closed": {
      const { limit, refusals } = state
      return Clocks.remaining(limit, now) > 0
        ? state
        : { _tag: "Opening", limit, refusals, width: 1, underWay: [] }
    }
    case "Opening": {
      const isOverdue = ({ at }: Group) => now.monotonic - at >= probeTimeout
      const [oldest] = state.underWay
      return oldest === undefined || !isOverdue(oldest)
        ? state
        : { ...state, underWay: state.underWay.filter((group) => !isOverdue(group)) }
    }
  }
}

const underWay = (state: Opening): number => state.underWay.reduce((sum, { calls }) => sum + calls, 0)

/** Returns in how many milliseconds time changes the state, with so many calls waiting; infinity when it does not. */
export const wakesIn = (state: GateState, waiting: number, now: Clocks.Instant): number => {
  switch (state._tag) {
    case "Open":
      return Infinity
    case "Closed":
      return Clocks.remaining(state.limit, now)
    case "Opening": {
      const [oldest] = state.underWay
      return waiting > 0 && oldest !== undefined
        ? Math.min(window, oldest.at + probeTimeout - now.monotonic)
        : window
    }
  }
}

// =============================================================================
// Events
// =============================================================================

/** The decision about a call that arrives. */
export type Arrival =
  /** The gate is open: the call is not counted. */
  | { readonly _tag: "Pass" }
  /** The call takes its turn, which may come at once. */
  | { readonly _tag: "Queue" }
  /** The call cannot or must not wait; `millis` is the rest of the limit, if it is known. */
  | { readonly _tag: "Refuse"; readonly millis: number | undefined }

/** Decides about a call that arrives while `waiting` others wait. */
export const arrive = (state: GateState, caller: Caller, waiting: number, now: Clocks.Instant): Arrival => {
  const current = at(state, now)
  switch (current._tag) {
    case "Open":
      return { _tag: "Pass" }
    case "Closed": {
      const millis = Clocks.remaining(current.limit, now)
      return mayWait(caller, millis, now) ? { _tag: "Queue" } : { _tag: "Refuse", millis }
    }
    case "Opening": {
      const isFull = waiting > 0 || underWay(current) >= current.width
      return isFull && caller.timing.policy.whileLimited === "fail"
        ? { _tag: "Refuse", millis: undefined }
        : { _tag: "Queue" }
    }
  }
}

/** Returns whether a call may wait at a gate that stays closed for so many milliseconds. */
export const mayWait = ({ deadline, timing }: Caller, millis: number, { monotonic }: Clocks.Instant): boolean =>
  RetryTiming.mayWait(timing, millis, { now: monotonic, deadline })

export interface Admission {
  readonly state: GateState
  /** The number of waiting calls that are admitted. */
  readonly admitted: number
  /** Their ticket; undefined when the gate is open or closed. */
  readonly ticket: Ticket | undefined
}

/** Admits as many of `waiting` calls as may be under way. */
export const admit = (state: GateState, waiting: number, now: Clocks.Instant): Admission => {
  const current = at(state, now)
  if (current._tag === "Open") return { state: current, admitted: waiting, ticket: undefined }
  if (current._tag === "Closed") return { state: current, admitted: 0, ticket: undefined }
  const ticket = { limit: current.limit, at: now.monotonic }
  const admitted = Math.max(0, Math.min(waiting, current.width - underWay(current)))
  return admitted === 0
    ? { state: current, admitted, ticket }
    : { state: { ...current, underWay: withMore(current.underWay, ticket.at, admitted) }, admitted, ticket }
}

const withMore = (groups: ReadonlyArray<Group>, at: number, calls: number): ReadonlyArray<Group> => {
  const last = groups.at(-1)
  return last?.at === at
    ? [...groups.slice(0, -1), { at, calls: last.calls + calls }]
    : [...groups, { at, calls }]
}

/** Takes note of the end of an admitted call; `isAnswered` says that it received a response other than a 429. */
export const leave = (
  state: GateState,
  ticket: Ticket,
  isAnswered: boolean,
  waiting: number,
  now: Clocks.Instant
): GateState => {
  const current = at(state, now)
  // A call that was under way when the gate closed again shows nothing about the opening that follows.
  if (current._tag !== "Opening" || current.limit !== ticket.limit) return current
  if (isAnswered && waiting === 0) return open
  const underWay = current.underWay.flatMap((group) =>
    group.at !== ticket.at ? [group] : group.calls > 1 ? [{ ...group, calls: group.calls - 1 }] : []
  )
  return isAnswered ? { ...current, underWay, width: current.width + 1, refusals: 0 } : { ...current, underWay }
}

export interface Limitation {
  readonly state: GateState
  /** For how many milliseconds the gate closes from now on; undefined when an earlier limit lasts longer. */
  readonly closedFor: number | undefined
  readonly wasClosed: boolean
}

/**
 * Closes the gate after a 429.
 *
 * **Details**
 *
 * `retryAfter` is what the response says, in milliseconds. Without it the policy's default counts, doubled with each
 * refusal since a call last received a response. Of several limits the one that ends last counts.
 */
export const limit = (
  state: GateState,
  retryAfter: number | undefined,
  { retryAfterCap, retryAfterDefault }: RetryTiming.RetryTiming,
  now: Clocks.Instant
): Limitation => {
  const current = at(state, now)
  const wasClosed = current._tag === "Closed"
  const before = current._tag === "Open" ? 0 : current.refusals
  const refusals = wasClosed ? before : before + 1
  const asked = retryAfter ?? Math.min(retryAfterDefault * 2 ** (refusals - 1), retryAfterCap)
  const lasts = Math.min(asked, longest)
  if (wasClosed && lasts <= Clocks.remaining(current.limit, now)) {
    return { state: current, closedFor: undefined, wasClosed }
  }
  return { state: { _tag: "Closed", limit: { since: now, lasts }, refusals }, closedFor: lasts, wasClosed }
}

/** Opens a gate that nobody came to for the length of Spotify's window after its limit ended. */
export const rest = (state: GateState, waiting: number, now: Clocks.Instant): GateState => {
  const current = at(state, now)
  return current._tag === "Opening" && waiting === 0 && current.underWay.length === 0
      && Clocks.remaining(current.limit, now) <= -window
    ? open
    : current
}
