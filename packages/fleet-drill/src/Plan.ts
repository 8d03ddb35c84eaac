/**
 * The faults of a drill, in their order.
 *
 * **Details**
 *
 * A fault is due when the provider has been sent a number of refresh requests since the one before, so that it meets
 * requests in flight on a slow machine as on a fast one, once every token is fresh again. Some time lies between two faults
 * all the same: after an outage, many requests are sent at once.
 */

export type Fault =
  /** A worker is killed by SIGKILL, and another one started. */
  | { readonly _tag: "Kill" }
  /** A worker is asked to end by SIGTERM, and another one started. */
  | { readonly _tag: "Terminate" }
  /** A worker is stopped by SIGSTOP, and continued. */
  | { readonly _tag: "Suspend"; readonly millis: number }
  /** The database is killed by SIGKILL, and started again. */
  | { readonly _tag: "KillDatabase"; readonly millis: number }
  /** The provider is stopped by SIGSTOP, and continued. Workers live meanwhile. */
  | { readonly _tag: "Freeze"; readonly millis: number }

export interface Step {
  readonly fault: Fault
  /** Refresh requests since the step before. */
  readonly after: number
  /** Milliseconds since the end of the fault before, at least. */
  readonly pause: number
}

/** Draws the same numbers in every run. */
const numbers = (seed: number): () => number => {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Mixes faults, the same way for the same seed. */
export const mix = (
  faults: ReadonlyArray<{ readonly count: number; readonly fault: (random: number) => Fault }>,
  { after, pause, seed }: { readonly after: number; readonly pause: number; readonly seed: number }
): ReadonlyArray<Step> => {
  const random = numbers(seed)
  return faults
    .flatMap(({ count, fault }) => Array.from({ length: count }, () => fault(random())))
    .map((fault) => ({ fault, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ fault }) => ({ fault, after, pause }))
}

export const kills = (count: number) => ({ count, fault: (): Fault => ({ _tag: "Kill" }) })

export const terminations = (count: number) => ({ count, fault: (): Fault => ({ _tag: "Terminate" }) })

export const suspensions = (count: number, least: number, most: number) => ({
  count,
  fault: (random: number): Fault => ({ _tag: "Suspend", millis: Math.round(least + random * (most - least)) })
})

export const databaseKills = (count: number, millis: number) => ({
  count,
  fault: (): Fault => ({ _tag: "KillDatabase", millis })
})

export const freezes = (count: number, millis: number) => ({ count, fault: (): Fault => ({ _tag: "Freeze", millis }) })
