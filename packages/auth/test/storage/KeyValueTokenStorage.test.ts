import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { temporaryDirectory } from "../support/TemporaryDirectory.ts"
import { contract, key, kindOf, recordOf } from "../support/TokenStorageContract.ts"

const storage = KeyValueTokenStorage.layer()

contract("KeyValueTokenStorage", storage.pipe(Layer.provide(KeyValueStore.layerMemory)), { runs: 200 })

/** A backend that keeps each key in a file of that name. */
const inFiles = Layer.unwrap(Effect.map(temporaryDirectory, KeyValueStore.layerFileSystem)).pipe(
  Layer.provide(NodeServices.layer)
)

contract("KeyValueTokenStorage, over files,", storage.pipe(Layer.provide(inFiles)), { runs: 30 })

it.effect("a long name is found where a release that kept names as they are has put it, and moves (F91)", () =>
  Effect.gen(function*() {
    const store = yield* KeyValueStore.KeyValueStore
    const { modify } = yield* TokenStorage.TokenStorage
    const long = { ...key, account: "a".repeat(300) }
    const former = `oauth/${JSON.stringify([long.issuer, long.clientId, long.account])}`
    yield* Effect.orDie(store.set(former, "old"))
    assert.deepStrictEqual(yield* modify(long, (slot) => slot.read), Option.some("old"))
    assert.deepStrictEqual(yield* store.get(former), "old")
    yield* modify(long, (slot) => Effect.andThen(slot.read, slot.write("new")))
    assert.deepStrictEqual(yield* modify(long, (slot) => slot.read), Option.some("new"))
    assert.isUndefined(yield* store.get(former))
  }).pipe(
    Effect.provide(storage.pipe(Layer.provideMerge(Layer.fresh(KeyValueStore.layerMemory))))
  ))

it.effect("a text that is larger than any record is corrupt by its size, and is not written either (F131)", () =>
  Effect.gen(function*() {
    const store = yield* KeyValueStore.KeyValueStore
    const { modify } = yield* TokenStorage.TokenStorage
    const large = "x".repeat(2 ** 20 + 1)
    yield* Effect.orDie(store.set(name, large))
    assert.strictEqual(kindOf(yield* Effect.flip(modify(key, (slot) => slot.read))), "Corrupt")
    const another = { ...key, account: "another" }
    assert.strictEqual(kindOf(yield* Effect.flip(modify(another, (slot) => slot.write(large)))), "Corrupt")
    assert.deepStrictEqual(yield* modify(another, (slot) => slot.read), Option.none())
  }).pipe(
    Effect.provide(storage.pipe(Layer.provideMerge(Layer.fresh(KeyValueStore.layerMemory))))
  ))

const name = `oauth/${JSON.stringify([key.issuer, key.clientId, key.account])}`

const inMemory = Effect.provide(
  TokenStorage.layerTokenStore.pipe(
    Layer.provide(storage),
    Layer.provideMerge(Layer.fresh(KeyValueStore.layerMemory))
  )
)

it.effect("someone else's work in the meantime is noticed, and undone by nobody (F66)", () =>
  Effect.gen(function*() {
    const store = yield* TokenStore.TokenStore
    const storage = yield* KeyValueStore.KeyValueStore
    const error = yield* Effect.flip(store.modify(key, (entry) =>
      Effect.gen(function*() {
        yield* entry.read
        yield* Effect.orDie(storage.set(name, "theirs"))
        yield* entry.write(recordOf("mine"))
      })))
    assert.strictEqual(kindOf(error), "Conflict")
    assert.strictEqual(yield* storage.get(name), "theirs")
  }).pipe(inMemory))

it.effect("I14: what has become unreadable in the meantime is not overwritten either (F62)", () =>
  Effect.gen(function*() {
    const store = yield* TokenStore.TokenStore
    const storage = yield* KeyValueStore.KeyValueStore
    yield* store.modify(key, (entry) => entry.write(recordOf("old")))
    const old = (yield* storage.get(name)) ?? ""
    const newer = old.replace("\"version\":1", "\"version\":2")
    const error = yield* Effect.flip(store.modify(key, (entry) =>
      Effect.gen(function*() {
        yield* entry.read
        yield* Effect.orDie(storage.set(name, newer))
        yield* Effect.exit(entry.read)
        yield* entry.write(recordOf("mine"))
      })))
    assert.strictEqual(kindOf(error), "NewerVersion")
    assert.strictEqual(yield* storage.get(name), newer)
  }).pipe(inMemory))

it.effect("a full storage is named, and keeps what it had (F63)", () => {
  const kept = new Map([[name, "old"]])
  const full = KeyValueStore.makeStringOnly({
    get: (key) => Effect.sync(() => kept.get(key)),
    set: (key) =>
      Effect.fail(
        new KeyValueStore.KeyValueStoreError({ key, method: "set", message: "the quota has been exceeded" })
      ),
    remove: () => Effect.void,
    clear: Effect.void,
    keys: Effect.succeed([...kept.keys()]),
    size: Effect.succeed(kept.size)
  })
  return Effect.gen(function*() {
    const { modify } = yield* TokenStorage.TokenStorage
    const error = yield* Effect.flip(modify(key, (slot) => Effect.andThen(slot.read, slot.write("new"))))
    assert.strictEqual(kindOf(error), "Unavailable")
    assert.include(error.message, "quota")
    assert.deepStrictEqual(yield* modify(key, (slot) => slot.read), Option.some("old"))
  }).pipe(Effect.provide(storage.pipe(Layer.provide(Layer.succeed(KeyValueStore.KeyValueStore, full)))))
})
