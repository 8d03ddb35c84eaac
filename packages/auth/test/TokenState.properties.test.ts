/** The rules of a token's life over generated histories, without a clock. */
import type * as Clocks from "@app/auth/Clocks"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TokenState from "../src/internal/lifecycle/TokenState.ts"
import * as Runs from "./support/Runs.ts"
import { at, day, errors, hour, invalidated, rules, tokens, withFailure, withTokens } from "./support/TokenStates.ts"

const Event = Schema.Struct({
  what: Schema.Literals(["get", "refresh", "invalidate", "invalidate another", "schedule", "tokens", "fail", "end"]),
  /** Both clocks go on by so much. */
  passes: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_000_000 })),
  /** And the wall clock is set by so much. */
  jumps: Schema.Literals([0, 0, 0, 0, 900, -900, 60_000, -60_000, hour, -hour, day, -day])
})

const History = Schema.Array(Event).check(Schema.isMaxLength(30))

type History = typeof History.Type

interface Seen {
  readonly before: TokenState.TokenState
  readonly after: TokenState.TokenState
  readonly what: History[number]["what"]
  readonly now: Clocks.Instant
  readonly decision: TokenState.Decision | undefined
  readonly asksForToken: boolean
}

/** Lives a history, and tells each step of it. */
const live = (history: History): ReadonlyArray<Seen> => {
  let state = TokenState.initial
  let [elapsed, offset, serial] = [0, 0, 0]
  const seen: Array<Seen> = []
  for (const { jumps, passes, what } of history) {
    elapsed += passes
    offset += jumps
    const now = at(elapsed, elapsed + offset)
    const before = TokenState.onLook(state, now)
    state = before
    let decision: TokenState.Decision | undefined
    let asksForToken = false
    const secret = state.held === undefined ? "" : Redacted.value(state.held.tokenSet.accessToken.value)
    switch (what) {
      case "get":
      case "refresh":
        ;[state, decision] = (what === "get" ? TokenState.onGet : TokenState.onRefresh)(state, now)
        asksForToken = decision._tag === "Await" || (decision._tag === "Serve" && decision.andRefresh)
        break
      case "invalidate":
      case "invalidate another": {
        const [after, { andRefresh }] = invalidated(state, now, what === "invalidate" ? secret : "BQ-0")
        state = after
        asksForToken = andRefresh
        break
      }
      case "schedule": {
        const [after, task] = TokenState.nextTask(state, now, rules, false)
        state = after
        asksForToken = task._tag === "Refresh"
        break
      }
      case "tokens":
        serial += 1
        state = withTokens(state, tokens(`BQ-${serial}`, elapsed + offset), now)[0]
        break
      case "fail":
        state = withFailure(state, errors.serverError, now)
        break
      case "end":
        state = withFailure(state, errors.revoked, now)
        break
    }
    seen.push({ before, after: state, what, now, decision, asksForToken })
  }
  return seen
}

const runs = { arbitrary: { runs: Runs.upTo(2000) } }

describe("whatever happens", () => {
  it.prop(
    "I1: no token is served that is over by either clock, or was at any time before",
    { history: History },
    ({ history }) => {
      let oldest: ReadonlyMap<string, number> = new Map()
      for (const { after, decision, now } of live(history)) {
        if (after.held !== undefined) {
          const { accessToken } = after.held.tokenSet
          const secret = Redacted.value(accessToken.value)
          const age = Math.max(
            now.wall - accessToken.issuedAt.epochMilliseconds,
            now.monotonic - after.held.bornAt.monotonic,
            oldest.get(secret) ?? 0
          )
          oldest = new Map([[secret, age]])
        }
        if (decision?._tag !== "Serve") continue
        assert.isBelow(oldest.get(Redacted.value(decision.token.tokenSet.accessToken.value)) ?? Infinity, hour)
        assert.isFalse(decision.token.rejected)
      }
    },
    runs
  )

  it.prop(
    "I7: after the end of a sign-in nothing asks for a token until new ones come",
    { history: History },
    ({ history }) => {
      let hasEnded = false
      for (const { after, asksForToken, what } of live(history)) {
        if (hasEnded && what !== "tokens") assert.isFalse(asksForToken)
        // A failure of any other kind can only follow a request.
        hasEnded = after.failure?.error.reason._tag === "ReauthorizationRequired"
      }
    },
    runs
  )

  it.prop(
    "I9: to refuse another token changes nothing, and a refused one is never served again",
    { history: History },
    ({ history }) => {
      const refused = new Set<string>()
      for (const { after, before, decision, what } of live(history)) {
        if (what === "invalidate another") assert.strictEqual(after, before)
        if (after.held?.rejected === true) refused.add(Redacted.value(after.held.tokenSet.accessToken.value))
        if (decision?._tag !== "Serve") continue
        assert.isFalse(refused.has(Redacted.value(decision.token.tokenSet.accessToken.value)))
      }
    },
    runs
  )

  it.prop("a schedule that sleeps wakes when something is due, and not before", { history: History }, ({ history }) => {
    const { after, now } = live(history).at(-1) ?? { after: TokenState.initial, now: at(0) }
    const [then, task] = TokenState.nextTask(after, now, rules, false)
    if (task._tag !== "Sleep" || task.millis === Infinity) return
    const inMillis = (millis: number) => ({ wall: now.wall + millis, monotonic: now.monotonic + millis })
    assert.isAbove(task.millis, 0)
    assert.strictEqual(TokenState.nextTask(then, inMillis(task.millis - 1), rules, false)[1]._tag, "Sleep")
    assert.notStrictEqual(TokenState.nextTask(then, inMillis(task.millis), rules, false)[1]._tag, "Sleep")
  }, runs)
})
