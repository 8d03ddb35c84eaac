/** The metrics of a token service. */
import { AccessToken } from "@app/auth/AccessToken"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import { TokenSet } from "@app/auth/TokenSet"
import { TokenRecord } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { originIn } from "./support/ObservedStore.ts"
import { rotating, withAnswers } from "./support/ScriptedServer.ts"
import { vault } from "./support/Telemetry.ts"
import { provideWhileTimePasses, secretOf, simulate } from "./support/TokenServiceModel.ts"
import { WallClock } from "./support/WallClock.ts"

/** What the metrics of one world read: name and attributes, then the value. */
const readings = Effect.map(Metric.snapshot, (metrics) =>
  new Map(metrics.map(({ attributes, id, state }) => {
    const { issuer: _, client_id: __, unit: ___, ...rest } = { ...attributes }
    return [[id, ...Object.values(rest)].join(" "), state] as const
  })))

/** What some gauges of one world read, and whose they are. */
const gauges = (...names: ReadonlyArray<string>) =>
  Effect.map(Metric.snapshot, (metrics) =>
    metrics
      .filter(({ id }) => names.includes(id))
      .map(({ attributes, id, state }) => {
        const { unit: _, ...whose } = { ...attributes }
        return { id, whose, value: Reflect.get(state, "value") }
      }))

const inOwnRegistry = Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))

describe("metrics", () => {
  it.effect("count token requests by grant and outcome, and time them", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "ServerError" })
      yield* Effect.ignore(Effect.all([tokens.refresh, TestClock.adjust("1 second")], { concurrency: 2 }))
      const seen = yield* readings
      assert.strictEqual(Reflect.get(seen.get("oauth_token_requests RefreshToken success") ?? {}, "count"), 1)
      assert.strictEqual(
        Reflect.get(seen.get("oauth_token_requests RefreshToken TokenRequestFailed") ?? {}, "count"),
        1
      )
      const duration = [...seen].find(([name]) => name.startsWith("oauth_token_request_duration"))?.[1] ?? {}
      assert.deepStrictEqual([Reflect.get(duration, "count"), Reflect.get(duration, "min")], [2, 100])
      assert.strictEqual(Reflect.get(seen.get("oauth_token_expires_at") ?? {}, "value"), 3600)
    })).pipe(inOwnRegistry))

  it.effect("tell how many callers wait", () =>
    simulate(Effect.gen(function*() {
      const waiting = (value: number) => [
        { id: "oauth_waiting_callers", whose: { issuer: "https://accounts.spotify.com" }, value }
      ]
      const tokens = yield* TokenService.TokenService
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(tokens.get, { startImmediately: true }))
      assert.deepStrictEqual(yield* gauges("oauth_waiting_callers"), waiting(3))
      yield* Fiber.interruptAll(fibers.slice(0, 1))
      assert.deepStrictEqual(yield* gauges("oauth_waiting_callers"), waiting(2))
      yield* TestClock.adjust("1 second")
      yield* Fiber.awaitAll(fibers)
      assert.deepStrictEqual(yield* gauges("oauth_waiting_callers"), waiting(0))
    })).pipe(inOwnRegistry))

  const instants = gauges("oauth_token_expires_at", "oauth_authorized_at")

  const signedIn = Grant.RefreshToken({
    refreshToken: Redacted.make("AQ-0"),
    authorizedAt: DateTime.makeUnsafe(-7_200_000)
  })

  it.effect("tell of one account when its token ends and when the person signed in, in seconds", () =>
    simulate(
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        const whose = { issuer: "https://accounts.spotify.com", client_id: "client" }
        assert.sameDeepMembers(yield* instants, [
          { id: "oauth_token_expires_at", whose, value: 3600 },
          { id: "oauth_authorized_at", whose, value: -7200 }
        ])
      }),
      { grant: signedIn }
    ).pipe(inOwnRegistry))

  it.effect("name the units of gauges, which exporters would otherwise take for shares of a whole", () =>
    simulate(
      Effect.gen(function*() {
        const waiting = yield* Effect.forkChild(TokenService.get, { startImmediately: true })
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(waiting)
        const units = (yield* Metric.snapshot).filter(({ type }) => type === "Gauge")
          .map(({ attributes, id }) => [id, { ...attributes }["unit"]])
        assert.sameDeepMembers(units, [
          ["oauth_token_expires_at", "s"],
          ["oauth_authorized_at", "s"],
          ["oauth_waiting_callers", "{caller}"]
        ])
      }),
      { grant: signedIn }
    ).pipe(inOwnRegistry))

  it.effect("tell of an account among many neither: a series for each would grow without end", () =>
    simulate(
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        yield* TokenService.get
        assert.deepStrictEqual(yield* instants, [])
      }),
      { grant: signedIn, account: "ann" }
    ).pipe(inOwnRegistry))

  it.effect("tell of a token without an end, or without a sign-in, only what there is", () =>
    simulate(
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        yield* TokenService.get
        assert.deepStrictEqual(yield* instants, [])
      }),
      { behaviour: { lifetimeSeconds: null } }
    ).pipe(inOwnRegistry))

  it.effect("tell of a sign-in also where the token has no end", () =>
    simulate(
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        yield* TokenService.get
        assert.deepStrictEqual((yield* instants).map(({ id, value }) => [id, value]), [["oauth_authorized_at", -7200]])
      }),
      { grant: signedIn, behaviour: { lifetimeSeconds: null } }
    ).pipe(inOwnRegistry))

  it.effect("tell of no sign-in from before there were any, once the clock is set", () =>
    withAnswers(rotating, ({ store, tokens }) =>
      Effect.gen(function*() {
        yield* (yield* WallClock).shift(Date.UTC(2026, 0, 1))
        yield* tokens.get
        const tokenSet = store.record?.tokenSet
        assert.isDefined(tokenSet)
        // Another process has refreshed them, and says that the person signed in in 1970.
        store.record = new TokenRecord({
          origin: originIn(store),
          tokenSet: new TokenSet({
            ...tokenSet,
            accessToken: new AccessToken({ ...tokenSet.accessToken, value: Redacted.make("BQ-theirs") }),
            authorizedAt: DateTime.makeUnsafe(0)
          })
        })
        assert.strictEqual(secretOf(yield* tokens.refresh), "BQ-theirs")
        assert.deepStrictEqual((yield* instants).map(({ id }) => id), ["oauth_token_expires_at"])
      })).pipe(inOwnRegistry))

  it.effect("tell of a source's token under the source's name, which belongs to no client", () =>
    Effect.gen(function*() {
      yield* TokenService.get
      assert.deepStrictEqual(yield* instants, [
        { id: "oauth_token_expires_at", whose: { issuer: "vault", client_id: "" }, value: 3600 }
      ])
    }).pipe(provideWhileTimePasses(vault), inOwnRegistry, Effect.provide(TestClock.layer())))
})
