import * as Grant from "@app/auth/Grant"
import { standard } from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore } from "./support/ObservedStore.ts"
import * as Runs from "./support/Runs.ts"
import { withAnswers } from "./support/ScriptedServer.ts"
import {
  atOnce,
  callAtOnce,
  inVirtualTime,
  refreshToken,
  secretOf,
  simulate,
  start
} from "./support/TokenServiceModel.ts"
import { WallClock } from "./support/WallClock.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const runs = { arbitrary: { runs: Runs.upTo(50) }, timeout: 60_000 }

/** Draws no jitter: an hour's token is due after 52.5 minutes, and waited for from its last minute on. */
const punctual = { ...standard, plan: (lifetime: Option.Option<Duration.Duration>) => standard.plan(lifetime, 0) }

/** After a failure nothing is asked for until the token at hand ends, but for its last chance. */
const patient = { ...punctual, retryDelay: () => Duration.hours(1) }

const down = () => new Response(null, { status: 503 })

/** How often a store is turned to. */
const counted = (observed: ObservedStore) => {
  let turns = 0
  const layer = Layer.effect(
    TokenStore.TokenStore,
    Effect.map(TokenStore.TokenStore, ({ modify }) =>
      TokenStore.TokenStore.of({
        modify: (key, use) =>
          Effect.suspend(() => {
            turns += 1
            return modify(key, use)
          })
      }))
  ).pipe(Layer.provide(observed.layer))
  return { layer, turns: () => turns }
}

describe("the scheduled refresh", () => {
  it.effect.prop("renews ahead of expiry, so that nobody ever waits for a token again", {
    lifetimeSeconds: between(5, 7200),
    latencyMillis: between(0, 400),
    looks: between(20, 60)
  }, ({ latencyMillis, lifetimeSeconds, looks }) =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(latencyMillis)
        for (let i = 0; i < looks; i++) {
          yield* TestClock.adjust((lifetimeSeconds * 1000) / 7)
          assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
        }
        const elapsed = (looks * lifetimeSeconds) / 7
        const soonest = Duration.toSeconds(standard.plan(Option.some(Duration.seconds(lifetimeSeconds)), 0).refreshAt)
        assert.isAtMost(server.requests(), Math.floor(elapsed / soonest) + 1)
      }),
      { behaviour: { lifetimeSeconds, latencyMillis } }
    ), runs)

  it.effect.prop("an outage that ends before the token does is never noticed by a caller (F5, F25)", {
    answer: Schema.Literals(["ServerError", "RateLimited", "NotFound", "Html", "Truncated", "Unreachable"]),
    outageSeconds: between(1, 270)
  }, ({ answer, outageSeconds }) =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      const { refreshAt } = yield* tokens.status
      yield* TestClock.adjust((refreshAt?.epochMilliseconds ?? 0) - 2000)
      yield* server.behave({ answer })
      for (let second = 0; second < outageSeconds / 10; second++) {
        yield* TestClock.adjust("10 seconds")
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
      }
      yield* server.behave({ answer: "Token" })
      for (let minute = 0; minute < 60; minute++) {
        yield* TestClock.adjust("1 minute")
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
      }
      assert.strictEqual((yield* tokens.status).error, undefined)
    })), runs)

  it.effect("an outage longer than the token ends in errors that say when, and heals by itself (F6)", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "ServerError" })
      yield* TestClock.adjust("3 hours")
      const error = yield* Effect.flip(tokens.get)
      assert.isTrue(error.isRetryable)
      assert.include(error.message, "The next attempt is due at 1970-01-01T0")
      const { retryAt, phase } = yield* tokens.status
      assert.strictEqual(phase, "Retrying")
      assert.isAbove(retryAt?.epochMilliseconds ?? 0, yield* Clock.currentTimeMillis)
      // Backing off to a minute, three hours of outage cost some two hundred requests, however many ask.
      assert.isAtMost(server.requests(), 300)
      yield* server.behave({ answer: "Token" })
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* tokens.status).phase, "Valid")
    })))

  it.effect("a token whose end is unknown is renewed in the background, and never waited for (F11)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "Hang" })
        yield* TestClock.adjust("1 day")
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
        yield* server.behave({ answer: "Token" })
        const before = server.requests()
        yield* TestClock.adjust("1 hour")
        assert.isAtLeast(server.requests(), before + 5)
        assert.isAtMost(server.requests(), before + 8)
      }),
      { behaviour: { lifetimeSeconds: null } }
    ))

  it.effect.prop("a clock set forward past the token's end costs one request (F8)", {
    hours: between(1, 48),
    callers: between(1, 50)
  }, ({ callers, hours }) =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      const before = server.requests()
      yield* (yield* WallClock).shift(hours * 3_600_000)
      const fibers = yield* callAtOnce(callers, tokens)
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll(fibers)
      assert.strictEqual(server.requests() - before, 1)
    })), runs)

  it.effect("has one more chance a minute before the token's end, and no third", () =>
    withAnswers(
      (serial) => serial === 1 ? { expires_in: 3600 } : down(),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          yield* TestClock.adjust(3_540_000)
          yield* TestClock.adjust(59_999)
          assert.deepStrictEqual(asked, [0, 3_150_000, 3_540_000])
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
        }),
      { policy: patient }
    ))

  it.effect("asks nothing more of a server that does not know the client: the next caller does", () =>
    withAnswers(
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          yield* TestClock.adjust("1 day")
          assert.strictEqual((yield* tokens.status).phase, "Misconfigured")
          assert.strictEqual(asked.length, 1)
          for (let i = 0; i < 5; i++) {
            assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "InvalidClient")
          }
          assert.strictEqual(asked.length, 2)
        })
    ))
})

