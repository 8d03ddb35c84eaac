/**
 * How much is measured: enough to quote from, or, with `--quick`, enough to see what has become of a change.
 */
export interface Effort {
  readonly isQuick: boolean
  /** How often the processes of a comparison are started anew. */
  readonly processes: number
  /** How often each has its turn in a set of processes. */
  readonly rounds: number
  /** Calls a process makes before it is measured. */
  readonly warmUp: number
  /** Calls of one turn. */
  readonly calls: number
  /** How many processes of each kind are started to tell what an import takes. */
  readonly imports: number
  /** How many accounts are held at a time to tell what one takes. */
  readonly accounts: ReadonlyArray<number>
  /** How many the growth of an account is drawn over. */
  readonly growingAccounts: ReadonlyArray<number>
  /** Accounts that live through hours of virtual time, and how many hours are counted. */
  readonly lifeOfAccounts: { readonly accounts: number; readonly hours: number }
  /** How many callers at a time their growth is drawn over. */
  readonly concurrency: ReadonlyArray<number>
}

export const full: Effort = {
  isQuick: false,
  processes: 3,
  rounds: 5,
  warmUp: 5_000,
  calls: 2_000,
  imports: 15,
  accounts: [10_000, 100_000],
  growingAccounts: [1_000, 10_000, 100_000],
  lifeOfAccounts: { accounts: 100_000, hours: 24 },
  concurrency: [1, 8, 64, 512]
}

/** Too few calls for V8 to be done compiling, and too few samples for the noise of a busy machine. */
export const quick: Effort = {
  isQuick: true,
  processes: 1,
  rounds: 4,
  warmUp: 1_000,
  calls: 300,
  imports: 3,
  accounts: [10_000],
  growingAccounts: [500, 2_000],
  lifeOfAccounts: { accounts: 1_000, hours: 6 },
  concurrency: [1, 64]
}
