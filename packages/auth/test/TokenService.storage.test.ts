/** The store of a token service: order of writes, failures, restarts. */
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { counted, ObservedStore } from "./support/ObservedStore.ts"
import { between, fifty } from "./support/Runs.ts"
import { endOf, no, rotating, withAnswers } from "./support/ScriptedServer.ts"
import { inVirtualTime, secretOf, simulate, start } from "./support/TokenServiceModel.ts"

describe("the store", () => {
  it.effect.prop("I5: a rotated refresh token is stored before its access token is handed out (F29)", {
    latencyMillis: between(0, 2000),
    refreshes: between(1, 20)
  }, ({ latencyMillis, refreshes }) => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        for (let i = 0; i < refreshes; i++) {
          const [token] = yield* Effect.all([
            Effect.tap(
              tokens.refresh,
              (token) => Effect.sync(() => assert.deepStrictEqual(store.record?.tokenSet?.accessToken, token))
            ),
            TestClock.adjust(latencyMillis)
          ], { concurrency: 2 })
          assert.strictEqual(
            Redacted.value(store.record?.tokenSet?.refreshToken ?? Redacted.make("")),
            secretOf(token).replace("BQ", "AQ")
          )
        }
      }),
      { store: store.layer, behaviour: { latencyMillis, rotates: true } }
    )
  }, fifty)

  it.effect("I5: a token that cannot be stored serves, says so, and is stored as soon as that works (F33)", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        store.failsWrites = true
        yield* TestClock.adjust("1 second")
        const token = yield* tokens.get
        assert.include((yield* tokens.status).unsaved?.message, "the disk is gone")
        yield* TestClock.adjust("10 minutes")
        assert.isDefined((yield* tokens.status).unsaved)
        store.failsWrites = false
        yield* TestClock.adjust("30 seconds")
        assert.isUndefined((yield* tokens.status).unsaved)
        assert.deepStrictEqual(store.record?.tokenSet?.accessToken, token)
      }),
      { store: store.layer, behaviour: { rotates: true } }
    )
  })

  it.effect("I5: what it did not take is offered to it again within a second, then ever more rarely, and what it took is not (F33)", () => {
    const store = new ObservedStore()
    const { layer, turns } = counted(store)
    return inVirtualTime(
      Effect.gen(function*() {
        const { stop, tokens } = yield* start({ store: layer })
        yield* TestClock.adjust(0)
        const told: Array<boolean> = []
        yield* tokens.changes.pipe(
          Stream.map(({ unsaved }) => unsaved !== undefined),
          Stream.changes,
          Stream.runForEach((isUnsaved) => Effect.sync(() => told.push(isUnsaved))),
          Effect.forkChild({ startImmediately: true })
        )
        store.failsWrites = true
        yield* tokens.refresh
        const before = turns()
        let offered = 0
        store.beforeWrite = () => {
          offered += 1
        }
        const pauses = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
        for (const [attempt, pause] of pauses.entries()) {
          yield* TestClock.adjust(pause - 1)
          assert.strictEqual(offered, attempt)
          yield* TestClock.adjust(1)
          assert.strictEqual(offered, attempt + 1)
        }
        store.failsWrites = false
        yield* TestClock.adjust("30 seconds")
        assert.deepStrictEqual(told, [false, true, false])
        yield* TestClock.adjust("10 minutes")
        yield* stop
        assert.strictEqual(offered, pauses.length + 1)
        // The lock was kept all the while.
        assert.strictEqual(turns(), before)
      }),
      { latencyMillis: 0, rotates: true }
    )
  })

  it.effect("I5: closing tries once more to store what could not be (F33)", () => {
    const store = new ObservedStore()
    return inVirtualTime(
      Effect.gen(function*() {
        const { stop, tokens } = yield* start({ store: store.layer })
        store.failsWrites = true
        yield* TestClock.adjust("1 second")
        const token = yield* tokens.get
        store.failsWrites = false
        yield* stop
        assert.deepStrictEqual(store.record?.tokenSet?.accessToken, token)
      }),
      { rotates: true }
    )
  })

  it.effect.prop("I8: no trouble in passing, of any kind or length, costs the stored credential (F36)", {
    troubles: Schema.Array(
      Schema.Literals(["ServerError", "RateLimited", "NotFound", "Html", "Truncated", "Unreachable", "Hang"])
    ).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
    minutes: between(1, 90),
    rotates: Schema.Boolean
  }, ({ minutes, rotates, troubles }) => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        for (const answer of troubles) {
          yield* server.behave({ answer })
          yield* TestClock.adjust(minutes * 60_000)
          yield* Effect.ignore(Effect.all([tokens.refresh, TestClock.adjust("10 seconds")], { concurrency: 2 }))
          assert.strictEqual(
            Redacted.value(store.record?.tokenSet?.refreshToken ?? Redacted.make("")),
            rotates ? "AQ-1" : "AQ-0"
          )
          assert.isUndefined(store.record?.ended)
        }
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust("1 hour")
        yield* tokens.get
        assert.deepStrictEqual(server.breaches(), [])
      }),
      { store: store.layer, behaviour: { rotates } }
    )
  }, fifty)

  it.effect("a damaged record stops everything, and nothing more once somebody has mended it (F62)", () => {
    const store = new ObservedStore()
    store.failsReads = "Corrupt"
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 hour")
        const { reason } = yield* Effect.flip(tokens.get)
        assert.strictEqual(reason._tag === "StoreFailed" ? reason.kind : reason._tag, "Corrupt")
        assert.strictEqual((yield* tokens.status).phase, "Misconfigured")
        assert.strictEqual(server.requests(), 0)
        store.failsReads = false
        yield* TestClock.adjust("1 minute")
        const [token] = yield* Effect.all([tokens.get, TestClock.adjust("1 second")], { concurrency: 2 })
        assert.deepStrictEqual(store.record?.tokenSet?.accessToken, token)
        assert.strictEqual((yield* tokens.status).phase, "Valid")
      }),
      { store: store.layer }
    )
  })

  it.effect("that cannot be read has no news of a sign-in: the end of the last one stands", () =>
    withAnswers(
      (serial) => serial === 1 ? no() : rotating(serial),
      ({ sent, store, tokens }) =>
        Effect.gen(function*() {
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
          store.failsReads = "Unavailable"
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
          assert.strictEqual((yield* tokens.status).phase, "SignInRequired")
          assert.deepStrictEqual(sent, ["AQ-0"])
        })
    ))

  it.effect("a restart within the token's life makes no request", () =>
    inVirtualTime(Effect.gen(function*() {
      const store = new ObservedStore()
      const server = yield* ModelServer
      const first = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      const token = yield* first.tokens.get
      yield* first.stop
      const second = yield* start({ store: store.layer })
      assert.deepStrictEqual(yield* second.tokens.get, token)
      assert.strictEqual(server.requests(), 1)
      yield* second.stop
    })))

  it.effect("newly configured credentials replace what grew from the old ones", () =>
    inVirtualTime(Effect.gen(function*() {
      const store = new ObservedStore()
      const server = yield* ModelServer
      const first = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      yield* first.stop
      const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-new") })
      const second = yield* start({ store: store.layer, grant })
      yield* TestClock.adjust("1 second")
      yield* second.tokens.get
      assert.deepStrictEqual(server.refreshTokensSent(), ["AQ-0", "AQ-new"])
      yield* second.stop
    })))

  it.effect.prop("I2: services that share a store make one request between them at each token's end (F30, F31)", {
    services: between(2, 6),
    lives: between(1, 4),
    rotates: Schema.Boolean
  }, ({ lives, rotates, services }) =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        const running = yield* Effect.forEach(Array.from({ length: services }), () => start({ store: store.layer }))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(server.requests(), 1)
        for (let life = 0; life < lives; life++) {
          yield* TestClock.adjust("1 hour")
          const seen = yield* Effect.forEach(running, ({ tokens }) => tokens.get)
          assert.isAtLeast(new Set(seen.map(secretOf)).size, 1)
        }
        // The first to be due refreshes; the jittered others find its token when their turn comes.
        assert.isAtMost(server.requests(), 1 + Math.ceil((lives * 3600) / 3150))
        assert.strictEqual(server.mostInFlight(), 1)
        assert.deepStrictEqual(server.breaches(), [])
        yield* Effect.forEach(running, ({ stop }) => stop)
      }),
      { rotates }
    ), fifty)
})
