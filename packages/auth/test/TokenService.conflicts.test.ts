/** A holder that was suspended may have lost the store's lock: someone else has written, and its own write fails. */
import { ReauthorizationRequired } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import type * as TokenService from "@app/auth/TokenService"
import { TokenRecord } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { type ObservedStore, originIn, refreshTokenIn, theirsIn } from "./support/ObservedStore.ts"
import { endOf, no, rotating, type Script, withAnswers } from "./support/ScriptedServer.ts"
import { secretOf } from "./support/TokenServiceModel.ts"
import { kindOf } from "./support/TokenStorageContract.ts"

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

  it.effect("gives way to what they have got first, where nobody had any tokens (F66)", () => {
    const grant = Grant.ClientCredentials({})
    let theirs: TokenRecord | undefined
    const elsewhere = withAnswers(() => ({ expires_in: 3600 }), ({ store, tokens }) =>
      Effect.map(tokens.get, () => {
        theirs = store.record
      }), { grant })
    const here = withAnswers(
      (_serial, _now, store) => {
        store.record = theirs
        return { access_token: "BQ-mine", expires_in: 3600 }
      },
      ({ store, tokens }) =>
        Effect.gen(function*() {
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
          assert.strictEqual(store.record, theirs)
        }),
      { grant }
    )
    return Effect.andThen(elsewhere, here)
  })

  it.effect("gives way to a sign-out, though the store then fails (F42, F66)", () => {
    const ended = new ReauthorizationRequired({ kind: "SignedOut" })
    return withAnswers(
      meanwhile((store) => {
        let reads = 0
        store.beforeRead = () => {
          reads += 1
          if (reads === 2) store.failsReads = "Unavailable"
        }
        return new TokenRecord({ origin: originIn(store), ended })
      }),
      ({ store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "SignedOut")
          assert.strictEqual(store.record?.ended, ended)
          assert.isUndefined(store.record?.tokenSet)
        })
    )
  })

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

describe("a refusal whose verdict is not taken", () => {
  /** The second request is refused; from then on the store is as this makes it. */
  const refusedWhile = <E>(
    spoil: (store: ObservedStore) => void,
    program: (store: ObservedStore, tokens: TokenService.Service) => Effect.Effect<void, E>
  ) =>
    withAnswers(
      (serial, _now, store) => {
        if (serial === 1) return rotating(serial)
        spoil(store)
        return no()
      },
      ({ store, tokens }) => Effect.andThen(Effect.orDie(tokens.get), program(store, tokens))
    )

  it.effect.each<readonly [string, (store: ObservedStore) => void, number]>([
    ["since someone else writes each time: three times", (store) => {
      store.record = store.record && new TokenRecord({ ...store.record })
    }, 3],
    ["by a store that cannot be written: once", (store) => {
      store.failsWrites = true
    }, 1]
  ])("is believed by the one that was refused, and offered to the store %s (F114)", ([, onWrite, times]) => {
    let writes = 0
    return refusedWhile(
      (store) => {
        store.beforeWrite = () => {
          writes += 1
          onWrite(store)
        }
      },
      (store, tokens) =>
        Effect.gen(function*() {
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "Revoked")
          // The note that the request had left is taken back first.
          assert.strictEqual(writes, 1 + times)
          assert.isUndefined(store.record?.ended)
          assert.strictEqual((yield* tokens.status).phase, "SignInRequired")
        })
    )
  })

  it.effect("stands beside the tokens where these were taken away meanwhile (F114)", () =>
    refusedWhile(
      (store) => {
        store.record = undefined
      },
      (store, tokens) =>
        Effect.gen(function*() {
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "Revoked")
          assert.strictEqual(store.record?.ended?.kind, "Revoked")
          assert.strictEqual(refreshTokenIn(store.record), "AQ-1")
        })
    ))

  it.effect("gives way to a sign-out (F42, F114)", () => {
    const ended = new ReauthorizationRequired({ kind: "SignedOut" })
    return refusedWhile(
      (store) => {
        store.record = new TokenRecord({ origin: originIn(store), ended })
      },
      (store, tokens) =>
        Effect.gen(function*() {
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "SignedOut")
          assert.strictEqual(store.record?.ended, ended)
        })
    )
  })

  it.effect("I7: stands where others have found the next refresh token dead, too: that one is not asked about", () =>
    withAnswers(
      (serial, _now, store) => {
        if (serial === 1) return rotating(1)
        const ended = new ReauthorizationRequired({ kind: "Revoked" })
        store.record = new TokenRecord({ ...theirsIn(store), ended })
        return no()
      },
      ({ sent, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "Revoked")
          assert.deepStrictEqual(sent, ["AQ-0", "AQ-1"])
        })
    ))

  it.effect("gives way to a refresh token that came alone in place of the one refused (F87, F114)", () =>
    withAnswers(
      (serial, _now, store) => {
        if (serial !== 2) return rotating(serial)
        const { tokenSet: _, ...record } = theirsIn(store)
        store.record = new TokenRecord({ ...record, refreshToken: Redacted.make("AQ-theirs") })
        return no()
      },
      ({ sent, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-3")
          assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-theirs"])
        })
    ))
})
