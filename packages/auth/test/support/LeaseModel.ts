/**
 * Two holders of a row, an authorization server and their faults, as a machine whose every order of steps is explored.
 *
 * **Details**
 *
 * The row changes by `LeaseRules`, the very rules of the stores. Time is what faults do with it: a holder that is awake
 * keeps its lease, and one that sleeps, dies or has lost the database does not. A request reaches the server when it is
 * sent, and its response reaches the holder at any later time, or never.
 */
import type { Instant } from "@app/auth/Clocks"
import * as LeaseRules from "../../src/internal/lease/LeaseRules.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The second use of a refresh token: refused; refused, and the sign-in revoked; or forgiven, with the same response
 * again, with one more successor that lives beside the first, or with one that ends the first.
 */
export type Server = "refuses" | "revokes" | "same" | "every" | "last"

export const servers: ReadonlyArray<Server> = ["refuses", "revokes", "same", "every", "last"]

/** How many of each fault may happen. */
export interface Faults {
  readonly deaths?: number
  readonly sleeps?: number
  readonly outages?: number
}

/** The rules under which a holder sends and writes. */
export interface Rules {
  readonly maySend: (claim: LeaseRules.Claim, now: Instant) => boolean
  readonly canCommit: (row: LeaseRules.Leased, claim: LeaseRules.Claim) => boolean
  readonly refusalCounts: (row: LeaseRules.Leased, claim: LeaseRules.Claim) => boolean
  /** Whether expired leases are left alone for a while after an outage. */
  readonly waitsAfterOutage: boolean
}

interface Row extends LeaseRules.Leased {
  readonly token: number
  readonly isEnded: boolean
  readonly refreshes: number
}

interface Grants {
  readonly issued: number
  /** The refresh tokens that work. */
  readonly live: ReadonlyArray<number>
  /** The refresh tokens that were used, the latest first, and what the first use brought. */
  readonly used: ReadonlyArray<readonly [token: number, successor: number]>
  readonly isRevoked: boolean
}

type Holder =
  | { readonly at: "idle" }
  | { readonly at: "claimed"; readonly claim: LeaseRules.Claim; readonly token: number; readonly hasSlept: boolean }
  | {
    readonly at: "answered"
    readonly claim: LeaseRules.Claim
    readonly hasSlept: boolean
    readonly response: number | "refused"
  }

interface State {
  readonly row: Row
  readonly grants: Grants
  readonly holders: ReadonlyArray<Holder>
  readonly faults: Required<Faults>
  readonly database: "up" | "away" | "back"
}

// =============================================================================
// The server
// =============================================================================

const use = (kind: Server, grants: Grants, token: number): readonly [Grants, number | "refused"] => {
  if (grants.isRevoked) return [grants, "refused"]
  const next = grants.issued + 1
  if (grants.live.includes(token)) {
    const live = kind === "every" ? [...grants.live.filter((one) => one !== token), next] : [next]
    return [{ ...grants, issued: next, live, used: [[token, next], ...grants.used] }, next]
  }
  // Servers forgive the last use; those on which every successor lives count time alone.
  const forgiven = (kind === "every" ? grants.used : grants.used.slice(0, 1)).find(([used]) => used === token)
  if (forgiven === undefined || kind === "refuses" || kind === "revokes") {
    return [{ ...grants, isRevoked: kind !== "refuses" }, "refused"]
  }
  if (kind === "same") return [grants, forgiven[1]]
  const live = kind === "every" ? [...grants.live, next] : [next]
  return [{ ...grants, issued: next, live }, next]
}

// =============================================================================
// Steps
// =============================================================================

const lease = 1000
const start: Instant = { wall: 0, monotonic: 0 }
const later: Instant = { wall: lease, monotonic: lease }
const muchLater: Instant = { wall: 10 * lease, monotonic: 10 * lease }

/** Enough refreshes for a late response to meet one that came after it. */
const refreshes = 2

const expired = (row: Row): Row => row.owner === undefined ? row : { ...row, until: -1 }

const asleep = (holder: Holder): Holder => holder.at === "idle" ? holder : { ...holder, hasSlept: true }

