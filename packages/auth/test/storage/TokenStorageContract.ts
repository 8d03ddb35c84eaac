/** What every token storage must do, whatever it keeps its texts in. */
import { AccessToken } from "@app/auth/AccessToken"
import type { AuthError } from "@app/auth/AuthError"
import { TokenSet } from "@app/auth/TokenSet"
import * as TokenStorage from "@app/auth/TokenStorage"
import { type TokenKey, TokenRecord, TokenStore } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

export const key: TokenKey = { issuer: "https://accounts.example.com", clientId: "client", account: "someone" }

export const recordOf = (secret: string) =>
  new TokenRecord({
    origin: Redacted.make("origin"),
    tokenSet: new TokenSet({
      accessToken: new AccessToken({
        value: Redacted.make(secret),
        scopes: ["a"],
        issuedAt: DateTime.makeUnsafe(0),
        expiresAt: DateTime.makeUnsafe(3_600_000)
      }),
      refreshToken: Redacted.make(`refresh ${secret}`),
      authorizedAt: DateTime.makeUnsafe(0)
    })
  })

export const secretOf = (record: Option.Option<TokenRecord>): string | undefined => {
  const token = Option.getOrUndefined(record)?.tokenSet?.accessToken
  return token === undefined ? undefined : Redacted.value(token.value)
}

export const kindOf = ({ reason }: AuthError): string => reason._tag === "StoreFailed" ? reason.kind : reason._tag

const readText = (key: TokenKey) => TokenStorage.TokenStorage.use((storage) => storage.modify(key, (slot) => slot.read))

const writeText = (key: TokenKey, text: string) =>
  TokenStorage.TokenStorage.use((storage) => storage.modify(key, (slot) => Effect.andThen(slot.read, slot.write(text))))

/**
 * `tamper` changes the text of `key` behind the storage's back, where that can be done.
 */
