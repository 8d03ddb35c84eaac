/** What every token store must do, and every token storage, whatever it keeps its texts in. */
import { AccessToken } from "@app/auth/AccessToken"
import { type AuthError, ReauthorizationRequired } from "@app/auth/AuthError"
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
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { anyName, anyRecord, lookAlikesOf } from "./AnyRecord.ts"

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

const read = (key: TokenKey) => TokenStore.use(({ modify }) => modify(key, (entry) => entry.read))

const write = (key: TokenKey, record: TokenRecord) =>
  TokenStore.use(({ modify }) => modify(key, (entry) => entry.write(record)))

/** What a store promises to whoever keeps tokens in it. */
export const storeContract = <E>(
  name: string,
  store: Layer.Layer<TokenStore, E>,
  options: { readonly runs: number }
) =>
  describe(`${name} as a token store`, () => {
    const withStore = Effect.provide(Layer.fresh(store))

    it.live("begins empty, and gives back what it was given", () =>
      Effect.gen(function*() {
        assert.isTrue(Option.isNone(yield* read(key)))
        yield* write(key, recordOf("first"))
        assert.deepStrictEqual(yield* read(key), Option.some(recordOf("first")))
        yield* write(key, recordOf("second"))
        assert.strictEqual(secretOf(yield* read(key)), "second")
      }).pipe(withStore))

    it.live.prop("gives back any record whole, whatever the account is called (F91, F125)", {
      record: anyRecord,
      account: anyName
    }, ({ account, record }) =>
      Effect.gen(function*() {
        const odd = { ...key, account }
        yield* write(odd, record)
        assert.deepStrictEqual(yield* read(odd), Option.some(record))
      }).pipe(withStore), { arbitrary: { runs: options.runs }, timeout: 60_000 })

    it.live.prop("no two names meet, of any length and script (F91, F125)", {
      name: anyName,
      part: Arbitrary.schema(Schema.Literals(["issuer", "clientId", "account"]))
    }, ({ name, part }) =>
      Effect.gen(function*() {
        const keys = Array.from(new Set([name, ...lookAlikesOf(name)]), (name) => ({ ...key, [part]: name }))
        for (const [index, key] of keys.entries()) yield* write(key, recordOf(`token-${index}`))
        for (const [index, key] of keys.entries()) assert.strictEqual(secretOf(yield* read(key)), `token-${index}`)
      }).pipe(withStore), { arbitrary: { runs: options.runs }, timeout: 60_000 })

    it.live("keeps keys apart that a careless name would join (F74)", () =>
      Effect.gen(function*() {
        const keys: ReadonlyArray<TokenKey> = [
          key,
          { ...key, account: "Someone" },
          { ...key, account: "" },
          { ...key, account: "../someone" },
          { ...key, account: "a~b" },
          { ...key, clientId: "client~a", account: "b" },
          { ...key, account: "some%6fne" }
        ]
        for (const [index, key] of keys.entries()) yield* write(key, recordOf(`token-${index}`))
        for (const [index, key] of keys.entries()) assert.strictEqual(secretOf(yield* read(key)), `token-${index}`)
      }).pipe(withStore))

    it.live("lets one fiber at a time at a key: no update is lost", () =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStore
        const increment = modify(key, (entry) =>
          Effect.flatMap(
            entry.read,
            (record) =>
              Effect.andThen(Effect.yieldNow, entry.write(recordOf(String(Number(secretOf(record) ?? "0") + 1))))
          ))
        yield* Effect.all(Array.from({ length: 20 }, () => increment), { concurrency: "unbounded" })
        assert.strictEqual(secretOf(yield* read(key)), "20")
      }).pipe(withStore))

    it.live("does not hold up other keys (F74)", () =>
      Effect.gen(function*() {
        const holder = yield* hold(key)
        yield* write({ ...key, account: "another" }, recordOf("free"))
        yield* Fiber.interrupt(holder)
      }).pipe(withStore))

    it.live("is free again after a failure, a defect and an interruption", () =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStore
        for (const end of [Effect.fail("no"), Effect.die("no"), Effect.interrupt]) {
          assert.isTrue(Exit.isFailure(yield* Effect.exit(modify(key, () => end))))
        }
        const holder = yield* hold(key)
        const waiter = yield* Effect.forkChild(write(key, recordOf("after")), { startImmediately: true })
        yield* Fiber.interrupt(holder)
        yield* Fiber.join(waiter)
        assert.strictEqual(secretOf(yield* read(key)), "after")
      }).pipe(withStore))

    it.live("a write is there once it has succeeded, however the rest ends", () =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStore
        yield* Effect.exit(modify(key, (entry) => Effect.andThen(entry.write(recordOf("kept")), Effect.die("later"))))
        assert.strictEqual(secretOf(yield* read(key)), "kept")
      }).pipe(withStore))

    it.live("is read without the lock by whoever only looks, as it was last written", () =>
      Effect.gen(function*() {
        const { modify, peek } = yield* TokenStore
        assert.isTrue(Option.isNone(yield* peek(key)))
        yield* write(key, recordOf("before"))
        yield* modify(key, (entry) =>
          Effect.gen(function*() {
            yield* entry.read
            assert.strictEqual(secretOf(yield* peek(key)), "before")
            yield* entry.write(recordOf("after"))
            assert.strictEqual(secretOf(yield* peek(key)), "after")
          }))
      }).pipe(withStore))

    it.live("leaves the scope of whoever uses it alone", () =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStore
        const released: Array<string> = []
        yield* Effect.scoped(Effect.gen(function*() {
          yield* modify(key, () => Effect.addFinalizer(() => Effect.sync(() => released.push("the user's"))))
          assert.deepStrictEqual(released, [])
        }))
        assert.deepStrictEqual(released, ["the user's"])
      }).pipe(withStore))
  })

