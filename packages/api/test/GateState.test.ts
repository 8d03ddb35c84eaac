/** The rules of the gate, a pair of state and event at a time. `RateLimit.test.ts` has the gate that follows them. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as GateState from "../src/internal/rateLimit/GateState.ts"
import * as RetryTiming from "../src/internal/time/RetryTiming.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"

const at = (millis: number) => ({ wall: 1_000_000 + millis, monotonic: millis })

const patient = RetryTiming.fromPolicy(RetryPolicy.standard)
const impatient = RetryTiming.fromPolicy({ ...RetryPolicy.standard, whileLimited: "fail" })
const caller = { timing: patient, deadline: 30_000 }

/** Limited at 0 for 5 seconds. */
const closed = GateState.limit(GateState.open, 5_000, patient, at(0)).state

/** The same, with one call under way of the three that wait. */
const opening = GateState.admit(closed, 3, at(5_000))

const opened = (state: GateState.GateState): GateState.Opening => {
  if (state._tag !== "Opening") return assert.fail(`it is ${state._tag}`)
  return state
}

describe("a call that arrives", () => {
  const cases: ReadonlyArray<
    readonly [string, GateState.GateState, Partial<GateState.Caller>, number, number, GateState.Arrival]
  > = [
    ["at an open gate passes", GateState.open, {}, 0, 0, { _tag: "Pass" }],
    ["at a closed gate waits", closed, {}, 0, 1_000, { _tag: "Queue" }],
    ["at a closed gate fails if it is told to", closed, { timing: impatient }, 0, 1_000, {
      _tag: "Refuse",
      millis: 4_000
    }],
    ["at a closed gate fails if it is over before", closed, { deadline: 5_000 }, 0, 1_000, {
      _tag: "Refuse",
      millis: 4_000
    }],
    [
      "at a closed gate fails if that is beyond its cap",
      closed,
      { timing: RetryTiming.fromPolicy({ ...RetryPolicy.standard, retryAfterCap: 3_999 }) },
      0,
      1_000,
      { _tag: "Refuse", millis: 4_000 }
    ],
    ["once the limit is over goes first", closed, { timing: impatient }, 0, 5_000, { _tag: "Queue" }],
    ["behind others waits", opening.state, {}, 2, 5_000, { _tag: "Queue" }],
    ["behind others fails if it is told to", opening.state, { timing: impatient }, 2, 5_000, {
      _tag: "Refuse",
      millis: undefined
    }],
    ["while all places are taken fails if it is told to", opening.state, { timing: impatient }, 0, 6_999, {
      _tag: "Refuse",
      millis: undefined
    }],
    ["once a place is given up goes", opening.state, { timing: impatient }, 0, 7_000, { _tag: "Queue" }]
  ]
  for (const [what, state, options, waiting, now, arrival] of cases) {
    it(`I15: ${what}`, () => {
      assert.deepStrictEqual(GateState.arrive(state, { ...caller, ...options }, waiting, at(now)), arrival)
    })
  }
})

