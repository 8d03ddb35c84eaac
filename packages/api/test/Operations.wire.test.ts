/** Every operation over sockets, against the sandbox, as a person who has granted everything. */
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Fault, People, Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Albums from "../src/Albums.ts"
import * as Artists from "../src/Artists.ts"
import * as Audio from "../src/Audio.ts"
import * as UndiciHttpClient from "../src/node/UndiciHttpClient.ts"
import * as Profile from "../src/Profile.ts"
import type { QuotaMode } from "../src/QuotaMode.ts"
import * as Recommendations from "../src/Recommendations.ts"
import * as Search from "../src/Search.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import { signIn } from "./support/SignIn.ts"

const tracks = Catalogue.tracks.map(({ id }) => id)
const artist = `spotify:artist:${Catalogue.artists[0]?.id}`

/** A client of a person who has just signed in, in front of a sandbox in that mode. */
const signedIn = (quotaMode: QuotaMode, client: SpotifyClient.Options = {}) =>
  Layer.unwrap(Effect.gen(function*() {
    const sandbox = yield* Sandbox.Sandbox
    return SpotifyClient.layer({ apiUrl: sandbox.apiUrl, ...client }).pipe(
      Layer.provide(TokenService.layer(yield* signIn))
    )
  })).pipe(
    Layer.provide([TokenStore.layerMemory, UndiciHttpClient.layer(), NodeCrypto.layer]),
    Layer.provideMerge(Sandbox.layer({ quotaMode, legacy: quotaMode === "extended" }))
  )

for (const quotaMode of ["development", "extended"] as const) {
  describe(`in ${quotaMode} mode`, () => {
    it.live("I19: tracks: looked up, many, of an album, searched for", () =>
      Effect.gen(function*() {
        const asked = [...tracks, Catalogue.ids.unknown, tracks[0] ?? ""]
        const found = yield* Tracks.getMany(asked)
        assert.deepStrictEqual(
          found.map((track) => Option.getOrUndefined(track)?.id?.toString()),
          asked.map((id) => id === Catalogue.ids.unknown ? undefined : id)
        )
        for (const album of Catalogue.albums) {
          const onIt = yield* Stream.runCollect(Albums.tracks(album.id, { pageSize: 3 }))
          assert.deepStrictEqual<ReadonlyArray<unknown>>(onIt.map(({ id }) => id), album.tracks)
        }
        const name = Catalogue.tracks[0]?.name ?? ""
        const results = yield* Search.tracks(name).pipe(Stream.take(1), Stream.runCollect)
        assert.strictEqual(results[0]?.name, name)
      }).pipe(Effect.provide(signedIn(quotaMode))))

    it.live("I19: the library: saved, listed the latest first, taken out", () =>
      Effect.gen(function*() {
        yield* Tracks.save(tracks)
        const saved = yield* Stream.runCollect(Tracks.saved({ pageSize: 4 }))
        assert.sameMembers(saved.map(({ track }) => track.id?.toString()), tracks)
        assert.isTrue(DateTime.isDateTime(saved[0]?.addedAt))
        yield* Tracks.remove(tracks.slice(0, 2))
        assert.deepStrictEqual(yield* Tracks.isSaved(tracks.slice(0, 3)), [false, false, true])
      }).pipe(Effect.provide(signedIn(quotaMode))))

    it.live("I19: people: the one signed in, whom they follow, what they like", () =>
      Effect.gen(function*() {
        const me = yield* Profile.me
        assert.strictEqual(me.id.toString(), People.sandy.id)
        assert.isString(me.accountId)
        assert.strictEqual(me.product, quotaMode === "extended" ? "premium" : undefined)
        yield* Profile.follow([artist, `spotify:user:${encodeURIComponent(People.quiet.id)}`])
        assert.deepStrictEqual(yield* Profile.isFollowing([artist]), [true])
        const followed = yield* Stream.runCollect(Profile.followedArtists({ pageSize: 1 }))
        assert.deepStrictEqual(followed.map(({ uri }) => uri), [artist])
        yield* Profile.unfollow([artist])
        assert.deepStrictEqual(yield* Profile.isFollowing([artist]), [false])
        assert.isNotEmpty(yield* Stream.runCollect(Profile.topTracks({ timeRange: "short_term", pageSize: 5 })))
        assert.isNotEmpty(yield* Stream.runCollect(Profile.topArtists({ pageSize: 2 })))
      }).pipe(Effect.provide(signedIn(quotaMode))))
  })
}

