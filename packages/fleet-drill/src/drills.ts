/**
 * The drills, by name.
 */
import type * as Drill from "./Drill.ts"
import * as Plan from "./Plan.ts"
import * as Referee from "./Referee.ts"

const thousand: Drill.Setup = {
  accounts: 1000,
  accessTokenSeconds: 60,
  graceSeconds: 30,
  leaseSeconds: 5,
  latencyMillis: 400,
  workers: 3,
  readsPerSecond: 50,
  isDurable: true
}

/** The short form, which every test run has: kills, and pauses past the lease. */
export const short: Drill.Drill = {
  name: "short",
  title: "300 accounts, tokens of 20 s, grace 10 s, lease 1.5 s",
  setup: {
    accounts: 300,
    accessTokenSeconds: 20,
    graceSeconds: 10,
    leaseSeconds: 1.5,
    latencyMillis: 100,
    workers: 3,
    readsPerSecond: 30,
    // Other tests use the disk at the same time.
    isDurable: false
  },
  plan: Plan.mix([Plan.kills(17), Plan.suspensions(8, 2000, 3000)], { after: 45, pause: 1000, seed: 11 }),
  judge: Referee.withGrace
}

const withGrace: Drill.Drill = {
  name: "grace",
  title: "1,000 accounts, tokens of 60 s, rotation, grace 30 s, lease 5 s",
  setup: thousand,
  plan: Plan.mix(
    [Plan.kills(60), Plan.suspensions(20, 1000, 10_000), Plan.databaseKills(3, 4000), Plan.freezes(1, 10_000)],
    { after: 10, pause: 400, seed: 23 }
  ),
  judge: Referee.withGrace
}

const strict: Drill.Setup = { ...thousand, graceSeconds: 0 }

const strictWithoutKills: Drill.Drill = {
  name: "strict",
  title: "the same without grace: SIGTERM, pauses shorter than the lease, database killed",
  setup: strict,
  plan: Plan.mix(
    [Plan.terminations(30), Plan.suspensions(10, 500, 2500), Plan.databaseKills(3, 4000)],
    { after: 20, pause: 800, seed: 37 }
  ),
  judge: Referee.withoutLoss
}

const strictWithKills: Drill.Drill = {
  name: "strict-kill",
  title: "the same without grace: SIGKILL, and a provider that stands still for 15 s",
  setup: strict,
  plan: Plan.mix([Plan.kills(30), Plan.freezes(1, 15_000)], { after: 25, pause: 1000, seed: 41 }),
  judge: Referee.withLossInFlight
}

export const all: ReadonlyArray<Drill.Drill> = [short, withGrace, strictWithoutKills, strictWithKills]

/** A drill with a part of its faults: shows that it works, and nothing to quote. */
export const quick = (drill: Drill.Drill): Drill.Drill => ({
  ...drill,
  setup: { ...drill.setup, accounts: 300, accessTokenSeconds: 20 },
  plan: drill.plan.filter((_, index) => index % 5 === 0)
})
