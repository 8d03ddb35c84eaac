import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { alphabets, histories, type History, type Step } from "./support/Histories.ts"
import { ModelServer } from "./support/ModelServer.ts"
import * as Runs from "./support/Runs.ts"
import { breachesOf, type Invariant } from "./support/TokenServiceHistory.ts"
import { refreshToken, simulate } from "./support/TokenServiceModel.ts"

/** Histories grow from run to run, up to some thirty steps. */
const runs = { arbitrary: { runs: Runs.upTo(200), size: 30 }, timeout: 120_000 }

const holds = (invariant: Invariant, begin?: Step) => ({ history }: { readonly history: History }) =>
  Effect.map(
    breachesOf(history, begin),
    (breaches) => assert.deepStrictEqual(breaches.filter((breach) => breach.invariant === invariant), [])
  )

describe("TokenService, whatever happens", () => {
  it.effect.prop(
    "I1: get never returns a token that has expired, by the wall clock or by its true age",
    { history: histories(alphabets.clocks, [1, 2]) },
    holds("I1"),
    runs
  )

  it.effect.prop(
    "I2: at most one token request is in flight, also between two services that share a store",
    { history: histories(alphabets.everything, [1, 2]) },
    holds("I2"),
    runs
  )

  it.effect.prop(
    "I3: whoever calls at one instant shares one request and one fate, and at a token's end one new token",
    { history: histories(alphabets.droughts) },
    holds("I3"),
    runs
  )

  it.effect.prop(
    "I4: no request is given up with its callers, and no answer is lost",
    { history: histories(alphabets.credentials, [1, 2]) },
    holds("I4"),
    runs
  )

  it.effect.prop(
    "I5: a token is stored before it is handed out, or known not to be and stored later",
    { history: histories(alphabets.credentials) },
    holds("I5", { _tag: "Rotation", on: true }),
    runs
  )

  it.effect.prop(
    "I6: a refresh token that has been replaced is never sent again",
    { history: histories(alphabets.credentials, [1, 2]) },
    holds("I6", { _tag: "Rotation", on: true }),
    runs
  )

  it.effect.prop(
    "I7: a refresh token that the server has refused is never sent again",
    { history: histories(alphabets.endings, [1, 2]) },
    holds("I7"),
    runs
  )

  it.effect.prop(
    "I8: nothing but the server's own word ends a sign-in",
    { history: histories(alphabets.credentials, [1, 2]) },
    holds("I8"),
    runs
  )

  it.effect.prop(
    "I9: invalidating an older token changes nothing, and an invalidated one is never handed out again",
    { history: histories(alphabets.invalidations, [1, 2]) },
    holds("I9"),
    runs
  )
})

describe("TokenService", () => {
  it.effect("I3: 10,000 callers cost one token request, and all get its token (F1)", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      const fibers = yield* Effect.forEach(
        Array.from({ length: 10_000 }),
        () => Effect.forkChild(tokens.get, { startImmediately: true })
      )
      yield* TestClock.adjust("1 second")
      const answers = yield* Fiber.awaitAll(fibers)
      assert.strictEqual(server.requests(), 1)
      assert.strictEqual(answers.filter(Exit.isSuccess).length, 10_000)
    })))

  it.effect("I7: new credentials end the silence", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        const error = yield* Effect.flip(tokens.get)
        assert.strictEqual(error.reason._tag, "ReauthorizationRequired")
        yield* server.behave({ answer: "Token", latencyMillis: 0 })
        const token = yield* tokens.authorize(refreshToken)
        assert.strictEqual(yield* tokens.get, token)
        const status = yield* tokens.status
        assert.strictEqual(status.phase, "Valid")
      }),
      { behaviour: { answer: "InvalidGrant", latencyMillis: 0 } }
    ))
})
