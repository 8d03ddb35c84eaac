/** Pages with the peculiarities that Spotify's have had. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Artist } from "../src/model/Artist.ts"
import { CursorPage, OffsetPage } from "../src/model/Page.ts"
import { SimplifiedTrack } from "../src/model/Track.ts"
import * as Answers from "./support/Answers.ts"

const decodeTrackPage = Schema.decodeUnknownEffect(OffsetPage(SimplifiedTrack))
const decodeArtistPage = Schema.decodeUnknownEffect(CursorPage(Artist))

describe("Page", () => {
  it.effect("I19: leaves out rows that Spotify withholds, and counts them (F105)", () =>
    Effect.gen(function*() {
      const page = yield* decodeTrackPage({
        href: "https://api.spotify.com/v1/x",
        items: [null, Answers.simplifiedTrack, null],
        limit: 3,
        next: "https://api.spotify.com/v1/x?offset=3",
        offset: 0,
        previous: null,
        total: 100.0
      })
      assert.deepStrictEqual(page.items.map(({ name }) => name), ["Green"])
      assert.strictEqual(page.skipped, 2)
      assert.strictEqual(page.total, 100)
      assert.notProperty(page, "previous")
    }))

  it.effect("I19: reads one that says nothing but its rows", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual<unknown>(yield* decodeTrackPage({ items: [] }), {
        items: []
      })
      assert.deepStrictEqual<unknown>(
        yield* decodeArtistPage({ items: [], cursors: null, next: null }),
        { items: [] }
      )
    }))

  it.effect("I19: knows between which rows it is", () =>
    Effect.gen(function*() {
      const page = yield* decodeArtistPage({
        cursors: { after: "0gxyHStUsqpMadRV0Di1Qt", before: null },
        href: "https://api.spotify.com/v1/me/following",
        items: [Answers.extendedArtist],
        limit: 20,
        next: null,
        total: 1
      })
      assert.deepStrictEqual<unknown>(page.cursors, { after: "0gxyHStUsqpMadRV0Di1Qt" })
    }))

  it.effect("I19: an answer without rows is no empty page", () =>
    Effect.gen(function*() {
      for (const wrong of [{}, { items: null }, { items: { 0: Answers.simplifiedTrack } }, []]) {
        yield* Effect.flip(decodeTrackPage(wrong))
      }
    }))
})
