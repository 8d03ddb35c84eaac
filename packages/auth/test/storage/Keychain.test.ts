import { AuthError, StoreFailed } from "@app/auth/AuthError"
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import { type Item, Keychain } from "@app/auth/Keychain"
import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import * as NodeKeychain from "@app/auth/node/NodeKeychain"
import * as TokenStorage from "@app/auth/TokenStorage"
import { type TokenKey, TokenStore } from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { once } from "node:events"
import { createServer } from "node:net"
import { join } from "node:path"
import { temporaryDirectory } from "../support/TemporaryDirectory.ts"
import { key, kindOf, recordOf, secretOf } from "../support/TokenStorageContract.ts"

/** A keychain whose secrets a test can see, and which it can lock. */
class TestKeychain {
  readonly items = new Map<string, string>()
  isLocked = false
  forgets = false

  readonly layer = Layer.succeed(Keychain, {
    get: (item) =>
      this.#open("read", () => Option.map(Option.fromUndefinedOr(this.items.get(nameOf(item))), Redacted.make)),
    set: (item, secret) =>
      this.#open("write", () => {
        if (!this.forgets) this.items.set(nameOf(item), Redacted.value(secret))
      })
  })

  #open<A>(operation: "read" | "write", use: () => A): Effect.Effect<A, AuthError> {
    // Other processes have their turn between any two steps.
    return Effect.andThen(
      Effect.yieldNow,
      Effect.suspend(() =>
        this.isLocked
          ? Effect.fail(
            new AuthError({
              reason: new StoreFailed({ operation, kind: "Unavailable", place: "the keychain", issue: "it is locked" })
            })
          )
          : Effect.sync(use)
      )
    )
  }
}

const nameOf = ({ account, service }: Item) => `${service}/${account}`

/** Programs that share one memory; what lies in it is seen as it is. */
const inOneMemory = <A, E>(
  use: (world: {
    readonly keychain: TestKeychain
    readonly raw: TokenStorage.TokenStorage["Service"]
    readonly start: Effect.Effect<TokenStore["Service"], AuthError>
    readonly rotate: Effect.Effect<void, AuthError>
  }) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    const raw = yield* TokenStorage.TokenStorage
    const keychain = new TestKeychain()
    const world = Layer.mergeAll(keychain.layer, NodeCrypto.layer, Layer.succeed(TokenStorage.TokenStorage, raw))
    const program = TokenStorage.layerTokenStore.pipe(
      Layer.provide(EncryptedTokenStorage.layerKeychain("my-app")),
      Layer.provide(world),
      Layer.fresh
    )
    return yield* use({
      keychain,
      raw,
      start: Effect.provide(TokenStore.use(Effect.succeed), program),
      rotate: Effect.provide(EncryptedTokenStorage.rotateKeychain("my-app"), world)
    })
  }).pipe(Effect.provide(Layer.fresh(KeyValueTokenStorage.layer().pipe(Layer.provide(KeyValueStore.layerMemory)))))

const write = (store: TokenStore["Service"], secret: string, at: TokenKey = key) =>
  store.modify(at, (entry) => entry.write(recordOf(secret)))

const read = (store: TokenStore["Service"], at: TokenKey = key) =>
  Effect.map(store.modify(at, (entry) => entry.read), secretOf)

