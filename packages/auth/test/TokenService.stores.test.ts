import { AccessToken } from "@app/auth/AccessToken"
import { ReauthorizationRequired } from "@app/auth/AuthError"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import { TokenSet } from "@app/auth/TokenSet"
import * as TokenStorage from "@app/auth/TokenStorage"
import { layerMemory, TokenRecord } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { around, ObservedStore, originIn, refreshTokenIn, theirsIn } from "./support/ObservedStore.ts"
import { endOf, no, rotating, truncated, withAnswers } from "./support/ScriptedServer.ts"
import { platform, temporaryDirectory } from "./support/TemporaryDirectory.ts"
import { client, refreshToken, secretOf } from "./support/TokenServiceModel.ts"
import { hold, key, kindOf, recordOf } from "./support/TokenStorageContract.ts"
import * as WallClock from "./support/WallClock.ts"

describe("a token service and its store", () => {
  it.effect("another's newer token is taken from the store, and costs no request (F31)", () =>
    withAnswers(rotating, ({ asked, sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        store.record = theirsIn(store)
        assert.strictEqual(Redacted.value((yield* tokens.refresh).value), "BQ-theirs")
        assert.strictEqual(asked.length, 1)
        yield* tokens.refresh
        assert.deepStrictEqual(sent, ["AQ-0", "refresh BQ-theirs"])
      })))

  it.effect("tokens from before authorizations had ids are those of the configured grant (F115)", () =>
    withAnswers(rotating, ({ store, tokens }) =>
      Effect.gen(function*() {
        const { authorizationId } = yield* tokens.get
        assert.isDefined(authorizationId)
        store.record = theirsIn(store)
        assert.isUndefined(store.record.tokenSet?.accessToken.authorizationId)
        for (let round = 0; round < 2; round++) {
          assert.strictEqual((yield* tokens.refresh).authorizationId, authorizationId)
          assert.strictEqual(yield* tokens.authorizationId, authorizationId)
        }
      })))

  it.effect("an answer that was lost is asked for again, and a server with a grace period gives it (F32)", () =>
    withAnswers(
      (serial) => serial === 2 ? truncated() : rotating(serial),
      ({ sent, store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          const error = yield* Effect.flip(tokens.refresh)
          assert.strictEqual(error.reason._tag, "MalformedTokenResponse")
          assert.isDefined(store.record?.pendingSince)
          assert.strictEqual(refreshTokenIn(store.record), "AQ-1")
          // What is at hand goes on serving.
          assert.strictEqual(Redacted.value((yield* tokens.get).value), "BQ-1")
          yield* TestClock.adjust("1 hour")
          assert.deepStrictEqual(sent.slice(0, 3), ["AQ-0", "AQ-1", "AQ-1"])
          assert.notInclude(sent.slice(3), "AQ-1")
          assert.isUndefined(store.record?.pendingSince)
        })
    ))

  it.effect("a server without one ends the sign-in as AnswerLost, and the dead record stays (F32)", () =>
    withAnswers(
      (serial) => serial === 1 ? rotating(serial) : serial === 2 ? truncated() : no(),
      ({ sent, store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* Effect.flip(tokens.refresh)
          yield* TestClock.adjust("1 day")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "AnswerLost")
          assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-1"])
          assert.strictEqual(store.record?.ended?.kind, "AnswerLost")
          assert.strictEqual(refreshTokenIn(store.record), "AQ-1")
        })
    ))

  it.effect("an older record out of a backup is asked about once, and stays beside the verdict (F73)", () =>
    withAnswers(
      (serial) => serial <= 2 ? rotating(serial) : serial === 3 ? no() : { expires_in: 3600 },
      (world) =>
        Effect.gen(function*() {
          const { sent, store, tokens } = world
          yield* tokens.get
          const backup = store.record
          yield* tokens.refresh
          store.record = backup
          yield* TestClock.adjust("1 day")
          assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
          assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-1"])
          assert.strictEqual(refreshTokenIn(store.record), "AQ-1")
          assert.strictEqual(store.record?.ended?.kind, "Revoked")
          yield* tokens.authorize(Grant.RefreshToken({ refreshToken: Redacted.make("AQ-new") }))
          assert.strictEqual(Redacted.value((yield* tokens.get).value), "BQ-4")
        })
    ))

  it.effect("I20: a refresh token out of an answer that is of no other use is kept, and sent from then on (F87, F121)", () =>
    withAnswers(
      (serial) => serial === 2 ? { ...rotating(2), token_type: "mac" } : rotating(serial),
      ({ sent, store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual((yield* Effect.flip(tokens.refresh)).reason._tag, "MalformedTokenResponse")
          assert.strictEqual(refreshTokenIn(store.record), "AQ-2")
          assert.isUndefined(store.record?.pendingSince)
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
          yield* TestClock.adjust("2 minutes")
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
          assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-2"])
        })
    ))

  it.effect("I20: also out of the first answer of all, and where the store does not take it (F87, F121)", () =>
    withAnswers(
      (serial, _now, store) => {
        store.failsWrites = serial === 1
        return serial < 3 ? { ...rotating(serial), token_type: "mac" } : rotating(serial)
      },
      ({ sent, store, tokens }) =>
        Effect.gen(function*() {
          yield* TestClock.adjust("2 minutes")
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
          assert.deepStrictEqual(sent, ["AQ-0", "AQ-1", "AQ-2"])
          assert.strictEqual(refreshTokenIn(store.record), "AQ-3")
        })
    ))

  it.effect("I20: also where someone else writes as it comes (F66, F87)", () =>
    withAnswers(
      (serial, _now, store) => {
        if (serial !== 2) return rotating(serial)
        store.record = store.record && new TokenRecord({ ...store.record })
        return { ...rotating(2), token_type: "mac" }
      },
      ({ store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          assert.strictEqual((yield* Effect.flip(tokens.refresh)).reason._tag, "MalformedTokenResponse")
          assert.strictEqual(refreshTokenIn(store.record), "AQ-2")
        })
    ))

  it.effect("a lost answer is noted once: what comes after, however it fails, writes nothing", () =>
    withAnswers(
      (serial) => serial === 1 ? rotating(serial) : serial % 2 === 0 ? truncated() : new Response("", { status: 503 }),
      ({ asked, store, tokens }) =>
        Effect.gen(function*() {
          yield* tokens.get
          yield* Effect.flip(tokens.refresh)
          const noted = store.record
          assert.isDefined(noted?.pendingSince)
          yield* TestClock.adjust("30 minutes")
          assert.isAbove(asked.length, 4)
          assert.strictEqual(store.record, noted)
        })
    ))

  it.effect.each(
    [
      ["in 1970, by a machine that did not know the time", 0],
      ["at the last instant that dates reach", 8.64e15],
      ["a day before that", 8.64e15 - 86_400_000]
    ] as const
  )(
    "a sign-in %s has no end that is known, and costs nobody an answer (F106, F130)",
    ([, authorizedAt]) =>
      withAnswers((serial) => serial === 4 ? no() : rotating(serial), ({ store, tokens }) =>
        Effect.gen(function*() {
          const wallClock = yield* WallClock.WallClock
          yield* wallClock.shift(Date.UTC(2026, 10, 25))
          yield* tokens.get
          const tokenSet = store.record?.tokenSet
          assert.isDefined(tokenSet)
          store.record = new TokenRecord({
            origin: originIn(store),
            tokenSet: new TokenSet({
              ...tokenSet,
              accessToken: new AccessToken({ ...tokenSet.accessToken, value: Redacted.make("BQ-stored") }),
              authorizedAt: DateTime.makeUnsafe(authorizedAt)
            })
          })
          yield* tokens.refresh
          assert.isUndefined((yield* tokens.status).signInDueAt)
          assert.isFalse((yield* tokens.status).isSignInDueSoon)
          yield* tokens.refresh
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "Revoked")
        }))
  )

  it.effect("a record that was taken away is written anew, and the sign-in goes on", () =>
    withAnswers(rotating, ({ sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        const { authorizationId } = yield* tokens.authorize(
          Grant.RefreshToken({ refreshToken: Redacted.make("AQ-new") })
        )
        store.record = undefined
        const refreshed = yield* tokens.refresh
        assert.strictEqual(secretOf(refreshed), "BQ-3")
        assert.strictEqual(refreshed.authorizationId, authorizationId)
        assert.deepStrictEqual(sent, ["AQ-0", "AQ-new", "AQ-2"])
        assert.strictEqual(refreshTokenIn(store.record), "AQ-3")
      })))

  it.effect("another grant's tokens that turn up in its place are neither used nor lost (F116)", () =>
    withAnswers(rotating, ({ sent, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        store.record = recordOf("BQ-another")
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-2")
        assert.deepStrictEqual(sent, ["AQ-0", "AQ-1"])
        assert.deepStrictEqual(store.record.others?.map(({ tokenSet }) => tokenSet), [recordOf("BQ-another").tokenSet])
      })))

  it.effect("I7: a later sign-in elsewhere that has ended, too, says how, and costs no request", () =>
    withAnswers(no, ({ asked, store, tokens }) =>
      Effect.gen(function*() {
        assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Revoked")
        const ended = new ReauthorizationRequired({ kind: "Expired" })
        store.record = new TokenRecord({ ...theirsIn(store), ended })
        yield* TestClock.adjust("1 second")
        assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Expired")
        yield* TestClock.adjust("1 second")
        assert.strictEqual(endOf(yield* Effect.flip(tokens.get)), "Expired")
        assert.strictEqual(asked.length, 1)
      })))

  it.effect("machines whose clocks are up to a second apart take each other's tokens", () =>
    withAnswers(rotating, ({ asked, store, tokens }) =>
      Effect.gen(function*() {
        yield* tokens.get
        const { record } = store
        const wallClock = yield* WallClock.WallClock
        yield* wallClock.shift(10_000)
        yield* tokens.refresh
        yield* wallClock.shift(-1000)
        const theirs = store.record
        store.record = record
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-1")
        store.record = theirs
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-2")
        assert.strictEqual(asked.length, 2)
      })))

  it.effect.each<readonly [string | undefined, string]>([[undefined, "default"], ["ann", "ann"]])(
    "the account %s is kept as %s",
    ([account, kept]) => {
      const accounts = new Set<string>()
      const store = around(new ObservedStore().layer, (modify, key) => {
        accounts.add(key.account)
        return modify
      })
      return withAnswers(
        rotating,
        ({ tokens }) => Effect.andThen(tokens.get, Effect.sync(() => assert.deepStrictEqual([...accounts], [kept]))),
        {
          store,
          ...(account !== undefined && { account })
        }
      )
    }
  )

  it.effect("an account without a name is refused: all who have none would share one (F74)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(TokenService.make({ client, account: "" }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "account")
    }).pipe(Effect.scoped, Effect.provide([layerMemory, FetchHttpClient.layer])))

  it.live(
    "a lock that cannot be had in time is an error, and never a request without it (F67)",
    () =>
      Effect.gen(function*() {
        const directory = yield* temporaryDirectory
        const at = (lockTimeout: "1 minute" | "200 millis") =>
          TokenStorage.layerTokenStore.pipe(
            Layer.provide(FileTokenStorage.layer({ directory, lockTimeout })),
            Layer.provide(platform),
            Layer.fresh
          )
        let asked = 0
        const httpClient = HttpClient.make((request) => {
          asked += 1
          const answer = Response.json({ access_token: "BQ", token_type: "Bearer", expires_in: 3600 })
          return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
        })
        const holder = yield* hold({
          ...key,
          clientId: client.clientId,
          account: "default",
          issuer: "https://accounts.spotify.com"
        }).pipe(
          Effect.provide(yield* Layer.build(at("1 minute")))
        )
        const tokens = yield* TokenService.make({ client, grant: refreshToken }).pipe(
          Effect.provide(yield* Layer.build(at("200 millis"))),
          Effect.provideService(HttpClient.HttpClient, httpClient)
        )
        const error = yield* Effect.flip(tokens.get)
        assert.strictEqual(kindOf(error), "Locked")
        assert.isTrue(error.isRetryable)
        assert.strictEqual(asked, 0)
        yield* Fiber.interrupt(holder)
        // It heals by itself.
        yield* tokens.changes.pipe(Stream.takeUntil(({ phase }) => phase === "Valid"), Stream.runDrain)
        assert.strictEqual(asked, 1)
      }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "None")),
    30_000
  )
})