/** A fiber that holds a key until it is interrupted. */
export const hold = Effect.fnUntraced(function*(key: TokenKey) {
  const { modify } = yield* TokenStore
  const inside = yield* Deferred.make<void>()
  const holder = yield* Effect.forkChild(
    modify(key, () => Effect.andThen(Deferred.succeed(inside, undefined), Effect.never)),
    { startImmediately: true }
  )
  yield* Deferred.await(inside)
  return holder
})

const readText = (key: TokenKey) => TokenStorage.TokenStorage.use((storage) => storage.modify(key, (slot) => slot.read))

const writeText = (key: TokenKey, text: string) =>
  TokenStorage.TokenStorage.use((storage) => storage.modify(key, (slot) => Effect.andThen(slot.read, slot.write(text))))

/** What a storage promises beyond that, and how records are written in it. */
export const contract = <E>(
  name: string,
  storage: Layer.Layer<TokenStorage.TokenStorage, E>,
  options: { readonly runs: number }
) => {
  storeContract(name, TokenStorage.layerTokenStore.pipe(Layer.provide(storage)), options)

  describe(`${name} as a token storage`, () => {
    const withStorage = Effect.provide(Layer.fresh(TokenStorage.layerTokenStore.pipe(Layer.provideMerge(storage))))

    it.live("I14: what cannot be read is named, and never overwritten (F62)", () =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStore
        yield* write({ ...key, account: "foreign" }, recordOf("foreign"))
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
          const error = yield* Effect.flip(read(key))
          assert.strictEqual(kindOf(error), kind)
          assert.notInclude(error.message, "refresh foreign")
          assert.isFalse(error.isRetryable)
          yield* Effect.flip(write(key, recordOf("new")))
          yield* Effect.flip(
            modify(key, (entry) => Effect.andThen(Effect.exit(entry.read), entry.write(recordOf("new"))))
          )
          assert.strictEqual(Option.getOrUndefined(yield* readText(key)), text)
        }
      }).pipe(withStorage))

    it.live.each(
      [
        ["an access token with a line break in it", "BQ-canary", "BQ-canary\\n"],
        ["an access token with a space in it", "BQ-canary", "BQ-can ary"],
        ["an access token beyond ASCII", "BQ-canary", "BQ-canary…"],
        ["an empty access token", "\"BQ-canary\"", "\"\""],
        ["a refresh token with a line break in it", "refresh BQ-canary", "refresh BQ-canary\\r"],
        ["a refresh token beyond ASCII", "refresh BQ-canary", "refresh BQ-canaryé"],
        ["an empty refresh token", "\"refresh BQ-canary\"", "\"\""],
        ["a date beyond all calendars", "3600000", "8640000000000001"],
        ["a date that is no instant", "3600000", "36.5"]
      ] as const
    )(
      "a record with %s is corrupt, and shows nothing of it (F122, F130)",
      ([, sound, damaged]) =>
        Effect.gen(function*() {
          yield* write(key, recordOf("BQ-canary"))
          const text = Option.getOrThrow(yield* readText(key)).replace(sound, damaged)
          yield* writeText(key, text)
          const error = yield* Effect.flip(read(key))
          assert.strictEqual(kindOf(error), "Corrupt")
          assert.isFalse(error.isRetryable)
          assert.notInclude(inspect(error, { depth: Infinity }), "canary")
          yield* Effect.flip(write(key, recordOf("new")))
          assert.strictEqual(Option.getOrUndefined(yield* readText(key)), text)
        }).pipe(withStorage)
    )

    it.live.each([8.64e15, 8.6399999e15, 2.6e14, -8.64e15, -7e13] as const)(
      "a record with the date %d costs no token, and nobody runs out of dates who counts on from it (F130)",
      (millis) =>
        Effect.gen(function*() {
          yield* write(key, recordOf("kept"))
          const text = Option.getOrThrow(yield* readText(key))
          const fields = ["issuedAt", "expiresAt", "refreshAt", "authorizedAt"] as const
          for (const field of [...fields, "all of them"]) {
            const dated = fields.filter((name) => name === field || field === "all of them")
            yield* writeText(
              key,
              dated.reduce(
                (text, name) =>
                  text.includes(`"${name}"`)
                    ? text.replace(new RegExp(`"${name}":-?\\d+`), `"${name}":${millis}`)
                    : text.replace("\"issuedAt\"", `"${name}":${millis},"issuedAt"`),
                text
              )
            )
            const record = yield* read(key)
            assert.strictEqual(secretOf(record), "kept")
            const { accessToken, authorizedAt = DateTime.makeUnsafe(0) } = Option.getOrThrow(record).tokenSet ?? {}
            for (const date of [accessToken?.issuedAt, accessToken?.expiresAt, accessToken?.refreshAt, authorizedAt]) {
              if (date === undefined) continue
              for (const years of [-100, 100]) {
                assert.isTrue(Number.isFinite(DateTime.add(date, { years }).epochMilliseconds))
              }
            }
            yield* write(key, Option.getOrThrow(record))
            assert.deepStrictEqual(yield* read(key), record)
          }
        }).pipe(withStorage)
    )

    it.live("what a later release added may be nested deeper than can be written down", () =>
      Effect.gen(function*() {
        yield* write(key, recordOf("first"))
        const text = Option.getOrThrow(yield* readText(key))
        yield* writeText(key, text.replace("{", `{"deep":${"[".repeat(50_000)}${"]".repeat(50_000)},`))
        assert.strictEqual(secretOf(yield* read(key)), "first")
        yield* write(key, recordOf("second"))
        assert.strictEqual(secretOf(yield* read(key)), "second")
      }).pipe(withStorage))

    it.live.each(
      [
        ["account", "another", { ...key, account: "another" }],
        ["client", "another-client", { ...key, clientId: "another-client" }],
        ["issuer", "https://another.example.com", { ...key, issuer: "https://another.example.com" }]
      ] as const
    )("I14: a record of another %s is refused (F39)", ([, named, owner]) =>
      Effect.gen(function*() {
        yield* write(owner, recordOf("theirs"))
        const text = Option.getOrThrow(yield* readText(owner))
        yield* writeText(key, text)
        const error = yield* Effect.flip(read(key))
        assert.strictEqual(kindOf(error), "Foreign")
        assert.include(error.message, named)
        assert.strictEqual(Option.getOrUndefined(yield* readText(key)), text)
      }).pipe(withStorage))

    it.live("what a later release added to a record stays in it, until the person signs out", () =>
      Effect.gen(function*() {
        const add = Effect.flatMap(readText(key), (text) =>
          writeText(
            key,
            Option.getOrThrow(text)
              .replace("{\"format\"", "{\"ofDocument\":[1,{}],\"format\"")
              .replace("\"record\":{", "\"record\":{\"ofRecord\":\"kept\",")
              .replace("\"tokenSet\":{", "\"tokenSet\":{\"ofTokenSet\":true,")
              .replace("\"accessToken\":{", "\"accessToken\":{\"ofAccessToken\":null,")
          ))
        const kept = Effect.map(
          readText(key),
          (text) =>
            ["ofDocument\":[1,{}]", "ofRecord\":\"kept\"", "ofTokenSet\":true", "ofAccessToken\":null"].filter((
              field
            ) => Option.getOrThrow(text).includes(field)).length
        )
        yield* write(key, recordOf("first"))
        yield* add
        assert.deepStrictEqual(yield* read(key), Option.some(recordOf("first")))
        assert.strictEqual(yield* kept, 4)
        // The same tokens, with a note beside them.
        const noted = new TokenRecord({ ...recordOf("first"), pendingSince: DateTime.makeUnsafe(1) })
        yield* write(key, noted)
        assert.strictEqual(yield* kept, 4)
        assert.deepStrictEqual(yield* read(key), Option.some(noted))
        // Other tokens: what was said of the old ones does not hold for them.
        yield* write(key, recordOf("second"))
        assert.strictEqual(yield* kept, 2)
        assert.deepStrictEqual(yield* read(key), Option.some(recordOf("second")))
        yield* write(
          key,
          new TokenRecord({ origin: Redacted.make(""), ended: new ReauthorizationRequired({ kind: "SignedOut" }) })
        )
        assert.strictEqual(yield* kept, 0)
      }).pipe(withStorage))
  })
}
