/** The context that a token service works in, and its end. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { around, ObservedStore, refreshTokenIn } from "./support/ObservedStore.ts"
import { between } from "./support/Runs.ts"
import { endOf } from "./support/ScriptedServer.ts"
import { begin, holdLock, inWorld } from "./support/SharedStore.ts"
import { atOnce, secretOf } from "./support/TokenServiceModel.ts"

describe("what a token service does with its store", () => {
  const Mark = Context.Reference<string>("test/Mark", { defaultValue: () => "nobody" })

  it.effect("is done in its own context, never in a caller's: not in their transaction (F119)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const observed = new ObservedStore()
        const seen = new Set<string>()
        const store = around(observed.layer, (modify) =>
          Effect.flatMap(Mark, (mark) => {
            seen.add(mark)
            return modify
          }))
        const { stop, tokens } = yield* open(store, server.signIn("ann"))
        const asCaller = Effect.provideService(Mark, "a caller")
        yield* TestClock.adjust(0)
        yield* asCaller(tokens.get)
        yield* asCaller(tokens.refresh)
        yield* asCaller(tokens.signOut)
        yield* TestClock.adjust("2 seconds")
        yield* asCaller(Effect.flip(tokens.get))
        yield* asCaller(Effect.flip(tokens.refresh))
        yield* asCaller(Effect.flip(tokens.retryEndedSignIn))
        yield* asCaller(tokens.authorize(server.signIn("bob")))
        yield* asCaller(tokens.invalidate(yield* tokens.get))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([...seen], ["nobody"])
        yield* stop
      }), { latencyMillis: 0 }))

  it.effect("is given up by a look that takes too long: nobody stays in line for the lock (F67)", () =>
    inWorld(({ open }) =>
      Effect.gen(function*() {
        const observed = new ObservedStore()
        let inLine = 0
        let most = 0
        const store = around(observed.layer, (modify) =>
          Effect.suspend(() => {
            inLine += 1
            most = Math.max(most, inLine)
            return Effect.ensuring(
              modify,
              Effect.sync(() => {
                inLine -= 1
              })
            )
          }))
        const { stop, tokens } = yield* open(store, undefined)
        yield* TestClock.adjust(0)
        const until = yield* Deferred.make<void>()
        yield* begin(holdLock(observed, until))
        for (let round = 0; round < 5; round++) {
          const looking = yield* begin(tokens.get)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(endOf(yield* Effect.flip(Effect.flatten(Fiber.join(looking)))), "NoRefreshToken")
        }
        assert.strictEqual(most, 1)
        yield* Deferred.succeed(until, undefined)
        yield* stop
      })
    ))
})

describe("closing a token service", () => {
  it.effect.prop("I4: lets no request leave that has not left, and gives one that has its full time (F117)", {
    lockMillis: between(0, 6000),
    closeMillis: between(0, 6000),
    latencyMillis: between(0, 3500)
  }, ({ closeMillis, latencyMillis, lockMillis }) =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const ann = server.signIn("ann")
        const one = yield* open(store.layer, ann, { timeout: "4 seconds" })
        yield* TestClock.adjust("5 seconds")
        const until = yield* Deferred.make<void>()
        yield* begin(holdLock(store, until))
        server.latencyMillis = latencyMillis
        yield* begin(one.tokens.refresh)
        const events = [[lockMillis, "free"], [closeMillis, "close"]] as const
        let passed = 0
        for (const [at, event] of events.toSorted(([a], [b]) => a - b)) {
          yield* TestClock.adjust(at - passed)
          passed = at
          yield* event === "free" ? Deferred.succeed(until, undefined) : begin(one.close)
          yield* TestClock.adjust(0)
        }
        yield* TestClock.adjust("20 seconds")
        // Whatever left has been answered, and what came of it is stored.
        const next = yield* open(store.layer, ann)
        yield* TestClock.adjust("5 seconds")
        yield* next.tokens.get
        const again = yield* begin(next.tokens.refresh)
        yield* TestClock.adjust("5 seconds")
        assert.isTrue(Exit.isSuccess(yield* Fiber.join(again)))
        assert.strictEqual(server.refusals, 0)
        yield* next.stop
      }), { onReuse: "revoke" }), { arbitrary: { runs: 60 } })

  it.effect("leaves nobody waiting who asks afterwards (F117)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        for (const grant of [undefined, server.signIn("ann")]) {
          const store = new ObservedStore()
          const { stop, tokens } = yield* open(store.layer, grant)
          yield* TestClock.adjust("10 seconds")
          yield* stop
          for (
            const ask of [tokens.get, tokens.refresh, tokens.retryEndedSignIn, tokens.authorize(server.signIn("bob"))]
          ) {
            assert.notStrictEqual(yield* atOnce(Effect.exit(ask)), "waits")
          }
        }
        assert.deepStrictEqual(server.sent, ["ann-0"])
      })
    ))

  it.effect("tells whoever waits that it has been closed (F117)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const one = yield* open(store.layer, server.signIn("ann"))
        yield* TestClock.adjust("1 second")
        const until = yield* Deferred.make<void>()
        yield* begin(holdLock(store, until))
        const waiting = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust(0)
        const closing = yield* begin(one.close)
        yield* TestClock.adjust(0)
        assert.isDefined(closing.pollUnsafe())
        const error = yield* Effect.flip(Effect.flatten(Fiber.join(waiting)))
        assert.include(error.message, "closed")
        assert.strictEqual(server.sent.length, 1)
      })
    ))

  it.effect("tells whoever waits at once, though the store cannot be interrupted (F117)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const one = yield* open(around(store.layer, Effect.uninterruptible), server.signIn("ann"))
        yield* TestClock.adjust("1 second")
        const until = yield* Deferred.make<void>()
        yield* begin(holdLock(store, until))
        const waiting = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust(0)
        yield* begin(one.close)
        yield* TestClock.adjust(0)
        assert.include((yield* Effect.flip(Effect.flatten(Fiber.join(waiting)))).message, "closed")
        yield* Deferred.succeed(until, undefined)
      })
    ))

  it.effect("sends nothing for which it was taking note as it was closed (F117)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const one = yield* open(store.layer, server.signIn("ann"))
        yield* TestClock.adjust("1 second")
        store.writing = Effect.sleep("2 seconds")
        const waiting = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust("1 second")
        const closing = yield* begin(one.close)
        yield* TestClock.adjust("10 seconds")
        assert.isDefined(closing.pollUnsafe())
        assert.include((yield* Effect.flip(Effect.flatten(Fiber.join(waiting)))).message, "closed")
        assert.deepStrictEqual(server.sent, ["ann-0"])
        assert.isUndefined(store.record?.pendingSince)
      })
    ))

  it.effect("I4: gives whoever waits what comes of a request that has left (F117)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const one = yield* open(new ObservedStore().layer, server.signIn("ann"))
        yield* TestClock.adjust("1 second")
        server.latencyMillis = 2000
        const waiting = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust("1 second")
        yield* begin(one.close)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(secretOf(yield* Effect.flatten(Fiber.join(waiting))), "ann.2")
      })
    ))

  it.effect("tells whoever waits for a store that never ends its write (F117)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const one = yield* open(store.layer, server.signIn("ann"), { timeout: "1 second" })
        yield* TestClock.adjust("1 second")
        store.writing = Effect.never
        const waiting = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust("1 second")
        const closing = yield* begin(one.close)
        yield* TestClock.adjust("3 seconds")
        assert.isDefined(closing.pollUnsafe())
        assert.include((yield* Effect.flip(Effect.flatten(Fiber.join(waiting)))).message, "closed")
      })
    ))

  it.effect("stores what it can as it closes, and says so; whoever asks meanwhile waits for nothing (F33, F117)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const { close, tokens } = yield* open(store.layer, server.signIn("ann"))
        yield* TestClock.adjust("1 second")
        store.failsWrites = true
        yield* begin(tokens.refresh)
        const unsaved: Array<boolean> = []
        const watching = yield* begin(
          Stream.runForEach(tokens.changes, (status) => Effect.sync(() => unsaved.push(status.unsaved !== undefined)))
        )
        yield* TestClock.adjust(500)
        store.failsWrites = false
        store.writing = Effect.sleep("2 seconds")
        const closing = yield* begin(close)
        yield* TestClock.adjust("1 second")
        assert.isUndefined(closing.pollUnsafe())
        const asked = yield* begin(tokens.refresh)
        yield* TestClock.adjust(0)
        assert.include((yield* Effect.flip(Effect.flatten(Fiber.join(asked)))).message, "closed")
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(watching)
        assert.deepStrictEqual([unsaved.at(-2), unsaved.at(-1)], [true, false])
        assert.strictEqual(refreshTokenIn(store.record), "ann-2")
      })
    ))
})
