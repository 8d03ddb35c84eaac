import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Albums from "../src/Albums.ts"
import * as Artists from "../src/Artists.ts"
import * as Audio from "../src/Audio.ts"
import * as Ids from "../src/Ids.ts"
import * as Library from "../src/Library.ts"
import { AudioAnalysis } from "../src/model/AudioAnalysis.ts"
import { AudioFeatures } from "../src/model/AudioFeatures.ts"
import { Track } from "../src/model/Track.ts"
import * as Profile from "../src/Profile.ts"
import type { ExtendedQuotaMode } from "../src/QuotaMode.ts"
import * as Recommendations from "../src/Recommendations.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Search from "../src/Search.ts"
import type * as SpotifyClient from "../src/SpotifyClient.ts"
import * as SpotifyTest from "../src/SpotifyTest.ts"
import * as Tracks from "../src/Tracks.ts"

const typhoons = SpotifyTest.track({ name: "Typhoons", trackNumber: 2, popularity: 58 })
const oblivion = SpotifyTest.track({ name: "Oblivion", trackNumber: 1, popularity: 40 })
const royalBlood = SpotifyTest.artist({ name: "Royal Blood" })
const unknown = "0000000000000000000000"
const uri = `spotify:track:${typhoons.id}`

const reasonOf = (error: { readonly _tag: string; readonly reason?: { readonly _tag: string } }) => error.reason?._tag

describe("samples", () => {
  it("have ids made of their names, and links made of their ids", () => {
    assert.strictEqual(typhoons.id, "00000000000000Typhoons")
    assert.strictEqual(typhoons.uri, uri)
    assert.strictEqual(royalBlood.id, "000000000000RoyalBlood")
    assert.include(SpotifyTest.currentUser({ id: Ids.UserId.make("a#b") }).href ?? "", "/users/a%23b")
    for (const id of [typhoons.id, typhoons.album.id, royalBlood.id]) assert.match(id ?? "", /^[0-9A-Za-z]{22}$/)
  })

  it("what is given wins", () => {
    const given = { popularity: 1, uri: "spotify:local:a:b:c:1", isLocal: true, artists: [] }
    assert.deepInclude(SpotifyTest.track(given), given)
  })
})

describe("what is given", () => {
  it.effect("a sample is there for everything that an option takes (F146)", () =>
    Effect.gen(function*() {
      const id = typhoons.id ?? ""
      assert.deepStrictEqual(yield* Stream.runCollect(Tracks.saved()), [SpotifyTest.savedTrack({ track: typhoons })])
      assert.strictEqual((yield* Profile.user("someone.else")).displayName, "Someone Else")
      assert.strictEqual((yield* Audio.features(id)).tempo, 90)
      assert.lengthOf((yield* Audio.analysis(id)).bars, 0)
      assert.deepStrictEqual((yield* Recommendations.get({ seedGenres: ["rock"] })).tracks, [typhoons])
      const onAlbum = yield* Stream.runCollect(Albums.tracks(SpotifyTest.album({ name: "Elsewhere" }).uri ?? ""))
      assert.deepStrictEqual(onAlbum.map(({ name }) => name), ["Oblivion"])
    }).pipe(Effect.provide(SpotifyTest.layer({
      tracks: [SpotifyTest.track({ name: "Oblivion", album: SpotifyTest.album({ name: "Elsewhere" }) })],
      saved: [SpotifyTest.savedTrack({ track: typhoons })],
      users: [SpotifyTest.user()],
      audioFeatures: [SpotifyTest.audioFeatures({ ...(typhoons.id !== undefined && { id: typhoons.id }), tempo: 90 })],
      audioAnalyses: { [typhoons.id ?? ""]: SpotifyTest.audioAnalysis() },
      recommendations: SpotifyTest.recommendations({ tracks: [typhoons] })
    }))))

  it("a track is no saved track to the compiler (F146)", () => {
    expectTypeOf<ReadonlyArray<Track>>().not.toExtend<SpotifyTest.Models["saved"]>()
  })

  /** As a test runner sees it, which knows no types. */
  const untyped = (models: object): SpotifyTest.Options => models

  it.effect("what an option does not take kills the layer, which says where and what to give (F146)", () =>
    Effect.gen(function*() {
      for (
        const [models, message] of [
          [{ saved: [typhoons] }, "its option `saved` was given: saved.0.addedAt"],
          [{ saved: [typhoons] }, "SpotifyTest.savedTrack makes"],
          [{ saved: typhoons }, "option `saved`"],
          [{ tracks: [SpotifyTest.savedTrack()] }, "SpotifyTest.track makes"],
          [{ artists: [typhoons] }, "SpotifyTest.artist makes"],
          [{ followedArtists: [SpotifyTest.currentUser()] }, "SpotifyTest.artist makes"],
          [{ me: royalBlood }, "SpotifyTest.currentUser makes"],
          [{ users: [typhoons] }, "SpotifyTest.user makes"],
          [{ topTracks: [null] }, "topTracks.0"],
          [{ recommendations: [typhoons] }, "SpotifyTest.recommendations makes"],
          [{ audioFeatures: [typhoons] }, "SpotifyTest.audioFeatures makes"],
          [{ audioAnalyses: { x: SpotifyTest.audioFeatures() } }, "SpotifyTest.audioAnalysis makes"],
          [{ genreSeeds: [7] }, "genreSeeds.0"]
        ] as const
      ) {
        const exit = yield* Effect.exit(Effect.provide(Effect.void, SpotifyTest.layer(untyped(models))))
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", message)
      }
    }))
})

