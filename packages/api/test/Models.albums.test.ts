/** Albums and artists with the peculiarities that Spotify's have had. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Album, SavedAlbum } from "../src/model/Album.ts"
import { Artist } from "../src/model/Artist.ts"
import * as Answers from "./support/Answers.ts"

const decodeAlbum = Schema.decodeUnknownEffect(Album)
const decodeSavedAlbum = Schema.decodeUnknownEffect(SavedAlbum)
const decodeArtist = Schema.decodeUnknownEffect(Artist)

describe("Album", () => {
  it.effect("I19: reads what Extended Quota Mode sends, and its first tracks", () =>
    Effect.gen(function*() {
      const read = yield* decodeAlbum(Answers.extendedAlbum)
      assert.strictEqual(read.label, "Assertion Records")
      assert.strictEqual(read.externalIds.upc, "00602547934239")
      assert.deepStrictEqual(read.tracks?.items.map(({ name }) => name), ["Green"])
      assert.strictEqual(read.tracks?.total, 1)
      assert.deepStrictEqual(read.copyrights, [{ text: "2020 Assertion Records", type: "C" }])
    }))

  it.effect("I19: reads what Development Mode sends; what it leaves out is absent", () =>
    Effect.gen(function*() {
      const read = yield* decodeAlbum(
        Answers.without(
          { ...Answers.extendedAlbum, label: null },
          "available_markets",
          "popularity",
          "genres",
          "external_ids",
          "copyrights"
        )
      )
      for (const absent of ["label", "popularity", "availableMarkets"]) assert.notProperty(read, absent)
      assert.deepStrictEqual(read.externalIds, {})
      assert.deepStrictEqual(read.genres, [])
    }))
})

describe("SavedAlbum", () => {
  it.effect("I19: reads an album and when it was saved", () =>
    Effect.gen(function*() {
      const read = yield* decodeSavedAlbum({ added_at: "2022-11-23T22:33:00Z", album: Answers.extendedAlbum })
      assert.strictEqual(DateTime.formatIso(read.addedAt), "2022-11-23T22:33:00.000Z")
      assert.deepStrictEqual(read.album, yield* decodeAlbum(Answers.extendedAlbum))
    }))
})

describe("Artist", () => {
  it.effect("I19: reads what both quota modes send; what Development Mode leaves out is absent", () =>
    Effect.gen(function*() {
      const extended = yield* decodeArtist(Answers.extendedArtist)
      assert.strictEqual(extended.followers?.total, 49_022_656)
      assert.deepStrictEqual(extended.genres, ["unit test"])
      const development = yield* decodeArtist(
        Answers.without({ ...Answers.extendedArtist, images: null }, "followers", "popularity", "genres")
      )
      assert.notProperty(development, "popularity")
      assert.notProperty(development, "followers")
      assert.deepStrictEqual(development.images, [])
    }))

  it.effect("I19: reads followers that were not counted", () =>
    Effect.gen(function*() {
      const read = yield* decodeArtist({ ...Answers.extendedArtist, followers: { href: null, total: null } })
      assert.deepStrictEqual<unknown>(read.followers, {})
    }))
})
