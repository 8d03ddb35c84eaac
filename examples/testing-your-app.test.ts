/**
 * `npm run vitest -- examples/testing-your-app.test.ts` runs the tests of an app that uses the packages.
 *
 * **Details**
 *
 * Tests with models need no sockets and no time: they show how the app handles responses and failures, in the virtual time
 * of `TestClock`. Tests against the sandbox use real sockets, and cover sign-in, tokens and network faults. Code without
 * Effect starts the same sandbox by `startSandbox`.
 */
import * as Profile from "@app/api/Profile"
import * as RetryPolicy from "@app/api/RetryPolicy"
import * as SpotifyTest from "@app/api/SpotifyTest"
import * as Tracks from "@app/api/Tracks"
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import { startSandbox } from "@app/sandbox/SandboxPromises"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"

// =============================================================================
// The app
// =============================================================================

/** Saves a track, unless it does not exist, and counts the saved tracks of the person. */
const keep = Effect.fn("keep")(function*(link: string) {
  const { displayName } = yield* Profile.me
  const kept = yield* Tracks.get(link).pipe(
    Effect.tap(() => Tracks.save([link])),
    Effect.map((track) => `kept ${track.name}`),
    Effect.catchReason("SpotifyError", "NotFound", () => Effect.succeed("it is gone"))
  )
  const count = yield* Stream.runCount(Tracks.saved())
  return `${displayName}: ${kept}, ${count} in all`
})

// =============================================================================
// With models
// =============================================================================

describe("with models", () => {
  const me = SpotifyTest.currentUser({ displayName: "Ada" })
  const typhoons = SpotifyTest.track({ name: "Typhoons" })
  const Spotify = SpotifyTest.layer({ me, tracks: [typhoons] })

  it.effect("keeps a track", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* keep(typhoons.uri), "Ada: kept Typhoons, 1 in all")
    }).pipe(Effect.provide(Spotify)))

  it.effect("says when a track is gone", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* keep("spotify:track:0000000000000000000000"), "Ada: it is gone, 0 in all")
    }).pipe(Effect.provide(Spotify)))

  it.effect("waits as long as Spotify says, and then succeeds", () =>
    Effect.gen(function*() {
      const spotify = yield* SpotifyTest.SpotifyTest
      yield* spotify.inject("library.save", [SpotifyTest.RateLimited({ retryAfter: 5 })])
      const fiber = yield* Effect.forkChild(keep(typhoons.uri), { startImmediately: true })
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "Ada: kept Typhoons, 1 in all")
      assert.strictEqual(yield* spotify.count("library.save"), 2)
    }).pipe(
      Effect.provideService(RetryPolicy.RetryPolicy, {
        ...RetryPolicy.standard,
        pauses: RetryPolicy.fullJitter({ base: 0, times: 4 })
      }),
      Effect.provide(Spotify)
    ))

  it.effect("fails when the day's quota is spent, and the message says until when", () =>
    Effect.gen(function*() {
      const spotify = yield* SpotifyTest.SpotifyTest
      yield* spotify.inject("tracks.get", [SpotifyTest.RateLimited({ retryAfter: 14 * 60 * 60, quotaExceeded: true })])
      const error = yield* Effect.flip(keep(typhoons.uri))
      assert.strictEqual(error.reason._tag, "QuotaExceeded")
    }).pipe(Effect.provide(Spotify)))
})

// =============================================================================
// Against the sandbox
// =============================================================================

describe("against the sandbox", () => {
  const Spotify = Sandbox.signedIn({ scopes: ["user-library-read", "user-library-modify"] }).pipe(
    Layer.provide(NodeHttpClient.layerUndici),
    Layer.provideMerge(Sandbox.layer())
  )

  it.live("keeps a track, although the token is revoked and a connection breaks meanwhile", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const typhoons = `https://open.spotify.com/track/${Catalogue.ids.typhoons}`
      assert.strictEqual(yield* keep(typhoons), "Sandy Box: kept Typhoons, 1 in all")
      yield* sandbox.revokeAccessTokens
      yield* sandbox.inject("PUT /v1/me/library", Fault.Reset({}))
      assert.strictEqual(yield* keep(typhoons), "Sandy Box: kept Typhoons, 1 in all")
      assert.strictEqual(yield* sandbox.count("POST /api/token"), 2)
      assert.strictEqual(yield* sandbox.count("PUT /v1/me/library"), 3)
    }).pipe(Effect.provide(Spotify)))

  it.live("counts what was saved before", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.setLibrary([Catalogue.ids.helvegen, Catalogue.ids.typhoons])
      assert.strictEqual(yield* keep(Catalogue.ids.cutToTheFeeling), "Sandy Box: kept Cut To The Feeling, 3 in all")
    }).pipe(Effect.provide(Spotify)))

  it.live("asks the person to sign in again once the sign-in has been revoked", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.revokeRefreshTokens
      yield* sandbox.revokeAccessTokens
      const error = yield* Effect.flip(keep(Catalogue.ids.typhoons))
      assert.strictEqual(error.reason._tag, "ReauthorizationRequired")
    }).pipe(Effect.provide(Spotify)))
})

// =============================================================================
// Without Effect
// =============================================================================

describe("without Effect", () => {
  /** Part of an app in plain TypeScript. */
  const greet = async (apiUrl: string, accessToken: string) => {
    const response = await fetch(`${apiUrl}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
    return response.status === 200 ? "hello" : `try again later (${response.status})`
  }

  it("greets the person, and says so when Spotify is down", async () => {
    await using sandbox = await startSandbox()
    const { accessToken } = await sandbox.signIn({ scopes: ["user-read-private"] })
    assert.strictEqual(await greet(sandbox.apiUrl, accessToken), "hello")
    await sandbox.inject("GET /v1/me", { _tag: "Status", status: 503 })
    assert.strictEqual(await greet(sandbox.apiUrl, accessToken), "try again later (503)")
  })
})
