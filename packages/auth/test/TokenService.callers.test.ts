/** Callers that wait or leave, and services that close. */
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore } from "./support/ObservedStore.ts"
import { punctual } from "./support/Policies.ts"
import { between, fifty } from "./support/Runs.ts"
import { down, withAnswers } from "./support/ScriptedServer.ts"
import { atOnce, callAtOnce, inVirtualTime, secretOf, simulate, start } from "./support/TokenServiceModel.ts"

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
  }, fifty)

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
  }, fifty)

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
      const store = Layer.succeed(TokenStore.TokenStore, { modify: () => Effect.never, peek: () => Effect.never })
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