describe("late timers", () => {
  it.effect.each(["the wall clock", "the other clock"] as const)(
    "leave it to callers, who need not wait, to notice by %s that a token is due (F7)",
    (which) =>
      withAnswers(
        () => ({ expires_in: 3600 }),
        ({ asked, tokens }) =>
          Effect.gen(function*() {
            const { shift, stall } = yield* WallClock
            const pass = (millis: number) =>
              which === "the wall clock" ? shift(millis) : Effect.andThen(stall(millis), shift(-millis))
            yield* TestClock.adjust("10 minutes")
            yield* tokens.refresh
            yield* pass(3_149_999)
            assert.strictEqual(secretOf(yield* tokens.get), "BQ-2")
            yield* TestClock.adjust(0)
            assert.strictEqual(asked.length, 2)
            yield* pass(1)
            assert.strictEqual(secretOf(yield* tokens.get), "BQ-2")
            yield* TestClock.adjust(0)
            assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
            assert.strictEqual(asked.length, 3)
          }),
        { policy: punctual }
      )
  )

  it.effect("leave a token's last chance to callers, whatever pause is on: one waits for what it brings", () =>
    withAnswers(
      (serial) => serial === 2 ? down() : { expires_in: 3600 },
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const { shift } = yield* WallClock
          yield* TestClock.adjust(3_150_000)
          yield* shift(389_999)
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
          assert.strictEqual(asked.length, 2)
          yield* shift(1)
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
        }),
      { policy: patient }
    ))

  it.effect("leave it to them once: where it brings nothing, the old token serves to its end", () =>
    withAnswers(
      (serial) => serial === 1 ? { expires_in: 3600 } : down(),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const { shift } = yield* WallClock
          yield* TestClock.adjust(3_150_000)
          yield* shift(390_000)
          for (let i = 0; i < 5; i++) assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
          yield* TestClock.adjust(0)
          assert.strictEqual(asked.length, 3)
        }),
      { policy: patient }
    ))

  it.effect("are seen in status: a token that ended meanwhile leaves it empty, until somebody asks", () =>
    withAnswers(() => ({ expires_in: 3600 }), ({ tokens }) =>
      Effect.gen(function*() {
        const { shift } = yield* WallClock
        assert.strictEqual((yield* tokens.status).phase, "Valid")
        yield* shift(3_600_000)
        assert.strictEqual((yield* tokens.status).phase, "Empty")
        yield* tokens.get
        assert.strictEqual((yield* tokens.status).phase, "Valid")
      })))

  it.effect("and a clock set back by a second cost no request; one set back by more does (F9)", () =>
    withAnswers(() => ({ expires_in: 3600 }), ({ asked, tokens }) =>
      Effect.gen(function*() {
        const { shift } = yield* WallClock
        yield* shift(5000)
        yield* tokens.refresh
        yield* tokens.get
        yield* shift(-1000)
        assert.strictEqual(secretOf(yield* tokens.get), "BQ-2")
        yield* TestClock.adjust(0)
        assert.strictEqual(asked.length, 2)
        yield* shift(-1)
        assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
      })))
})

