/** What a state tells: its status, and whether tokens are good for what the program needs. */
import { TokenSet } from "@app/auth/TokenSet"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as TokenState from "../src/internal/lifecycle/TokenState.ts"
import {
  at,
  day,
  epoch,
  errors,
  held,
  invalidated,
  rules,
  tokens,
  withFailure,
  withTokens
} from "./support/TokenStates.ts"

const failed = () => withFailure(held(), errors.serverError, at(0))

/** Signed in so long ago that the 14 days of the warning have begun. */
const ending = () =>
  withTokens(
    TokenState.initial,
    new TokenSet({ ...tokens("BQ-1"), authorizedAt: DateTime.makeUnsafe(epoch - 166 * day) }),
    at(0)
  )[0]

describe("status", () => {
  it.each<readonly [string, () => TokenState.TokenState, number, string]>([
    ["nothing yet", () => TokenState.initial, 0, "Empty 0"],
    ["a token", held, 0, "Valid 1, refresh at 3150000"],
    ["a token at its end", held, 3_600_000, "Empty 1, refresh at 3150000"],
    ["a refused token", () => invalidated(held(), at(0))[0], 0, "Empty 1, refresh at 3150000"],
    ["a request", () => TokenState.onRequest(TokenState.initial), 0, "Refreshing 0"],
    [
      "a request that has ended",
      () => TokenState.onRequestEnd(TokenState.onRequest(held()), at(0), false),
      0,
      "Valid 1, refresh at 3150000"
    ],
    ["a failure", failed, 0, "Retrying 1, refresh at 3150000"],
    ["a request after a failure", () => TokenState.onRequest(failed()), 0, "Refreshing 1, refresh at 3150000"],
    ["a sign-in about to end", ending, 0, "Valid 1, refresh at 3150000, sign-in due soon"]
  ])("of %s", (_name, stateOf, millis, expected) => {
    const { generation, isSignInDueSoon, phase, refreshAt } = TokenState.status(stateOf(), at(millis), rules, undefined)
    const due = refreshAt === undefined ? "" : `, refresh at ${refreshAt.epochMilliseconds - epoch}`
    assert.strictEqual(`${phase} ${generation}${due}${isSignInDueSoon ? ", sign-in due soon" : ""}`, expected)
  })
})

describe("required scopes", () => {
  const wanted = { ...rules, scopes: ["user-read-email", "streaming", "user-top-read"] }

  it("that a token has are no failure", () => {
    assert.isTrue(Result.isSuccess(TokenState.checkScopes(tokens("BQ-1"), rules)))
  })

  it("that it lacks are named", () => {
    const { reason } = Result.getOrThrow(Result.flip(TokenState.checkScopes(tokens("BQ-1"), wanted)))
    assert.deepInclude(reason, { kind: "InsufficientScope", description: "streaming user-top-read" })
  })
})

describe("tokens that cannot be used", () => {
  const messageOf = (state: TokenState.TokenState, tokenSet: TokenSet, millis: number) =>
    Result.getOrThrow(Result.flip(withTokens(state, tokenSet, at(millis))[1])).message

  it("say why", () => {
    assert.include(messageOf(invalidated(held(), at(0))[0], tokens("BQ-1"), 0), "handed out again the token")
    assert.include(
      messageOf(held(), tokens("BQ-2", 0, { millis: 1000 }), 1000),
      "had expired before its answer arrived"
    )
  })
})

describe("a token that replaced a refused one", () => {
  it("is neither retried nor replaced when it is refused in its turn", () => {
    const replacement = withTokens(invalidated(held(), at(0))[0], tokens("BQ-2"), at(0))[0]
    assert.deepStrictEqual(invalidated(replacement, at(0), "BQ-2"), [
      replacement,
      { isWorthARetry: false, andRefresh: false }
    ])
  })
})

describe("the schedule's request in the mandatory window", () => {
  it.each([[3_150_000, false], [3_539_999, false], [3_540_000, true], [3_599_999, true]])(
    "at %d ms takes the token's last chance: %s",
    (millis, isTaken) => {
      const [state, task] = TokenState.nextTask(held(), at(millis), rules, false)
      assert.strictEqual(task._tag, "Refresh")
      assert.deepStrictEqual(state, isTaken ? TokenState.onGet(held(), at(millis))[0] : held())
    }
  )

  it("without a token changes nothing", () => {
    assert.strictEqual(TokenState.nextTask(TokenState.initial, at(0), rules, false)[0], TokenState.initial)
  })
})
