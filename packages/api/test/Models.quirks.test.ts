/** Answers with the peculiarities that Spotify's have had. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Album } from "../src/model/Album.ts"
import { Artist } from "../src/model/Artist.ts"
import { AudioAnalysis } from "../src/model/AudioAnalysis.ts"
import { AudioFeatures } from "../src/model/AudioFeatures.ts"
import { CursorPage, OffsetPage } from "../src/model/Page.ts"
import { Recommendations } from "../src/model/Recommendation.ts"
import { SavedTrack, SimplifiedTrack, Track } from "../src/model/Track.ts"
import { CurrentUser, PublicUser } from "../src/model/User.ts"
import * as Answers from "./support/Answers.ts"

const decodeTrack = Schema.decodeUnknownEffect(Track)
const decodeAlbum = Schema.decodeUnknownEffect(Album)
const decodeArtist = Schema.decodeUnknownEffect(Artist)
const decodeCurrentUser = Schema.decodeUnknownEffect(CurrentUser)
const decodePublicUser = Schema.decodeUnknownEffect(PublicUser)
const decodeSavedTrack = Schema.decodeUnknownEffect(SavedTrack)
const decodeTrackPage = Schema.decodeUnknownEffect(OffsetPage(SimplifiedTrack))
const decodeArtistPage = Schema.decodeUnknownEffect(CursorPage(Artist))
const decodeFeatures = Schema.decodeUnknownEffect(AudioFeatures)
const decodeAnalysis = Schema.decodeUnknownEffect(AudioAnalysis)
const decodeRecommendations = Schema.decodeUnknownEffect(Recommendations)

const without = (value: object, ...keys: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))

const simplifiedTrack = without(Answers.extendedTrack, "album", "external_ids", "popularity")

const artist = {
  external_urls: { spotify: "https://open.spotify.com/artist/0gxyHStUsqpMadRV0Di1Qt" },
  followers: { href: null, total: 4.9022656E7 },
  genres: ["unit test"],
  href: "https://api.spotify.com/v1/artists/0gxyHStUsqpMadRV0Di1Qt",
  id: "0gxyHStUsqpMadRV0Di1Qt",
  images: [{ height: 640, url: "https://i.scdn.co/image/640", width: 640 }],
  name: "The Testers",
  popularity: 61,
  type: "artist",
  uri: "spotify:artist:0gxyHStUsqpMadRV0Di1Qt"
}

const album = {
  ...Answers.extendedTrack.album,
  copyrights: [{ text: "2020 Assertion Records", type: "C" }],
  external_ids: { upc: "00602547934239" },
  genres: [],
  label: "Assertion Records",
  popularity: 40,
  tracks: {
    href: "https://api.spotify.com/v1/albums/6eUW0wxWtzkFdaEFsTJto6/tracks",
    items: [simplifiedTrack],
    limit: 50,
    next: null,
    offset: 0,
    previous: null,
    total: 1
  }
}

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
      const track = yield* decodeTrack(without(Answers.extendedTrack, "preview_url"))
      assert.notProperty(track, "previewUrl")
    }))

  it.effect("I19: reads what a program passed on in its own way", () =>
    Effect.gen(function*() {
      const track = yield* decodeTrack({
        ...Answers.extendedTrack,
        type: "Track",
        album: { ...without(Answers.extendedTrack.album, "type"), images: [{ height: 0, url: "x", width: 0 }] },
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
      ["one artist in place of many", "artists", { artists: artist }],
      ["an artist without a name", "artists", { artists: [without(artist, "name")] }],
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

describe("Album", () => {
  it.effect("I19: reads what Extended Quota Mode sends, and its first tracks", () =>
    Effect.gen(function*() {
      const read = yield* decodeAlbum(album)
      assert.strictEqual(read.label, "Assertion Records")
      assert.strictEqual(read.externalIds.upc, "00602547934239")
      assert.deepStrictEqual(read.tracks?.items.map(({ name }) => name), ["Green"])
      assert.strictEqual(read.tracks?.total, 1)
      assert.deepStrictEqual(read.copyrights, [{ text: "2020 Assertion Records", type: "C" }])
    }))

  it.effect("I19: reads what Development Mode sends; what it leaves out is absent", () =>
    Effect.gen(function*() {
      const read = yield* decodeAlbum(
        without({ ...album, label: null }, "available_markets", "popularity", "genres", "external_ids", "copyrights")
      )
      for (const absent of ["label", "popularity", "availableMarkets"]) assert.notProperty(read, absent)
      assert.deepStrictEqual(read.externalIds, {})
      assert.deepStrictEqual(read.genres, [])
    }))
})

describe("Artist", () => {
  it.effect("I19: reads what both quota modes send; what Development Mode leaves out is absent", () =>
    Effect.gen(function*() {
      const extended = yield* decodeArtist(artist)
      assert.strictEqual(extended.followers?.total, 49_022_656)
      assert.deepStrictEqual(extended.genres, ["unit test"])
      const development = yield* decodeArtist(without({ ...artist, images: null }, "followers", "popularity", "genres"))
      assert.notProperty(development, "popularity")
      assert.notProperty(development, "followers")
      assert.deepStrictEqual(development.images, [])
    }))

  it.effect("I19: reads followers that were not counted", () =>
    Effect.gen(function*() {
      const read = yield* decodeArtist({ ...artist, followers: { href: null, total: null } })
      assert.deepStrictEqual<unknown>(read.followers, {})
    }))
})

describe("CurrentUser", () => {
  it.effect("I19: reads what Development Mode sends; a missing product is absent, not \"free\"", () =>
    Effect.gen(function*() {
      const user = yield* decodeCurrentUser(Answers.developmentUser)
      assert.strictEqual(user.accountId, "aB3dE5fG7h")
      for (const absent of ["displayName", "country", "email", "product", "followers", "explicitContent"]) {
        assert.notProperty(user, absent)
      }
    }))

  it.effect("I19: reads what Extended Quota Mode sends", () =>
    Effect.gen(function*() {
      const user = yield* decodeCurrentUser(Answers.extendedUser)
      assert.strictEqual(user.followers?.total, 49_022_656)
      assert.isTrue(user.explicitContent?.filterEnabled)
      assert.notProperty(user.images[0] ?? {}, "width")
    }))

  it.effect("I19: refuses a profile that is nobody's", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(decodeCurrentUser({ ...Answers.extendedUser, id: "" }))
      assert.include(error.message, "id")
    }))
})

describe("PublicUser", () => {
  it.effect("I19: reads the owner of a playlist, and a person with nothing to show", () =>
    Effect.gen(function*() {
      const user = yield* decodePublicUser({
        display_name: null,
        external_urls: { spotify: "https://open.spotify.com/user/some%20one" },
        followers: null,
        href: "https://api.spotify.com/v1/users/some%20one",
        id: "some one",
        images: null,
        type: "user",
        uri: "spotify:user:some%20one"
      })
      assert.strictEqual<string | undefined>(user.id, "some one")
      assert.notProperty(user, "displayName")
      assert.deepStrictEqual(user.images, [])
    }))

  it.effect("I19: reads that nobody is said to have added a row", () =>
    Effect.gen(function*() {
      const user = yield* decodePublicUser({ id: "", type: "user", uri: "spotify:user:" })
      assert.notProperty(user, "id")
    }))
})

describe("Page", () => {
  it.effect("I19: leaves out rows that Spotify withholds, and counts them (F105)", () =>
    Effect.gen(function*() {
      const page = yield* decodeTrackPage({
        href: "https://api.spotify.com/v1/x",
        items: [null, simplifiedTrack, null],
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
        items: [artist],
        limit: 20,
        next: null,
        total: 1
      })
      assert.deepStrictEqual<unknown>(page.cursors, { after: "0gxyHStUsqpMadRV0Di1Qt" })
    }))

  it.effect("I19: an answer without rows is no empty page", () =>
    Effect.gen(function*() {
      for (const wrong of [{}, { items: null }, { items: { 0: simplifiedTrack } }, []]) {
        yield* Effect.flip(decodeTrackPage(wrong))
      }
    }))
})

describe("audio", () => {
  const features = {
    acousticness: 0.011,
    analysis_url: "https://api.spotify.com/v1/audio-analysis/4uLU6hMCjMI75M1A2tKUQC",
    danceability: 1,
    duration_ms: 207_960,
    energy: 0,
    id: Answers.trackId,
    instrumentalness: 9.05E-4,
    key: -1,
    liveness: 0.302,
    loudness: -2.743,
    mode: 1,
    speechiness: 0.103,
    tempo: 114.944,
    time_signature: 4,
    track_href: `https://api.spotify.com/v1/tracks/${Answers.trackId}`,
    type: "audio_features",
    uri: `spotify:track:${Answers.trackId}`,
    valence: 0.625
  }
  const sound = {
    key: 9,
    key_confidence: 0.408,
    loudness: -5.883,
    mode: 0,
    mode_confidence: 0.485,
    tempo: 118.211,
    tempo_confidence: 0.73,
    time_signature: 4,
    time_signature_confidence: 0.994
  }
  const interval = { start: 0.49567, duration: 2.18749, confidence: 0.925 }
  const analysis = {
    meta: {
      analyzer_version: "4.0.0",
      platform: "Linux",
      detailed_status: "OK",
      status_code: 0,
      timestamp: 1_495_193_577,
      analysis_time: 6.93906,
      input_process: "libvorbisfile L+R 44100->22050"
    },
    track: { ...sound, duration: 207.95985, num_samples: 4_585_515, offset_seconds: 0, window_seconds: 0 },
    bars: [interval],
    beats: [],
    sections: [{ ...interval, ...sound }],
    segments: [{
      ...interval,
      loudness_start: -23.053,
      loudness_max: -14.25,
      loudness_max_time: 0.07305,
      pitches: [0.212, 1],
      timbre: [42.115, -0.5]
    }]
  }

  it.effect("I19: reads features", () =>
    Effect.gen(function*() {
      const read = yield* decodeFeatures(features)
      assert.strictEqual(read.key, -1)
      assert.strictEqual(read.timeSignature, 4)
      assert.strictEqual(Duration.toMillis(read.duration), 207_960)
    }))

  it.effect("I19: reads an analysis to the microsecond", () =>
    Effect.gen(function*() {
      const read = yield* decodeAnalysis(analysis)
      assert.strictEqual(Duration.toNanosUnsafe(read.bars[0]?.start ?? Duration.zero), 495_670_000n)
      assert.strictEqual(Duration.toSeconds(read.track.duration), 207.95985)
      assert.deepStrictEqual(
        read.meta?.timestamp === undefined ? "" : DateTime.formatIso(read.meta.timestamp),
        "2017-05-19T11:32:57.000Z"
      )
      assert.deepStrictEqual(read.tatums, [])
      assert.notProperty(read.segments[0] ?? {}, "loudnessEnd")
    }))

  it.effect("I19: reads moments before what they are measured from (F150)", () =>
    Effect.gen(function*() {
      const read = yield* decodeAnalysis({
        ...analysis,
        track: { ...analysis.track, offset_seconds: -0.1 },
        beats: [{ ...interval, start: -0.1 }],
        segments: [{ ...analysis.segments[0], loudness_max_time: -0.00098 }]
      })
      assert.strictEqual(Duration.toNanosUnsafe(read.beats[0]?.start ?? Duration.zero), -100_000_000n)
      assert.strictEqual(Duration.toNanosUnsafe(read.segments[0]?.loudnessMaxTime ?? Duration.zero), -980_000n)
      const again = yield* decodeAnalysis(yield* Schema.encodeEffect(AudioAnalysis)(read))
      assert.deepStrictEqual(again, read)
    }))

  it.effect("I19: a moment, a length or a confidence that is left out is zero, and nothing else is made up (F150)", () =>
    Effect.gen(function*() {
      const read = yield* decodeAnalysis({
        track: { duration: 1 },
        beats: [{}],
        sections: [{ start: null }],
        segments: [{ pitches: [], timbre: [] }]
      })
      assert.deepStrictEqual<unknown>(read.beats[0], { start: Duration.zero, duration: Duration.zero, confidence: 0 })
      assert.isTrue(Duration.isZero(read.segments[0]?.loudnessMaxTime ?? Duration.infinity))
      assert.strictEqual(read.track.keyConfidence, 0)
      for (const absent of ["key", "mode", "tempo", "loudness", "timeSignature"]) {
        assert.notProperty(read.track, absent)
        assert.notProperty(read.sections[0] ?? {}, absent)
      }
    }))

  it.effect("I19: refuses an analysis whose moments are no numbers", () =>
    Effect.gen(function*() {
      for (const start of ["soon", "1e300", 1e300, true]) {
        const error = yield* Effect.flip(decodeAnalysis({ ...analysis, beats: [{ ...interval, start }] }))
        assert.include(error.message, "[\"beats\"][0][\"start\"]")
      }
    }))
})

describe("Recommendations", () => {
  it.effect("I19: reads seeds of any kind and case", () =>
    Effect.gen(function*() {
      const read = yield* decodeRecommendations({
        seeds: [
          {
            type: "GENRE",
            id: "techno",
            href: null,
            initialPoolSize: 10,
            afterFilteringSize: 5,
            afterRelinkingSize: 5
          },
          { type: "artist", id: "0gxyHStUsqpMadRV0Di1Qt" }
        ],
        tracks: [Answers.extendedTrack]
      })
      assert.deepStrictEqual<unknown>(read.seeds[0], {
        type: "GENRE",
        id: "techno",
        initialPoolSize: 10,
        afterFilteringSize: 5,
        afterRelinkingSize: 5
      })
      assert.strictEqual(read.tracks[0]?.album.name, "Assertions")
    }))
})