function* stepsOf(state: State, server: Server, rules: Rules): Generator<State> {
  const { database, faults, grants, holders, row } = state
  const isUp = database !== "away"
  const withHolder = (index: number, holder: Holder, change: Partial<State> = {}): State => ({
    ...state,
    ...change,
    holders: holders.map((other, at) => at === index ? holder : other)
  })
  const idle: Holder = { at: "idle" }

  for (const [index, holder] of holders.entries()) {
    const owner = `${index}`
    const isOwner = row.owner === owner
    if (holder.at === "idle") {
      const isDue = !row.isEnded && (row.refreshes < refreshes || row.pendingSince !== undefined)
      const since = database === "back" && rules.waitsAfterOutage ? start : undefined
      const mayTakeOver = LeaseRules.mayTakeOver(since, start, lease)
      if (isUp && isDue && LeaseRules.canClaim(row, 0, mayTakeOver)) {
        const claimed = { ...row, ...LeaseRules.claim(row, { owner, now: 0, lease }) }
        const claim = { owner, seq: claimed.seq, version: row.version, period: { since: start, lasts: lease } }
        yield withHolder(index, { at: "claimed", claim, token: row.token, hasSlept: false }, { row: claimed })
      }
      continue
    }
    const { claim, hasSlept } = holder
    if (holder.at === "claimed") {
      if (rules.maySend(claim, hasSlept ? later : start)) {
        const [after, response] = use(server, grants, holder.token)
        yield withHolder(index, { at: "answered", claim, hasSlept, response }, { grants: after })
      } else if (isUp) {
        const given = LeaseRules.giveBack(row, claim, row.pendingSince !== undefined)
        yield withHolder(index, idle, { row: { ...row, ...given } })
      }
    } else if (isUp) {
      yield withHolder(index, idle, { row: written(row, holder, rules) })
    }
    if (faults.deaths > 0) {
      const left = { ...faults, deaths: faults.deaths - 1 }
      yield withHolder(index, idle, { faults: left, row: isOwner ? expired(row) : row })
    }
    if (faults.sleeps > 0 && !hasSlept) {
      const left = { ...faults, sleeps: faults.sleeps - 1 }
      yield withHolder(index, asleep(holder), { faults: left, row: isOwner ? expired(row) : row })
    }
  }

  if (database === "up" && faults.outages > 0) {
    const left = { ...faults, outages: faults.outages - 1 }
    yield { ...state, database: "away", faults: left, row: expired(row), holders: holders.map(asleep) }
  }
  if (database === "away") yield { ...state, database: "back" }
  // Holders that live have written by the time that the others go on.
  if (database === "back" && holders.every(({ at }) => at !== "answered")) {
    if (LeaseRules.mayTakeOver(start, muchLater, lease)) yield { ...state, database: "up" }
  }
}

const written = (row: Row, { claim, response }: Extract<Holder, { readonly at: "answered" }>, rules: Rules): Row => {
  if (response === "refused") {
    return rules.refusalCounts(row, claim) ? { ...row, ...LeaseRules.end(row, claim), isEnded: true } : row
  }
  return rules.canCommit(row, claim)
    ? { ...row, ...LeaseRules.commit(row, claim), token: response, isEnded: false, refreshes: row.refreshes + 1 }
    : row
}

// =============================================================================
// Exploration
// =============================================================================

/** Whether the account goes on from its row, once nobody is at it. */
const isKept = ({ grants, row }: State, server: Server): boolean =>
  !row.isEnded && use(server, grants, row.token)[1] !== "refused"

/** Explores every order of steps and faults, and tells whether any of them loses the account. */
export const explore = (
  server: Server,
  rules: Rules,
  faults: Faults
): { readonly isLost: boolean; readonly states: number } => {
  const initial: State = {
    row: { ...LeaseRules.unleased, token: 0, isEnded: false, refreshes: 0 },
    grants: { issued: 0, live: [0], used: [], isRevoked: false },
    holders: [{ at: "idle" }, { at: "idle" }],
    faults: { deaths: 0, sleeps: 0, outages: 0, ...faults },
    database: "up"
  }
  const seen = new Set([JSON.stringify(initial)])
  const open = [initial]
  let isLost = false
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (state.holders.every(({ at }) => at === "idle") && !isKept(state, server)) isLost = true
    for (const next of stepsOf(state, server, rules)) {
      const text = JSON.stringify(next)
      if (seen.has(text)) continue
      seen.add(text)
      open.push(next)
    }
  }
  return { isLost, states: seen.size }
}
