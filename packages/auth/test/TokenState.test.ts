/**
 * The rules of a token's life, without a clock: each state and event has a row, in milliseconds. What they come to over
 * HTTP and in time, the tests of `TokenService` say.
 */
import type * as Clocks from "@app/auth/Clocks"
import type { TokenSet } from "@app/auth/TokenSet"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as TokenState from "../src/internal/lifecycle/TokenState.ts"
import {
  at,
  errors,
  held,
  hour,
  invalidated,
  never,
  rules,
  taskOf,
  tokens,
  withFailure,
  withTokens
} from "./support/TokenStates.ts"

const wordsOf = (decision: TokenState.Decision): string => {
  switch (decision._tag) {
    case "Serve":
      return decision.andRefresh ? "serve, refresh" : "serve"
    case "Await":
      return decision.orServe ? "wait or serve" : "wait"
    case "Fail":
      return "fail"
    case "LookOrFail":
      return "look or fail"
  }
}

const asked = () => TokenState.onGet(held(), at(3_540_000))[0]

const replacement = () => withTokens(invalidated(held(), at(1000))[0], tokens("BQ-2", 1000), at(1000))[0]

describe("a state answers", () => {
  it.each<readonly [string, () => TokenState.TokenState, Clocks.Instant, ReadonlyArray<string>]>([
    // State, instant: get, refresh, a 401 on its token, the schedule.
    ["nothing yet", () => TokenState.initial, at(0), ["wait", "wait", "retry", "Refresh"]],
    ["a fresh token", held, at(1000), ["serve", "wait", "retry, refresh", "in 3149000"]],
    ["a token a moment before it is due", held, at(3_149_999), ["serve", "wait", "retry, refresh", "in 1"]],
    ["a token that is due", held, at(3_150_000), ["serve, refresh", "wait", "retry, refresh", "Refresh"]],
    ["a token that is due by the wall clock alone", held, at(1000, 3_150_000), [
      "serve, refresh",
      "wait",
      "retry, refresh",
      "Refresh"
    ]],
    ["a token that is due by the other clock alone", held, at(3_150_000, 1000), [
      "serve, refresh",
      "wait",
      "retry, refresh",
      "Refresh"
    ]],
    [
      "a token that was due before a clock was set back",
      () => TokenState.onLook(held(), at(1000, 3_150_000)),
      at(2000),
      [
        "serve, refresh",
        "wait",
        "retry, refresh",
        "Refresh"
      ]
    ],
    ["a token in its last minute", held, at(3_540_000), ["wait or serve", "wait", "retry, refresh", "Refresh"]],
    ["the same, asked for already", asked, at(3_541_000), [
      "wait or serve",
      "wait",
      "retry, refresh",
      "Refresh"
    ]],
    ["a token's last moment", held, at(3_599_999), ["wait or serve", "wait", "retry, refresh", "Refresh"]],
    ["a token at its end", held, at(3_600_000), ["wait", "wait", "retry, refresh", "Refresh"]],
    ["a token at its end by the wall clock alone", held, at(1000, hour), [
      "wait",
      "wait",
      "retry, refresh",
      "Refresh"
    ]],
    ["a token at its end by the other clock alone", held, at(hour, 1000), [
      "wait",
      "wait",
      "retry, refresh",
      "Refresh"
    ]],
    ["a token with the wall clock a second early", held, at(5000, -1000), [
      "serve",
      "wait",
      "retry, refresh",
      "in 3145000"
    ]],
    ["a token from the future", held, at(5000, -1001), ["wait or serve", "wait", "retry, refresh", "Refresh"]],
    ["a refused token", () => invalidated(held(), at(1000))[0], at(1000), [
      "wait",
      "wait",
      "retry, refresh",
      "Refresh"
    ]],
    ["a token that replaced a refused one", replacement, at(30_999), ["serve", "wait", "report", "in 3120001"]],
    ["the same half a minute after it came", replacement, at(31_000), [
      "serve",
      "wait",
      "retry, refresh",
      "in 3120000"
    ]],
    ["a request, and a token that is due", () => TokenState.onRequest(held()), at(3_150_000), [
      "serve, refresh",
      "wait",
      "retry, refresh",
      "Refresh"
    ]],
    ["a request, and none", () => TokenState.onRequest(TokenState.initial), at(0), [
      "wait",
      "wait",
      "retry",
      "Refresh"
    ]],
    [
      "a request after a failure",
      () => TokenState.onRequest(withFailure(TokenState.initial, errors.serverError, at(0))),
      at(1),
      [
        "wait",
        "wait",
        "retry",
        "in 799"
      ]
    ],
    ["a failure, and no token", () => withFailure(TokenState.initial, errors.serverError, at(0)), at(799), [
      "fail",
      "fail",
      "retry",
      "in 1"
    ]],
    ["a failure whose pause is over", () => withFailure(TokenState.initial, errors.serverError, at(0)), at(800), [
      "wait",
      "wait",
      "retry",
      "Refresh"
    ]],
    [
      "a failure, and a token that serves",
      () => withFailure(held(), errors.serverError, at(3_150_000)),
      at(3_150_000),
      [
        "serve",
        "fail",
        "retry",
        "in 11250"
      ]
    ],
    [
      "a lost answer, and a token that serves",
      () => withFailure(held(), errors.unreachable, at(3_150_000)),
      at(3_150_000),
      [
        "serve",
        "fail",
        "retry",
        "in 800"
      ]
    ],
    ["a failure, into the last minute", () => withFailure(held(), errors.serverError, at(3_535_000)), at(3_535_000), [
      "serve",
      "fail",
      "retry",
      "in 5000"
    ]],
    ["a failure, in the last minute", () => withFailure(held(), errors.serverError, at(3_535_000)), at(3_540_000), [
      "wait or serve",
      "fail",
      "retry",
      "Refresh"
    ]],
    [
      "a failure, the last minute's request made",
      () => withFailure(asked(), errors.serverError, at(3_541_000)),
      at(3_541_000),
      [
        "serve",
        "fail",
        "retry",
        "in 11250"
      ]
    ],
    [
      "a server's wish, in the last minute",
      () => withFailure(held(), errors.rateLimited, at(3_535_000)),
      at(3_540_000),
      [
        "serve",
        "fail",
        "retry",
        "in 85000"
      ]
    ],
    ["the end of a sign-in, and no token", never, at(0), ["look or fail", "look or fail", "retry", "in 5000"]],
    ["the same, looked for within a second", () => TokenState.onGet(never(), at(0))[0], at(999), [
      "fail",
      "look or fail",
      "retry",
      "in 4001"
    ]],
    ["the same, looked for a second ago", () => TokenState.onGet(never(), at(0))[0], at(1000), [
      "look or fail",
      "look or fail",
      "retry",
      "in 4000"
    ]],
    ["the same, due to be looked for", never, at(5000), ["look or fail", "look or fail", "retry", "Look"]],
    ["the same, looked for by the schedule", () => TokenState.nextTask(never(), at(5000), rules, false)[0], at(5000), [
      "look or fail",
      "look or fail",
      "retry",
      "in 10000"
    ]],
    [
      "the end of a sign-in, and a token that serves",
      () => withFailure(held(), errors.revoked, at(3_150_000)),
      at(3_540_000),
      [
        "serve",
        "look or fail",
        "retry",
        "Look"
      ]
    ],
    ["a sign-out", () => withFailure(held(), errors.signedOut, at(1000)), at(1000), [
      "look or fail",
      "look or fail",
      "retry",
      "in 5000"
    ]],
    ["a client that is refused", () => withFailure(TokenState.initial, errors.invalidClient, at(0)), at(59_999), [
      "fail",
      "fail",
      "retry",
      "in Infinity"
    ]],
    [
      "a client that was refused a minute ago",
      () => withFailure(TokenState.initial, errors.invalidClient, at(0)),
      at(60_000),
      [
        "wait",
        "wait",
        "retry",
        "in Infinity"
      ]
    ]
  ])("%s", (_name, stateOf, now, expected) => {
    const state = stateOf()
    const secret = state.held === undefined ? "BQ-1" : Redacted.value(state.held.tokenSet.accessToken.value)
    const [, refused] = invalidated(state, now, secret)
    assert.deepStrictEqual([
      wordsOf(TokenState.onGet(state, now)[1]),
      wordsOf(TokenState.onRefresh(state, now)[1]),
      (refused.isWorthARetry ? "retry" : "report") + (refused.andRefresh ? ", refresh" : ""),
      taskOf(state, now)
    ], expected)
  })
})

