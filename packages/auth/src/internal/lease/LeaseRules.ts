/**
 * The rules of numbered leases, as functions over the columns of a row: who may claim it, send, and write what the
 * server has answered.
 *
 * **Details**
 *
 * They keep a refresh token that works once alive, whichever process dies, sleeps or loses the database, as far as the
 * server forgives a second use. The test of this module explores every order of two holders, a server and their faults.
 * The store in memory runs these functions; `SqlSharedTokenStore` has the same rules as conditions of its statements.
 */
import * as Clocks from "../../Clocks.ts"

// =============================================================================
// Model
// =============================================================================

/** The columns of a row that the rules concern. Times are those of the database, in milliseconds. */
export interface Leased {
  readonly owner: string | undefined
  readonly until: number
  /** The number of the latest lease, sign-in or sign-out. */
  readonly seq: number
  /** The number under which the record was written last. */
  readonly committedSeq: number
  /** Grows with each change of the record. */
  readonly version: number
  /** The time of the first request whose response is unknown. */
  readonly pendingSince: number | undefined
}

/** A claim that has succeeded, as its holder remembers it. */
export interface Claim {
  readonly owner: string
  readonly seq: number
  /** The version of the record at the claim. */
  readonly version: number
  /** The holder's own clocks, read before the claim was sent, and the length of the lease. */
  readonly period: Clocks.Period
}

export const unleased: Leased = {
  owner: undefined,
  until: 0,
  seq: 0,
  committedSeq: 0,
  version: 0,
  pendingSince: undefined
}

// =============================================================================
// Claim
// =============================================================================

/** Whether somebody holds the row, by the clock of the database. */
export const isHeld = ({ owner, until }: Leased, now: number): boolean => owner !== undefined && until >= now

/** Whether a row can be claimed. An expired lease stays untouched after an outage: its holder may have tokens to write. */
export const canClaim = (row: Leased, now: number, mayTakeOver: boolean): boolean =>
  row.owner === undefined || (mayTakeOver && !isHeld(row, now))

/** The row with a new lease, and the note that a request may have left. */
export const claim = (
  row: Leased,
  { lease, now, owner }: { readonly owner: string; readonly now: number; readonly lease: number }
): Leased => ({
  ...row,
  owner,
  until: now + lease,
  seq: row.seq + 1,
  pendingSince: row.pendingSince ?? now
})

/** Milliseconds added to a lease for which expired leases are left alone once the database is back. */
const afterOutage = 2000

/** Whether expired leases may be taken over by a process that the database has answered since an instant, without a fault. */
export const mayTakeOver = (
  answeringSince: Clocks.Instant | undefined,
  now: Clocks.Instant,
  lease: number
): boolean => answeringSince === undefined || Clocks.elapsed(answeringSince, now) >= lease + afterOutage

// =============================================================================
// Send
// =============================================================================

/** Whether a holder may send: half of its lease has to be left by its own clocks, for the request and for the write. */
export const maySend = ({ period }: Claim, now: Clocks.Instant): boolean =>
  Clocks.remaining(period, now) >= period.lasts / 2

/** Whether the holder's lease can be prolonged: nobody has claimed the row since. */
export const isHolder = (row: Leased, { owner, seq }: Claim): boolean => row.owner === owner && row.seq === seq

// =============================================================================
// Write
// =============================================================================

/**
 * Whether tokens that a request has brought are written: unless a later lease, a sign-in or a sign-out has been.
 *
 * **Details**
 *
 * Neither the owner of the lease nor the version decides. Of two holders that sent the same refresh token, the server
 * remembers what it answered to the later one.
 */
export const canCommit = ({ committedSeq }: Leased, { seq }: Claim): boolean => committedSeq < seq

/** Whether a refusal ends the sign-in: it is about the record that the holder claimed, and about nothing written since. */
export const refusalCounts = (row: Leased, { version }: Claim): boolean => row.version === version

/** Without the lease of this claim; that of a later one stays. */
const released = (row: Leased, { seq }: Claim): Leased =>
  row.seq === seq ? { ...row, owner: undefined, until: 0, pendingSince: undefined } : row

/** The row after tokens have been written. */
export const commit = (row: Leased, claim: Claim): Leased => ({
  ...released(row, claim),
  committedSeq: claim.seq,
  version: row.version + 1
})

/** The row after a sign-in has ended. No number is used up, so that a success of an earlier lease still lifts the end. */
export const end = (row: Leased, claim: Claim): Leased => ({ ...released(row, claim), version: row.version + 1 })

/** The row after a lease that brought nothing. The note stays where a response may have been lost. */
export const giveBack = (row: Leased, claim: Claim, mayBeLost: boolean): Leased =>
  isHolder(row, claim)
    ? { ...released(row, claim), pendingSince: mayBeLost ? row.pendingSince : undefined }
    : row

/** The row after a sign-in or a sign-out, which waits for no lease: nothing under way can undo it. */
export const supersede = (row: Leased): Leased => ({
  owner: undefined,
  until: 0,
  seq: row.seq + 1,
  committedSeq: row.seq + 1,
  version: row.version + 1,
  pendingSince: undefined
})
