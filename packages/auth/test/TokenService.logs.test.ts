/** The log lines of a token service, and their levels. */
import * as Grant from "@app/auth/Grant"
import { standard } from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore, theirsIn } from "./support/ObservedStore.ts"
import { ann, observed, vault, watched, whileTimePasses } from "./support/Telemetry.ts"
import {
  type Options,
  provideWhileTimePasses,
  refreshToken,
  simulate,
  type World
} from "./support/TokenServiceModel.ts"

const day = 86_400_000

describe("log lines", () => {
  it.effect("say what is wrong, whose tokens it is about, and when it has passed", () => {
    const store = new ObservedStore()
    return watched(({ lines }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "ServerError" })
        yield* TestClock.adjust("59 minutes")
        const failures = lines.filter((line) => line.startsWith("Warn")).length
        store.failsWrites = true
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust("5 minutes")
        store.failsWrites = false
        yield* TestClock.adjust("1 minute")
        yield* tokens.signOut
        const next = "The next attempt is due at"
        assert.strictEqual(lines[0], `Debug Token 1 is here. ${ann}`)
        assert.include(lines[1], `Warn No token could be fetched: the authorization server answered 503. ${next} 1970-`)
        assert.include(lines[1], ann)
        assert.deepStrictEqual([...new Set(lines.slice(1 + failures))], [
          `Error The token store could not write the observed store: the disk is gone. ${ann}`,
          `Info Token 2 is here. Attempts that failed before it: ${failures}. ${ann}`,
          `Info The token at hand is in the store now. ${ann}`
        ])
      }), { store: store.layer })
  })

  it.effect("do not say that a token is stored where somebody else has renewed it meanwhile", () => {
    const store = new ObservedStore()
    return watched(({ lines }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* TestClock.adjust("1 second")
        store.failsWrites = true
        yield* Effect.all([tokens.refresh, TestClock.adjust("1 second")], { concurrency: 2 })
        store.record = theirsIn(store)
        store.failsWrites = false
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(lines.at(-1), `Info The store has gone on without the token at hand. ${ann}`)
      }), { store: store.layer })
  })

  it.effect("name no account where there is one only, and no client where a source has none", () => {
    const { layer, lines } = observed()
    return Effect.gen(function*() {
      yield* watched((seen) =>
        Effect.gen(function*() {
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(seen.lines, [
            "Debug Token 1 is here. oauth.issuer=https://accounts.spotify.com oauth.client_id=client"
          ])
        }), { account: undefined })
      yield* Effect.provide(provideWhileTimePasses(vault)(TokenService.get), [layer, TestClock.layer()])
      assert.deepStrictEqual(lines, ["Debug Token 1 is here. oauth.issuer=vault"])
    })
  })
})

describe("log levels", () => {
  /** The lines that a renewal's failure leaves. */
  const after = <E>(
    renewal: Effect.Effect<unknown, E, TokenService.TokenService | World>,
    expected: ReadonlyArray<string>,
    options?: Options
  ) =>
    watched(({ lines }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        const before = lines.length
        yield* Effect.ignore(renewal)
        assert.deepStrictEqual(lines.slice(before), expected.map((line) => `${line} ${ann}`))
      }), options)

  const refreshAnswered = (answer: "ServerError" | "InvalidGrant") =>
    Effect.andThen(
      ModelServer.use((server) => server.behave({ answer })),
      TokenService.TokenService.use((tokens) => whileTimePasses(tokens.refresh))
    )

  it.effect("warn of what passes by itself", () =>
    after(
      refreshAnswered("ServerError"),
      [
        "Warn No token could be fetched: the authorization server answered 503. The next attempt is due at 1970-01-01T00:00:11.100Z."
      ],
      { policy: { ...standard, retryDelay: () => Duration.seconds(10) } }
    ))

  it.effect("call the end of a sign-in an error", () =>
    after(refreshAnswered("InvalidGrant"), [
      "Error The authorization server no longer accepts this sign-in (\"Refresh token revoked\"). Ask the person to sign in again."
    ]))

  it.effect("take note of a person who has signed out", () =>
    after(TokenService.TokenService.use((tokens) => Effect.andThen(tokens.signOut, tokens.retryEndedSignIn)), [
      "Info The person has been signed out. Ask them to sign in."
    ]))

  it.effect("take note of a person who has not signed in", () =>
    after(
      TokenService.TokenService.use((tokens) => tokens.retryEndedSignIn),
      [
        "Info There is no usable access token and no refresh token to get one with. Ask the person to sign in."
      ],
      { grant: undefined }
    ))

  it.effect("call a first sign-in no failure, neither before nor after it (F141)", () =>
    watched(({ lines }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* TestClock.adjust("1 second")
        yield* whileTimePasses(tokens.authorize(refreshToken))
        assert.deepStrictEqual(lines.filter((line) => !line.startsWith("Debug")), [])
      }), { grant: undefined }))
})

describe("the refresh token's own end", () => {
  const signedIn = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: DateTime.makeUnsafe(0) })

  it.effect("is warned of in one line of the log (F37)", () =>
    watched(({ lines }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust(2 * day)
        assert.deepStrictEqual(lines.filter((line) => line.startsWith("Warn")), [
          `Warn The sign-in ends at 1970-06-30T00:00:00.000Z. Ask the person to sign in again before. ${ann}`
        ])
      }), { grant: signedIn, signInWarning: "179 days" }))

  it.effect.each([1, 14, 60])(
    "is announced %i days ahead, if one likes, once, and again after the next sign-in (F37)",
    (
      warningDays
    ) =>
      simulate(
        Effect.gen(function*() {
          const tokens = yield* TokenService.TokenService
          const announced: Array<boolean> = []
          yield* tokens.changes.pipe(
            Stream.map(({ isSignInDueSoon }) => isSignInDueSoon),
            Stream.changes,
            Stream.runForEach((soon) => Effect.sync(() => announced.push(soon))),
            Effect.forkChild({ startImmediately: true })
          )
          yield* TestClock.adjust((180 - warningDays) * day - 1000)
          assert.deepStrictEqual(announced, [false])
          assert.isFalse((yield* tokens.status).isSignInDueSoon)
          yield* TestClock.adjust(1000)
          assert.deepStrictEqual(announced, [false, true])
          assert.isTrue((yield* tokens.status).isSignInDueSoon)
          const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: yield* DateTime.now })
          yield* Effect.all([tokens.authorize(grant), TestClock.adjust("1 second")], { concurrency: 2 })
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(announced, [false, true, false])
        }),
        {
          signInWarning: `${warningDays} days`,
          behaviour: { lifetimeSeconds: 86_400 },
          grant: signedIn
        }
      )
  )
})
