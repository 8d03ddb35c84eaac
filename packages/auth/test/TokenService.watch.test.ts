/** Token services whose store tells them that somebody else has written, as the tabs of a browser tell each other. */
import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { ObservedStore, telling } from "./support/ObservedStore.ts"
import { begin, inWorld, type World } from "./support/SharedStore.ts"
import { secretOf } from "./support/TokenServiceModel.ts"

const two = Effect.fnUntraced(function*({ open, server }: World, readingTime: Duration.Input = 0) {
  const store = new ObservedStore()
  const told = telling(store, readingTime)
  const grant = server.signIn("ann")
  const one = yield* open(told.layer, grant)
  yield* TestClock.adjust("1 second")
  const other = yield* open(told.layer, grant)
  yield* TestClock.adjust("1 second")
  return { store, told, one, other, stop: Effect.andThen(one.stop, other.stop) }
})

describe("a store that tells of what others have written", () => {
  it.effect("brings a newer token to the others without a request", () =>
    inWorld((world) =>
      Effect.gen(function*() {
        const { one, other, stop, told } = yield* two(world)
        const token = yield* one.tokens.refresh
        const sent = world.server.sent.length
        assert.notStrictEqual(secretOf(yield* other.tokens.get), secretOf(token))
        yield* told.tell
        assert.strictEqual(secretOf(yield* other.tokens.get), secretOf(token))
        assert.strictEqual(world.server.sent.length, sent)
        yield* stop
      }), { latencyMillis: 0 }))

  it.effect("ends what the others serve with a sign-out, and begins again with a sign-in, without a request", () =>
    inWorld((world) =>
      Effect.gen(function*() {
        const { one, other, stop, told } = yield* two(world)
        yield* one.tokens.signOut
        yield* told.tell
        const error = yield* Effect.flip(other.tokens.get)
        assert.propertyVal(error.reason, "kind", "SignedOut")
        const token = yield* one.tokens.authorize(world.server.signIn("bob"))
        const sent = world.server.sent.length
        yield* told.tell
        assert.strictEqual((yield* other.tokens.status).phase, "Valid")
        assert.strictEqual(secretOf(yield* other.tokens.get), secretOf(token))
        assert.strictEqual(world.server.sent.length, sent)
        yield* stop
      }), { latencyMillis: 0 }))

  it.effect("tells nothing new as long as nobody has written: no request, and no change of the status", () =>
    inWorld((world) =>
      Effect.gen(function*() {
        const { one, other, stop, told } = yield* two(world)
        const before = { sent: world.server.sent.length, status: yield* other.tokens.status }
        yield* told.tell
        assert.deepStrictEqual({ sent: world.server.sent.length, status: yield* other.tokens.status }, before)
        yield* one.tokens.signOut
        yield* told.tell
        const signedOut = yield* other.tokens.status
        yield* told.tell
        assert.strictEqual((yield* other.tokens.status).error, signedOut.error)
        yield* stop
      }), { latencyMillis: 0 }))

  it.effect("never makes two requests of one, whenever it tells", () =>
    inWorld((world) =>
      Effect.gen(function*() {
        const { one, other, stop, told } = yield* two(world, "5 millis")
        const sent = world.server.sent.length
        const telling = yield* begin(Effect.forever(Effect.andThen(told.tell, Effect.sleep("1 millis"))))
        const refreshes = yield* begin(
          Effect.all([one.tokens.refresh, other.tokens.refresh], { concurrency: "unbounded" })
        )
        yield* Effect.repeat(TestClock.adjust("1 millis"), { times: 500 })
        yield* Fiber.join(refreshes)
        yield* Fiber.interrupt(telling)
        assert.strictEqual(secretOf(yield* one.tokens.get), secretOf(yield* other.tokens.get))
        assert.strictEqual(world.server.sent.length, sent + 1)
        yield* stop
      })
    ))

  it.effect("cannot make a service ask the server: what nobody can use yet waits for the schedule", () =>
    inWorld((world) =>
      Effect.gen(function*() {
        const { other, store, stop, told } = yield* two(world)
        const sent = world.server.sent.length
        store.record = undefined
        yield* told.tell
        yield* other.tokens.get
        store.failsReads = "Unavailable"
        yield* told.tell
        yield* other.tokens.get
        assert.strictEqual(world.server.sent.length, sent)
        yield* stop
      }), { latencyMillis: 0 }))

  it.effect("is no longer listened to by a service that has been closed", () =>
    inWorld((world) =>
      Effect.gen(function*() {
        const { stop, told } = yield* two(world)
        assert.strictEqual(told.watchers(), 2)
        yield* stop
        assert.strictEqual(told.watchers(), 0)
        yield* told.tell
      }), { latencyMillis: 0 }))
})
