/** What each operation sends, and what it makes of the answer: over a scripted wire, so that the answer can be anything. */
import type { AuthError } from "@app/auth/AuthError"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Albums from "../src/Albums.ts"
import * as Artists from "../src/Artists.ts"
import * as Audio from "../src/Audio.ts"
import * as Ids from "../src/Ids.ts"
import * as Library from "../src/Library.ts"
import * as Page from "../src/model/Page.ts"
import * as Profile from "../src/Profile.ts"
import type { ExtendedQuotaMode } from "../src/QuotaMode.ts"
import * as Recommendations from "../src/Recommendations.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import type { SpotifyError } from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import * as InMemory from "./support/InMemory.ts"
import { answer } from "./support/InMemory.ts"

const base = "https://api.spotify.com/v1"

/** Distinct ids, the same each time. */
const idAt = (n: number): string => `track${String(n).padStart(17, "0")}`
const idsUpTo = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, i) => idAt(i))
const trackAt = (n: number) => ({ ...Answers.developmentTrack, id: idAt(n) })

/** Requests as `METHOD path?query`, below the API's base. */
const sent = Effect.map(
  InMemory.Wire,
  (wire) =>
    wire.sent.map(({ request, url }) =>
      `${request.method} ${decodeURIComponent(url.replace(base, "").replaceAll("+", " "))}`
    )
)

const reasonOf = (error: { readonly _tag: string }): string =>
  error._tag === "SpotifyError" ? (error as SpotifyError).reason._tag : error._tag

const forbidden = answer(403, { error: { status: 403, message: "Forbidden" } })

describe("Tracks.get", () => {
  it.effect("those who ask for the same at the same time make one request", () =>
    Effect.gen(function*() {
      const all = yield* Effect.replicateEffect(Tracks.get(Answers.trackId), 100, { concurrency: "unbounded" })
      assert.strictEqual(all.length, 100)
      assert.lengthOf(yield* sent, 1)
      yield* Tracks.get(Answers.trackId)
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(InMemory.layer(answer(200, Answers.developmentTrack)))))

  it.effect("another market is another question", () =>
    Effect.gen(function*() {
      yield* Effect.all([Tracks.get(Answers.trackId), Tracks.get(Answers.trackId, { market: "SE" })], {
        concurrency: "unbounded"
      })
      assert.sameMembers(yield* sent, [
        `GET /tracks/${Answers.trackId}`,
        `GET /tracks/${Answers.trackId}?market=SE`
      ])
    }).pipe(Effect.provide(InMemory.layer(answer(200, Answers.developmentTrack)))))

  it.effect("a shared request goes on while anyone waits for it, and ends with the last", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      const first = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      const second = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      yield* Fiber.interrupt(first)
      // Had it been interrupted with the first, this would be a second request.
      const third = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      assert.lengthOf(wire.sent, 1)
      yield* Fiber.interrupt(second)
      yield* Fiber.interrupt(third)
      wire.outcomes = [answer(200, Answers.developmentTrack)]
      yield* Tracks.get(Answers.trackId)
      assert.lengthOf(wire.sent, 2)
    }).pipe(Effect.provide(InMemory.layer({ _tag: "Hang" }))))

  it.effect("a call with a policy of its own shares nobody else's", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      const patient = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      const quick = yield* Tracks.get(Answers.trackId).pipe(
        Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.once, attemptTimeout: "1 second" }),
        Effect.flip,
        Effect.forkChild({ startImmediately: true })
      )
      assert.lengthOf(wire.sent, 2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(reasonOf(yield* Fiber.join(quick)), "Timeout")
      yield* Fiber.interrupt(patient)
    }).pipe(Effect.provide(InMemory.layer({ _tag: "Hang" }))))

  it.effect("in Extended Quota Mode, different tracks at the same time make one request", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [answer(200, { tracks: [trackAt(0), null, trackAt(2)] })]
      const [first, unknown, third] = yield* Effect.all(
        [Tracks.get(idAt(0)), Effect.flip(Tracks.get(idAt(1))), Tracks.get(idAt(2))],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([first.id, third.id], [idAt(0), idAt(2)])
      assert.strictEqual(reasonOf(unknown), "NotFound")
      assert.deepStrictEqual(yield* sent, [`GET /tracks?ids=${idsUpTo(3).join(",")}`])
    }).pipe(Effect.provide(InMemory.layerOf({ quotaMode: "extended" }))))

  it.effect("an app that is not served batches gets its tracks one by one", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [forbidden, answer(200, Answers.developmentTrack)]
      const tracks = yield* Effect.all([Tracks.get(idAt(0)), Tracks.get(idAt(1))], { concurrency: "unbounded" })
      assert.lengthOf(tracks, 2)
      assert.lengthOf(yield* sent, 3)
    }).pipe(Effect.provide(InMemory.layerOf({ quotaMode: "extended" }))))
})

