/** Tokens and verdicts that the store did not take: they count until the store has gone on without them. */
import { AccessToken } from "@app/auth/AccessToken"
import { ReauthorizationRequired } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import { TokenSet } from "@app/auth/TokenSet"
import { TokenRecord, TokenStore } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { originIn, refreshTokenIn, theirsIn } from "./support/ObservedStore.ts"
import { endOf, no, rotating, withAnswers } from "./support/ScriptedServer.ts"
import { secretOf } from "./support/TokenServiceModel.ts"
import { key, kindOf } from "./support/TokenStorageContract.ts"

describe("tokens that the store did not take", () => {
  it.effect("are what the next refresh goes on from", () =>
    withAnswers(rotating, ({ sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        store.failsWrites = true
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-2")
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-3")
        assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-2"])
      })))

  it.effect("are offered to it after a second and then ever more rarely, and status says why it refused them last", () =>
    withAnswers(rotating, ({ store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        let writes = 0
        store.beforeWrite = () => {
          writes += 1
        }
        store.failsWrites = true
        yield* tokens.refresh
        // The note that a request leaves, and its answer.
        assert.strictEqual(writes, 2)
        const kind = Effect.map(tokens.status, ({ unsaved }) => unsaved && kindOf(unsaved))
        assert.strictEqual(yield* kind, "Unavailable")
        store.failsWrites = "Insecure"
        yield* TestClock.adjust(999)
        assert.strictEqual(writes, 2)
        yield* TestClock.adjust(1)
        assert.strictEqual(writes, 3)
        assert.strictEqual(yield* kind, "Insecure")
        yield* TestClock.adjust(1999)
        assert.strictEqual(writes, 3)
        yield* TestClock.adjust(1)
        assert.strictEqual(writes, 4)
      })))

  it.effect("are in the store as soon as it takes them, and those who watch see so (F33)", () =>
    withAnswers(rotating, ({ store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        store.failsWrites = true
        yield* tokens.refresh
        const seen: Array<boolean> = []
        const watch = Stream.runForEach(tokens.changes, ({ unsaved }) =>
          Effect.sync(() => seen.push(unsaved !== undefined)))
        yield* Effect.forkChild(watch, { startImmediately: true })
        yield* TestClock.adjust(0)
        store.failsWrites = false
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual([seen.at(0), seen.at(-1)], [true, false])
      })))

  it.effect("keep the store's lock only where they replace a refresh token (F113)", () =>
    withAnswers(() => ({ expires_in: 3600 }), ({ store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        store.failsWrites = true
        yield* tokens.refresh
        assert.isDefined((yield* tokens.status).unsaved)
        const theirs = yield* Effect.provide(
          TokenStore.use(({ modify }) => modify(key, (entry) => entry.read)),
          store.layer
        )
        assert.isTrue(Option.isSome(theirs))
      })))

  it.effect("do not keep it where they came with no refresh token: nobody can go on from them (F113)", () =>
    withAnswers(
      (serial) => serial === 1 ? rotating(1) : { expires_in: 3600 },
      ({ store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          store.failsWrites = true
          yield* tokens.authorize(Grant.ClientCredentials({}))
          assert.isDefined((yield* tokens.status).unsaved)
          const theirs = yield* Effect.provide(
            TokenStore.use(({ modify }) => modify(key, (entry) => entry.read)),
            store.layer
          )
          assert.isTrue(Option.isSome(theirs))
        })
    ))

  const withAccessToken = (mine: TokenSet) =>
    new TokenSet({ ...mine, accessToken: new AccessToken({ ...mine.accessToken, value: Redacted.make("BQ-theirs") }) })
  const withRefreshToken = (mine: TokenSet) => new TokenSet({ ...mine, refreshToken: Redacted.make("AQ-theirs") })

  it.effect.each<readonly [string, (mine: TokenSet) => TokenSet, object]>([
    ["an access token", withAccessToken, {}],
    ["a refresh token", withRefreshToken, { refresh_token: "AQ-mine" }]
  ])(
    "are not stored over %s that someone else has renewed alone",
    ([, theirs, answer]) =>
      withAnswers(
        (serial) => serial === 1 ? rotating(1) : { expires_in: 3600, ...answer },
        ({ store, tokens }) =>
          Effect.gen(function*() {
            yield* tokens.get
            store.failsWrites = true
            yield* tokens.refresh
            const tokenSet = store.record?.tokenSet
            assert.isDefined(tokenSet)
            const record = new TokenRecord({ origin: originIn(store), tokenSet: theirs(tokenSet) })
            store.record = record
            store.failsWrites = false
            yield* TestClock.adjust("30 seconds")
            assert.strictEqual(store.record, record)
            assert.isUndefined((yield* tokens.status).unsaved)
          })
      )
  )

  it.effect("are not stored over what someone else has renewed since", () =>
    withAnswers(rotating, ({ sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        store.failsWrites = true
        yield* tokens.refresh
        const theirs = theirsIn(store)
        store.record = theirs
        store.failsWrites = false
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(store.record, theirs)
        assert.isUndefined((yield* tokens.status).unsaved)
        // And the schedule goes on from there.
        yield* TestClock.adjust("55 minutes")
        assert.notStrictEqual(secretOf(yield* tokens.get), "BQ-2")
        assert.notInclude(sent, "AQ-2")
      })))

  it.effect("are not stored over a sign-out, not even where they were the first", () =>
    withAnswers(
      (serial, _now, store) => {
        store.failsWrites = true
        return rotating(serial)
      },
      ({ store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          store.record = new TokenRecord({
            origin: originIn(store),
            ended: new ReauthorizationRequired({ kind: "SignedOut" })
          })
          store.failsWrites = false
          yield* TestClock.adjust("30 seconds")
          assert.isUndefined(store.record.tokenSet)
          assert.isUndefined((yield* tokens.status).unsaved)
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "SignedOut")
        })
    ))

  it.effect("outlive a verdict on the ones before them", () =>
    withAnswers(rotating, ({ sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        store.failsWrites = true
        yield* tokens.refresh
        const ended = new ReauthorizationRequired({ kind: "Revoked" })
        store.record = store.record && new TokenRecord({ ...store.record, ended })
        store.failsWrites = false
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-3")
        assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-2"])
        assert.isUndefined(store.record?.ended)
        assert.strictEqual(refreshTokenIn(store.record), "AQ-3")
      })))

  it.effect("leave no doubt about their answer, though the store still says that it is awaited", () =>
    withAnswers(
      (serial, _now, store) => {
        if (serial === 2) store.failsWrites = true
        return serial < 3 ? rotating(serial) : no()
      },
      ({ sent, store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* tokens.refresh
          assert.isDefined(store.record?.pendingSince)
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "Revoked")
          assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-2"])
        })
    ))
})

describe("a verdict that the store did not take", () => {
  it.effect("I7: is remembered, whatever older copy of the tokens turns up in the store", () =>
    withAnswers(
      (serial) => serial < 3 ? { expires_in: 3600 } : no(),
      ({ asked, store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          const backup = store.record
          yield* tokens.refresh
          store.failsWrites = true
          yield* TestClock.adjust("2 hours")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
          store.record = backup
          store.failsWrites = false
          yield* TestClock.adjust("1 second")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
          assert.strictEqual(asked.length, 3)
        })
    ))
})