describe("answers", () => {
  it.effect.prop("any track is answered as it was given", { given: Track }, ({ given }) =>
    Effect.gen(function*() {
      const id = given.id ?? unknown
      const exit = yield* Effect.exit(Tracks.get(id))
      if (given.id === undefined) assert.isTrue(Exit.isFailure(exit))
      else assert.isTrue(Equal.equals(exit, Exit.succeed(given)))
    }).pipe(Effect.provide(SpotifyTest.layer({ tracks: [given] }))), { arbitrary: { runs: 200 }, timeout: 60_000 })

  it.effect("tracks are looked up, found, and listed by album and artist", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Tracks.get(uri), typhoons)
      assert.strictEqual(reasonOf(yield* Effect.flip(Tracks.get(unknown))), "NotFound")
      assert.deepStrictEqual(yield* Tracks.getMany([uri, unknown]), [Option.some(typhoons), Option.none()])
      const found = yield* Stream.runCollect(Search.tracks("track:typh artist:\"an artist\""))
      assert.deepStrictEqual(found, [typhoons])
      assert.deepStrictEqual(yield* Stream.runCollect(Search.tracks("nothing")), [])
      const album = yield* Stream.runCollect(Albums.tracks(typhoons.album.id ?? ""))
      assert.deepStrictEqual(album.map(({ name }) => name), ["Oblivion", "Typhoons"])
      const best = yield* Artists.topTracks(typhoons.artists[0]?.id ?? "")
      assert.deepStrictEqual(best.map(({ name }) => name), ["Typhoons", "Oblivion"])
      assert.strictEqual(reasonOf(yield* Effect.flip(Artists.topTracks(unknown))), "NotFound")
    }).pipe(Effect.provide(SpotifyTest.layer({ tracks: [typhoons, oblivion] }))))

  it.effect("people", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Profile.me).displayName, "Me")
      assert.strictEqual((yield* Profile.user("a#b")).id, "a#b")
      assert.strictEqual(reasonOf(yield* Effect.flip(Profile.user("nobody"))), "NotFound")
      assert.deepStrictEqual(yield* Stream.runCollect(Profile.topArtists()), [royalBlood])
      assert.deepStrictEqual(yield* Stream.runCollect(Profile.topTracks()), [typhoons])
    }).pipe(Effect.provide(SpotifyTest.layer({
      me: SpotifyTest.currentUser({ displayName: "Me" }),
      users: [SpotifyTest.currentUser({ id: Ids.UserId.make("a#b") })],
      topArtists: [royalBlood],
      topTracks: [typhoons]
    }))))

  it.effect("the library begins as given and changes with what is saved and removed", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-11-23T10:00:00Z"))
      yield* Tracks.save([uri])
      const saved = yield* Stream.runCollect(Tracks.saved())
      assert.deepStrictEqual(saved.map(({ track }) => track.name), ["Typhoons", "Oblivion"])
      assert.strictEqual(DateTime.formatIso(saved[0]?.addedAt ?? DateTime.makeUnsafe(0)), "2026-11-23T10:00:00.000Z")
      yield* Library.remove([`spotify:track:${oblivion.id}`])
      assert.deepStrictEqual(yield* Tracks.isSaved([uri, `spotify:track:${oblivion.id}`]), [true, false])
      assert.deepStrictEqual(yield* Stream.runCollect(Profile.followedArtists()), [royalBlood])
      yield* Profile.unfollow([royalBlood.uri])
      assert.deepStrictEqual(yield* Stream.runCollect(Profile.followedArtists()), [])
    }).pipe(Effect.provide(SpotifyTest.layer({
      tracks: [typhoons],
      saved: [{ track: oblivion, addedAt: DateTime.makeUnsafe("2020-01-01T00:00:00Z") }],
      followedArtists: [royalBlood]
    }))))

  it.effect("lists of any length come in pages", () => {
    const many = Array.from({ length: 120 }, (_, i) => SpotifyTest.track({ name: `Track ${i}` }))
    const artists = Array.from({ length: 70 }, (_, i) => SpotifyTest.artist({ name: `Artist ${i}` }))
    return Effect.gen(function*() {
      const { count } = yield* SpotifyTest.SpotifyTest
      assert.deepStrictEqual(yield* Stream.runCollect(Profile.topTracks({ pageSize: 50 })), many)
      assert.strictEqual(yield* count("profile.topTracks"), 3)
      assert.strictEqual((yield* Stream.runCollect(Profile.followedArtists({ pageSize: 50 }))).length, 70)
      assert.strictEqual(yield* count("profile.followedArtists"), 2)
    }).pipe(Effect.provide(SpotifyTest.layer({ topTracks: many, followedArtists: artists })))
  })

  it.effect.prop("audio features and analyses", { features: AudioFeatures, analysis: AudioAnalysis }, (given) => {
    const { analysis, features } = given
    return Effect.gen(function*() {
      assert.isTrue(Equal.equals(yield* Audio.features(features.id), features))
      assert.isTrue(Equal.equals(yield* Audio.analysis(typhoons.id ?? ""), analysis))
      assert.strictEqual(reasonOf(yield* Effect.flip(Audio.analysis(unknown))), "NotFound")
    }).pipe(Effect.provide(SpotifyTest.layer({
      audioFeatures: [features],
      audioAnalyses: { [typhoons.id ?? ""]: analysis }
    })))
  }, { arbitrary: { runs: 20 } })

  it.effect("recommendations", () =>
    Effect.gen(function*() {
      const { tracks } = yield* Recommendations.get({ seedGenres: ["rock"] })
      assert.deepStrictEqual(tracks, [typhoons])
      assert.deepStrictEqual(yield* Recommendations.genreSeeds, ["rock"])
    }).pipe(
      Effect.provide(SpotifyTest.layer({ recommendations: { seeds: [], tracks: [typhoons] }, genreSeeds: ["rock"] }))
    ))

  it.effect("what was never given is the test's mistake, and says which", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Profile.me)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "Give `me` to its layer")
    }).pipe(Effect.provide(SpotifyTest.layer())))

  it.effect("an operation is answered as the test says, typed by the contract, before models are", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Tracks.get(uri), oblivion)
      assert.strictEqual(reasonOf(yield* Effect.flip(Tracks.get(unknown))), "NotFound")
      assert.deepStrictEqual(yield* Library.contains([uri, uri]), [true, true])
      assert.strictEqual(reasonOf(yield* Effect.flip(Profile.me)), "Forbidden")
    }).pipe(Effect.provide(SpotifyTest.layer({
      me: SpotifyTest.currentUser(),
      tracks: [typhoons],
      answers: {
        "tracks.get": ({ params }) =>
          params.id === typhoons.id ? Effect.succeed(oblivion) : Effect.fail(SpotifyTest.Status({ status: 404 })),
        "library.contains": ({ query }) => Effect.succeed(query.uris.map(() => true)),
        "profile.me": () => Effect.fail(SpotifyTest.Status({ status: 403, body: { error: { status: 403 } } }))
      }
    }))))

  it("an answer of another operation is none to the compiler", () => {
    expectTypeOf(() => Effect.succeed(typhoons)).toExtend<SpotifyTest.Answers["tracks.get"]>()
    expectTypeOf(() => Effect.succeed(royalBlood)).not.toExtend<SpotifyTest.Answers["tracks.get"]>()
  })

  it("knows quota modes as the real client does", () => {
    expectTypeOf(SpotifyTest.layer({ quotaMode: "development" })).toEqualTypeOf<
      Layer.Layer<SpotifyClient.SpotifyClient | SpotifyTest.SpotifyTest>
    >()
    expectTypeOf(SpotifyTest.layer({ tracks: [] })).toEqualTypeOf<
      Layer.Layer<SpotifyClient.SpotifyClient | ExtendedQuotaMode | SpotifyTest.SpotifyTest>
    >()
  })
})

