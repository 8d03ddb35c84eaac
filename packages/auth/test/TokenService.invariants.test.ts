import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { Behaviour, ModelServer } from "./ModelServer.ts"
import { refreshToken, simulate } from "./TokenServiceModel.ts"
import { WallClock } from "./WallClock.ts"

/** What can happen to a token service, in any order. Magnitudes are drawn evenly: generated numbers are mostly small. */
const Event = Schema.Union([
  Schema.TaggedStruct("Call", { callers: Schema.Literals([1, 2, 20]) }),
  Schema.TaggedStruct("Pass", { millis: Schema.Literals([1, 40, 400, 2000, 9000, 30_000]) }),
  Schema.TaggedStruct("PassLifetimes", { count: Schema.Literals([0.4, 0.9, 1, 1.1, 2]) }),
  Schema.TaggedStruct("SetWallClock", { millis: Schema.Literals([-7_200_000, -60_000, -500, 500, 60_000, 7_200_000]) }),
  Schema.TaggedStruct("Behave", { behaviour: Behaviour }),
  Schema.TaggedStruct("Refuse", { latest: Schema.Boolean }),
  Schema.TaggedStruct("Refresh", {}),
  Schema.TaggedStruct("InterruptCallers", {})
])

const History = Schema.Array(Event).check(Schema.isMinLength(20), Schema.isMaxLength(40))

const runs = { arbitrary: { runs: 200 }, timeout: 60_000 }

/** Lives through a history and hands each token that `get` answers to `onToken`, at the moment it is answered. */
const live = Effect.fnUntraced(function*(
  history: typeof History.Type,
  onToken: (token: Effect.Success<typeof TokenService.get>) => Effect.Effect<void, never, ModelServer>
) {
  const tokens = yield* TokenService.TokenService
  const server = yield* ModelServer
  const wallClock = yield* WallClock
  const seen: Array<Effect.Success<typeof TokenService.get>> = []
  let callers: Array<Fiber.Fiber<unknown, unknown>> = []
  const call = tokens.get.pipe(
    Effect.tap((token) => {
      seen.push(token)
      return onToken(token)
    }),
    Effect.catchTag("AuthError", () => Effect.void)
  )
  for (const event of history) {
    // Somebody asks all the time.
    yield* Effect.forkChild(call, { startImmediately: true })
    switch (event._tag) {
      case "Call":
        callers = yield* Effect.forEach(
          Array.from({ length: event.callers }),
          () => Effect.forkChild(call, { startImmediately: true })
        )
        break
      case "Pass":
        yield* TestClock.adjust(event.millis)
        break
      case "PassLifetimes":
        yield* TestClock.adjust(Math.ceil(event.count * (server.behaviour().lifetimeSeconds ?? 1800) * 1000))
        break
      case "SetWallClock":
        yield* wallClock.shift(event.millis)
        break
      case "Behave":
        yield* server.behave(event.behaviour)
        break
      case "Refuse": {
        const token = event.latest ? seen.at(-1) : seen[0]
        if (token !== undefined) yield* tokens.invalidate(token)
        break
      }
      case "Refresh":
        yield* Effect.forkChild(Effect.ignore(tokens.refresh), { startImmediately: true })
        break
      case "InterruptCallers":
        yield* Fiber.interruptAll(callers)
        break
    }
  }
})

describe("TokenService, whatever happens", () => {
  it.effect.prop("I1: get never returns a token that has expired, by the wall clock or by its true age", {
    history: History
  }, ({ history }) =>
    simulate(Effect.gen(function*() {
      const server = yield* ModelServer
      const dead: Array<string> = []
      yield* live(history, (token) =>
        Effect.gen(function*() {
          const now = yield* DateTime.now
          if (token.isExpired(now)) dead.push("by the wall clock")
          if (yield* server.hasOutlived(Redacted.value(token.value))) dead.push("by its true age")
        }))
      assert.deepStrictEqual(dead, [])
    })), runs)

  it.effect.prop(
    "I2: at most one token request is in flight",
    { history: History },
    ({ history }) =>
      simulate(Effect.gen(function*() {
        const server = yield* ModelServer
        yield* live(history, () => Effect.void)
        assert.isAtMost(server.mostInFlight(), 1)
      })),
    runs
  )

  it.effect.prop(
    "I6: a refresh token that has been replaced is never sent again",
    { history: History },
    ({ history }) =>
      simulate(
        Effect.gen(function*() {
          const server = yield* ModelServer
          yield* live(history, () => Effect.void)
          assert.deepStrictEqual(server.breaches(), [])
        }),
        { behaviour: { rotates: true } }
      ),
    runs
  )

  it.effect.prop(
    "I7: after invalid_grant no call, and no time, causes another token request",
    { history: History },
    ({ history }) =>
      simulate(
        Effect.gen(function*() {
          const tokens = yield* TokenService.TokenService
          const server = yield* ModelServer
          yield* server.behave({ answer: "InvalidGrant", latencyMillis: 0 })
          yield* TestClock.adjust("1 second")
          const asked = server.requests()
          yield* live(history, () => Effect.void)
          assert.strictEqual(server.requests(), asked)
          const status = yield* tokens.status
          assert.strictEqual(status.phase, "SignInRequired")
        }),
        { behaviour: { answer: "InvalidGrant", latencyMillis: 0 } }
      ),
    runs
  )
})

describe("TokenService", () => {
  it.effect.prop("I3: any number of callers at the moment of expiry cause one token request and share its token", {
    lifetimeSeconds: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 7200 })),
    callers: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 300 })),
    latencyMillis: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
  }, ({ callers, latencyMillis, lifetimeSeconds }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(100)
        const first = yield* tokens.get
        // While nobody can be reached, the schedule cannot renew it: it runs into its end.
        yield* server.behave({ answer: "Unreachable", latencyMillis: 0 })
        yield* TestClock.adjust((lifetimeSeconds + 120) * 1000)
        yield* server.behave({ answer: "Token", latencyMillis, lifetimeSeconds: 7200 })
        const before = server.requests()
        const status = yield* tokens.status
        const pause = status.retryAt === undefined ? 0 : DateTime.distance(yield* DateTime.now, status.retryAt)
        yield* TestClock.adjust(pause)
        const fibers = yield* Effect.forEach(
          Array.from({ length: callers }),
          () => Effect.forkChild(tokens.get, { startImmediately: true })
        )
        yield* TestClock.adjust(latencyMillis)
        const answers = yield* Fiber.awaitAll(fibers)
        assert.strictEqual(server.requests() - before, 1)
        const secrets = new Set(
          answers.map((exit) => Exit.isSuccess(exit) ? Redacted.value(exit.value.value) : "failed")
        )
        assert.strictEqual(secrets.size, 1)
        assert.notInclude([...secrets], "failed")
        assert.notInclude([...secrets], Redacted.value(first.value))
      }),
      { behaviour: { lifetimeSeconds } }
    ), runs)

  it.effect("I3: 10,000 callers", () =>
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

  it.effect.prop("I9: invalidating a token that is not the current one changes nothing", {
    invalidations: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))
  }, ({ invalidations }) =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      const old = yield* tokens.get
      yield* Effect.all([tokens.refresh, TestClock.adjust("1 second")], { concurrency: "unbounded" })
      const current = yield* tokens.get
      const requests = server.requests()
      const status = yield* tokens.status
      for (let i = 0; i < invalidations; i++) assert.isTrue(yield* tokens.invalidate(old))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* tokens.get, current)
      assert.strictEqual(server.requests(), requests)
      assert.deepStrictEqual(yield* tokens.status, status)
    })), runs)

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