describe("callers and endings", () => {
  it.effect.prop("I4: interrupting every caller neither cancels nor loses the refresh (F3)", {
    callers: between(1, 30),
    latencyMillis: between(1, 9000),
    interruptAfterMillis: between(0, 9000),
    rotates: Schema.Boolean
  }, ({ callers, interruptAfterMillis, latencyMillis, rotates }) => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        const fibers = yield* callAtOnce(callers, tokens)
        yield* TestClock.adjust(interruptAfterMillis)
        yield* Fiber.interruptAll(fibers)
        yield* TestClock.adjust(latencyMillis)
        assert.strictEqual(server.requests(), 1)
        const token = yield* tokens.get
        assert.strictEqual(server.requests(), 1)
        assert.deepStrictEqual(store.record?.tokenSet?.accessToken, token)
      }),
      { store: store.layer, behaviour: { latencyMillis, rotates } }
    )
  }, runs)

  it.effect.prop("I4: closing the layer waits until the answer in flight is stored (F16)", {
    latencyMillis: between(1, 9000),
    closeAfterMillis: between(0, 8000)
  }, ({ closeAfterMillis, latencyMillis }) => {
    const store = new ObservedStore()
    return inVirtualTime(
      Effect.gen(function*() {
        const server = yield* ModelServer
        const { stop } = yield* start({ store: store.layer })
        yield* TestClock.adjust(closeAfterMillis)
        yield* stop
        assert.strictEqual(server.requests(), 1)
        assert.strictEqual(
          Redacted.value(store.record?.tokenSet?.refreshToken ?? Redacted.make("")),
          "AQ-1"
        )
      }),
      { latencyMillis, rotates: true }
    )
  }, runs)

  it.effect("closing the layer does not wait for ever (F16)", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const { stop } = yield* start({ timeout: "5 seconds" })
        yield* TestClock.adjust(1)
        yield* stop
        assert.isAtMost(yield* Clock.currentTimeMillis, 61_000)
      }),
      { answer: "Hang" }
    ))

  it.effect("closing the layer does not wait for ever for a store either (F16)", () =>
    inVirtualTime(Effect.gen(function*() {
      const store = Layer.succeed(TokenStore.TokenStore, { modify: () => Effect.never })
      const { stop } = yield* start({ store, timeout: "5 seconds" })
      yield* TestClock.adjust(1)
      yield* stop
    })))

  it.effect("a closed service says so and asks for nothing", () =>
    inVirtualTime(Effect.gen(function*() {
      const server = yield* ModelServer
      const { stop, tokens } = yield* start()
      yield* stop
      yield* TestClock.adjust("2 hours")
      const before = server.requests()
      const error = yield* Effect.flip(tokens.get)
      assert.include(error.message, "closed")
      assert.strictEqual(server.requests(), before)
    })))

  it.effect("waiting has an end: callers are told after 10 seconds, and the request goes on", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        const fiber = yield* Effect.forkChild(Effect.flip(tokens.get), { startImmediately: true })
        yield* TestClock.adjust("10 seconds")
        const error = yield* Fiber.join(fiber)
        assert.include(error.message, "10s")
        yield* TestClock.adjust("5 seconds")
        yield* tokens.get
        assert.strictEqual(server.requests(), 1)
      }),
      { behaviour: { latencyMillis: 14_000 } }
    ))

  it.effect("waiting begins with a token's last moments, and ends in the reason where the token ends first", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust(0)
        yield* server.behave({ answer: "Hang" })
        yield* TestClock.adjust(58_749)
        assert.notStrictEqual(yield* atOnce(tokens.get), "waits")
        yield* TestClock.adjust(1)
        const fiber = yield* Effect.forkChild(Effect.flip(tokens.get), { startImmediately: true })
        yield* TestClock.adjust(9999)
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.include((yield* Fiber.join(fiber)).message, "no answer came within 10s")
      }),
      { policy: punctual, behaviour: { lifetimeSeconds: 60, latencyMillis: 0 } }
    ))

  it.effect("a refresh inside the pause after a failure fails at once, and costs no request", () =>
    withAnswers(
      (serial) => serial === 1 ? { expires_in: 3600 } : down(),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(tokens.refresh)
          for (let i = 0; i < 5; i++) assert.strictEqual((yield* Effect.flip(tokens.refresh)).message, error.message)
          assert.strictEqual(asked.length, 2)
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
        })
    ))

  it.effect("whoever listens to changes may call get and refresh (F68)", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const listening = yield* tokens.changes.pipe(
        Stream.mapEffect(() => Effect.exit(Effect.all([tokens.get, tokens.refresh]))),
        Stream.take(3),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true })
      )
      for (let i = 0; i < 10; i++) yield* TestClock.adjust("1 second")
      assert.isTrue((yield* Fiber.join(listening)).every(Exit.isSuccess))
    })))

  it.effect("changes tells every transition of a life", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      const phases: Array<string> = []
      yield* tokens.changes.pipe(
        Stream.runForEach(({ phase }) => Effect.sync(() => phases.push(phase))),
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "ServerError" })
      yield* Effect.all([Effect.ignore(tokens.refresh), TestClock.adjust("1 second")], { concurrency: 2 })
      yield* server.behave({ answer: "InvalidGrant" })
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(phases, ["Refreshing", "Valid", "Refreshing", "Retrying", "Refreshing", "SignInRequired"])
    })))
})

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
  }, runs)

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
  }, runs)

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
    ), { arbitrary: { runs: Runs.upTo(50) }, timeout: 60_000 })
})

