/**
 * What the rules of leases keep, cell by cell: every order of two holders, a server and their faults, under our rules and
 * under simpler ones.
 */
import { assert, describe, it } from "@effect/vitest"
import * as LeaseRules from "../src/internal/lease/LeaseRules.ts"
import { explore, type Faults, type Rules, type Server, servers } from "./support/LeaseModel.ts"

const sameVersion: Rules["canCommit"] = (row, claim) => row.version === claim.version

const byOwner: Rules = {
  maySend: () => true,
  canCommit: LeaseRules.isHolder,
  refusalCounts: LeaseRules.isHolder,
  waitsAfterOutage: false
}
const byVersion: Rules = { ...byOwner, canCommit: sameVersion, refusalCounts: sameVersion }
const byVersionInTime: Rules = { ...byVersion, maySend: LeaseRules.maySend }
const byNumber: Rules = {
  maySend: LeaseRules.maySend,
  canCommit: LeaseRules.canCommit,
  refusalCounts: LeaseRules.refusalCounts,
  waitsAfterOutage: false
}
const ours: Rules = { ...byNumber, waitsAfterOutage: true }

const deaths: Faults = { deaths: 2 }
const sleep: Faults = { sleeps: 1 }
const both: Faults = { deaths: 1, sleeps: 1 }
const deathsAndSleep: Faults = { deaths: 2, sleeps: 1 }
const outage: Faults = { outages: 1 }

const strict: ReadonlyArray<Server> = ["refuses", "revokes"]

const table: ReadonlyArray<readonly [by: string, Rules, after: string, Faults, lostWith: ReadonlyArray<Server>]> = [
  ["the owner of the lease", byOwner, "two deaths", deaths, strict],
  ["the owner of the lease", byOwner, "a sleep", sleep, [...strict, "same", "last"]],
  ["the owner of the lease", byOwner, "a death and a sleep", both, [...strict, "same", "last"]],
  ["the version", byVersion, "two deaths", deaths, strict],
  ["the version", byVersion, "a sleep", sleep, [...strict, "same", "last"]],
  ["the version", byVersion, "a death and a sleep", both, [...strict, "same", "last"]],
  ["the version, in time", byVersionInTime, "two deaths", deaths, strict],
  ["the version, in time", byVersionInTime, "a sleep", sleep, [...strict, "last"]],
  ["the version, in time", byVersionInTime, "a death and a sleep", both, [...strict, "last"]],
  ["the version, in time", byVersionInTime, "an outage", outage, [...strict, "last"]],
  ["the number of the lease, in time", byNumber, "an outage", outage, ["revokes"]],
  ["our rules", ours, "two deaths", deaths, strict],
  ["our rules", ours, "a sleep", sleep, ["revokes"]],
  ["our rules", ours, "a death and a sleep", both, ["refuses", "revokes", "last"]],
  ["our rules", ours, "two deaths and a sleep", deathsAndSleep, ["refuses", "revokes", "last"]],
  ["our rules", ours, "an outage", outage, []]
]

describe("an account", () => {
  it.each(table.map(([by, rules, after, faults, lostWith]) => ({ by, rules, after, faults, lostWith })))(
    "that is written by $by is lost after $after with these servers alone: $lostWith",
    ({ faults, lostWith, rules }) => {
      assert.deepStrictEqual(servers.filter((server) => explore(server, rules, faults).isLost), lostWith)
    }
  )

  it("has thousands of stories, and is kept without faults by any rules and any server", () => {
    for (const rules of [byOwner, byVersion, byVersionInTime, ours]) {
      for (const server of servers) assert.isFalse(explore(server, rules, {}).isLost)
    }
    assert.isAtLeast(explore("every", ours, deathsAndSleep).states, 1000)
  })
})
