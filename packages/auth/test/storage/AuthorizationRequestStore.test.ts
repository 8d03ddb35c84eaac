import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
import * as KeyValueAuthorizationRequestStore from "@app/auth/KeyValueAuthorizationRequestStore"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { contract } from "../support/RequestStoreContract.ts"
import { begin, callbackOf } from "../support/SignInRequests.ts"

const { AuthorizationRequestStore: Store } = AuthorizationRequestStore

contract(
  "the memory of a process",
  Effect.map(Store, (store) => [store]),
  AuthorizationRequestStore.layerMemory
)

const keyValue = KeyValueAuthorizationRequestStore.layer().pipe(Layer.provideMerge(KeyValueStore.layerMemory))

contract("a key-value store", Effect.map(Store, (store) => [store]), keyValue)

describe("sign-ins that nobody finishes", () => {
  it.effect("are forgotten in memory, the oldest first, and are ten thousand at most", () =>
    Effect.gen(function*() {
      const store = yield* Store
      const request = yield* begin()
      yield* store.put(request)
      yield* TestClock.adjust("11 minutes")
      yield* store.put(yield* begin())
      assert.deepStrictEqual(yield* store.take(request.state), Option.none())

      const many = yield* Effect.forEach(Array.from({ length: 10_001 }), () => begin())
      yield* Effect.forEach(many, store.put, { discard: true })
      const [oldest, next] = many
      const newest = many.at(-1)
      if (oldest === undefined || next === undefined || newest === undefined) return assert.fail("none")
      assert.deepStrictEqual(yield* store.take(oldest.state), Option.none())
      assert.isTrue(Option.isSome(yield* store.take(next.state)))
      assert.isTrue(Option.isSome(yield* store.take(newest.state)))
    }).pipe(Effect.provide(AuthorizationRequestStore.layerMemory)), 30_000)

  it.effect("are removed from a key-value store, and nothing else is", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 day")
      const store = yield* Store
      const { get, keys, set } = yield* KeyValueStore.KeyValueStore
      yield* set("somebody else's", "value")
      yield* set("oauth-sign-in/damaged", "no sign-in")
      for (let i = 0; i < 3; i++) yield* store.put(yield* begin())
      assert.strictEqual((yield* keys).length, 4)
      yield* TestClock.adjust("11 minutes")
      const request = yield* begin({ lifetime: "1 hour" })
      yield* store.put(request)
      assert.strictEqual((yield* keys).length, 2)
      yield* TestClock.adjust("50 minutes")
      yield* store.put(yield* begin())
      assert.strictEqual((yield* keys).length, 3)
      assert.strictEqual(yield* get("somebody else's"), "value")
      yield* TestClock.adjust("11 minutes")
      const error = yield* Effect.flip(AuthorizationRequestStore.handleCallback(callbackOf(request)))
      assert.include(error.message, "more than 1h")
    }).pipe(Effect.provide(keyValue)))
})

describe("a key-value store", () => {
  it.effect("lasts as long as the storage: another page load takes the sign-in up", () =>
    Effect.gen(function*() {
      const sessionStorage = yield* Layer.build(KeyValueStore.layerMemory)
      const page = Layer.build(
        KeyValueAuthorizationRequestStore.layer().pipe(Layer.provide(Layer.succeedContext(sessionStorage)))
      )
      const request = yield* begin()
      yield* Context.get(yield* page, Store).put(request)
      const grant = yield* AuthorizationRequestStore.handleCallback(callbackOf(request)).pipe(
        Effect.provideContext(yield* page)
      )
      assert.strictEqual(grant._tag, "AuthorizationCode")
    }))

  it.effect("with a damaged sign-in says so, and that it is to be begun again", () =>
    Effect.gen(function*() {
      const store = yield* Store
      const { keys, set } = yield* KeyValueStore.KeyValueStore
      for (const text of ["", "x", "1 {}", `9 ${"x".repeat(20_000)}`]) {
        const request = yield* begin()
        yield* store.put(request)
        for (const key of yield* keys) yield* set(key, text)
        const { message, reason } = yield* Effect.flip(store.take(request.state))
        assert.deepInclude(reason, { _tag: "StoreFailed", kind: "Corrupt" })
        assert.include(message, "Start it again")
        assert.deepStrictEqual(yield* store.take(request.state), Option.none())
      }
    }).pipe(Effect.provide(keyValue)))

  it.effect("that is switched off or full says so, and quotes nothing", () =>
    Effect.gen(function*() {
      const refuses = (key: string, value?: string | Uint8Array) =>
        Effect.fail(
          new KeyValueStore.KeyValueStoreError({ method: "set", key, message: `QuotaExceededError: ${String(value)}` })
        )
      const store = yield* Store.pipe(
        Effect.provide(KeyValueAuthorizationRequestStore.layer()),
        Effect.provideService(
          KeyValueStore.KeyValueStore,
          KeyValueStore.makeStringOnly({
            get: refuses,
            set: refuses,
            remove: refuses,
            clear: refuses(""),
            keys: refuses(""),
            size: refuses("")
          })
        )
      )
      const request = yield* begin()
      for (const effect of [store.put(request), Effect.asVoid(store.take(request.state))]) {
        const { isRetryable, message } = yield* Effect.flip(effect)
        assert.isTrue(isRetryable)
        assert.include(message, "QuotaExceededError")
        assert.notInclude(message, Redacted.value(request.codeVerifier))
      }
    }))
})
