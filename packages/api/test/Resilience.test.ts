/**
 * What clients are known to do badly, over real sockets. The figures in the titles are those to be met: token requests,
 * failures, and refusals drawn.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Fault, type Route, Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { TracksApi } from "../src/contract/TracksApi.ts"
import { TrackId } from "../src/Ids.ts"
import * as Profile from "../src/Profile.ts"
import * as RateLimit from "../src/RateLimit.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import type { SpotifyError } from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import { signIn } from "./support/SignIn.ts"

const route = "GET /v1/tracks/{id}"
const tokenRoute = "POST /api/token"

const id = TrackId.make(Catalogue.ids.cutToTheFeeling)

/** Unlike `Tracks.get`, it shares its answer with no other. */
const call = SpotifyClient.call(TracksApi, (tracks) => tracks.get({ params: { id }, query: {} }))

// =============================================================================
// World
// =============================================================================

/** What the gate saw. */
class Traffic extends Context.Service<Traffic, {
  underWay: number
  /** How many were under way when the first 429 came, itself included. */
  underWayAtFirst429: number | undefined
  /** Until when Spotify asked to be left alone. */
  closedUntil: number
  /** How many were sent before. */
  breaches: number
}>()("test/Traffic") {
  static readonly layer = Layer.sync(Traffic, () => ({
    underWay: 0,
    underWayAtFirst429: undefined,
    closedUntil: 0,
    breaches: 0
  }))
}

const note = (traffic: Traffic["Service"], { reason }: SpotifyError | AuthError) =>
  Effect.sync(() => {
    if (reason._tag !== "RateLimited") return
    traffic.underWayAtFirst429 ??= traffic.underWay
    traffic.closedUntil = Math.max(traffic.closedUntil, reason.endsAt?.epochMilliseconds ?? 0)
  })

const watchedGate = Layer.effect(
  RateLimit.RateLimit,
  Effect.map(Effect.all([RateLimit.RateLimit, Traffic]), ([{ gate }, traffic]) => ({
    gate: (clientId) => {
      const { run } = gate(clientId)
      return {
        run: (request, send) =>
          run(request, (held) =>
            Effect.acquireUseRelease(
              Effect.map(Clock.currentTimeMillis, (now) => {
                traffic.underWay += 1
                if (now + 1 < traffic.closedUntil) traffic.breaches += 1
              }),
              () => Effect.tapError(send(held), (error) => note(traffic, error)),
              () =>
                Effect.sync(() => {
                  traffic.underWay -= 1
                })
            ))
      }
    }
  }))
).pipe(Layer.provide(RateLimit.layer))

/** Somebody's client; the sandbox, the store and the gate outlive it. */
const clientOf = <E, R>(options: Effect.Effect<TokenService.Options, E, R>) =>
  Layer.unwrap(
    Effect.map(Effect.all([Sandbox.Sandbox, options]), ([{ apiUrl }, options]) =>
      Layer.provideMerge(SpotifyClient.layerNoDeps({ apiUrl }), TokenService.layer(options)))
  )

const client = clientOf(signIn)

/** The same client, as it comes back from its store. */
const clientAgain = clientOf(Effect.map(Sandbox.Sandbox, ({ accountsUrl, client }) => ({
  client,
  server: Providers.spotify.at(accountsUrl)
})))

const world = (settings: Partial<Sandbox.Settings> = {}) =>
  Layer.mergeAll(TokenStore.layerMemory, NodeHttpClient.layerUndici, NodeCrypto.layer, watchedGate).pipe(
    Layer.provideMerge([Sandbox.layer(settings), Traffic.layer, Layer.succeed(References.MinimumLogLevel, "Error")])
  )

/** How many of so many calls fail. */
const failuresOf = <A, E, R>(count: number, call: Effect.Effect<A, E, R>, concurrency: number | "unbounded") =>
  Effect.map(
    Effect.all(Array.from({ length: count }, () => Effect.exit(call)), { concurrency }),
    (exits) => exits.filter(Exit.isFailure).length
  )

const sandbox = Sandbox.Sandbox
const count = (route: Route.Route) => Effect.flatMap(sandbox, (sandbox) => sandbox.count(route))

// =============================================================================
// Tokens
// =============================================================================

