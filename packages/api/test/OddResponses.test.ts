/** Responses of which a part is invalid, and the responses of a mock server, through the operations. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Albums from "../src/Albums.ts"
import * as Artists from "../src/Artists.ts"
import * as Audio from "../src/Audio.ts"
import * as Search from "../src/Search.ts"

import * as Page from "../src/model/Page.ts"
import * as Profile from "../src/Profile.ts"
import type { ExtendedQuotaMode } from "../src/QuotaMode.ts"
import * as Recommendations from "../src/Recommendations.ts"
import type { CallEffect, PagedStream } from "../src/SpotifyClient.ts"
import type * as SpotifyTest from "../src/SpotifyTest.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

const idAt = (n: number): string => `track${String(n).padStart(17, "0")}`
const trackAt = (n: number) => ({ ...Answers.developmentTrack, id: idAt(n) })
const savedAt = (n: number) => ({ added_at: "2026-01-01T00:00:00Z", track: trackAt(n) })
const artist = {
  external_urls: {},
  href: "https://api.spotify.com/v1/artists/0gxyHStUsqpMadRV0Di1Qt",
  id: "0gxyHStUsqpMadRV0Di1Qt",
  name: "The Testers",
  type: "artist",
  uri: "spotify:artist:0gxyHStUsqpMadRV0Di1Qt"
}

const reasonOf = (error: { readonly reason?: { readonly _tag: string } }) => error.reason?._tag

// =============================================================================
// Rows
// =============================================================================

describe("odd rows", () => {
  const oddTrack = { ...trackAt(9), artists: [{ ...artist, name: null }] }
  const odd: Readonly<Record<string, unknown>> = {
    "no track": { added_at: "2026-01-01T00:00:00Z", track: null },
    "no time": { added_at: null, track: trackAt(9) },
    "a day that never was": { added_at: "2026-02-30T00:00:00Z", track: trackAt(9) },
    "an artist without a name": { added_at: "2026-01-01T00:00:00Z", track: oddTrack },
    "an episode": { added_at: "2026-01-01T00:00:00Z", track: { ...trackAt(9), type: "episode" } },
    "nothing at all": {},
    "null": null,
    "a text": "track",
    "a list": [],
    "a number": 7
  }

  for (const [what, row] of Object.entries(odd)) {
    it.effect(`a row that is ${what} does not end a list, and is counted (F105)`, () =>
      Effect.gen(function*() {
        const pages = yield* Stream.runCollect(Tracks.saved().pages)
        assert.deepStrictEqual(
          pages.map(({ items, skipped, total }) => [items.map(({ track }) => String(track.id)), skipped, total]),
          [[[idAt(0), idAt(1)], 1, 4]]
        )
      }).pipe(
        Effect.provide(
          ScriptedTransport.layer(answer(200, { items: [savedAt(0), row, savedAt(1)], next: null, total: 4 }))
        )
      ))
  }

  it.effect.prop(
    "whatever rows there are, those that can be read come in order and the others are counted (F105)",
    { rows: Schema.Array(Schema.Boolean) },
    ({ rows }) =>
      Effect.gen(function*() {
        const kinds = Object.values(odd)
        const items = rows.map((isGood, n) => isGood ? savedAt(n) : kinds[n % kinds.length])
        const wire = yield* ScriptedTransport.ScriptedTransport
        wire.outcomes = [answer(200, { items, next: null, total: items.length })]
        const [page] = yield* Stream.runCollect(Tracks.saved().pages)
        assert.deepStrictEqual(
          page?.items.map(({ track }) => String(track.id)),
          rows.flatMap((isGood, n) => isGood ? [idAt(n)] : [])
        )
        assert.strictEqual(page?.skipped, rows.filter((isGood) => !isGood).length)
      }).pipe(Effect.provide(ScriptedTransport.layer())),
    { arbitrary: { runs: 100 } }
  )

  it.effect("a page whose rows are all odd is not the last, in either kind of paging (F105)", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      const base = "https://api.spotify.com/v1"
      wire.outcomes = [
        answer(200, { items: [{}], offset: 0, total: 2, next: `${base}/me/tracks?offset=1` }),
        answer(200, { items: [savedAt(1)], offset: 1, total: 2, next: null }),
        answer(200, { artists: { items: [{}], total: 2, next: `${base}/me/following?after=a` } }),
        answer(200, { artists: { items: [artist, { ...artist, id: "" }], total: 2, next: null } })
      ]
      assert.lengthOf(yield* Stream.runCollect(Tracks.saved()), 1)
      const pages = yield* Stream.runCollect(Profile.followedArtists().pages)
      assert.deepStrictEqual(pages.map(({ items, skipped }) => [items.length, skipped]), [[0, 1], [1, 1]])
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("a list in an answer leaves them out, too (F105)", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [
        answer(200, { tracks: [oddTrack, trackAt(0), null] }),
        answer(200, { seeds: [{}, { id: "techno" }], tracks: [trackAt(0), {}] }),
        answer(200, { genres: ["techno", null, 7] })
      ]
      assert.lengthOf(yield* Artists.topTracks(artist.id), 1)
      const set = yield* Recommendations.get({ seedGenres: ["techno"] })
      assert.deepStrictEqual([set.seeds.length, set.tracks.length], [1, 1])
      assert.deepStrictEqual(yield* Recommendations.genreSeeds, ["techno"])
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("rows that answer one by one keep their places (F105)", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [
        answer(200, { tracks: [trackAt(0), oddTrack, null, trackAt(3)] }),
        answer(200, { audio_features: [{ id: idAt(0) }, null] })
      ]
      const tracks = yield* Tracks.getMany([0, 1, 2, 3].map(idAt))
      assert.deepStrictEqual(tracks.map(Option.isSome), [true, false, false, true])
      const features = yield* Audio.manyFeatures([0, 1].map(idAt))
      assert.deepStrictEqual(features.map(Option.isSome), [false, false])
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "extended" }))))

  it.effect("one by one, many tracks go without an odd one, but not without an answer (F105)", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [answer(200, trackAt(0)), answer(200, oddTrack), answer(200, trackAt(2))]
      const tracks = yield* Tracks.getMany([0, 1, 2].map(idAt), { concurrency: 1 })
      assert.deepStrictEqual(tracks.map(Option.isSome), [true, false, true])
      wire.outcomes = [answer(200, "<html>")]
      const error = yield* Effect.flip(Tracks.getMany([0, 1].map(idAt)))
      assert.strictEqual(error._tag === "SpotifyError" ? reasonOf(error) : error._tag, "UnexpectedResponse")
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "development" }))))

  it.effect("I19: an odd track by itself is an error that says where, also out of a batch (F105)", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [answer(200, { tracks: [trackAt(0), oddTrack] }), answer(200, oddTrack)]
      const [track, error] = yield* Effect.all([Tracks.get(idAt(0)), Effect.flip(Tracks.get(idAt(1)))], {
        concurrency: "unbounded"
      })
      assert.strictEqual<string | undefined>(track.id, idAt(0))
      assert.include(error.message, "artists.0.name")
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "extended" }))))

  it.effect("I19: what is odd about a page itself is an error that says where", () =>
    Effect.gen(function*() {
      for (const items of [undefined, null, "x", { 0: savedAt(0) }]) {
        const wire = yield* ScriptedTransport.ScriptedTransport
        wire.outcomes = [answer(200, { items, next: null })]
        assert.include((yield* Effect.flip(Stream.runDrain(Tracks.saved()))).message, "at items")
      }
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("a page survives being written and read again, with what it left out (F105)", () =>
    Effect.gen(function*() {
      const schema = Page.OffsetPage(Schema.String)
      const page = yield* Schema.decodeEffect(schema)({ items: ["a", null, 7, "b"], total: 4 })
      assert.deepStrictEqual<unknown>(page, { items: ["a", "b"], skipped: 2, total: 4 })
      assert.deepStrictEqual<unknown>(yield* Schema.encodeEffect(schema)(page), {
        items: ["a", "b", null, null],
        total: 4
      })
    }))
})

// =============================================================================
// Made-up responses
// =============================================================================

/** The responses of a server made from a description of the API: a value for each type, and one row in each list. */
const made = (() => {
  const urls = { spotify: "string" }
  const image = { url: "string", height: 0, width: 0 }
  const followers = { href: "string", total: 0 }
  const thing = (type: string) => ({ external_urls: urls, href: "string", id: "string", type, uri: "string" })
  const artist = { ...thing("artist"), name: "string" }
  const album = {
    ...thing("album"),
    album_type: "album",
    artists: [artist],
    available_markets: ["string"],
    images: [image],
    name: "string",
    release_date: "string",
    release_date_precision: "year",
    restrictions: { reason: "market" },
    total_tracks: 0
  }
  const simplified = {
    // A field that is no enumeration in the description gets any string.
    ...thing("string"),
    artists: [artist],
    available_markets: ["string"],
    disc_number: 0,
    duration_ms: 0,
    explicit: true,
    is_local: true,
    is_playable: true,
    linked_from: thing("string"),
    name: "string",
    preview_url: "string",
    restrictions: { reason: "string" },
    track_number: 0
  }
  const track = {
    ...simplified,
    type: "track",
    album,
    external_ids: { ean: "string", isrc: "string", upc: "string" },
    linked_from: {},
    popularity: 0
  }
  const page = (items: ReadonlyArray<unknown>) => ({
    href: "string",
    items,
    limit: 0,
    next: "string",
    offset: 0,
    previous: "string",
    total: 0
  })
  const full = { ...artist, followers, genres: ["string"], images: [image], popularity: 0 }
  const user = { ...thing("string"), display_name: "string", followers, images: [image] }
  const figures = {
    ...Object.fromEntries(
      [
        "acousticness",
        "danceability",
        "energy",
        "instrumentalness",
        "key",
        "liveness",
        "loudness",
        "mode",
        "speechiness",
        "tempo",
        "time_signature",
        "valence",
        "duration_ms"
      ].map((name) => [name, 0])
    ),
    analysis_url: "string",
    id: "string",
    track_href: "string",
    type: "audio_features",
    uri: "string"
  }
  const interval = { confidence: 0, duration: 0, start: 0 }
  const sound = {
    key: 0,
    key_confidence: 0,
    loudness: 0,
    mode: 0,
    mode_confidence: 0,
    tempo: 0,
    tempo_confidence: 0,
    time_signature: 0,
    time_signature_confidence: 0
  }
  const analysis = {
    bars: [interval],
    beats: [interval],
    meta: { analysis_time: 0, analyzer_version: "string", platform: "string", status_code: 0, timestamp: 0 },
    sections: [{ ...interval, ...sound }],
    segments: [{ ...interval, loudness_max: 0, loudness_max_time: 0, loudness_start: 0, pitches: [0], timbre: [0] }],
    tatums: [interval],
    track: { ...sound, codestring: "string", duration: 0, num_samples: 0, offset_seconds: 0, window_seconds: 0 }
  }
  const seed = {
    afterFilteringSize: 0,
    afterRelinkingSize: 0,
    href: "string",
    id: "string",
    initialPoolSize: 0,
    type: "string"
  }
  return { analysis, figures, full, page, seed, simplified, track, user }
})()

