/** Albums over sockets, against the sandbox, in both quota modes. */
import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Albums from "../src/Albums.ts"
import * as Library from "../src/Library.ts"
import * as SpotifyTest from "../src/SpotifyTest.ts"
import { reasonOf } from "./support/Requests.ts"
import { signedIn } from "./support/SignedIn.ts"

const albums = Catalogue.albums.slice(0, 5)
const [first] = Catalogue.albums
const uris = albums.map(({ id }) => `spotify:album:${id}`)
const { unknown } = Catalogue.ids

for (const quotaMode of ["development", "extended"] as const) {
  const isExtended = quotaMode === "extended"

  describe(`in ${quotaMode} mode`, () => {
    it.live("I19: an album is looked up with its tracks, by id, URI or link", () =>
      Effect.gen(function*() {
        const { id = "", name, tracks } = first ?? {}
        for (const written of [id, `spotify:album:${id}`, `https://open.spotify.com/album/${id}?si=x`]) {
          const album = yield* Albums.get(written)
          assert.deepStrictEqual([album.id.toString(), album.name], [id, name])
          assert.deepStrictEqual<unknown>(album.tracks?.items.map((track) => track.id), tracks)
          assert.strictEqual(album.label === undefined, !isExtended)
          assert.strictEqual(album.popularity === undefined, !isExtended)
        }
        assert.isTrue((yield* Albums.get(id, { market: "DE" })).tracks?.items.every(({ isPlayable }) => isPlayable))
        assert.strictEqual(reasonOf(yield* Effect.flip(Albums.get(unknown))), "NotFound")
      }).pipe(Effect.provide(signedIn(quotaMode))))

    it.live("I19: many keep their order, one that nobody has is none, and the mode decides how they are asked for", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const asked = [...uris, unknown, uris[0] ?? ""]
        const found = yield* Albums.getMany(asked, { concurrency: 2 })
        assert.deepStrictEqual(
          found.map((album) => Option.getOrUndefined(album)?.uri),
          [...uris, undefined, uris[0]]
        )
        assert.strictEqual(yield* sandbox.count("GET /v1/albums"), 1)
        assert.strictEqual(yield* sandbox.count("GET /v1/albums/{id}"), isExtended ? 0 : uris.length + 1)
      }).pipe(Effect.provide(signedIn(quotaMode))))

    it.live("I19: saved ones are listed with when they were saved, a page at a time", () =>
      Effect.gen(function*() {
        yield* Library.save(uris)
        const saved = yield* Stream.runCollect(Albums.saved({ pageSize: 2 }))
        assert.sameMembers(saved.map(({ album }) => album.uri), uris)
        assert.isTrue(saved.every(({ addedAt }) => DateTime.isDateTime(addedAt)))
        const pages = yield* Stream.runCollect(Albums.saved({ pageSize: 2 }).pages)
        assert.deepStrictEqual(pages.map(({ items, total }) => [items.length, total]), [[2, 5], [2, 5], [1, 5]])
        const rest = yield* Stream.runCollect(Albums.saved({ from: pages[1]?.cursor }))
        assert.deepStrictEqual(rest, saved.slice(4))
      }).pipe(Effect.provide(signedIn(quotaMode))))
  })
}

describe("in extended mode alone", () => {
  it.live("single albums asked for at the same time make one request", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* Effect.forEach(uris, (uri) => Albums.get(uri), { concurrency: "unbounded" })
      assert.strictEqual(yield* sandbox.count("GET /v1/albums"), 1)
      assert.strictEqual(yield* sandbox.count("GET /v1/albums/{id}"), 0)
    }).pipe(Effect.provide(signedIn("extended", { quotaMode: "extended" }))))
})

describe("in tests of an app", () => {
  it.effect("an album is answered as the test says, and one that it does not give is its mistake", () =>
    Effect.gen(function*() {
      assert.strictEqual(reasonOf(yield* Effect.flip(Albums.get(unknown))), "NotFound")
      const exit = yield* Effect.exit(Stream.runDrain(Albums.saved()))
      assert.include(String(exit), "Give `answers: { \"albums.saved\": … }` to its layer")
    }).pipe(Effect.provide(SpotifyTest.layer({
      answers: { "albums.get": () => Effect.fail(SpotifyTest.Status({ status: 404 })) }
    }))))
})