for (const rotateRefreshTokens of [false, true]) {
  const kind = rotateRefreshTokens ? "a one-time refresh token" : "a lasting refresh token"

  describe(`with ${kind}`, () => {
    it.effect(
      "I3: stampede: 1,000 calls with an expired token: 1 token request, 0 failures",
      () =>
        Effect.gen(function*() {
          yield* Effect.provide(call, client)
          yield* TestClock.adjust("2 hours")
          yield* Effect.flatMap(sandbox, ({ clearLog }) => clearLog)
          assert.strictEqual(yield* Effect.provide(failuresOf(1_000, call, "unbounded"), clientAgain), 0)
          assert.strictEqual(yield* count(tokenRoute), 1)
          assert.strictEqual(yield* count(route), 1_000)
        }).pipe(Effect.provide(world({ rotateRefreshTokens }))),
      120_000
    )

    it.effect(
      "I10: storm: 1,000 calls whose token is revoked in their midst: 0 failures, 1 token request",
      () =>
        Effect.gen(function*() {
          const { clearLog, count, revokeAccessTokens } = yield* sandbox
          yield* call
          yield* clearLog
          let started = 0
          const failures = yield* failuresOf(
            1_000,
            Effect.suspend(() => ++started === 300 ? Effect.andThen(revokeAccessTokens, call) : call),
            100
          )
          assert.strictEqual(failures, 0)
          assert.strictEqual(yield* count(tokenRoute), 1)
          const refused = yield* count(route, ({ status }) => status === 401)
          assert.isAtLeast(refused, 1)
          assert.strictEqual(yield* count(route), 1_000 + refused)
        }).pipe(Effect.provide(Layer.provideMerge(client, world({ rotateRefreshTokens })))),
      120_000
    )

    it.effect("I6: three calls with a refresh before each: 3 of 3", () =>
      Effect.gen(function*() {
        const { refresh } = yield* TokenService.TokenService
        yield* call
        assert.strictEqual(yield* failuresOf(3, Effect.andThen(refresh, call), 1), 0)
        // The sign-in is one, too.
        assert.strictEqual(yield* count(tokenRoute), 4)
      }).pipe(Effect.provide(Layer.provideMerge(client, world({ rotateRefreshTokens })))))

    it.effect("I7: dead refresh token: 20 calls: 1 token request, and each is told to sign in again", () =>
      Effect.gen(function*() {
        const { clearLog, revokeAccessTokens, revokeRefreshTokens } = yield* sandbox
        yield* call
        yield* revokeAccessTokens
        yield* revokeRefreshTokens
        yield* clearLog
        for (let asked = 0; asked < 20; asked++) {
          const error = yield* Effect.flip(call)
          assert.isTrue(error._tag === "AuthError" && error.reason._tag === "ReauthorizationRequired", error.message)
        }
        assert.strictEqual(yield* count(tokenRoute), 1)
      }).pipe(Effect.provide(Layer.provideMerge(client, world({ rotateRefreshTokens })))))
  })
}

// =============================================================================
// Limits
// =============================================================================

/** All calls are limited for one second from now on. */
const limitForASecond = Effect.gen(function*() {
  const { clearFaults, inject } = yield* sandbox
  yield* inject(route, Fault.RateLimited({ retryAfter: 1, times: "always" }))
  yield* Effect.forkChild(Effect.delay(clearFaults, "1 second"))
})

