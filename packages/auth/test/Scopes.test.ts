import * as Grant from "@app/auth/Grant"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { withAnswers } from "./ScriptedServer.ts"

const newSignIn = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-new") })

describe("scopes", () => {
  it.effect("F38: fewer than were asked for can be seen on the token", () =>
    withAnswers(() => ({ expires_in: 3600, scope: "user-read-private" }), ({ tokens }) =>
      Effect.gen(function*() {
        assert.deepStrictEqual((yield* tokens.get).scopes, ["user-read-private"])
      })))

  it.effect("F38: one the program cannot do without is missed before any call, by name, and asked for once", () =>
    withAnswers(
      (serial) => ({ expires_in: 3600, scope: serial === 1 ? "a c" : "d c b a" }),
      ({ asked, store, tokens }) =>
        Effect.gen(function*() {
          for (let i = 0; i < 5; i++) {
            const { message, reason } = yield* Effect.flip(tokens.get)
            assert.strictEqual(
              reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag,
              "InsufficientScope"
            )
            assert.include(message, "(\"b d\")")
            yield* TestClock.adjust("1 hour")
          }
          assert.strictEqual(asked.length, 1)
          assert.strictEqual((yield* tokens.status).phase, "SignInRequired")
          assert.isDefined(store.record?.tokenSet?.refreshToken)
          assert.deepStrictEqual((yield* tokens.authorize(newSignIn)).scopes, ["d", "c", "b", "a"])
          assert.strictEqual((yield* tokens.status).phase, "Valid")
        }),
      { scopes: ["a", "b", "d"] }
    ))

  it.effect("F38: a token that covers them goes on serving when the next one does not", () =>
    withAnswers(
      (serial) => ({ expires_in: 3600, scope: serial === 1 ? "a b" : "a" }),
      ({ tokens }) =>
        Effect.gen(function*() {
          const token = yield* tokens.get
          yield* Effect.flip(tokens.refresh)
          assert.strictEqual(yield* tokens.get, token)
          yield* TestClock.adjust("1 hour")
          assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "ReauthorizationRequired")
        }),
      { scopes: ["a", "b"] }
    ))

  it.effect("F38: those of a refresh that names none are those of the sign-in", () =>
    withAnswers(
      (serial) => ({ expires_in: 3600, ...(serial === 1 && { scope: "a b" }) }),
      ({ tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.deepStrictEqual((yield* tokens.refresh).scopes, ["a", "b"])
        }),
      { scopes: ["a", "b"] }
    ))
})