describe("Tracks.getMany", () => {
  it.effect("asks for 50 at a time, each id once, and answers in order with explicit absence", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [
        answer(200, { tracks: idsUpTo(50).map((_, i) => i === 7 ? null : trackAt(i)) }),
        answer(200, { tracks: [trackAt(50)] })
      ]
      const asked = [...idsUpTo(51), idAt(0), `spotify:track:${idAt(7)}`]
      const tracks = yield* Tracks.getMany(asked, { concurrency: 1 })
      assert.deepStrictEqual(
        tracks.map((track) => Option.getOrUndefined(track)?.id),
        [
          ...idsUpTo(51).map((id, i) => i === 7 ? undefined : Ids.TrackId.make(id)),
          Ids.TrackId.make(idAt(0)),
          undefined
        ]
      )
      assert.deepStrictEqual(yield* sent, [
        `GET /tracks?ids=${idsUpTo(50).join(",")}`,
        `GET /tracks?ids=${idAt(50)}`
      ])
    }).pipe(Effect.provide(InMemory.layerOf({ quotaMode: "extended" }))))

  it.effect("asks one by one in Development Mode, and sends no batch in vain", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [answer(200, trackAt(0)), answer(404), answer(200, trackAt(2))]
      const tracks = yield* Tracks.getMany(idsUpTo(3), { concurrency: 1 })
      assert.deepStrictEqual(tracks.map(Option.isSome), [true, false, true])
      assert.deepStrictEqual(yield* sent, idsUpTo(3).map((id) => `GET /tracks/${id}`))
    }).pipe(Effect.provide(InMemory.layerOf({ quotaMode: "development" }))))

  it.effect("finds out the mode with one batch where nobody said it, and remembers", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [forbidden, answer(200, Answers.developmentTrack)]
      yield* Tracks.getMany(idsUpTo(2))
      yield* Tracks.getMany(idsUpTo(2))
      assert.deepStrictEqual(
        (yield* sent).map((request) => request.startsWith("GET /tracks?")),
        [true, false, false, false, false]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  const isBatch = (request: string): boolean => request.startsWith("GET /tracks?")
  const both = answer(200, { tracks: [trackAt(0), trackAt(1)] })

  for (
    const [name, refusal] of [
      ["a page", answer(403, "<html><title>Blocked</title></html>", { "content-type": "text/html" })],
      ["a text", answer(403, "Access denied")],
      ["nothing", answer(403, "")],
      ["JSON of a gateway", answer(403, { message: "Forbidden" })],
      ["a page, as a 401", answer(401, "<html></html>")],
      ["a page, as a 404", answer(404, "<html></html>")]
    ] as const
  ) {
    it.effect(`learns nothing of the mode from a refusal that is ${name} (F127)`, () =>
      Effect.gen(function*() {
        const wire = yield* InMemory.Wire
        wire.outcomes = [refusal, ...(refusal.status === 403 ? [0, 1].map((n) => answer(200, trackAt(n))) : []), both]
        const exit = yield* Effect.exit(Tracks.getMany(idsUpTo(2)))
        // A refused batch is asked for one by one: what is in between may let that pass.
        assert.strictEqual(exit._tag, refusal.status === 403 ? "Success" : "Failure")
        const { length } = yield* sent
        yield* Tracks.getMany(idsUpTo(2))
        assert.deepStrictEqual((yield* sent).slice(length).map(isBatch), [true])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("learns nothing of the mode from a page that comes as a success (F127)", () =>
    Effect.gen(function*() {
      const { quotaMode } = yield* SpotifyClient.SpotifyClient
      yield* Effect.flip(Tracks.getMany(idsUpTo(2)))
      assert.isUndefined(yield* quotaMode)
      yield* Tracks.getMany(idsUpTo(2))
      assert.strictEqual(yield* quotaMode, "extended")
    }).pipe(Effect.provide(InMemory.layer(answer(200, "<html></html>", { "content-type": "text/html" }), both))))

  it.effect("asks about the mode again after an hour (F127)", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [forbidden, answer(200, trackAt(0)), answer(200, trackAt(1)), answer(200, trackAt(0))]
      yield* Tracks.getMany(idsUpTo(2), { concurrency: 1 })
      yield* TestClock.adjust("59 minutes")
      yield* Tracks.getMany(idsUpTo(2), { concurrency: 1 })
      yield* TestClock.adjust("1 minute")
      wire.outcomes = [both]
      yield* Tracks.getMany(idsUpTo(2))
      assert.deepStrictEqual((yield* sent).map(isBatch), [true, false, false, false, false, true])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("no more than so many at a time", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      yield* Effect.forkChild(Tracks.getMany(idsUpTo(20), { concurrency: 3 }), { startImmediately: true })
      assert.lengthOf(wire.sent, 3)
    }).pipe(Effect.provide(InMemory.layerOf({ quotaMode: "development" }, { _tag: "Hang" }))))

  it.effect("nothing is sent for no ids, or for one that is none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Tracks.getMany([]), [])
      assert.strictEqual(reasonOf(yield* Effect.flip(Tracks.getMany([idAt(0), "?"]))), "InvalidArgument")
      assert.lengthOf(yield* sent, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("an answer of another length is not matched up by guesswork", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.getMany(idsUpTo(2)))
      assert.strictEqual(reasonOf(error), "UnexpectedResponse")
    }).pipe(Effect.provide(InMemory.layer(answer(200, { tracks: [trackAt(0)] })))))
})

describe("pages", () => {
  const savedAt = (n: number) => ({ added_at: "2026-01-01T00:00:00Z", track: trackAt(n) })
  const page = (items: ReadonlyArray<unknown>, next: string | null, more: object = {}) =>
    answer(200, { href: "x", limit: 2, offset: 0, previous: null, total: 4, items, next, ...more })
  const second = `${base}/me/tracks?offset=2&limit=2&locale=en`

  it.effect("are asked for as they are used", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [
        page([savedAt(0), savedAt(1)], second),
        page([savedAt(2), savedAt(3)], null, { offset: 2 })
      ]
      const two = yield* Tracks.saved({ pageSize: 2 }).pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual(two.map(({ track }) => track.id), idsUpTo(2).map((id) => Ids.TrackId.make(id)))
      assert.isTrue(DateTime.isDateTime(two[0]?.addedAt))
      assert.lengthOf(yield* sent, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("go on where `next` says, letter for letter, past rows that are withheld", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [page([null, null], second), page([savedAt(2), null], null, { offset: 2 })]
      const all = yield* Stream.runCollect(Tracks.saved({ market: "SE" }))
      assert.lengthOf(all, 1)
      assert.deepStrictEqual(yield* sent, [
        "GET /me/tracks?market=SE&limit=50",
        "GET /me/tracks?offset=2&limit=2&locale=en"
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("can be picked up by a later run", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [page([savedAt(0)], second), page([savedAt(1)], null, { offset: 2 })]
      const [first] = yield* Tracks.saved().pages.pipe(Stream.take(1), Stream.runCollect)
      assert.strictEqual(first?.total, 4)
      const from = yield* Schema.decodeEffect(Page.Cursor)(JSON.parse(JSON.stringify(first?.cursor)))
      const rest = yield* Stream.runCollect(Tracks.saved({ from }))
      assert.lengthOf(rest, 1)
      assert.deepStrictEqual((yield* sent)[1], "GET /me/tracks?offset=2&limit=2&locale=en")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of another list are no place to go on from", () =>
    Effect.gen(function*() {
      const from = Page.Cursor.make("/me/top/tracks?offset=20")
      assert.strictEqual(reasonOf(yield* Effect.flip(Stream.runDrain(Tracks.saved({ from })))), "InvalidArgument")
      assert.lengthOf(yield* sent, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("that come round again are an error, not a loop", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Stream.runDrain(Tracks.saved()))
      assert.strictEqual(reasonOf(error), "UnexpectedResponse")
      assert.include(error.message, "next")
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(InMemory.layer(page([savedAt(0)], second)))))

  it.effect("that are empty for ever come to an end", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [
        page([savedAt(0)], second),
        page([], `${base}/me/tracks?offset=4&limit=2`, { offset: 4 })
      ]
      assert.lengthOf(yield* Stream.runCollect(Tracks.saved()), 1)
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(InMemory.layer())))

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
        const wire = yield* InMemory.Wire
        wire.outcomes = [page([savedAt(0)], next), page([savedAt(1)], null, { offset: 2 })]
        assert.lengthOf(yield* Stream.runCollect(Tracks.saved()), 2)
        assert.deepStrictEqual(wire.sent.map(({ url }) => url), [
          `${base}/me/tracks?limit=50`,
          `${base}/me/tracks?offset=2`
        ])
      }).pipe(Effect.provide(InMemory.layer())))
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
        const wire = yield* InMemory.Wire
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
      }).pipe(Effect.provide(InMemory.layer())),
    { arbitrary: { runs: 200 } }
  )

  it.effect("an empty next is none (F99)", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* Stream.runCollect(Tracks.saved()), 1)
      assert.lengthOf(yield* sent, 1)
    }).pipe(Effect.provide(InMemory.layer(page([savedAt(0)], "")))))

  it.effect("the rows of a page whose next leads astray are had before the stream fails (F99)", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* Stream.runCollect(Stream.take(Tracks.saved(), 1)), 1)
    }).pipe(Effect.provide(InMemory.layer(page([savedAt(0)], "nonsense")))))

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
      }).pipe(Effect.provide(InMemory.layer(page([savedAt(0)], next)))))
  }

  it.effect.prop(
    "any split of a list into pages is the list",
    { sizes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))) },
    ({ sizes }) =>
      Effect.gen(function*() {
        const wire = yield* InMemory.Wire
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
      }).pipe(Effect.provide(InMemory.layer())),
    { arbitrary: { runs: 200 } }
  )

  it.effect("of followed artists go on from artist to artist", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
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
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the library", () => {
  it.effect("takes 40 URIs at a time, in the query, in order", () =>
    Effect.gen(function*() {
      const ids = idsUpTo(41)
      yield* Tracks.save(ids)
      yield* Tracks.remove(ids.slice(0, 1))
      yield* Profile.follow(["spotify:user:some.one", "https://open.spotify.com/artist/0gxyHStUsqpMadRV0Di1Qt"])
      const uris = ids.map((id) => `spotify:track:${id}`)
      assert.deepStrictEqual(yield* sent, [
        `PUT /me/library?uris=${uris.slice(0, 40).join(",")}`,
        `PUT /me/library?uris=${uris.slice(40).join(",")}`,
        `DELETE /me/library?uris=${uris[0]}`,
        "PUT /me/library?uris=spotify:user:some.one,spotify:artist:0gxyHStUsqpMadRV0Di1Qt"
      ])
    }).pipe(Effect.provide(InMemory.layer(answer(200, "")))))

  for (
    const [status, body] of [[200, ""], [200, "9h5npEXfBOvTJweMy83FqSmeRcc"], [201, "{}"], [202, ""], [
      204,
      ""
    ]] as const
  ) {
    it.effect(`a write is done with ${status} and "${body}"`, () =>
      Tracks.save([idAt(0)]).pipe(Effect.provide(InMemory.layer(answer(status, body)))))
  }

  it.effect("tells for each whether it is there, however many", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [answer(200, idsUpTo(40).map((_, i) => i % 2 === 0)), answer(200, [true])]
      const saved = yield* Tracks.isSaved(idsUpTo(41))
      assert.deepStrictEqual(saved, idsUpTo(41).map((_, i) => i % 2 === 0))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("does not guess when answers are missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.isSaved(idsUpTo(2)))
      assert.strictEqual(reasonOf(error), "UnexpectedResponse")
    }).pipe(Effect.provide(InMemory.layer(answer(200, [true])))))

  it.effect("links are taken as people hand them on (F96)", () =>
    Effect.gen(function*() {
      yield* Profile.follow(["open.spotify.com/user/some.one?si=x", "<SPOTIFY:artist:0gxyHStUsqpMadRV0Di1Qt>"])
      yield* Tracks.save([`spotify:track:${idAt(0)}#0:38`])
      yield* Library.save(["https://embed.spotify.com/?uri=spotify%3Aalbum%3A6eUW0wxWtzkFdaEFsTJto6"])
      assert.deepStrictEqual(yield* sent, [
        "PUT /me/library?uris=spotify:user:some.one,spotify:artist:0gxyHStUsqpMadRV0Di1Qt",
        `PUT /me/library?uris=spotify:track:${idAt(0)}`,
        "PUT /me/library?uris=spotify:album:6eUW0wxWtzkFdaEFsTJto6"
      ])
    }).pipe(Effect.provide(InMemory.layer(answer(200, "")))))

  it.effect("a 404 names what the request asked for, since Spotify does not say which of it is unknown (F142)", () =>
    Effect.gen(function*() {
      const several = yield* Effect.flip(Tracks.save(idsUpTo(45)))
      assert.isTrue(several._tag === "SpotifyError" && several.reason._tag === "NotFound")
      assert.deepStrictEqual(
        several._tag === "SpotifyError" && several.reason._tag === "NotFound" ? several.reason.asked : [],
        idsUpTo(40).map((id) => `spotify:track:${id}`)
      )
      assert.include(several.message, "at least one of the 40 asked for at once")
      assert.include(several.message, `spotify:track:${idAt(0)}`)
      assert.include(several.message, "and 35 more")
      assert.isBelow(several.message.length, 600)
      for (
        const [call, name] of [
          [Tracks.get(idAt(1)), `under ${idAt(1)} `],
          [Tracks.save([idAt(2)]), `under spotify:track:${idAt(2)} `],
          [Stream.runDrain(Albums.tracks(idAt(3))), `under ${idAt(3)} `],
          [Profile.user("some.one"), "under some.one "],
          [Audio.manyFeatures([idAt(4), idAt(5)]), `${idAt(4)}, ${idAt(5)}. `],
          [Tracks.saveAt([{ id: idAt(6), addedAt: DateTime.makeUnsafe(0) }]), `under ${idAt(6)} `],
          [Profile.me, "nothing there"]
        ] as const
      ) {
        const error = yield* Effect.flip<
          unknown,
          SpotifyError | AuthError,
          SpotifyClient.SpotifyClient | ExtendedQuotaMode
        >(
          call
        )
        assert.include(error.message, name)
      }
    }).pipe(Effect.provide(InMemory.layer(answer(404, { error: { status: 404, message: "Resource not found" } })))))

  it.effect("sends nothing for a mistake, or for nothing", () =>
    Effect.gen(function*() {
      yield* Library.save([])
      for (
        const mistake of [
          Library.save(["spotify:album:short"]),
          Profile.follow([`spotify:track:${idAt(0)}`]),
          Tracks.save([idAt(0), "spotify:album:6eUW0wxWtzkFdaEFsTJto6"])
        ]
      ) {
        assert.strictEqual(reasonOf(yield* Effect.flip(mistake)), "InvalidArgument")
      }
      assert.lengthOf(yield* sent, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes tracks as of other times", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      yield* Tracks.saveAt([{ id: idAt(0), addedAt: DateTime.makeUnsafe("2020-02-02T02:02:02Z") }])
      const body = wire.sent[0]?.request.body
      assert.deepStrictEqual(
        body?._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(body.body)) : body,
        { timestamped_ids: [{ id: idAt(0), added_at: "2020-02-02T02:02:02.000Z" }] }
      )
    }).pipe(Effect.provide(InMemory.layer(answer(200, "")))))
})