export const contract = <E>(
  name: string,
  storage: Layer.Layer<TokenStorage.TokenStorage, E>,
  options: { readonly runs: number }
) =>
  describe(name, () => {
    const withStorage = <A, E2>(effect: Effect.Effect<A, E2, TokenStorage.TokenStorage | TokenStore>) =>
      Effect.provide(effect, TokenStorage.layerTokenStore.pipe(Layer.provideMerge(Layer.fresh(storage))))

    it.live("begins empty, and gives back what it was given", () =>
      withStorage(Effect.gen(function*() {
        const store = yield* TokenStore
        assert.isTrue(Option.isNone(yield* store.modify(key, (entry) => entry.read)))
        yield* store.modify(key, (entry) => entry.write(recordOf("first")))
        assert.deepStrictEqual(yield* store.modify(key, (entry) => entry.read), Option.some(recordOf("first")))
        yield* store.modify(key, (entry) => entry.write(recordOf("second")))
        assert.strictEqual(secretOf(yield* store.modify(key, (entry) => entry.read)), "second")
      })))

    it.live.prop("gives back any record whole, whatever the account is called", {
      record: Arbitrary.schema(TokenRecord),
      account: Arbitrary.schema(TokenRecord.fields.origin)
    }, ({ account, record }) =>
      withStorage(Effect.gen(function*() {
        const store = yield* TokenStore
        const odd = { ...key, account: Redacted.value(account).replaceAll("\0", "") }
        yield* store.modify(odd, (entry) => entry.write(record))
        assert.deepStrictEqual(yield* store.modify(odd, (entry) => entry.read), Option.some(record))
      })), { arbitrary: { runs: options.runs }, timeout: 60_000 })

    it.live("keeps keys apart that a careless name would join", () =>
      withStorage(Effect.gen(function*() {
        const store = yield* TokenStore
        const keys: ReadonlyArray<TokenKey> = [
          key,
          { ...key, account: "Someone" },
          { ...key, account: "" },
          { ...key, account: "../someone" },
          { ...key, account: "a~b" },
          { ...key, clientId: "client~a", account: "b" },
          { ...key, account: "some%6fne" }
        ]
        for (const [index, key] of keys.entries()) {
          yield* store.modify(key, (entry) => entry.write(recordOf(`token ${index}`)))
        }
        for (const [index, key] of keys.entries()) {
          assert.strictEqual(secretOf(yield* store.modify(key, (entry) => entry.read)), `token ${index}`)
        }
      })))

    it.live("lets one fiber at a time at a key: no update is lost", () =>
      withStorage(Effect.gen(function*() {
        const { modify } = yield* TokenStorage.TokenStorage
        const increment = modify(key, (slot) =>
          Effect.flatMap(slot.read, (text) =>
            Effect.andThen(
              Effect.yieldNow,
              slot.write(String(Number(Option.getOrElse(text, () => "0")) + 1))
            )))
        yield* Effect.all(Array.from({ length: 20 }, () => increment), { concurrency: "unbounded" })
        assert.strictEqual(Option.getOrUndefined(yield* readText(key)), "20")
      })))

    it.live("does not hold up other keys", () =>
      withStorage(Effect.gen(function*() {
        const { modify } = yield* TokenStorage.TokenStorage
        const inside = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(
          modify(key, () => Effect.andThen(Deferred.succeed(inside, undefined), Effect.never)),
          { startImmediately: true }
        )
        yield* Deferred.await(inside)
        yield* writeText({ ...key, account: "another" }, "free")
        yield* Fiber.interrupt(holder)
      })))

    it.live("is free again after a failure, a defect and an interruption", () =>
      withStorage(Effect.gen(function*() {
        const { modify } = yield* TokenStorage.TokenStorage
        for (const end of [Effect.fail("no"), Effect.die("no"), Effect.interrupt]) {
          assert.isTrue(Exit.isFailure(yield* Effect.exit(modify(key, () => end))))
        }
        const inside = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(
          modify(key, () => Effect.andThen(Deferred.succeed(inside, undefined), Effect.never)),
          { startImmediately: true }
        )
        yield* Deferred.await(inside)
        const waiter = yield* Effect.forkChild(writeText(key, "after"), { startImmediately: true })
        yield* Fiber.interrupt(holder)
        yield* Fiber.join(waiter)
        assert.strictEqual(Option.getOrUndefined(yield* readText(key)), "after")
      })))

    it.live("a write is there once it has succeeded, however the rest ends", () =>
      withStorage(Effect.gen(function*() {
        const { modify } = yield* TokenStorage.TokenStorage
        yield* Effect.exit(modify(key, (slot) => Effect.andThen(slot.write("kept"), Effect.die("afterwards"))))
        assert.strictEqual(Option.getOrUndefined(yield* readText(key)), "kept")
      })))

    it.live("I14: what cannot be read is named, and never overwritten", () =>
      withStorage(Effect.gen(function*() {
        const store = yield* TokenStore
        yield* store.modify({ ...key, account: "foreign" }, (entry) => entry.write(recordOf("foreign")))
        const foreign = Option.getOrThrow(yield* readText({ ...key, account: "foreign" }))
        const later = foreign.replace("\"version\":1", "\"version\":2").replace("foreign", "someone")
        for (
          const [text, kind] of [
            ["", "Corrupt"],
            ["not json", "Corrupt"],
            ["{}", "Corrupt"],
            [foreign.slice(0, -20), "Corrupt"],
            [foreign.replace("accessToken", "wrongToken"), "Corrupt"],
            [foreign, "Foreign"],
            [later, "NewerVersion"]
          ] as const
        ) {
          yield* writeText(key, text)
          const error = yield* Effect.flip(store.modify(key, (entry) => entry.read))
          assert.strictEqual(kindOf(error), kind)
          assert.notInclude(error.message, "refresh foreign")
          assert.isFalse(error.isRetryable)
          yield* Effect.flip(store.modify(key, (entry) => entry.write(recordOf("new"))))
          yield* Effect.flip(
            store.modify(key, (entry) => Effect.andThen(Effect.exit(entry.read), entry.write(recordOf("new"))))
          )
          assert.strictEqual(Option.getOrUndefined(yield* readText(key)), text)
        }
      })))
  })
