import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { withAnswers } from "./support/ScriptedServer.ts"

const newSignIn = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-new") })

const other = new AuthorizationServer({
  issuer: "https://login.example.com",
  authorizationEndpoint: "https://login.example.com/authorize",
  tokenEndpoint: "https://login.example.com/token"
})

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

  it.effect.each(
    [
      ["the address of another name", "https://graph.example.com/Mail.Read"],
      ["a name that only ends alike", "Directory/User.Read"]
    ] as const
  )(
    "F38: %s is another scope",
    ([, scope]) =>
      withAnswers(() => ({ expires_in: 3600, scope }), ({ tokens }) =>
        Effect.gen(function*() {
          assert.include((yield* Effect.flip(tokens.get)).message, "(\"User.Read\")")
        }), { scopes: ["User.Read"] })
  )

  it.effect.each(
    [
      ["offline_access, which is never repeated", ["User.Read", "offline_access"], "User.Read", undefined],
      ["openid, likewise", ["openid", "email"], "email", undefined],
      ["another case", ["User.Read"], "user.read", undefined],
      ["an address for a name", ["User.Read"], "https://graph.example.com/User.Read", undefined],
      ["names of its own", ["email"], "https://www.example.com/auth/userinfo.email", other],
      ["one that covers others", ["public_repo"], "repo", other]
    ] as const
  )(
    "F90: what cannot be compared is not known to be missing: %s",
    ([, scopes, scope, server]) =>
      withAnswers(() => ({ expires_in: 3600, scope }), ({ tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* tokens.authorize(newSignIn)
          assert.strictEqual((yield* tokens.status).phase, "Valid")
        }), { scopes, ...(server !== undefined && { server }) })
  )
})
