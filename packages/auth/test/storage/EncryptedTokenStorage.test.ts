import type { AuthError } from "@app/auth/AuthError"
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import * as TokenStorage from "@app/auth/TokenStorage"
import { type TokenKey, type TokenRecord, TokenStore } from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TemporaryDirectory from "../support/TemporaryDirectory.ts"
import { contract, key, kindOf, recordOf, secretOf } from "../support/TokenStorageContract.ts"

const inMemory = KeyValueTokenStorage.layer().pipe(Layer.provide(KeyValueStore.layerMemory))

const secret = (byte: number) => Redacted.make(Base64Url.encode(new Uint8Array(32).fill(byte)))
const january = { id: "january", secret: secret(1) }
const july = { id: "july", secret: secret(2) }

const encrypted = (...keys: ReadonlyArray<EncryptedTokenStorage.EncryptionKey>) =>
  EncryptedTokenStorage.layer(keys).pipe(Layer.provide(NodeCrypto.layer))

contract("EncryptedTokenStorage, over memory,", encrypted(january).pipe(Layer.provide(inMemory)), { runs: 100 })
contract("EncryptedTokenStorage, over files,", encrypted(january).pipe(Layer.provide(TemporaryDirectory.storage)), {
  runs: 30
})

describe("EncryptedTokenStorage", () => {
  /** One memory that lasts, looked at under different keys in turn. */
  const inOneMemory = (
    program: (world: {
      readonly raw: TokenStorage.TokenStorage["Service"]
      readonly read: (
        keys: ReadonlyArray<EncryptedTokenStorage.EncryptionKey>,
        at?: TokenKey
      ) => Effect.Effect<Option.Option<TokenRecord>, AuthError>
      readonly write: (
        keys: ReadonlyArray<EncryptedTokenStorage.EncryptionKey>,
        secret: string
      ) => Effect.Effect<void, AuthError>
    }) => Effect.Effect<void, AuthError | Option.Option<TokenRecord> | void>
  ) =>
    Effect.gen(function*() {
      const raw = yield* TokenStorage.TokenStorage
      const under = (keys: ReadonlyArray<EncryptedTokenStorage.EncryptionKey>) =>
        TokenStorage.layerTokenStore.pipe(
          Layer.provide(encrypted(...keys)),
          Layer.provide(Layer.succeed(TokenStorage.TokenStorage, raw))
        )
      return yield* program({
        raw,
        read: (keys, at = key) =>
          Effect.provide(TokenStore.use((store) => store.modify(at, (entry) => entry.read)), under(keys)),
        write: (keys, secret) =>
          Effect.provide(
            TokenStore.use((store) => store.modify(key, (entry) => entry.write(recordOf(secret)))),
            under(keys)
          )
      })
    }).pipe(Effect.provide(Layer.fresh(inMemory)))

  it.effect("leaves nothing to read in the storage, and never the same text twice", () =>
    inOneMemory(({ raw, write }) =>
      Effect.gen(function*() {
        const texts = new Set<string>()
        for (let i = 0; i < 10; i++) {
          yield* write([january], "the-secret")
          const text = Option.getOrThrow(yield* raw.modify(key, (slot) => slot.read))
          assert.match(text, /^v1\.january\.[\w-]{16}\.[\w-]+$/)
          assert.notInclude(text, "secret")
          texts.add(text)
        }
        assert.strictEqual(texts.size, 10)
      })
    ))

  it.effect("reading seals nothing anew: whoever only knows the old key goes on reading (F129)", () =>
    inOneMemory(({ raw, read, write }) =>
      Effect.gen(function*() {
        const text = Effect.map(raw.modify(key, (slot) => slot.read), Option.getOrThrow)
        yield* write([january], "old")
        const sealed = yield* text
        for (const keys of [[january, july], [july, january], [january]]) {
          assert.strictEqual(secretOf(yield* read(keys)), "old")
          assert.strictEqual(yield* text, sealed)
        }
      })
    ))

  it.effect("a new key that is added in second place, and then put in front, locks no program out (F129)", () =>
    inOneMemory(({ raw, read, write }) =>
      Effect.gen(function*() {
        const sealedWith = Effect.map(
          raw.modify(key, (slot) => slot.read),
          (text) => Option.getOrThrow(text).split(".")[1]
        )
        const steps = [[january], [january, july], [july, january], [july]]
        yield* write([january], "0-0")
        // A rolling deployment: at each step some programs are one behind, and each reads and writes.
        for (const [index, after] of steps.entries()) {
          const before = steps[index - 1] ?? after
          for (const [turn, keys] of [before, after, before, after].entries()) {
            yield* write(keys, `${index}-${turn}`)
            assert.strictEqual(yield* sealedWith, keys[0]?.id)
            for (const keys of [before, after]) assert.strictEqual(secretOf(yield* read(keys)), `${index}-${turn}`)
          }
        }
        assert.strictEqual(yield* sealedWith, "july")
      })
    ))

  it.effect.prop("takes a key in base64 and in base64url, with padding and without (F104)", {
    bytes: Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))), {
      minLength: 32,
      maxLength: 32
    })
  }, ({ bytes }) =>
    inOneMemory(({ read, write }) =>
      Effect.gen(function*() {
        const padded = Buffer.from(bytes).toString("base64")
        const url = Buffer.from(bytes).toString("base64url")
        const forms = [padded, padded.replace("=", ""), url, `${url}=`, `${padded}\n`]
        yield* write([{ id: "key", secret: Redacted.make(padded) }], "kept")
        for (const form of forms) {
          assert.strictEqual(secretOf(yield* read([{ id: "key", secret: Redacted.make(form) }])), "kept")
        }
      })
    ), { arbitrary: { runs: 100 } })

  it.effect("a key that is retired or wrong is neither 'signed out' nor a reason to overwrite (F64)", () =>
    inOneMemory(({ raw, read, write }) =>
      Effect.gen(function*() {
        yield* write([january], "kept")
        for (const keys of [[july], [{ ...january, secret: secret(9) }]]) {
          const error = yield* Effect.flip(read(keys))
          assert.strictEqual(kindOf(error), "Undecryptable")
          yield* Effect.flip(write(keys, "lost"))
        }
        assert.strictEqual(secretOf(yield* read([january])), "kept")
        yield* raw.modify(key, (slot) => slot.write("plain text"))
        const error = yield* Effect.flip(read([january]))
        assert.include(error.message, "not encrypted")
      })
    ))

  it.effect.prop("any change to a text, or moving it to another account, is noticed", {
    at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
    by: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 63 }))
  }, ({ at, by }) =>
    inOneMemory(({ raw, read, write }) =>
      Effect.gen(function*() {
        yield* write([january], "kept")
        const text = Option.getOrThrow(yield* raw.modify(key, (slot) => slot.read))
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        const start = "v1.january.".length
        // The last character of each part carries bits that decode to nothing.
        const position = start + at % (text.length - start - 1)
        const index = alphabet.indexOf(text[position] ?? "")
        if (index === -1 || text[position + 1] === ".") return
        const changed = text.slice(0, position) + alphabet[(index + by) % 64] + text.slice(position + 1)
        yield* raw.modify(key, (slot) => slot.write(changed))
        assert.strictEqual(kindOf(yield* Effect.flip(read([january]))), "Undecryptable")
        yield* raw.modify({ ...key, account: "another" }, (slot) => slot.write(text))
        const moved = yield* Effect.flip(read([january], { ...key, account: "another" }))
        assert.strictEqual(kindOf(moved), "Undecryptable")
      })
    ), { arbitrary: { runs: 100 } })

  it.effect.each(
    [
      [[], "no key"],
      [[{ id: "short", secret: Redacted.make("c2hvcnQ") }], "32 bytes"],
      [[{ id: "not base64", secret: secret(1) }], "letters, digits"],
      [[january, january], "of another key"]
    ] as const
  )("names what is wrong with keys, and shows none: %#", ([keys, mention]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(encrypted(...keys).pipe(Layer.provide(inMemory))))
      )
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, mention)
      assert.notInclude(error.message, Redacted.value(january.secret))
    }))

  it.effect("takes its keys from the configuration, the newest first", () =>
    Effect.gen(function*() {
      const storage = yield* TokenStorage.TokenStorage
      yield* storage.modify(key, (slot) => slot.write("text"))
      assert.strictEqual(Option.getOrUndefined(yield* storage.modify(key, (slot) => slot.read)), "text")
    }).pipe(
      Effect.provide(EncryptedTokenStorage.layerConfig.pipe(
        Layer.provide([
          inMemory,
          NodeCrypto.layer,
          ConfigProvider.layer(ConfigProvider.fromEnv({
            env: {
              TOKEN_ENCRYPTION_KEYS: `july:${Redacted.value(july.secret)}, january:${Redacted.value(january.secret)}`
            }
          }))
        ])
      ))
    ))
})
