/**
 * The rules of a token's life, without a clock: each state and event has a row, in milliseconds. What they come to over
 * HTTP and in time, the tests of `TokenService` say.
 */
import { AccessToken } from "@app/auth/AccessToken"
import * as AuthError from "@app/auth/AuthError"
import type * as Clocks from "@app/auth/Clocks"
import { standard } from "@app/auth/RefreshPolicy"
import { TokenSet } from "@app/auth/TokenSet"
import type { TokenStatus } from "@app/auth/TokenStatus"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as TokenState from "../src/internal/lifecycle/TokenState.ts"
import * as Runs from "./support/Runs.ts"

const rules: TokenState.Rules = {
  policy: standard,
  scopes: ["user-read-email"],
  areScopesVerbatim: true,
  refreshTokenLifetime: Duration.days(180),
  signInWarning: Duration.days(14)
}

const hour = 3_600_000
const day = 86_400_000

/** A month after 1970, so that there is a past to set clocks to, and this computer has been on for a second. */
const epoch = 30 * day
const at = (millis: number, wall = millis): Clocks.Instant => ({ wall: epoch + wall, monotonic: 1000 + millis })

const tokens = (secret: string, issued = 0, options: { readonly millis?: number; readonly scope?: string } = {}) =>
  new TokenSet({
    accessToken: new AccessToken({
      value: Redacted.make(secret),
      scopes: [options.scope ?? "user-read-email"],
      issuedAt: DateTime.makeUnsafe(epoch + issued),
      expiresAt: DateTime.makeUnsafe(epoch + issued + (options.millis ?? hour))
    })
  })

const errorOf = (reason: AuthError.AuthErrorReason) => new AuthError.AuthError({ reason })

const errors = {
  unreachable: errorOf(new AuthError.TokenRequestFailed({ kind: "Unreachable", detail: "no route" })),
  serverError: errorOf(new AuthError.TokenRequestFailed({ kind: "ServerError", detail: "503" })),
  rateLimited: errorOf(
    new AuthError.TokenRequestFailed({ kind: "RateLimited", detail: "429", retryAfter: Duration.seconds(90) })
  ),
  revoked: errorOf(new AuthError.ReauthorizationRequired({ kind: "Revoked" })),
  signedOut: errorOf(new AuthError.ReauthorizationRequired({ kind: "SignedOut" })),
  invalidClient: errorOf(new AuthError.InvalidClient({ clientId: "client" }))
}

// -----------------------------------------------------------------------------
// Events, and what they come to in words
// -----------------------------------------------------------------------------

const withTokens = (state: TokenState.TokenState, tokenSet: TokenSet, now: Clocks.Instant) =>
  TokenState.onTokens(state, { tokenSet, startedAt: now, now, draw: 0 }, rules)

const withFailure = (state: TokenState.TokenState, error: AuthError.AuthError, now: Clocks.Instant) =>
  TokenState.onFailure(state, { error, now, draw: 0 }, rules)[0]

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

const taskOf = (state: TokenState.TokenState, now: Clocks.Instant, isUnsaved = false): string => {
  const [, task] = TokenState.nextTask(state, now, rules, isUnsaved)
  return task._tag === "Sleep" ? `in ${task.millis}` : task._tag
}

const invalidated = (state: TokenState.TokenState, now: Clocks.Instant, secret = "BQ-1") =>
  TokenState.onInvalidate(state, tokens(secret).accessToken, now, rules)

/** States that rows begin in: functions, so that each test computes its own. */
const held = () => withTokens(TokenState.initial, tokens("BQ-1"), at(0))[0]
const asked = () => TokenState.onGet(held(), at(3_540_000))[0]
const replacement = () => withTokens(invalidated(held(), at(1000))[0], tokens("BQ-2", 1000), at(1000))[0]
const never = () => withFailure(TokenState.initial, errors.revoked, at(0))

describe("a state answers", () => {
  it.each<readonly [string, () => TokenState.TokenState, Clocks.Instant, ReadonlyArray<string>]>([
    // State, instant: get, refresh, a 401 on its token, the schedule.
    ["nothing yet", () => TokenState.initial, at(0), ["wait", "wait", "retry", "Refresh"]],
    ["a fresh token", held, at(1000), ["serve", "wait", "retry, refresh", "in 3149000"]],
    ["a token a moment before it is due", held, at(3_149_999), ["serve", "wait", "retry, refresh", "in 1"]],
    ["a token that is due", held, at(3_150_000), ["serve, refresh", "wait", "retry, refresh", "Refresh"]],
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
      { tokenSet, startedAt: at(millis), now: at(millis), draw: 0 },
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
    assert.strictEqual(Result.isSuccess(arrival) ? arrival.success.trouble?.attempt : undefined, 2)
  })

  it("lie within their lifetime at the age they have, though they come out of a store", () => {
    const [old] = withTokens(TokenState.initial, tokens("BQ-1"), at(3_149_999))
    assert.deepStrictEqual([taskOf(old, at(3_149_999)), wordsOf(TokenState.onGet(old, at(3_150_000))[1])], [
      "in 1",
      "serve, refresh"
    ])
  })
})

describe("a failure", () => {
  const told = (state: TokenState.TokenState) => ({
    phase: TokenState.status(state, at(0), rules, undefined).phase,
    pause: (state.failure?.pausedUntil ?? 0) - at(0).monotonic,
    retryAt: state.failure?.retryAt?.epochMilliseconds ?? 0,
    attempt: state.failure?.attempt
  })

  it.each<readonly [keyof typeof errors, TokenStatus["phase"], number, boolean]>([
    ["serverError", "Retrying", 800, true],
    ["unreachable", "Retrying", 800, true],
    ["rateLimited", "Retrying", 90_000, true],
    ["revoked", "SignInRequired", Infinity, false],
    ["signedOut", "SignInRequired", Infinity, false],
    ["invalidClient", "Misconfigured", 60_000, false]
  ])("%s without a token: %s, and no request for %d ms", (error, phase, pause, isRetried) => {
    assert.deepStrictEqual(told(withFailure(TokenState.initial, errors[error], at(0))), {
      phase,
      pause,
      retryAt: isRetried ? epoch + pause : 0,
      attempt: 1
    })
  })

  it("pauses longer each time, and anew once no token is left", () => {
    const pauses = [3_150_000, 3_200_000, 3_300_000, hour, hour + 1000].reduce<
      { readonly state: TokenState.TokenState; readonly seen: ReadonlyArray<number> }
    >(({ seen, state }, millis) => {
      const next = withFailure(state, errors.serverError, at(millis))
      return { state: next, seen: [...seen, (next.failure?.pausedUntil ?? 0) - at(millis).monotonic] }
    }, { state: held(), seen: [] })
    assert.deepStrictEqual(pauses.seen, [11_250, 22_500, 45_000, 800, 1600])
  })

  it("ends no token but by a sign-out", () => {
    const state = held()
    for (const error of Object.values(errors)) {
      const { held: left } = withFailure(state, error, at(0))
      assert.strictEqual(left, error === errors.signedOut ? undefined : state.held)
    }
  })
})

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

// -----------------------------------------------------------------------------
// Whatever happens
// -----------------------------------------------------------------------------

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