describe("a server made from a description of the API", () => {
  const { analysis, figures, full, page, seed, simplified, track, user } = made
  const id = Answers.trackId
  /** Takes the rows of the first page: the made-up `next` leads nowhere. */
  const first = <Item>(pages: PagedStream<Item>["pages"]) =>
    Effect.map(Stream.runCollect(Stream.take(pages, 1)), ([page]) => {
      assert.strictEqual(page?.skipped, 0)
      assert.lengthOf(page?.items ?? [], 1)
    })

  const operations: {
    readonly [Name in SpotifyTest.Operation]?: readonly [CallEffect<unknown, ExtendedQuotaMode>, unknown]
  } = {
    "albums.tracks": [first(Albums.tracks(id).pages), page([simplified])],
    "artists.topTracks": [Artists.topTracks(id), { tracks: [track] }],
    "audio.analysis": [Audio.analysis(id), analysis],
    "audio.features": [Audio.features(id), figures],
    "audio.manyFeatures": [Audio.manyFeatures([id]), { audio_features: [figures] }],
    "library.contains": [Tracks.isSaved([id]), [true]],
    "library.remove": [Tracks.remove([id]), ""],
    "library.save": [Tracks.save([id]), ""],
    "recommendations.genreSeeds": [Recommendations.genreSeeds, { genres: ["string"] }],
    "recommendations.get": [Recommendations.get({ seedGenres: ["x"] }), { seeds: [seed], tracks: [track] }],
    "search.tracks": [first(Search.tracks("x").pages), { tracks: page([track]) }],
    "tracks.get": [Tracks.get(id), track],
    "tracks.getMany": [Tracks.getMany([id, idAt(0)]), { tracks: [track, track] }],
    "tracks.saveAt": [Tracks.saveAt([{ id, addedAt: DateTime.makeUnsafe(0) }]), ""],
    "tracks.saved": [first(Tracks.saved().pages), page([{ added_at: "2026-01-01T00:00:00Z", track }])],
    "profile.followedArtists": [first(Profile.followedArtists().pages), { artists: { ...page([full]), cursors: {} } }],
    "profile.user": [Profile.user("someone"), user],
    "profile.me": [Profile.me, {
      ...user,
      account_id: "string",
      country: "string",
      email: "string",
      explicit_content: { filter_enabled: true, filter_locked: true },
      product: "string"
    }],
    "profile.topArtists": [first(Profile.topArtists().pages), page([full])],
    "profile.topTracks": [first(Profile.topTracks().pages), page([track])]
  }

  it.effect("is understood by every operation (F149)", () =>
    Effect.gen(function*() {
      for (const [name, [call, body]] of Object.entries(operations)) {
        const exit = yield* Effect.exit(Effect.provide(call, ScriptedTransport.layer(answer(200, body))))
        assert.strictEqual(exit._tag, "Success", name)
      }
    }))
})