describe("failures", () => {
  const me = SpotifyTest.layer({ me: SpotifyTest.currentUser() })
  const quickly = Effect.provideService(RetryPolicy.RetryPolicy, {
    ...RetryPolicy.standard,
    retryAfterDefault: 0,
    pauses: RetryPolicy.fullJitter({ base: 0, times: 4 })
  })

  it.effect("are met one by one, and repeated by the real policy", () =>
    Effect.gen(function*() {
      const { count, inject, requests } = yield* SpotifyTest.SpotifyTest
      yield* inject("profile.me", [
        SpotifyTest.Status({ status: 503 }),
        SpotifyTest.Reset(),
        SpotifyTest.Refused(),
        SpotifyTest.RateLimited({ retryAfter: 0 })
      ])
      assert.strictEqual((yield* Profile.me).displayName, "Somebody")
      assert.strictEqual(yield* count("profile.me"), 5)
      assert.deepStrictEqual((yield* requests).map(({ method, url }) => `${method} ${url.pathname}`), [
        "GET /me",
        "GET /me",
        "GET /me",
        "GET /me",
        "GET /me"
      ])
    }).pipe(quickly, Effect.provide(me)))

  it.effect("that are final come out as the real errors", () =>
    Effect.gen(function*() {
      const { inject } = yield* SpotifyTest.SpotifyTest
      yield* inject("profile.me", [
        SpotifyTest.Status({ status: 403, body: "Active premium subscription required for the owner of the app." }),
        SpotifyTest.Status({ status: 200, body: "<html>" }),
        // The last, because it is remembered.
        SpotifyTest.RateLimited({ retryAfter: 14 * 60 * 60, quotaExceeded: true })
      ])
      const errors = yield* Effect.replicateEffect(Effect.flip(Profile.me), 3)
      assert.deepStrictEqual(errors.map(reasonOf), ["Forbidden", "UnexpectedResponse", "QuotaExceeded"])
      assert.isTrue(
        errors[2]?._tag === "SpotifyError" && Duration.equals(errors[2].retryAfter ?? Duration.zero, Duration.hours(14))
      )
    }).pipe(Effect.provide(me)))

  it.effect("a hang ends with the attempt's time, on the test's clock", () =>
    Effect.gen(function*() {
      const { inject } = yield* SpotifyTest.SpotifyTest
      yield* inject("profile.me", [SpotifyTest.Hang()])
      const fiber = yield* Effect.forkChild(Profile.me, { startImmediately: true })
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).displayName, "Somebody")
    }).pipe(Effect.provide(me)))

  it.effect("of one layer are unknown to another", () =>
    Effect.gen(function*() {
      const { inject } = yield* SpotifyTest.SpotifyTest
      yield* inject("profile.me", [SpotifyTest.Status({ status: 404 })])
      const elsewhere = yield* Effect.provide(Profile.me, SpotifyTest.layer({ me: SpotifyTest.currentUser() }))
      assert.strictEqual(elsewhere.displayName, "Somebody")
      assert.strictEqual(reasonOf(yield* Effect.flip(Profile.me)), "NotFound")
    }).pipe(Effect.provide(me)))
})
