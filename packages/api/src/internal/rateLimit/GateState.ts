/**
 * What the gate of one app is, and what becomes of it: rules alone. `Gates` does what they say.
 *
 * A 429 closes it. When its time is over it opens gently: one call goes first, and with each that is answered one more may be
 * under way at a time, until nobody waits.
 */
import * as Clocks from "@app/auth/Clocks"
import * as RetryTiming from "../time/RetryTiming.ts"

// =============================================================================
// Model
// =============================================================================

export type GateState = Open | Closed | Opening

export interface Open {
  readonly _tag: "Open"
}

export interface Closed {
  readonly _tag: "Closed"
  readonly limit: Clocks.Period
  /** How often it closed since a call last got through. */
  readonly refusals: number
}

export interface Opening {
  readonly _tag: "Opening"
  /** The one that is over. */
  readonly limit: Clocks.Period
  readonly refusals: number
  /** How many calls may be under way at a time. */
  readonly width: number
  /** Those that are, the first that were let in before the others. */
  readonly underWay: ReadonlyArray<Group>
}

/** Calls that were let in at one instant of the monotonic clock. */
interface Group {
  readonly at: number
  readonly calls: number
}

/** When a call was let in, and after which limit. */
export interface Ticket {
  readonly limit: Clocks.Period
  readonly at: number
}

/** A call that comes to the gate, or waits there. */
export interface Caller {
  readonly timing: RetryTiming.RetryTiming
  /** When it is over, in milliseconds of the monotonic clock. */
  readonly deadline: number
}

export const open: GateState = { _tag: "Open" }

// =============================================================================
// Figures
// =============================================================================

/** Nothing longer has been seen from Spotify. After it one call asks again, should a server have said something absurd. */
export const longest = 24 * 60 * 60 * 1000

/** Spotify counts over this time, so a gate that nobody came to in it opens by itself. */
export const window = 30 * 1000

/**
 * How long a call that was let in is waited for. The question is whether the app is still limited, which Spotify answers
 * within a fraction of this; a call that hangs does not tell, so the next is let in to ask.
 */
export const probePatience = 2 * 1000

// =============================================================================
// Time
// =============================================================================

/** What it has become by now: closed until its time is over, and without those that had no answer for too long. */
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
      const isOverdue = ({ at }: Group) => now.monotonic - at >= probePatience
      const [oldest] = state.underWay
      return oldest === undefined || !isOverdue(oldest)
        ? state
        : { ...state, underWay: state.underWay.filter((group) => !isOverdue(group)) }
    }
  }
}

const underWay = (state: Opening): number => state.underWay.reduce((sum, { calls }) => sum + calls, 0)

/** In how many milliseconds it has to be looked at again, with so many waiting. */
export const wakesIn = (state: GateState, waiting: number, now: Clocks.Instant): number => {
  switch (state._tag) {
    case "Open":
      return Infinity
    case "Closed":
      return Clocks.remaining(state.limit, now)
    case "Opening": {
      const [oldest] = state.underWay
      return waiting > 0 && oldest !== undefined
        ? Math.min(window, oldest.at + probePatience - now.monotonic)
        : window
    }
  }
}

// =============================================================================
// Events
// =============================================================================

export type Arrival =
  /** The gate is open: nobody needs to know of this call. */
  | { readonly _tag: "Pass" }
  /** It takes its turn, which may come at once. */
  | { readonly _tag: "Queue" }
  /** It cannot wait, or will not; where the end of the limit is known, it is in `millis`. */
  | { readonly _tag: "Refuse"; readonly millis: number | undefined }

/** A call comes, with so many waiting. */
export const arrive = (state: GateState, caller: Caller, waiting: number, now: Clocks.Instant): Arrival => {
  const current = at(state, now)
  switch (current._tag) {
    case "Open":
      return { _tag: "Pass" }
    case "Closed": {
      const millis = Clocks.remaining(current.limit, now)
      return waits(caller, millis, now) ? { _tag: "Queue" } : { _tag: "Refuse", millis }
    }
    case "Opening": {
      const isFull = waiting > 0 || underWay(current) >= current.width
      return isFull && caller.timing.policy.whileLimited === "fail"
        ? { _tag: "Refuse", millis: undefined }
        : { _tag: "Queue" }
    }
  }
}

/** Whether a call waits at a gate that is closed for so many milliseconds. */
export const waits = ({ deadline, timing }: Caller, millis: number, { monotonic }: Clocks.Instant): boolean =>
  RetryTiming.waitsOut(timing, millis) && RetryTiming.hasTimeFor({ now: monotonic, deadline }, millis)

/** As many are let in as may be, of so many that wait. */
export const admit = (
  state: GateState,
  waiting: number,
  now: Clocks.Instant
): { readonly state: GateState; readonly admitted: number; readonly ticket: Ticket | undefined } => {
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

/** A call that was let in is over; `isAnswered` if the limit let it through, whatever the answer was. */
export const leave = (
  state: GateState,
  ticket: Ticket,
  isAnswered: boolean,
  waiting: number,
  now: Clocks.Instant
): GateState => {
  const current = at(state, now)
  // What was under way when the gate closed again tells nothing of the opening that follows.
  if (current._tag !== "Opening" || current.limit !== ticket.limit) return current
  if (isAnswered && waiting === 0) return open
  const underWay = current.underWay.flatMap((group) =>
    group.at !== ticket.at ? [group] : group.calls > 1 ? [{ ...group, calls: group.calls - 1 }] : []
  )
  return isAnswered ? { ...current, underWay, width: current.width + 1, refusals: 0 } : { ...current, underWay }
}

/**
 * A 429 has come, which asks for `retryAfter` milliseconds where it says. Of several the one that lasts longest counts:
 * `closedFor` is undefined for one that does not.
 */
export const limit = (
  state: GateState,
  retryAfter: number | undefined,
  { retryAfterCap, retryAfterDefault }: RetryTiming.RetryTiming,
  now: Clocks.Instant
): { readonly state: GateState; readonly closedFor: number | undefined; readonly wasClosed: boolean } => {
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

/** Nobody came while it was opening. */
export const rest = (state: GateState, waiting: number, now: Clocks.Instant): GateState => {
  const current = at(state, now)
  return current._tag === "Opening" && waiting === 0 && current.underWay.length === 0
      && Clocks.remaining(current.limit, now) <= -window
    ? open
    : current
}