describe("a limited app", () => {
  it.live(
    "I15: closed loop: 200 calls, 20 at a time, limited for a second: 0 failures, no 429 but for those under way",
    () =>
      Effect.gen(function*() {
        yield* call
        yield* limitForASecond
        assert.strictEqual(yield* failuresOf(200, call, 20), 0)
        const { count } = yield* sandbox
        const traffic = yield* Traffic
        const refused = yield* count(route, ({ status }) => status === 429)
        assert.isAtLeast(refused, 1)
        assert.isAtMost(refused, traffic.underWayAtFirst429 ?? 0)
        assert.isAtMost(refused, 20)
      }).pipe(Effect.provide(Layer.provideMerge(client, world()))),
    60_000
  )

  it.live(
    "I15: open loop: 300 calls, one each 10 ms, limited for a second: 0 failures, no 429 but for those under way",
    () =>
      Effect.gen(function*() {
        yield* call
        const calls = yield* Effect.forEach(Array.from({ length: 300 }, (_, index) => index), (index) =>
          Effect.gen(function*() {
            if (index === 50) {
              yield* limitForASecond
            }
            const fiber = yield* Effect.forkChild(Effect.exit(call))
            yield* Effect.sleep(10)
            return fiber
          }))
        const exits = yield* Fiber.joinAll(calls)
        assert.strictEqual(exits.filter(Exit.isFailure).length, 0)
        const { count } = yield* sandbox
        const traffic = yield* Traffic
        const refused = yield* count(route, ({ status }) =>
          status === 429)
        assert.isAtLeast(refused, 1)
        assert.isAtMost(refused, traffic.underWayAtFirst429 ?? 0)
      }).pipe(Effect.provide(Layer.provideMerge(client, world()))),
    60_000
  )

  it.live(
    "I15, I16: a real limit, met again and again: 0 failures, and the server is never asked while it said not to",
    () =>
      Effect.gen(function*() {
        yield* call
        assert.strictEqual(yield* failuresOf(120, call, 30), 0)
        const { requests } = yield* sandbox
        const asked = (yield* requests).filter((request) => request.route === route)
        assert.strictEqual(asked.filter(({ status }) => status === 200).length, 121)
        // Without a gate, each of those who wait would ask again each second.
        assert.isAtMost(asked.filter(({ status }) => status === 429).length, 60)
      }).pipe(
        Effect.provide(Layer.provideMerge(
          client,
          world({ rateLimit: { requests: 50, window: Duration.seconds(1) } })
        ))
      ),
    60_000
  )

  it.effect("I16: Retry-After 3600: 5 calls: a typed error at once, with its end, and 1 request", () =>
    Effect.gen(function*() {
      const { clearLog, inject } = yield* sandbox
      yield* call
      yield* clearLog
      yield* inject(route, Fault.RateLimited({ retryAfter: 3600, times: "always" }))
      const now = yield* DateTime.now
      for (let asked = 0; asked < 5; asked++) {
        const { reason } = yield* Effect.flip(call)
        assert.isTrue(
          reason._tag === "RateLimited" && reason.endsAt !== undefined
            && DateTime.Equivalence(reason.endsAt, DateTime.addDuration(now, "1 hour"))
        )
      }
      assert.strictEqual(yield* count(route), 1)
    }).pipe(Effect.provide(Layer.provideMerge(client, world()))))
})

// =============================================================================
// Trouble
// =============================================================================

describe("a server in trouble", () => {
  it.live("503 once, for 50 calls: 0 failures", () =>
    Effect.gen(function*() {
      const { inject } = yield* sandbox
      yield* call
      yield* inject(route, Fault.Status({ status: 503, times: 50 }))
      assert.strictEqual(yield* failuresOf(50, call, "unbounded"), 0)
      assert.strictEqual(yield* count(route), 101)
    }).pipe(Effect.provide(Layer.provideMerge(client, world()))), 60_000)

  it.effect("I18: hang: 5 calls: all settled inside the budget", () =>
    Effect.gen(function*() {
      const { inject } = yield* sandbox
      yield* call
      yield* inject(route, Fault.Hang({ times: "always" }))
      const startedAt = yield* Clock.currentTimeMillis
      const fibers = yield* Effect.forEach(Array.from({ length: 5 }), () =>
        Effect.forkChild(
          Effect.flatMap(
            Effect.flip(call),
            ({ reason }) => Effect.map(Clock.currentTimeMillis, (at) => [reason._tag, at - startedAt <= 30_000])
          ),
          { startImmediately: true }
        ))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.joinAll(fibers), Array.from({ length: 5 }, () => ["Timeout", true]))
    }).pipe(Effect.provide(Layer.provideMerge(client, world()))))
})

describe("answers", () => {
  it.effect("I19: of Development Mode: a track and a profile: 2 of 2", () =>
    Effect.gen(function*() {
      assert.isUndefined((yield* Tracks.get(id)).popularity)
      assert.isUndefined((yield* Profile.me).product)
    }).pipe(Effect.provide(Layer.provideMerge(client, world({ quotaMode: "development" })))))
})