describe("the end of a sign-in", () => {
  const endOf = Effect.flatMap(
    TokenService.TokenService,
    (tokens) =>
      Effect.map(
        Effect.flip(tokens.get),
        ({ reason }) => reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag
      )
  )

  it.effect("I7: is remembered across restarts (F35)", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        const first = yield* start({ store: store.layer })
        yield* TestClock.adjust("1 second")
        yield* first.stop
        const second = yield* start({ store: store.layer })
        yield* TestClock.adjust("1 day")
        assert.strictEqual((yield* Effect.flip(second.tokens.get)).reason._tag, "ReauthorizationRequired")
        assert.strictEqual(server.requests(), 1)
        yield* second.stop
      }),
      { answer: "InvalidGrant" }
    ))

  it.effect("keeps the dead record beside the verdict (F41)", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("2 hours")
        assert.strictEqual(store.record?.ended?.kind, "Revoked")
        assert.isDefined(store.record?.tokenSet?.refreshToken)
      }),
      { store: store.layer }
    )
  })

  it.effect("is Expired rather than Revoked once its time is over, and is announced beforehand (F37)", () => {
    const grant = Grant.RefreshToken({
      refreshToken: Redacted.make("AQ-0"),
      authorizedAt: DateTime.makeUnsafe(0)
    })
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* tokens.status).signInDueAt?.epochMilliseconds, 180 * 86_400_000)
        yield* TestClock.adjust("180 days")
        // Refreshing does not extend it.
        assert.strictEqual((yield* tokens.status).signInDueAt?.epochMilliseconds, 180 * 86_400_000)
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("2 days")
        assert.strictEqual(yield* endOf, "Expired")
      }),
      { grant, behaviour: { lifetimeSeconds: 86_400 } }
    )
  })

  it.effect("is AnswerLost when an earlier answer never arrived, also across a crash (F32, F34)", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        yield* start({ store: store.layer })
        yield* TestClock.adjust("1 second")
        // This process dies here: nothing of it is heard again, and no answer was stored.
        const record = store.record
        assert.isDefined(record?.pendingSince)
        yield* server.behave({ answer: "InvalidGrant" })
        const next = new ObservedStore()
        next.record = record
        const second = yield* start({ store: next.layer })
        yield* TestClock.adjust("1 second")
        const { reason } = yield* Effect.flip(second.tokens.get)
        assert.strictEqual(reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag, "AnswerLost")
        yield* second.stop
      }),
      { answer: "Hang" }
    ))

  it.effect("leaves no doubt behind where the server clearly answered", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const server = yield* ModelServer
        // Between the answer at 0.1 s and the next attempt, 0.8 s later at the soonest.
        yield* TestClock.adjust("500 millis")
        assert.isUndefined(store.record?.pendingSince)
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(store.record?.ended?.kind, "Revoked")
      }),
      { store: store.layer, behaviour: { answer: "ServerError" } }
    )
  })

  it.effect("signing out forgets the tokens for everyone who shares the store, until the next sign-in", () =>
    inVirtualTime(Effect.gen(function*() {
      const store = new ObservedStore()
      const server = yield* ModelServer
      const here = yield* start({ store: store.layer })
      const there = yield* start({ store: store.layer })
      yield* TestClock.adjust("1 second")
      yield* here.tokens.signOut
      assert.isUndefined(store.record?.tokenSet)
      const requests = server.requests()
      yield* TestClock.adjust("1 day")
      for (const { tokens } of [here, there]) {
        const { reason } = yield* Effect.flip(tokens.get)
        assert.strictEqual(reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag, "SignedOut")
      }
      assert.strictEqual(server.requests(), requests)
      yield* Effect.all([here.tokens.authorize(refreshToken), TestClock.adjust("1 second")], { concurrency: 2 })
      yield* here.tokens.get
      yield* here.stop
      yield* there.stop
    })))

  it.effect.prop("I7: a sign-in by one ends it for all who share the store, and costs the others no token request", {
    services: between(2, 5),
    calls: between(0, 5),
    signsOut: Schema.Boolean
  }, ({ calls, services, signsOut }) =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        const running = yield* Effect.forEach(Array.from({ length: services }), () => start({ store: store.layer }))
        const [here] = running
        if (here === undefined) return assert.fail("nobody to sign in")
        yield* TestClock.adjust("1 second")
        if (signsOut) yield* here.tokens.signOut
        const asked = server.requests()
        for (let call = 0; call < calls; call++) {
          for (const { tokens } of running) {
            assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "ReauthorizationRequired")
            assert.strictEqual((yield* Effect.flip(tokens.refresh)).reason._tag, "ReauthorizationRequired")
          }
        }
        yield* server.behave({ answer: "Token", latencyMillis: 0 })
        const token = yield* here.tokens.authorize(refreshToken)
        yield* TestClock.adjust("1 second")
        for (const { tokens } of running) assert.strictEqual(secretOf(yield* tokens.get), secretOf(token))
        assert.strictEqual(server.requests(), asked + 1)
        for (const { tokens } of running) assert.strictEqual((yield* tokens.status).phase, "Valid")
        yield* Effect.forEach(running, ({ stop }) => stop)
      }),
      { answer: "InvalidGrant", latencyMillis: 0 }
    ), runs)

  it.effect("I7: nothing but a new sign-in counts as one, also where the verdict could not be kept", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const store = new ObservedStore()
        const server = yield* ModelServer
        const first = yield* start({ store: store.layer })
        yield* TestClock.adjust("1 second")
        yield* first.stop
        yield* TestClock.adjust("2 hours")
        const second = yield* start({ store: store.layer })
        store.failsWrites = true
        yield* server.behave({ answer: "InvalidGrant" })
        yield* TestClock.adjust("1 second")
        const asked = server.requests()
        for (let minute = 0; minute < 10; minute++) {
          yield* TestClock.adjust("1 minute")
          assert.strictEqual((yield* Effect.flip(second.tokens.get)).reason._tag, "ReauthorizationRequired")
          assert.strictEqual((yield* Effect.flip(second.tokens.refresh)).reason._tag, "ReauthorizationRequired")
        }
        assert.isUndefined(store.record?.ended)
        assert.strictEqual(server.requests(), asked)
        yield* second.stop
      }),
      { latencyMillis: 0 }
    ))

  it.effect("finding out whether someone signed in costs no more than a look in the store a second", () =>
    inVirtualTime(
      Effect.gen(function*() {
        const { layer, turns } = counted(new ObservedStore())
        const { stop, tokens } = yield* start({ store: layer })
        yield* TestClock.adjust("1 second")
        const before = turns()
        yield* Effect.forEach(Array.from({ length: 1000 }), () => Effect.flip(tokens.get), { concurrency: "unbounded" })
        assert.strictEqual(turns(), before + 1)
        yield* TestClock.adjust("1 second")
        yield* Effect.flip(tokens.get)
        assert.strictEqual(turns(), before + 2)
        yield* stop
      }),
      { answer: "InvalidGrant", latencyMillis: 0 }
    ))

  it.effect.prop("signing out while a refresh runs stays signed out (F42)", {
    latencyMillis: between(1, 9000),
    signOutAfterMillis: between(0, 9000)
  }, ({ latencyMillis, signOutAfterMillis }) => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* TestClock.adjust(Math.min(signOutAfterMillis, latencyMillis - 1))
        yield* Effect.all([tokens.signOut, TestClock.adjust(latencyMillis)], { concurrency: 2 })
        assert.strictEqual(yield* endOf, "SignedOut")
        assert.isUndefined(store.record?.tokenSet)
      }),
      { store: store.layer, behaviour: { latencyMillis } }
    )
  }, runs)

  it.effect("a sign-in that fails leaves the old one as it was", () => {
    const store = new ObservedStore()
    return simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        const token = yield* tokens.get
        yield* server.behave({ answer: "InvalidGrant", latencyMillis: 0 })
        yield* Effect.flip(tokens.authorize(refreshToken))
        assert.strictEqual(yield* tokens.get, token)
        assert.strictEqual((yield* tokens.status).phase, "Valid")
        assert.deepStrictEqual(store.record?.tokenSet?.accessToken, token)
        assert.isUndefined(store.record?.ended)
      }),
      { store: store.layer }
    )
  })

  it.effect("a sign-in during a refresh stands, whatever the refresh brings (F43)", () =>
    simulate(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "Token", latencyMillis: 0 })
        const [token] = yield* Effect.all([
          tokens.authorize(Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0") })),
          TestClock.adjust("2 minutes")
        ], { concurrency: 2 })
        assert.strictEqual(yield* tokens.get, token)
      }),
      { behaviour: { answer: "Hang" } }
    ))
})