/** Every pair of a state and an event, and the state that follows. Numbers are milliseconds. */
describe("the life of a gate", () => {
  type Event =
    | { readonly _tag: "Admit"; readonly waiting: number }
    | { readonly _tag: "Leave"; readonly isAnswered: boolean; readonly waiting: number }
    | { readonly _tag: "Limit"; readonly retryAfter: number }
    | { readonly _tag: "Rest"; readonly waiting: number }

  const { ticket } = opening

  const after = (state: GateState.GateState, event: Event, now: number): GateState.GateState => {
    switch (event._tag) {
      case "Admit":
        return GateState.admit(state, event.waiting, at(now)).state
      case "Leave":
        return ticket === undefined
          ? assert.fail("it has no ticket")
          : GateState.leave(state, ticket, event.isAnswered, event.waiting, at(now))
      case "Limit":
        return GateState.limit(state, event.retryAfter, patient, at(now)).state
      case "Rest":
        return GateState.rest(state, event.waiting, at(now))
    }
  }

  /** A state in a few words: its tag, and of one that opens how many of how many places are taken. */
  const words = (state: GateState.GateState): string =>
    state._tag === "Opening"
      ? `Opening ${state.underWay.reduce((sum, { calls }) => sum + calls, 0)}/${state.width}`
      : state._tag

  const answered: Event = { _tag: "Leave", isAnswered: true, waiting: 2 }
  const lastAnswered: Event = { _tag: "Leave", isAnswered: true, waiting: 0 }
  const unanswered: Event = { _tag: "Leave", isAnswered: false, waiting: 2 }
  const admit: Event = { _tag: "Admit", waiting: 3 }
  const limit: Event = { _tag: "Limit", retryAfter: 1_000 }
  const rest: Event = { _tag: "Rest", waiting: 0 }

  const rows: ReadonlyArray<readonly [state: GateState.GateState, event: Event, now: number, next: string]> = [
    [GateState.open, admit, 0, "Open"],
    [GateState.open, answered, 0, "Open"],
    [GateState.open, unanswered, 0, "Open"],
    [GateState.open, limit, 0, "Closed"],
    [GateState.open, rest, 0, "Open"],
    [closed, admit, 4_999, "Closed"],
    [closed, answered, 4_999, "Closed"],
    [closed, unanswered, 4_999, "Closed"],
    [closed, limit, 4_999, "Closed"],
    [closed, rest, 4_999, "Closed"],
    // Its time is over.
    [closed, admit, 5_000, "Opening 1/1"],
    [closed, rest, 5_000, "Opening 0/1"],
    [closed, rest, 35_000, "Open"],
    [opening.state, admit, 5_100, "Opening 1/1"],
    [opening.state, answered, 5_100, "Opening 0/2"],
    [opening.state, lastAnswered, 5_100, "Open"],
    [opening.state, unanswered, 5_100, "Opening 0/1"],
    [opening.state, limit, 5_100, "Closed"],
    [opening.state, rest, 5_100, "Opening 1/1"],
    // The call under way has given up its place.
    [opening.state, admit, 7_000, "Opening 1/1"],
    [opening.state, rest, 7_000, "Opening 0/1"],
    [opening.state, rest, 35_000, "Open"]
  ]
  for (const [state, event, now, next] of rows) {
    it(`I15: ${words(state)}, ${JSON.stringify(event)} at ${now}: ${next}`, () => {
      assert.strictEqual(words(after(state, event, now)), next)
    })
  }
})

