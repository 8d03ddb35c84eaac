/** Operations that a quota mode is not served. */
import type { AuthError } from "@app/auth/AuthError"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Artists from "../src/Artists.ts"
import * as Audio from "../src/Audio.ts"
import * as Profile from "../src/Profile.ts"
import type { ExtendedQuotaMode } from "../src/QuotaMode.ts"
import * as RateLimit from "../src/RateLimit.ts"
import * as Recommendations from "../src/Recommendations.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import type { SpotifyError } from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import { forbidden, idAt, idsUpTo, reasonOf, sent, trackAt } from "./support/Requests.ts"
import * as RuleTransport from "./support/RuleTransport.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"

describe("quota modes", () => {
  const restricted: Record<
    string,
    Effect.Effect<unknown, SpotifyError | AuthError, SpotifyClient.SpotifyClient | ExtendedQuotaMode>
  > = {
    "Artists.topTracks": Artists.topTracks("0gxyHStUsqpMadRV0Di1Qt"),
    "Tracks.saveAt": Tracks.saveAt([{ id: idAt(0), addedAt: DateTime.makeUnsafe(0) }]),
    "Profile.user": Profile.user("some.one"),
    "Audio.features": Audio.features(idAt(0)),
    "Audio.manyFeatures": Audio.manyFeatures([idAt(0)]),
    "Audio.analysis": Audio.analysis(idAt(0)),
    "Recommendations.get": Recommendations.get({ seedGenres: ["ambient"] }),
    "Recommendations.genreSeeds": Recommendations.genreSeeds
  }
  for (const [name, call] of Object.entries(restricted)) {
    it.effect(`${name} says that a mode is not served it, and what to do`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(call)
        assert.isTrue(
          error._tag === "SpotifyError" && error.reason._tag === "Forbidden" && error.reason.kind === "NotInQuotaMode"
        )
        assert.match(error.message, /Use |Only |Do without it/)
      }).pipe(Effect.provide(ScriptedTransport.layer(forbidden))))

    it.effect(`${name} is not sent for an app that is known to be in Development Mode`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(call)
        assert.strictEqual(reasonOf(error), "Forbidden")
        assert.lengthOf(yield* sent, 0)
      }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "development" }))))
  }

  it("Development Mode is known to the compiler", () => {
    type Provided<Layer_> = Layer_ extends Layer.Layer<infer Services, infer _E, infer _R> ? Services : never
    const development = SpotifyClient.layer({ quotaMode: "development" })
    const extended = SpotifyClient.layer({ quotaMode: "extended" })
    const unknown = SpotifyClient.layer()
    expectTypeOf<Effect.Services<(typeof restricted)[string]>>().toEqualTypeOf<
      SpotifyClient.SpotifyClient | ExtendedQuotaMode
    >()
    expectTypeOf<Provided<typeof development>>().toEqualTypeOf<SpotifyClient.SpotifyClient>()
    expectTypeOf<Provided<typeof extended>>().toEqualTypeOf<SpotifyClient.SpotifyClient | ExtendedQuotaMode>()
    expectTypeOf<Provided<typeof unknown>>().toEqualTypeOf<SpotifyClient.SpotifyClient | ExtendedQuotaMode>()
  })
})

describe("clients that are made one by one", () => {
  /** Looks up two tracks for each app in turn, by a client of its own, and returns how many batches were refused. */
  const batchesOf = Effect.fnUntraced(function*(
    apps: ReadonlyArray<string | undefined>,
    pause: Effect.Effect<void> = Effect.void
  ) {
    let batches = 0
    const development = HttpClient.make((request, url) =>
      Effect.sync(() => {
        const id = url.pathname.split("/tracks/")[1]
        if (id === undefined) batches += 1
        const response = id === undefined
          ? Response.json({ error: { status: 403, message: "Forbidden" } }, { status: 403 })
          : Response.json({ ...trackAt(0), id })
        return HttpClientResponse.fromWeb(request, response)
      })
    )
    yield* Effect.forEach(apps, (app) => {
      const lookUp = Effect.provide(Tracks.getMany(idsUpTo(2)), RuleTransport.clientOf(app))
      return Effect.andThen(lookUp, pause)
    }).pipe(Effect.provide([Layer.succeed(HttpClient.HttpClient, development), RateLimit.layer]))
    return batches
  })

  for (
    const [apps, batches] of [[["app", "app", "app"], 1], [["app", "other"], 2], [[undefined, undefined], 2]] as const
  ) {
    it.effect(`find out that apps are in Development Mode by ${batches} of the look-ups for ${apps.map(String).join(", ")}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* batchesOf(apps), batches)
      }))
  }

  it.effect("find it out again after an hour", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* batchesOf(["app", "app", "app"], TestClock.adjust("1 hour")), 3)
    }))
})
