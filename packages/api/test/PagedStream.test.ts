/** Lists a page at a time, whatever their pages say comes next. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Ids from "../src/Ids.ts"
import * as Page from "../src/model/Page.ts"
import * as Profile from "../src/Profile.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import { base, idsUpTo, reasonOf, sent, trackAt } from "./support/Requests.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

describe("pages", () => {
  const savedAt = (n: number) => ({ added_at: "2026-01-01T00:00:00Z", track: trackAt(n) })
  const page = (items: ReadonlyArray<unknown>, next: string | null, more: object = {}) =>
    answer(200, { href: "x", limit: 2, offset: 0, previous: null, total: 4, items, next, ...more })
  const second = `${base}/me/tracks?offset=2&limit=2&locale=en`

  it.effect("are asked for as they are used", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [
        page([savedAt(0), savedAt(1)], second),
        page([savedAt(2), savedAt(3)], null, { offset: 2 })
      ]
      const two = yield* Tracks.saved({ pageSize: 2 }).pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual(two.map(({ track }) => track.id), idsUpTo(2).map((id) => Ids.TrackId.make(id)))
      assert.isTrue(DateTime.isDateTime(two[0]?.addedAt))
      assert.lengthOf(yield* sent, 1)
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("go on where `next` says, letter for letter, past rows that are withheld", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [page([null, null], second), page([savedAt(2), null], null, { offset: 2 })]
      const all = yield* Stream.runCollect(Tracks.saved({ market: "SE" }))
      assert.lengthOf(all, 1)
      assert.deepStrictEqual(yield* sent, [
        "GET /me/tracks?market=SE&limit=50",
        "GET /me/tracks?offset=2&limit=2&locale=en"
      ])
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("can be picked up by a later run", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [page([savedAt(0)], second), page([savedAt(1)], null, { offset: 2 })]
      const [first] = yield* Tracks.saved().pages.pipe(Stream.take(1), Stream.runCollect)
      assert.strictEqual(first?.total, 4)
      const from = yield* Schema.decodeEffect(Page.Cursor)(JSON.parse(JSON.stringify(first?.cursor)))
      const rest = yield* Stream.runCollect(Tracks.saved({ from }))
      assert.lengthOf(rest, 1)
      assert.deepStrictEqual((yield* sent)[1], "GET /me/tracks?offset=2&limit=2&locale=en")
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("of another list are no place to go on from", () =>
    Effect.gen(function*() {
      const from = Page.Cursor.make("/me/top/tracks?offset=20")
      assert.strictEqual(reasonOf(yield* Effect.flip(Stream.runDrain(Tracks.saved({ from })))), "InvalidArgument")
      assert.lengthOf(yield* sent, 0)
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("that come round again are an error, not a loop", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Stream.runDrain(Tracks.saved()))
      assert.strictEqual(reasonOf(error), "UnexpectedResponse")
      assert.include(error.message, "next")
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(ScriptedTransport.layer(page([savedAt(0)], second)))))

  it.effect("that are empty for ever come to an end", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [
        page([savedAt(0)], second),
        page([], `${base}/me/tracks?offset=4&limit=2`, { offset: 4 })
      ]
      assert.lengthOf(yield* Stream.runCollect(Tracks.saved()), 1)
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  for (
    const next of [
      "https://elsewhere.example/v1/me/tracks?offset=2",
      "https://api.spotify.com.elsewhere.example/v1/me/tracks?offset=2",
      "https://api.spotify.com@elsewhere.example/v1/me/tracks?offset=2",
      "http://api.spotify.com/v1/me/tracks?offset=2",
      "https://api.spotify.com:8443/v1/me/tracks?offset=2",
      "https://api.spotify.com/me/tracks?offset=2",
      "https://api.spotify.com/v1/me/tracks/?offset=2",
      "//elsewhere.example/v1/me/tracks?offset=2",
      "/v1/me/tracks?offset=2#x",
      "?offset=2"
    ]
  ) {
    it.effect(`I12: a next to ${next} is asked for at the base, and the token goes nowhere else (F99)`, () =>
      Effect.gen(function*() {
        const wire = yield* ScriptedTransport.ScriptedTransport
        wire.outcomes = [page([savedAt(0)], next), page([savedAt(1)], null, { offset: 2 })]
        assert.lengthOf(yield* Stream.runCollect(Tracks.saved()), 2)
        assert.deepStrictEqual(wire.sent.map(({ url }) => url), [
          `${base}/me/tracks?limit=50`,
          `${base}/me/tracks?offset=2`
        ])
      }).pipe(Effect.provide(ScriptedTransport.layer())))
  }

  it.effect.prop(
    "I12: whatever a next names, only the configured base gets a request (F99)",
    {
      origin: Schema.Literals([
        "https://api.spotify.com",
        "http://api.spotify.com",
        "https://elsewhere.example:8443",
        "https://gateway.example",
        "ftp://x",
        "//y",
        ""
      ]),
      prefix: Schema.Literals(["/v1", "/spotify/v1", "", "/a/b/c", "/v1/users"]),
      path: Schema.Literals(["/me/tracks", "/me/tracks/", "/me/player", "/me/tracks/contains", "", "/search"]),
      query: Schema.Record(Schema.String, Schema.String)
    },
    ({ origin, path, prefix, query }) =>
      Effect.gen(function*() {
        const gateway = "https://gateway.example/spotify/v1"
        const wire = yield* ScriptedTransport.ScriptedTransport
        const search = `${new URLSearchParams(query)}`
        const next = `${origin}${prefix}${path}?${search}`
        wire.outcomes = [page([savedAt(0)], next), page([savedAt(1)], null)]
        const call = Stream.runCollect(Tracks.saved()).pipe(
          Effect.provide(Layer.fresh(SpotifyClient.layer({ apiUrl: gateway })))
        )
        const exit = yield* Effect.exit(call)
        const isSameList = /^\/me\/tracks\/?$/.test(path) || `${origin}${prefix}${path}` === ""
        assert.strictEqual(exit._tag, isSameList ? "Success" : "Failure")
        for (const { url } of wire.sent) assert.isTrue(url.startsWith(`${gateway}/me/tracks`), url)
        if (exit._tag === "Success") {
          assert.strictEqual(`${new URL(wire.sent[1]?.url ?? "").searchParams}`, search)
        }
      }).pipe(Effect.provide(ScriptedTransport.layer())),
    { arbitrary: { runs: 200 } }
  )

  it.effect("an empty next is none (F99)", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* Stream.runCollect(Tracks.saved()), 1)
      assert.lengthOf(yield* sent, 1)
    }).pipe(Effect.provide(ScriptedTransport.layer(page([savedAt(0)], "")))))

  it.effect("the rows of a page whose next leads astray are had before the stream fails (F99)", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* Stream.runCollect(Stream.take(Tracks.saved(), 1)), 1)
    }).pipe(Effect.provide(ScriptedTransport.layer(page([savedAt(0)], "nonsense")))))

  for (
    const next of [
      "https://api.spotify.com/v1/me/player?offset=2",
      "https://api.spotify.com/v1/me/tracks/contains?offset=2",
      "https://api.spotify.com/v1/some/tracks",
      "nonsense"
    ]
  ) {
    it.effect(`a next to ${next} leads to no page of the list, and is not asked for (F99)`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Stream.runDrain(Tracks.saved()))
        assert.strictEqual(reasonOf(error), "UnexpectedResponse")
        assert.lengthOf(yield* sent, 1)
      }).pipe(Effect.provide(ScriptedTransport.layer(page([savedAt(0)], next)))))
  }

  it.effect.prop(
    "any split of a list into pages is the list",
    { sizes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))) },
    ({ sizes }) =>
      Effect.gen(function*() {
        const wire = yield* ScriptedTransport.ScriptedTransport
        const total = sizes.reduce((sum, size) => sum + size, 0)
        let offset = 0
        wire.outcomes = sizes.length === 0 ? [page([], null, { total: 0 })] : sizes.map((size, i) => {
          const items = Array.from({ length: size }, (_, n) => savedAt(offset + n))
          offset += size
          const next = i === sizes.length - 1 ? null : `${base}/me/tracks?offset=${offset}`
          return page(items, next, { offset: offset - size, total })
        })
        const all = yield* Stream.runCollect(Tracks.saved())
        assert.deepStrictEqual(all.map(({ track }) => String(track.id)), idsUpTo(total))
      }).pipe(Effect.provide(ScriptedTransport.layer())),
    { arbitrary: { runs: 200 } }
  )

  it.effect("of followed artists go on from artist to artist", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      const artists = (next: string | null, after: string | null) =>
        answer(200, { artists: { items: [], limit: 50, total: 2, cursors: { after }, next, href: "x" } })
      const id = "0gxyHStUsqpMadRV0Di1Qt"
      const artist = { name: "A", type: "artist", uri: `spotify:artist:${id}`, id, external_urls: {}, href: "x" }
      wire.outcomes = [
        answer(200, {
          artists: {
            items: [artist],
            limit: 1,
            total: 2,
            cursors: { after: "a" },
            next: `${base}/me/following?type=artist&after=a&limit=1`,
            href: "x"
          }
        }),
        artists(null, null)
      ]
      assert.lengthOf(yield* Stream.runCollect(Profile.followedArtists({ pageSize: 1 })), 1)
      assert.deepStrictEqual(yield* sent, [
        "GET /me/following?type=artist&limit=1",
        "GET /me/following?type=artist&after=a&limit=1"
      ])
    }).pipe(Effect.provide(ScriptedTransport.layer())))
})
