/** The rules of repetition, each by itself. `SpotifyClient.repetition.test.ts` has the calls that follow them. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Repetition from "../src/internal/call/Repetition.ts"
import * as RetryTiming from "../src/internal/time/RetryTiming.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyError from "../src/SpotifyError.ts"

const standard = RetryTiming.fromPolicy(RetryPolicy.standard)
const failing = RetryTiming.fromPolicy({ ...RetryPolicy.standard, whileLimited: "fail" })

const error = (reason: SpotifyError.SpotifyErrorReason) => new SpotifyError.SpotifyError({ reason })
const limited = (millis?: number) =>
  new SpotifyError.RateLimited(millis === undefined ? {} : { retryAfter: Duration.millis(millis) })
const unavailable = (status: number, millis?: number) =>
  new SpotifyError.ServiceUnavailable({
    status,
    ...(millis !== undefined && { retryAfter: Duration.millis(millis) })
  })
/** Early in a call of 30 seconds. */
const early = { now: 1_000, deadline: 31_001 }
const timeout = new SpotifyError.Timeout({ limit: "attempt", after: Duration.seconds(10) })

describe("what comes after a failure", () => {
  const cases: ReadonlyArray<
    readonly [string, SpotifyError.SpotifyErrorReason, idempotent: Repetition.Decision, other: Repetition.Decision]
  > = [
    ["I10: a refused token", new SpotifyError.Unauthorized(), "ReplaceToken", "ReplaceToken"],
    ["I17: a 429", limited(), "QueueAtGate", "QueueAtGate"],
    ["I17: a 429 within the cap", limited(30_000), "QueueAtGate", "QueueAtGate"],
    ["I17: a 429 beyond the cap", limited(30_001), "Fail", "Fail"],
    ["I17: a spent quota", new SpotifyError.QuotaExceeded({}), "Fail", "Fail"],
    ["I17: a 503", unavailable(503), "Pause", "Fail"],
    ["I17: a 503 within the cap", unavailable(503, 30_000), "Pause", "Fail"],
    ["I17: a 503 beyond the cap", unavailable(503, 30_001), "Fail", "Fail"],
    ["I17: a 421, which was not executed", unavailable(421), "Pause", "Pause"],
    ["I17: a 425, which was not executed", unavailable(425), "Pause", "Pause"],
    ["I17: a try that took too long", timeout, "Pause", "Fail"],
    ["I17: no connection", new SpotifyError.Transport({ phase: "connect" }), "Pause", "Pause"],
    ["I17: a broken exchange", new SpotifyError.Transport({ phase: "exchange" }), "Pause", "Fail"],
    ["I17: a request that is none", new SpotifyError.Transport({ phase: "request" }), "Fail", "Fail"],
    ["I17: a refusal", new SpotifyError.Forbidden({ kind: "Other", scopes: [] }), "Fail", "Fail"],
    ["I17: nothing there", new SpotifyError.NotFound({}), "Fail", "Fail"],
    ["I17: an odd answer", new SpotifyError.UnexpectedResponse({ path: "", detail: "odd" }), "Fail", "Fail"]
  ]
  for (const [what, reason, idempotent, other] of cases) {
    it(what, () => {
      for (const [isIdempotent, expected] of [[true, idempotent], [false, other]] as const) {
        const facts = { isIdempotent, isReplayed: false }
        assert.strictEqual(Repetition.decide(error(reason), facts, standard, early), expected)
        // A token is replaced once, and nothing else depends on that.
        const again = Repetition.decide(error(reason), { ...facts, isReplayed: true }, standard, early)
        assert.strictEqual(again, expected === "ReplaceToken" ? "Fail" : expected)
      }
    })
  }

  it("I15: a 429 fails a call that is told not to wait, and nothing else does", () => {
    for (const [what, reason, expected] of cases) {
      const next = Repetition.decide(error(reason), { isIdempotent: true, isReplayed: false }, failing, early)
      assert.strictEqual(next, reason._tag === "RateLimited" ? "Fail" : expected, what)
    }
  })
})

describe("the pause before the next try", () => {
  const time = { now: 1_000, deadline: 3_000 }
  const cases: ReadonlyArray<
    readonly [string, SpotifyError.SpotifyErrorReason, drawn: number | undefined, pause: number | undefined]
  > = [
    ["is what the policy draws, in whole milliseconds", unavailable(503), 100.2, 101],
    ["is what the server asks where that is longer", unavailable(503, 500), 100, 500],
    ["is what the policy draws where that is longer", unavailable(503, 500), 600, 600],
    ["I18: ends before the call does", unavailable(503), 1_999, 1_999],
    ["I18: is not begun when it does not end before the call", unavailable(503), 2_000, undefined],
    ["is none when the policy has no more", unavailable(503), undefined, undefined],
    ["at the gate counts as one of the policy's", limited(500), undefined, undefined]
  ]
  for (const [what, reason, drawn, pause] of cases) {
    it(what, () => {
      assert.strictEqual(Repetition.pause(error(reason), drawn, time), pause)
    })
  }

  const facts = { isIdempotent: true, isReplayed: false }
  const atGate: ReadonlyArray<readonly [string, SpotifyError.RateLimited, Repetition.Decision]> = [
    ["I15: is spent at the gate after a 429", limited(500), "QueueAtGate"],
    ["I15: is spent at the gate whatever the policy draws", limited(), "QueueAtGate"],
    ["I18: at the gate is not begun when it does not end before the call", limited(2_000), "Fail"]
  ]
  for (const [what, reason, decision] of atGate) {
    it(what, () => {
      assert.strictEqual(Repetition.decide(error(reason), facts, standard, time), decision)
    })
  }
})
