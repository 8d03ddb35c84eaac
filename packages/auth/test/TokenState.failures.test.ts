/** Failures of token requests: pauses, and what a dashboard is told. */
import type { TokenStatus } from "@app/auth/TokenStatus"
import { assert, describe, it } from "@effect/vitest"
import * as TokenState from "../src/internal/lifecycle/TokenState.ts"
import { at, epoch, errors, held, hour, rules, withFailure } from "./support/TokenStates.ts"

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
    ["invalidClient", "Misconfigured", 60_000, false],
    ["malformed", "Retrying", 800, true],
    ["invalidSetting", "Misconfigured", 60_000, false],
    ["rejected", "Misconfigured", 60_000, false],
    ["codeRejected", "Misconfigured", Infinity, false],
    ["corrupt", "Misconfigured", 60_000, false],
    ["unavailable", "Retrying", 800, true]
  ])("%s without a token: %s, and no request for %d ms", (error, phase, pause, isRetried) => {
    assert.deepStrictEqual(told(withFailure(TokenState.initial, errors[error], at(0))), {
      phase,
      pause,
      retryAt: isRetried ? epoch + pause : 0,
      attempt: 1
    })
  })

  it.each(["unreachable", "malformed"] as const)("%s says when the next attempt is due", (error) => {
    const { failure } = withFailure(TokenState.initial, errors[error], at(0))
    assert.include(failure?.error.message, "The next attempt is due at 1970-01-31T00:00:00.800Z.")
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

  it("that is a sign-out forgets the token and nothing else", () => {
    const state = held()
    const { failure: _failure, held: left, news: _news, ...rest } = withFailure(state, errors.signedOut, at(0))
    const { failure: _none, held: _held, news: _old, ...before } = state
    assert.deepStrictEqual([left, rest], [undefined, before])
  })
})