describe("in extended mode alone", () => {
  it.live("I19: what Development Mode is not served", () =>
    Effect.gen(function*() {
      const [id = ""] = tracks
      const quiet = yield* Profile.user(People.quiet.id)
      assert.strictEqual<unknown>(quiet.id, People.quiet.id)
      assert.isNotEmpty(yield* Artists.topTracks(artist))
      const addedAt = DateTime.makeUnsafe("2020-02-02T02:02:02Z")
      yield* Tracks.saveAt([{ id, addedAt }])
      const [saved] = yield* Stream.runCollect(Tracks.saved())
      assert.strictEqual(saved?.addedAt.epochMilliseconds, addedAt.epochMilliseconds)
      assert.strictEqual((yield* Audio.features(id)).id.toString(), id)
      const features = yield* Audio.manyFeatures([id, Catalogue.ids.unknown])
      assert.deepStrictEqual(features.map(Option.isSome), [true, false])
      assert.isNotEmpty((yield* Audio.analysis(id)).segments)
      const genres = yield* Recommendations.genreSeeds
      const { tracks: recommended } = yield* Recommendations.get({ seedGenres: genres.slice(0, 2), limit: 3 })
      assert.lengthOf(recommended, 3)
    }).pipe(Effect.provide(signedIn("extended"))))

  it.live("single tracks asked for at the same time make one request", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* Effect.forEach(tracks, (id) => Tracks.get(id), { concurrency: "unbounded" })
      assert.strictEqual(yield* sandbox.count("GET /v1/tracks"), 1)
      assert.strictEqual(yield* sandbox.count("GET /v1/tracks/{id}"), 0)
    }).pipe(Effect.provide(signedIn("extended", { quotaMode: "extended" }))))
})

describe("as Spotify really answers", () => {
  const saved = "GET /v1/me/tracks"
  for (const fault of [Fault.Floats({ times: "always" }), Fault.NullRow({}), Fault.Total({ total: 1 })]) {
    it.live(`I19: pages survive ${fault._tag}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* Tracks.save(tracks.slice(0, 5))
        yield* sandbox.inject(saved, fault)
        const all = yield* Stream.runCollect(Tracks.saved({ pageSize: 2 }))
        assert.lengthOf(all, fault._tag === "NullRow" ? 4 : 5)
      }).pipe(Effect.provide(signedIn("development"))))
  }

  for (const next of [undefined, "https://elsewhere.example/v1/me/tracks?offset=2"]) {
    it.live(`I12: a next ${next === undefined ? "that loops" : "elsewhere"} ends the stream with an error`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* Tracks.save(tracks.slice(0, 5))
        yield* sandbox.inject(saved, Fault.NextPage({ times: "always", ...(next !== undefined && { next }) }))
        const error = yield* Effect.flip(Stream.runDrain(Tracks.saved({ pageSize: 2 })))
        assert.isTrue(error._tag === "SpotifyError" && error.reason._tag === "UnexpectedResponse")
        assert.isAtMost(yield* sandbox.count(saved), 2)
      }).pipe(Effect.provide(signedIn("development"))))
  }

  it.live("a write that is answered with a random word is done", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("PUT /v1/me/library", Fault.PlainText({}))
      yield* Tracks.save(tracks.slice(0, 1))
      assert.deepStrictEqual(yield* Tracks.isSaved(tracks.slice(0, 1)), [true])
    }).pipe(Effect.provide(signedIn("development"))))
})
