/**
 * The report of a drill, for people and as data.
 */
import type { Drill } from "./Drill.ts"
import * as Observed from "./Observed.ts"
import type * as Plan from "./Plan.ts"
import type * as Referee from "./Referee.ts"

export interface Figure {
  readonly name: string
  readonly value: string
}

export interface Report {
  readonly name: string
  readonly title: string
  readonly checks: ReadonlyArray<Referee.Check>
  readonly figures: ReadonlyArray<Figure>
}

const kinds: ReadonlyArray<readonly [kind: Plan.Fault["_tag"], name: string]> = [
  ["Kill", "processes killed (SIGKILL)"],
  ["Terminate", "processes ended (SIGTERM)"],
  ["Suspend", "processes paused (SIGSTOP)"],
  ["KillDatabase", "database killed"],
  ["Freeze", "provider stopped"]
]

const countsOf = (numbers: Readonly<Record<string, number>>): string => {
  const entries = Object.entries(numbers)
  return entries.length === 0 ? "0" : entries.map(([kind, number]) => `${number} ${kind}`).join(", ")
}

const ends = ({ ended }: Observed.Observed) =>
  Object.fromEntries([...Map.groupBy(ended, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]))

export const ofDrill = ({ judge, name, title }: Drill, observed: Observed.Observed): Report => {
  const { counts, reads, seconds, statements, walBytes } = observed
  const per = (total: number) => total / Math.max(counts.requests, 1)
  return {
    name,
    title,
    checks: judge(observed),
    figures: [
      { name: "duration", value: `${seconds.toFixed(0)} s` },
      ...kinds.flatMap(([kind, name]) => {
        const number = Observed.numberOf(observed, kind)
        const seconds = Observed.slowestRecovery(observed, kind)
        return number === 0 ? [] : [{ name, value: `${number}, every token fresh again after ${seconds.toFixed(1)} s` }]
      }),
      { name: "claims held by processes at faults", value: String(Observed.heldIn(observed, "Kill", "Freeze").length) },
      { name: "refresh requests", value: `${counts.requests}, ${(counts.requests / seconds).toFixed(1)}/s` },
      { name: "of these resent within the grace", value: String(counts.resent) },
      { name: "of these refused as reused", value: String(counts.reused) },
      { name: "sign-ins ended", value: countsOf(ends(observed)) },
      {
        name: "of these without a kill of the process that was at it",
        value: String(Observed.endedWithoutKill(observed))
      },
      { name: "reads checked by the provider", value: String(reads.right) },
      { name: "reads that failed", value: countsOf(reads.failed) },
      { name: "reads that the provider did not check in time", value: String(reads.unverified) },
      { name: "slowest read", value: `${Math.round(reads.slowestMillis)} ms` },
      { name: "latest token, after its end", value: `${Math.round(reads.latestMillis)} ms` },
      { name: "accounts without a fresh token at any moment", value: `at most ${Observed.staleAtMost(observed)}` },
      // Statistics are gone with a database that is killed.
      ...Observed.numberOf(observed, "KillDatabase") === 0
        ? [{ name: "statements per refresh, polls and reads included", value: per(statements).toFixed(2) }]
        : [],
      { name: "WAL per refresh", value: `${(per(walBytes) / 1000).toFixed(1)} kB` }
    ]
  }
}

export const text = ({ checks, figures, name, title }: Report): string =>
  [
    `${name}: ${title}`,
    ...checks.map(({ expected, isMet, name, seen }) => `  ${isMet ? "✓" : "✗"} ${name}: ${seen} (${expected})`),
    ...figures.map(({ name, value }) => `    ${name}: ${value}`),
    ""
  ].join("\n")