describe("people", () => {
  it.effect.prop(
    "any person's id arrives at the server as it is",
    { id: Ids.UserId },
    ({ id }) =>
      Effect.gen(function*() {
        const wire = yield* InMemory.Wire
        yield* Profile.user(Ids.User.uri(id))
        const path = new URL(wire.sent[0]?.url ?? "").pathname
        assert.strictEqual(decodeURIComponent(path.slice("/v1/users/".length)), id)
      }).pipe(Effect.provide(InMemory.layer(answer(200, Answers.developmentUser)))),
    { arbitrary: { runs: 200 } }
  )

  it.effect("the profile is asked for once at a time", () =>
    Effect.gen(function*() {
      yield* Effect.replicateEffect(Profile.me, 10, { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* sent, ["GET /me"])
    }).pipe(Effect.provide(InMemory.layer(answer(200, Answers.developmentUser)))))
})

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
      }).pipe(Effect.provide(InMemory.layer(forbidden))))

    it.effect(`${name} is not sent for an app that is known to be in Development Mode`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(call)
        assert.strictEqual(reasonOf(error), "Forbidden")
        assert.lengthOf(yield* sent, 0)
      }).pipe(Effect.provide(InMemory.layerOf({ quotaMode: "development" }))))
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

describe("Audio and Recommendations", () => {
  it.effect("features come in order, with explicit absence, 100 at a time", () =>
    Effect.gen(function*() {
      const wire = yield* InMemory.Wire
      wire.outcomes = [
        answer(200, { audio_features: idsUpTo(100).map(() => null) }),
        answer(200, { audio_features: [null] })
      ]
      const features = yield* Audio.manyFeatures(idsUpTo(101))
      assert.lengthOf(features, 101)
      assert.isTrue(features.every(Option.isNone))
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("seeds and bounds go by Spotify's names", () =>
    Effect.gen(function*() {
      yield* Recommendations.get({
        seedArtists: ["spotify:artist:0gxyHStUsqpMadRV0Di1Qt"],
        seedGenres: ["ambient", "drone"],
        limit: 5,
        market: "NO",
        bounds: { min_energy: 0.4, target_tempo: 120 }
      })
      assert.deepStrictEqual(yield* sent, [
        "GET /recommendations?seed_artists=0gxyHStUsqpMadRV0Di1Qt&seed_genres=ambient,drone&market=NO&limit=5&min_energy=0.4&target_tempo=120"
      ])
      for (const seedGenres of [[], ["a", "b", "c", "d", "e", "f"]]) {
        assert.strictEqual(reasonOf(yield* Effect.flip(Recommendations.get({ seedGenres }))), "InvalidArgument")
      }
    }).pipe(Effect.provide(InMemory.layer(answer(200, { seeds: [], tracks: [] })))))
})
