import { assert, describe, it } from "@effect/vitest"
import * as Observed from "../src/Observed.ts"
import * as Plan from "../src/Plan.ts"
import * as Read from "../src/Read.ts"
import * as Referee from "../src/Referee.ts"
import * as Spread from "../src/Spread.ts"

const calm: Observed.Observed = {
  accounts: 2,
  seconds: 10,
  events: [{ fault: { _tag: "Kill" }, beganAt: 1000, endedAt: 2000, held: ["ann"] }],
  looks: [{ at: 1500, stale: 0 }, { at: 2500, stale: 1 }, { at: 4000, stale: 0 }],
  reads: { ...Read.none, right: 2 },
  counts: { requests: 2, overlapping: 0, resent: 1, reused: 0 },
  ended: [],
  statements: 0,
  walBytes: 0
}

const missed = (checks: ReadonlyArray<Referee.Check>) =>
  checks.filter(({ isMet }) => !isMet).map(({ name, seen }) => `${name}: ${seen}`)

describe("the judgement of a drill", () => {
  it("meets all checks where nothing was lost", () => {
    assert.deepStrictEqual(missed(Referee.withGrace(calm)), [])
    assert.strictEqual(Observed.slowestRecovery(calm), 2)
  })

  it("misses those about whatever went wrong", () => {
    const { counts, reads } = calm
    const bad = {
      ...calm,
      looks: [{ at: 1500, stale: 0 }],
      reads: { ...reads, wrong: 1, expired: 2 },
      counts: { ...counts, overlapping: 3, reused: 4 },
      ended: [{ account: "ann", kind: "Revoked" }]
    }
    assert.deepStrictEqual(missed(Referee.withGrace(bad)), [
      "tokens of another account: 1",
      "expired tokens handed out: 2",
      "overlapping requests for one sign-in: 3",
      "slowest return of fresh tokens after a fault: Infinity s",
      "sign-ins lost: 1",
      "refresh tokens refused as reused: 4"
    ])
  })

  it("has tested nothing where no response was lost", () => {
    assert.deepStrictEqual(
      missed(Referee.withGrace({ ...calm, counts: { ...calm.counts, resent: 0 } })),
      ["responses lost with a process, and had again: 0"]
    )
  })

  it("lets a process that is killed lose what it had in flight, if that is said", () => {
    const ended = (account: string, kind: string) => ({ ...calm, ended: [{ account, kind }] })
    assert.deepStrictEqual(missed(Referee.withLossInFlight(ended("ann", "AnswerLost"))), [])
    assert.deepStrictEqual(
      missed(Referee.withLossInFlight(ended("ann", "Revoked"))),
      ["lost sign-ins not reported as AnswerLost: 1"]
    )
    assert.deepStrictEqual(
      missed(Referee.withLossInFlight(ended("ben", "AnswerLost"))),
      ["sign-ins lost that were not in flight: 1"]
    )
    assert.deepStrictEqual(missed(Referee.withoutLoss(ended("ann", "AnswerLost"))), ["sign-ins lost: 1"])
  })
})

describe("the judgement of a read", () => {
  const handed: Read.Handed = { account: "ann", handedAt: 10, expiresAt: 100, answeredAt: 20, person: "ann" }
  it.each<readonly [Read.Verdict, Partial<Read.Handed>]>([
    ["right", {}],
    ["wrong", { person: "ben" }],
    ["expired", { handedAt: 400, answeredAt: 410 }],
    ["expired", { person: undefined }],
    ["unverified", { person: undefined, answeredAt: 100 }]
  ])("is %s for %j", (verdict, change) => {
    assert.strictEqual(Read.verdict({ ...handed, ...change }), verdict)
  })
})

it("a plan is the same in every run, and has every fault", () => {
  const plan = () => Plan.mix([Plan.kills(3), Plan.suspensions(2, 100, 200)], { after: 5, pause: 0, seed: 1 })
  assert.deepStrictEqual(plan(), plan())
  assert.strictEqual(plan().filter(({ fault }) => fault._tag === "Kill").length, 3)
  assert.isTrue(plan().every(({ fault }) => fault._tag !== "Suspend" || (fault.millis >= 100 && fault.millis <= 200)))
})

it("the busiest slot is told by the mean of all", () => {
  assert.strictEqual(Spread.unevenness([2, 6, 4]), 1.5)
})