describe("tokens that come", () => {
  it.each<readonly [string, () => TokenState.TokenState, TokenSet, number, string, string]>([
    ["the first", () => TokenState.initial, tokens("BQ-1"), 0, "BQ-1", "1 BQ-1"],
    ["to a token that serves", held, tokens("BQ-2", 1000), 1000, "BQ-2", "2 BQ-2"],
    [
      "after a failure",
      () => withFailure(held(), errors.serverError, at(0)),
      tokens("BQ-2", 1000),
      1000,
      "BQ-2",
      "2 BQ-2"
    ],
    ["at their last moment", held, tokens("BQ-2", 0, { millis: 1001 }), 1000, "BQ-2", "2 BQ-2"],
    [
      "over already, to a token that serves",
      held,
      tokens("BQ-2", 0, { millis: 1000 }),
      1000,
      "TokenRequestFailed",
      "1 BQ-1"
    ],
    [
      "over already, to one that does not",
      held,
      tokens("BQ-2", 0, { millis: 1000 }),
      hour,
      "TokenRequestFailed",
      "2 BQ-2"
    ],
    [
      "without a scope",
      held,
      tokens("BQ-2", 1000, { scope: "streaming" }),
      1000,
      "ReauthorizationRequired",
      "1 BQ-1"
    ],
    [
      "the refused one again",
      () => invalidated(held(), at(1000))[0],
      tokens("BQ-1"),
      1000,
      "TokenRequestFailed",
      "1 BQ-1"
    ],
    [
      "another than the refused one",
      () => invalidated(held(), at(1000))[0],
      tokens("BQ-2", 1000),
      1000,
      "BQ-2",
      "2 BQ-2"
    ]
  ])("%s", (_name, stateOf, tokenSet, millis, expected, after) => {
    const state = stateOf()
    const [then, arrival] = TokenState.onTokens(
      state,
      { tokenSet, startedAt: at(millis), now: at(millis), random: 0 },
      rules
    )
    const told = Result.match(arrival, {
      onFailure: ({ reason }) => reason._tag,
      onSuccess: ({ token }) => Redacted.value(token.value)
    })
    const secret = then.held === undefined ? "" : Redacted.value(then.held.tokenSet.accessToken.value)
    assert.deepStrictEqual([told, `${then.generation} ${secret}`], [expected, after])
    // What came of an attempt that failed stays remembered until one succeeds.
    assert.strictEqual(then.failure, Result.isSuccess(arrival) ? undefined : state.failure)
  })

  it("tell what they are the end of", () => {
    const failed = withFailure(withFailure(held(), errors.serverError, at(0)), errors.serverError, at(0))
    const [, arrival] = withTokens(failed, tokens("BQ-2", 1000), at(1000))
    assert.strictEqual(Result.isSuccess(arrival) ? arrival.success.failureBefore?.attempt : undefined, 2)
  })

  it.each([[3_601_000, "in 300000"], [3_601_001, "in 3149126"], [3_599_000, "in 300000"], [3_598_999, "in 3147375"]])(
    "with an end at %d ms, after one at 3600000, are due %s",
    (end, task) => {
      const [state] = withTokens(held(), tokens("BQ-2", 2000, { millis: end - 2000 }), at(2000))
      assert.strictEqual(taskOf(state, at(2000)), task)
    }
  )

  it("lie within their lifetime at the age they have, though they come out of a store", () => {
    const [old] = withTokens(TokenState.initial, tokens("BQ-1"), at(3_149_999))
    assert.deepStrictEqual([taskOf(old, at(3_149_999)), wordsOf(TokenState.onGet(old, at(3_150_000))[1])], [
      "in 1",
      "serve, refresh"
    ])
  })
})

describe("a look at the clocks", () => {
  it("remembers the oldest age, which no clock that is set back takes away", () => {
    const looked = TokenState.onLook(held(), at(1000, hour))
    assert.deepStrictEqual([
      wordsOf(TokenState.onGet(held(), at(1000))[1]),
      wordsOf(TokenState.onGet(looked, at(1000))[1])
    ], ["serve", "wait"])
  })

  it("leaves a state without a token, or with one that is no older, as it is", () => {
    const looked = TokenState.onLook(held(), at(1000))
    assert.strictEqual(TokenState.onLook(looked, at(1000)), looked)
    assert.strictEqual(TokenState.onLook(TokenState.initial, at(1000)), TokenState.initial)
  })
})

describe("a service", () => {
  it("begins until the first token or the first failure", () => {
    const states = [TokenState.initial, held(), never(), invalidated(held(), at(0))[0]]
    assert.deepStrictEqual(states.map(TokenState.isBeginning), [true, false, false, false])
  })
})
