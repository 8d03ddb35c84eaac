/**
 * Amounts of measuring: enough to quote from, or, with `--quick`, enough to see the effect of a change.
 */
export interface Effort {
  readonly isQuick: boolean
  /** How often the processes of a comparison are started anew. */
  readonly processes: number
  /** How many turns each process of a set has. */
  readonly rounds: number
  /** Calls a process makes before it is measured. */
  readonly warmUp: number
  /** Calls of one turn. */
  readonly calls: number
  /** How many processes of each kind measure an import. */
  readonly imports: number
  /** How many accounts are held at a time to measure one. */
  readonly accounts: ReadonlyArray<number>
  /** Over how many accounts the growth of one is drawn. */
  readonly growingAccounts: ReadonlyArray<number>
  /** Accounts that live through hours of virtual time, and how many hours are counted. */
  readonly lifeOfAccounts: { readonly accounts: number; readonly hours: number }
  /** Over how many callers at a time the growth of a call is drawn. */
  readonly concurrency: ReadonlyArray<number>
}

export const full: Effort = {
  isQuick: false,
  processes: 3,
  rounds: 5,
  warmUp: 5_000,
  calls: 6_000,
  imports: 15,
  accounts: [10_000, 100_000],
  growingAccounts: [1_000, 10_000, 100_000],
  lifeOfAccounts: { accounts: 100_000, hours: 24 },
  concurrency: [1, 8, 64, 512]
}

/** The effort of `--quick`: too few calls for V8 to have compiled all code, and too few samples for a busy machine. */
export const quick: Effort = {
  isQuick: true,
  processes: 1,
  rounds: 3,
  warmUp: 600,
  calls: 300,
  imports: 5,
  accounts: [2_000],
  growingAccounts: [500, 1_000],
  lifeOfAccounts: { accounts: 300, hours: 6 },
  concurrency: [1, 64]
}