describe("keys in the keychain", () => {
  it.effect("the first program makes one, the next finds it", () =>
    inOneMemory(({ keychain, raw, start }) =>
      Effect.gen(function*() {
        yield* write(yield* start, "secret")
        const [name, pair = ""] = [...keychain.items][0] ?? []
        assert.strictEqual(name, "my-app/token encryption keys")
        assert.match(pair, /^[0-9a-f]{8}:[\w-]{43}$/)
        assert.isTrue(
          Option.getOrThrow(yield* raw.modify(key, (slot) => slot.read)).startsWith(`v1.${pair.slice(0, 8)}.`)
        )
        assert.strictEqual(yield* read(yield* start), "secret")
        assert.strictEqual(keychain.items.size, 1)
      })
    ))

  it.effect("programs that start at the same time agree on one", () =>
    inOneMemory(({ keychain, start }) =>
      Effect.gen(function*() {
        const stores = yield* Effect.all(Array.from({ length: 10 }, () => start), { concurrency: "unbounded" })
        assert.strictEqual(keychain.items.size, 1)
        for (const [index, store] of stores.entries()) {
          yield* write(store, `secret-${index}`, { ...key, account: `${index}` })
        }
        const next = yield* start
        for (const index of stores.keys()) {
          assert.strictEqual(yield* read(next, { ...key, account: `${index}` }), `secret-${index}`)
        }
      })
    ))

  it.effect("another key is taken up by programs that run already", () =>
    inOneMemory(({ keychain, raw, rotate, start }) =>
      Effect.gen(function*() {
        const old = yield* start
        yield* write(old, "first")
        yield* rotate
        const [newest = "", oldest = ""] = ([...keychain.items.values()][0] ?? "").split(",")
        assert.notStrictEqual(newest, oldest)
        const text = Effect.map(raw.modify(key, (slot) => slot.read), Option.getOrThrow)
        const later = yield* start
        assert.strictEqual(yield* read(later), "first")
        assert.isTrue((yield* text).startsWith(`v1.${oldest.slice(0, 8)}.`))
        yield* write(later, "second")
        assert.isTrue((yield* text).startsWith(`v1.${newest.slice(0, 8)}.`))
        assert.strictEqual(yield* read(old), "second")
        yield* write(old, "third")
        assert.isTrue((yield* text).startsWith(`v1.${newest.slice(0, 8)}.`))
      })
    ))

  it.effect("a locked keychain is an error, and nothing is written without it (F71)", () =>
    inOneMemory(({ keychain, raw, start }) =>
      Effect.gen(function*() {
        keychain.isLocked = true
        const error = yield* Effect.flip(start)
        assert.strictEqual(kindOf(error), "Unavailable")
        assert.isTrue(error.isRetryable)
        assert.isTrue(Option.isNone(yield* raw.modify(key, (slot) => slot.read)))
        keychain.isLocked = false
        yield* write(yield* start, "secret")
      })
    ))

  it.effect("a keychain that keeps nothing is an error at once, not after the next start (F71)", () =>
    inOneMemory(({ keychain, start }) =>
      Effect.gen(function*() {
        keychain.forgets = true
        const error = yield* Effect.flip(start)
        assert.include(error.message, "there is no key")
      })
    ))

  it.effect("a keychain that has lost its keys costs no record: they are undecryptable, not overwritten (F64)", () =>
    inOneMemory(({ keychain, raw, start }) =>
      Effect.gen(function*() {
        yield* write(yield* start, "secret")
        const before = yield* raw.modify(key, (slot) => slot.read)
        const backup = [...keychain.items]
        keychain.items.clear()
        const store = yield* start
        assert.strictEqual(kindOf(yield* Effect.flip(write(store, "new"))), "Undecryptable")
        assert.deepStrictEqual(yield* raw.modify(key, (slot) => slot.read), before)
        keychain.items.clear()
        for (const [name, secret] of backup) keychain.items.set(name, secret)
        assert.strictEqual(yield* read(yield* start), "secret")
      })
    ))
})

// Only Linux finds its keychain through an address that can be changed.
describe.skipIf(process.platform !== "linux")("NodeKeychain", () => {
  const item = { service: "spotify-effect-test", account: "no such secret" }

  /** Processes that start from now on look for the Secret Service elsewhere. */
  const withBusAt = (address: string) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const before = process.env["DBUS_SESSION_BUS_ADDRESS"]
        process.env["DBUS_SESSION_BUS_ADDRESS"] = address
        return before
      }),
      (before) =>
        Effect.sync(() => {
          if (before === undefined) delete process.env["DBUS_SESSION_BUS_ADDRESS"]
          else process.env["DBUS_SESSION_BUS_ADDRESS"] = before
        })
    )

  it.live(
    "no keychain is an error that says so: nothing falls back to a lesser place (F71)",
    () =>
      Effect.gen(function*() {
        yield* withBusAt(`unix:path=${join(yield* temporaryDirectory, "nobody")}`)
        const keychain = yield* Keychain
        for (const attempt of [keychain.get(item), keychain.set(item, Redacted.make("canary"))]) {
          const error = yield* Effect.flip(attempt)
          assert.strictEqual(kindOf(error), "Unavailable")
          assert.isTrue(error.isRetryable)
          assert.include(error.message, "\"no such secret\" of \"spotify-effect-test\"")
          assert.include(error.message, "it is locked, or there is none here")
          assert.notInclude(error.message, "canary")
        }
      }).pipe(Effect.scoped, Effect.provide(NodeKeychain.layer())),
    60_000
  )

  it.effect(
    "a keychain that never answers holds up neither the program nor its end (F71)",
    () =>
      Effect.gen(function*() {
        const socket = join(yield* temporaryDirectory, "bus")
        const silent = createServer(() => {})
        yield* Effect.acquireRelease(
          Effect.promise(() => once(silent.listen(socket), "listening")),
          () => Effect.sync(() => silent.close())
        )
        const asked = once(silent, "connection")
        yield* withBusAt(`unix:path=${socket}`)
        const keychain = yield* Keychain
        const asking = yield* Effect.forkChild(Effect.flip(keychain.get(item)), { startImmediately: true })
        // The library waits for the bus in its own process; this one goes on.
        const [connection] = yield* Effect.promise(() => asked)
        const closed = once(connection, "close")
        yield* TestClock.adjust("30 seconds")
        const error = yield* Fiber.join(asking)
        assert.strictEqual(kindOf(error), "Unavailable")
        assert.include(error.message, "did not answer within")
        connection.resume()
        yield* Effect.promise(() => closed)
      }).pipe(Effect.scoped, Effect.provide(NodeKeychain.layer())),
    60_000
  )
})
