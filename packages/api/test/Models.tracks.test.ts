/** Tracks with the peculiarities that Spotify's have had. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { SavedTrack, Track } from "../src/model/Track.ts"
import * as Answers from "./support/Answers.ts"

const decodeTrack = Schema.decodeUnknownEffect(Track)
const decodeSavedTrack = Schema.decodeUnknownEffect(SavedTrack)

describe("Track", () => {
  it.effect("I19: reads what Development Mode sends; what it leaves out is absent, not made up", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack(Answers.developmentTrack)
      assert.strictEqual(track.name, "Green")
      assert.strictEqual(Duration.toMillis(track.duration), 213_573)
      assert.strictEqual(track.album.releaseDate, "1987-11")
      for (const absent of ["popularity", "availableMarkets", "linkedFrom", "previewUrl", "isPlayable"]) {
        assert.notProperty(track, absent)
      }
    }))

  it.effect("I19: reads what Extended Quota Mode sends", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack(Answers.extendedTrack)
      assert.strictEqual(track.popularity, 77)
      assert.deepStrictEqual(track.availableMarkets, ["DE", "SE"])
      assert.strictEqual(track.previewUrl, "https://p.scdn.co/mp3-preview/green")
      assert.strictEqual(track.externalIds.isrc, "GBARL9300135")
    }))

  it.effect("I19: reads a local file, which has no ids", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack(Answers.localTrack)
      assert.isTrue(track.isLocal)
      assert.strictEqual(Duration.toMillis(track.duration), 188_000)
      assert.notProperty(track, "id")
      assert.notProperty(track.album, "id")
      assert.notProperty(track.artists[0] ?? {}, "id")
      assert.deepStrictEqual(track.album.images, [])
      assert.deepStrictEqual(track.externalIds, {})
    }))

  it.effect("I19: reads a stand-in, new fields and values nobody announced", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack({
        ...Answers.extendedTrack,
        album: { ...Answers.extendedTrack.album, album_type: "EP", release_date_precision: "minute" },
        is_playable: false,
        linked_from: { external_urls: {}, href: null, id: null, type: "track", uri: null },
        restrictions: { reason: "weather" },
        brand_new: { field: 1 }
      })
      assert.strictEqual(track.album.albumType, "EP")
      assert.strictEqual(track.restrictions?.reason, "weather")
      assert.isFalse(track.isPlayable)
      assert.notProperty(track.linkedFrom ?? {}, "id")
      assert.notProperty(track, "brand_new")
    }))

  it.effect("I19: reads a preview that is left out, not only null", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack(Answers.without(Answers.extendedTrack, "preview_url"))
      assert.notProperty(track, "previewUrl")
    }))

  it.effect("I19: reads what a program passed on in its own way", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack({
        ...Answers.extendedTrack,
        type: "Track",
        album: { ...Answers.without(Answers.extendedTrack.album, "type"), images: [{ height: 0, url: "x", width: 0 }] },
        linked_from: null,
        restrictions: null
      })
      assert.strictEqual(track.type, "track")
      assert.strictEqual(track.album.type, "album")
    }))

  it.effect("I19: a float that is a whole number is one", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack(JSON.parse(
        JSON.stringify(Answers.extendedTrack).replace("213573", "213573.0").replace("77", "77.0")
          .replace("640", "640.0")
      ))
      assert.strictEqual(track.popularity, 77)
    }))

  it.effect("I19: reads numbers, flags and absences in other people's ways, and makes nothing up (F149)", () =>
    Effect.gen(function*() {
      for (
        const [what, change, field, expected] of [
          ["a number that is text", { track_number: "7" }, "trackNumber", 7],
          ["a number out of its range", { popularity: 101 }, "popularity", 101],
          ["a number that is not whole", { popularity: 77.5 }, "popularity", 77.5],
          ["a number below zero", { disc_number: -1 }, "discNumber", -1],
          ["a duration that is text", { duration_ms: "213573" }, "duration", Duration.millis(213_573)],
          ["a fraction of a millisecond", { duration_ms: 0.5 }, "duration", Duration.micros(500n)],
          ["yes or no as text", { explicit: "true" }, "explicit", true],
          ["yes or no as null", { explicit: null }, "explicit", undefined],
          ["yes or no left out", { explicit: undefined }, "explicit", undefined],
          ["an empty id", { id: "" }, "id", undefined],
          ["an id of another form", { id: "11dFghVXANMlKmJXsNCbN" }, "id", "11dFghVXANMlKmJXsNCbN"],
          ["an empty address", { preview_url: "" }, "previewUrl", undefined],
          ["restrictions without a reason", { restrictions: {} }, "restrictions", undefined],
          ["a reason that is null", { restrictions: { reason: null } }, "restrictions", undefined],
          ["a market that is null", { available_markets: [null, "DE"] }, "availableMarkets", ["DE"]],
          ["a kind that is none", { type: "string" }, "type", "track"],
          ["links that are null", { external_urls: { spotify: null } }, "externalUrls", {}]
        ] as const
      ) {
        const track = yield* decodeTrack(JSON.parse(JSON.stringify({ ...Answers.extendedTrack, ...change })))
        const value: unknown = Reflect.get(track, field)
        if (Duration.isDuration(expected)) {
          assert.isTrue(Duration.isDuration(value) && Duration.equals(value, expected), what)
        } else assert.deepStrictEqual<unknown>(value, expected, what)
        if (expected === undefined) assert.notProperty(track, field, what)
      }
    }))

  it.effect("I19: leaves out pictures without an address (F149)", () =>
    Effect.gen(function*() {
      const images = [{ url: null, width: 640, height: 640 }, { width: 1 }, null, { url: "x" }, { url: "" }]
      const track = yield* decodeTrack({
        ...Answers.extendedTrack,
        album: { ...Answers.extendedTrack.album, images }
      })
      assert.deepStrictEqual<unknown>(track.album.images, [{ url: "x" }])
    }))

  for (
    const [what, path, change] of [
      ["an episode in the shape of a track", "type", { type: "episode" }],
      ["a name that is null", "name", { name: null }],
      ["a URI that is null", "uri", { uri: null }],
      ["an id that is no text", "id", { id: 11 }],
      ["a negative duration", "duration_ms", { duration_ms: -1 }],
      ["a duration in words", "duration_ms", { duration_ms: "3:33" }],
      ["a duration beyond all numbers", "duration_ms", { duration_ms: "1e300" }],
      ["no album", "album", { album: null }],
      ["a show in place of the album", "album", { album: { ...Answers.extendedTrack.album, type: "show" } }],
      ["one Answers.extendedArtist in place of many", "artists", { artists: Answers.extendedArtist }],
      ["an artist without a name", "artists", { artists: [Answers.without(Answers.extendedArtist, "name")] }],
      ["a number for yes or no", "explicit", { explicit: 1 }],
      ["a number in words", "track_number", { track_number: "one" }],
      ["a number with a word behind it", "track_number", { track_number: "1st" }],
      ["a picture whose address is no text", "album", {
        album: { ...Answers.extendedTrack.album, images: [{ url: 1 }] }
      }],
      ["restrictions that are none", "restrictions", { restrictions: { reason: 1 } }],
      ["markets in one text", "available_markets", { available_markets: "DE,SE" }],
      ["a recording code that is none", "external_ids", { external_ids: { isrc: 5 } }]
    ] as const
  ) {
    it.effect(`I19: refuses ${what}, and says where`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(decodeTrack({ ...Answers.extendedTrack, ...change }))
        assert.include(error.message, `["${path}"]`)
      }))
  }
})

describe("SavedTrack", () => {
  it.effect("I19: knows when it was saved", () =>
    Effect.gen(function*() {
      const saved = yield* decodeSavedTrack({
        added_at: "2022-11-23T22:33:00Z",
        track: Answers.developmentTrack
      })
      assert.strictEqual(DateTime.formatIso(saved.addedAt), "2022-11-23T22:33:00.000Z")
      assert.strictEqual(saved.track.name, "Green")
    }))

  for (
    const [added_at, expected] of [
      ["2022-11-23T22:33Z", "2022-11-23T22:33:00.000Z"],
      ["2022-11-23T22:33:00+02:00", "2022-11-23T20:33:00.000Z"],
      ["2022-11-23T22:33:00.123456Z", "2022-11-23T22:33:00.123Z"],
      ["2022-11-23t22:33:00z", "2022-11-23T22:33:00.000Z"],
      ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"]
    ] as const
  ) {
    it.effect(`I19: reads ${added_at} as a time (F149)`, () =>
      Effect.gen(function*() {
        const saved = yield* decodeSavedTrack({ added_at, track: Answers.developmentTrack })
        assert.strictEqual(DateTime.formatIso(saved.addedAt), expected)
      }))
  }

  for (
    const added_at of [
      "",
      "yesterday",
      "2022",
      "2022-11-23",
      "1669242780",
      "2022-13-01T00:00:00Z",
      // Without an offset it could be any of two dozen; the next two are days that no calendar has.
      "2022-11-23T22:33:00",
      "2022-02-30T00:00:00Z",
      "2023-02-29T00:00:00Z",
      "+999999-01-01T00:00:00Z"
    ]
  ) {
    it.effect(`I19: refuses ${JSON.stringify(added_at)} as a time`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          decodeSavedTrack({ added_at, track: Answers.developmentTrack })
        )
        assert.include(error.message, "added_at")
      }))
  }
})
