import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Track } from "../src/Track.ts"
import { CurrentUser } from "../src/User.ts"
import * as Answers from "./Answers.ts"

const decodeTrack = Schema.decodeUnknownEffect(Track)
const decodeUser = Schema.decodeUnknownEffect(CurrentUser)

/** Through the JSON text that really travels, unless the engine reads it back wrong. */
const throughTheWire = <S extends Schema.Codec<unknown, unknown>>(schema: S) => {
  const encode = Schema.encodeEffect(schema)
  const decode = Schema.decodeUnknownEffect(schema)
  return (value: S["Type"]) =>
    Effect.flatMap(encode(value), (wire) => {
      const text = JSON.stringify(wire)
      const read: unknown = JSON.parse(text)
      // Node 24 can take an escaped key, `"\u0000"`, for one of the same shape that it has met before.
      return decode(JSON.stringify(read) === text ? read : wire)
    })
}

describe("Track", () => {
  const trackThroughTheWire = throughTheWire(Track)
  const sameTrack = Schema.toEquivalence(Track)
  it.effect.prop(
    "I19: any track survives encode, wire, decode",
    { track: Track },
    ({ track }) => Effect.map(trackThroughTheWire(track), (again) => assert.isTrue(sameTrack(again, track))),
    {
      arbitrary: { runs: 200 }
    }
  )

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
      assert.notProperty(track, "brand_new")
    }))

  it.effect("I19: a float that is a whole number is one, and no other is", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack(JSON.parse(
        JSON.stringify(Answers.extendedTrack).replace("213573", "213573.0").replace("77", "77.0")
      ))
      assert.strictEqual(track.popularity, 77)
      const error = yield* Effect.flip(decodeTrack({ ...Answers.extendedTrack, popularity: 77.5 }))
      assert.include(error.message, "popularity")
    }))
})

describe("CurrentUser", () => {
  const userThroughTheWire = throughTheWire(CurrentUser)
  const sameUser = Schema.toEquivalence(CurrentUser)
  it.effect.prop(
    "I19: any profile survives encode, wire, decode",
    { user: CurrentUser },
    ({ user }) => Effect.map(userThroughTheWire(user), (again) => assert.isTrue(sameUser(again, user)))
  )

  it.effect("I19: reads what Development Mode sends; a missing product is absent, not \"free\"", () =>
    Effect.gen(function*() {
      const user = yield* decodeUser(Answers.developmentUser)
      assert.strictEqual(user.accountId, "aB3dE5fG7h")
      for (const absent of ["displayName", "country", "email", "product", "followers", "explicitContent"]) {
        assert.notProperty(user, absent)
      }
    }))

  it.effect("I19: reads what Extended Quota Mode sends", () =>
    Effect.gen(function*() {
      const user = yield* decodeUser(Answers.extendedUser)
      assert.strictEqual(user.followers?.total, 49_022_656)
      assert.isTrue(user.explicitContent?.filterEnabled)
      assert.notProperty(user.images[0] ?? {}, "width")
    }))
})