describe("a limit", () => {
  it("I15: closes for what the server says", () => {
    assert.deepStrictEqual(closed, {
      _tag: "Closed",
      limit: { since: at(0), lasts: 5_000 },
      refusals: 1
    })
  })

  it("I15: of several, the one that lasts longest counts", () => {
    const shorter = GateState.limit(closed, 3_000, patient, at(1_000))
    assert.deepStrictEqual(shorter, { state: closed, closedFor: undefined, wasClosed: true })
    const longer = GateState.limit(closed, 9_000, patient, at(1_000))
    assert.deepStrictEqual([longer.closedFor, longer.wasClosed], [9_000, true])
    assert.strictEqual(GateState.wakesIn(longer.state, 0, at(1_000)), 9_000)
  })

  it("I15: that does not say doubles with each opening that meets it, up to the cap", () => {
    let state = GateState.open
    let now = 0
    const lasted: Array<number | undefined> = []
    for (let i = 0; i < 7; i++) {
      const { closedFor, state: next } = GateState.limit(state, undefined, patient, at(now))
      // One that was under way as well, and draws the same.
      state = GateState.limit(next, undefined, patient, at(now)).state
      lasted.push(closedFor)
      now += closedFor ?? 0
    }
    assert.deepStrictEqual(lasted, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  it("I15: is no longer than a day", () => {
    const { closedFor } = GateState.limit(GateState.open, 1e15, patient, at(0))
    assert.strictEqual(closedFor, GateState.longest)
  })

  it("I15: is over by either clock, as after a laptop's sleep", () => {
    const slept = { wall: 1_005_000, monotonic: 10 }
    assert.strictEqual(GateState.admit(closed, 1, slept).admitted, 1)
    const setBack = { wall: 0, monotonic: 5_000 }
    assert.strictEqual(GateState.admit(closed, 1, setBack).admitted, 1)
  })
})

describe("while it opens", () => {
  it("I15: one goes first, and each answer lets two more in", () => {
    assert.strictEqual(opening.admitted, 1)
    const { ticket } = opening
    if (ticket === undefined) return assert.fail("it has no ticket")
    const answered = GateState.leave(opening.state, ticket, true, 2, at(5_100))
    assert.deepStrictEqual([opened(answered).width, opened(answered).refusals], [2, 0])
    assert.strictEqual(GateState.admit(answered, 10, at(5_100)).admitted, 2)
  })

  it("I15: one that ends without an answer frees its place and no more", () => {
    const { ticket } = opening
    if (ticket === undefined) return assert.fail("it has no ticket")
    const left = GateState.leave(opening.state, ticket, false, 2, at(5_100))
    assert.deepStrictEqual([opened(left).width, opened(left).underWay], [1, []])
  })

  it("I15: an answer with nobody waiting opens it", () => {
    const { ticket } = opening
    if (ticket === undefined) return assert.fail("it has no ticket")
    assert.deepStrictEqual(GateState.leave(opening.state, ticket, true, 0, at(5_100)), GateState.open)
  })

  it("I15: what was let in before the gate closed again tells nothing of the next opening", () => {
    const { ticket } = opening
    if (ticket === undefined) return assert.fail("it has no ticket")
    const again = GateState.limit(opening.state, 1_000, patient, at(5_100)).state
    assert.strictEqual(GateState.leave(again, ticket, true, 0, at(5_200)), again)
    const next = GateState.admit(again, 1, at(6_100)).state
    assert.strictEqual(GateState.leave(next, ticket, true, 0, at(6_200)), next)
  })

  it("I15: a place is given up after two seconds, and the gate opens after thirty without calls", () => {
    assert.strictEqual(GateState.wakesIn(opening.state, 2, at(5_500)), 1_500)
    assert.strictEqual(GateState.admit(opening.state, 2, at(6_999)).admitted, 0)
    assert.strictEqual(GateState.admit(opening.state, 2, at(7_000)).admitted, 1)
    const nobody = GateState.admit(closed, 0, at(5_000)).state
    assert.strictEqual(GateState.rest(nobody, 0, at(34_999))._tag, "Opening")
    assert.strictEqual(GateState.rest(nobody, 1, at(35_000))._tag, "Opening")
    assert.strictEqual(GateState.rest(nobody, 0, at(35_000))._tag, "Open")
    assert.strictEqual(GateState.rest(closed, 0, at(4_999)), closed)
  })

  const Event = Schema.Struct({
    after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_000 })),
    what: Schema.Literals(["come", "answered", "given up", "limited"])
  })

  it.prop(
    "I15: whatever happens, no more are under way than its width, and each has its place at most once",
    { events: Schema.Array(Event) },
    ({ events }) => {
      let state: GateState.GateState = closed
      let now = 5_000
      let waiting = 3
      const tickets: Array<GateState.Ticket> = []
      for (const { after, what } of events) {
        now += after
        const ticket = what === "answered" || what === "given up" ? tickets.shift() : undefined
        if (what === "come") waiting += 1
        if (what === "limited") state = GateState.limit(state, 500, patient, at(now)).state
        if (ticket !== undefined) state = GateState.leave(state, ticket, what === "answered", waiting, at(now))
        const admission = GateState.admit(state, waiting, at(now))
        state = admission.state
        waiting -= admission.admitted
        for (let i = 0; i < admission.admitted; i++) if (admission.ticket !== undefined) tickets.push(admission.ticket)
        assert.isAtLeast(waiting, 0)
        if (state._tag === "Opening") {
          const underWay = state.underWay.reduce((sum, { calls }) => sum + calls, 0)
          assert.isAtMost(underWay, state.width)
          assert.isAtMost(underWay, tickets.length)
          assert.strictEqual(new Set(state.underWay.map(({ at }) => at)).size, state.underWay.length)
        } else if (state._tag === "Open") assert.strictEqual(waiting, 0)
      }
    }
  )
})
