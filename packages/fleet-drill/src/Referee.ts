/**
 * The judgement of a drill: checks of what it has seen.
 */
import * as Observed from "./Observed.ts"

export interface Check {
  readonly name: string
  readonly expected: string
  readonly seen: string
  readonly isMet: boolean
}

const none = (name: string, seen: number): Check => ({ name, expected: "0", seen: String(seen), isMet: seen === 0 })

const atMost = (name: string, limit: number, seen: number, unit = ""): Check => ({
  name,
  expected: `at most ${limit}${unit}`,
  seen: `${Math.round(seen * 10) / 10}${unit}`,
  isMet: seen <= limit
})

const atLeast = (name: string, limit: number, seen: number): Check => ({
  name,
  expected: `at least ${limit}`,
  seen: String(seen),
  isMet: seen >= limit
})

/** What holds in every drill, whatever the provider forgives. */
export const always = (observed: Observed.Observed): ReadonlyArray<Check> => [
  none("tokens of another account", observed.reads.wrong),
  none("expired tokens handed out", observed.reads.expired),
  none("overlapping requests for one sign-in", observed.counts.overlapping),
  atMost("slowest return of fresh tokens after a fault", 15, Observed.slowestRecovery(observed), " s"),
  // Otherwise nothing was tested.
  atLeast("reads checked by the provider", observed.accounts, observed.reads.right)
]

/** A provider that forgives a second use of a refresh token: nothing is lost. */
export const withGrace = (observed: Observed.Observed): ReadonlyArray<Check> => [
  ...always(observed),
  none("sign-ins lost", observed.ended.length),
  none("refresh tokens refused as reused", observed.counts.reused),
  atLeast(
    "responses lost with a process, and had again",
    Math.ceil(Observed.numberOf(observed, "Kill") / 5),
    observed.counts.resent
  )
]

/** A provider without grace: what processes give back is not lost. */
export const withoutLoss = (observed: Observed.Observed): ReadonlyArray<Check> => [
  ...always(observed),
  none("sign-ins lost", observed.ended.length)
]

/** A provider without grace: a process that is killed loses what it had in flight, and says so. */
export const withLossInFlight = (observed: Observed.Observed): ReadonlyArray<Check> => {
  const held = Observed.heldIn(observed, "Kill", "Freeze")
  const elsewhere = observed.ended.filter(({ account }) => !held.includes(account))
  const otherwise = observed.ended.filter(({ kind }) => kind !== "AnswerLost")
  return [
    ...always(observed),
    atMost("sign-ins lost, of those in flight at a fault", held.length, observed.ended.length),
    none("sign-ins lost that were not in flight", elsewhere.length),
    none("lost sign-ins not reported as AnswerLost", otherwise.length)
  ]
}
