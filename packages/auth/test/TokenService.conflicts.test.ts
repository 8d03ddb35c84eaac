/** A holder that was suspended may have lost the store's lock: someone else has written, and its own write fails. */
import { ReauthorizationRequired } from "@app/auth/AuthError"
import { TokenRecord } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { type ObservedStore, originIn, refreshTokenIn, theirsIn } from "./ObservedStore.ts"
import { endOf, rotating, type Script, withAnswers } from "./ScriptedServer.ts"
import { kindOf } from "./storage/TokenStorageContract.ts"
import { secretOf } from "./TokenServiceModel.ts"

/** While the second answer is on its way, someone else leaves this in the store. */
const meanwhile = (leave: (store: ObservedStore) => TokenRecord | undefined): Script => (serial, _now, store) => {
  if (serial === 2) store.record = leave(store)
  return rotating(serial)
}

describe("a refresh in whose place someone else writes", () => {
  it.effect("asks for nothing where they write before it does: what they have serves (F66)", () =>
    withAnswers(rotating, ({ sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        const theirs = theirsIn(store)
        store.beforeWrite = () => {
          store.record = theirs
        }
        const error = yield* Effect.flip(tokens.refresh)
        assert.strictEqual(kindOf(error), "Conflict")
        assert.isTrue(error.isRetryable)
        assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
        yield* TestClock.adjust("3 minutes")
        assert.strictEqual(secretOf(yield* tokens.get), "BQ-theirs")
        assert.strictEqual(store.record, theirs)
        assert.deepStrictEqual(sent, ["AQ-0"])
      })))

  it.effect("gives way to what they have renewed, and goes on from that (F66)", () =>
    withAnswers(meanwhile(theirsIn), ({ sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-theirs")
        assert.strictEqual(refreshTokenIn(store.record), "refresh BQ-theirs")
        assert.isUndefined((yield* tokens.status).unsaved)
        yield* tokens.refresh
        assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "refresh BQ-theirs"])
      })))

  it.effect("gives way to a sign-out (F42, F66)", () => {
    const ended = new ReauthorizationRequired({ kind: "SignedOut" })
    return withAnswers(
      meanwhile((store) => new TokenRecord({ origin: originIn(store), ended })),
      ({ store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "SignedOut")
          yield* TestClock.adjust("1 day")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "SignedOut")
          assert.isUndefined(store.record?.tokenSet)
        })
    )
  })

  it.effect.each<{ readonly what: string; readonly leave: (store: ObservedStore) => TokenRecord | undefined }>([
    { what: "nothing any more", leave: () => undefined },
    { what: "the tokens it began with", leave: ({ record }) => record && new TokenRecord({ ...record }) },
    {
      what: "a verdict, though on other tokens",
      leave: (store) => new TokenRecord({ ...theirsIn(store), ended: new ReauthorizationRequired({ kind: "Revoked" }) })
    },
    {
      what: "word of a first request under way",
      leave: (store) => new TokenRecord({ origin: originIn(store), pendingSince: DateTime.makeUnsafe(0) })
    }
  ])(
    "keeps what it was given where it finds $what",
    ({ leave }) =>
      withAnswers(meanwhile(leave), ({ store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-2")
          assert.strictEqual(refreshTokenIn(store.record), "AQ-2")
          assert.isUndefined(store.record?.ended)
          assert.isUndefined((yield* tokens.status).unsaved)
        }))
  )

  it.effect("serves what it was given where the store then fails, and stores it as soon as that works (F33)", () =>
    withAnswers(
      (serial, _now, store) => {
        if (serial === 2) {
          store.record = undefined
          store.failsWrites = true
        }
        return rotating(serial)
      },
      ({ store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-2")
          assert.include((yield* tokens.status).unsaved?.message, "the disk is gone")
          store.failsWrites = false
          yield* TestClock.adjust("30 seconds")
          assert.isUndefined((yield* tokens.status).unsaved)
          assert.strictEqual(refreshTokenIn(store.record), "AQ-2")
        })
    ))
})
