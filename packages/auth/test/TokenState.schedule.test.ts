/** The schedule of a token service, without a clock. */
import { TokenSet } from "@app/auth/TokenSet"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as TokenState from "../src/internal/lifecycle/TokenState.ts"
import { at, day, epoch, held, never, rules, taskOf, tokens, withTokens } from "./support/TokenStates.ts"

describe("the schedule", () => {
  it("offers the store what it lacks after a second, and then ever more rarely", () => {
    let state = TokenState.onRequestEnd(held(), at(0), true)
    assert.deepStrictEqual([taskOf(state, at(999), true), taskOf(state, at(999))], ["in 1", "in 3149001"])
    const pauses = [1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000].map((millis) => {
      assert.strictEqual(taskOf(state, at(millis), true), "Save")
      state = TokenState.nextTask(state, at(millis), rules, true)[0]
      return taskOf(state, at(millis), true)
    })
    assert.deepStrictEqual(pauses, ["in 2000", "in 4000", "in 8000", "in 16000", "in 30000", "in 30000", "in 30000"])
    assert.strictEqual(taskOf(TokenState.onRequestEnd(state, at(91_000), false), at(91_000), true), "in 30000")
  })

  it("has nothing to offer before a request has ended", () => {
    assert.strictEqual(taskOf(held(), at(999), true), "in 3149001")
  })

  it("looks for a sign-in elsewhere after 5 seconds, and at last every 5 minutes", () => {
    let state = never()
    let millis = 5000
    const pauses: Array<number> = []
    for (let look = 0; look < 8; look++) {
      assert.strictEqual(taskOf(state, at(millis)), "Look")
      state = TokenState.nextTask(state, at(millis), rules, false)[0]
      const pause = Number(taskOf(state, at(millis)).slice(3))
      pauses.push(pause)
      millis += pause
    }
    assert.deepStrictEqual(pauses, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000])
  })

  it("has nothing to warn of where nobody signs in, however early one would like to know", () => {
    const always = { ...rules, signInWarning: Duration.infinity }
    const [, task] = TokenState.nextTask(held(), at(1000), always, false)
    assert.deepStrictEqual(task, { _tag: "Sleep", millis: 3_149_000 })
  })

  it("warns of the end of a sign-in once", () => {
    const authorizedAt = DateTime.makeUnsafe(epoch - 166 * day + 1000)
    const [signedIn] = withTokens(TokenState.initial, new TokenSet({ ...tokens("BQ-1"), authorizedAt }), at(0))
    assert.deepStrictEqual([taskOf(signedIn, at(999)), taskOf(signedIn, at(1000))], ["in 1", "Warn"])
    const [warned] = TokenState.nextTask(signedIn, at(1000), rules, false)
    assert.strictEqual(taskOf(warned, at(1000)), "in 3149000")
    const { isSignInDueSoon, signInDueAt } = TokenState.status(warned, at(1000), rules, undefined)
    assert.deepStrictEqual([isSignInDueSoon, signInDueAt?.epochMilliseconds], [true, epoch + 14 * day + 1000])
  })
})
