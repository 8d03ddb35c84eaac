import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { at, call, column, field, programToken, rows, send } from "./support/Browser.ts"

const inSandbox = (settings?: Parameters<typeof Sandbox.layer>[0]) => Effect.provide(Sandbox.layer(settings))

const extended = inSandbox({ quotaMode: "extended" })
const legacy = inSandbox({ quotaMode: "extended", legacy: true })
const { ids } = Catalogue

describe("GET /v1/albums/{id}/tracks", () => {
  it.live("lists every album from its first track to its last", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const all = new Set<string>()
      for (const { id, tracks } of Catalogue.albums) {
        const seen = yield* call(`/albums/${id}/tracks`, token)
        assert.deepStrictEqual(column(seen, "items", "id"), [...tracks])
        assert.deepStrictEqual(column(seen, "items", "track_number"), tracks.map((_, index) => index + 1))
        for (const track of tracks) all.add(track)
        const [first] = tracks
        assert.strictEqual(at(yield* call(`/tracks/${first}`, token), "album.total_tracks"), tracks.length)
      }
      assert.strictEqual(all.size, Catalogue.albums.reduce((sum, { tracks }) => sum + tracks.length, 0))
      for (const id of all) assert.match(id, /^[0-9A-Za-z]{22}$/)
    }).pipe(inSandbox()))

  it.live("tracks come without album, ids and popularity, and with a market they say whether they can be played", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const [album] = Catalogue.albums
      const seen = yield* call(`/albums/${album?.id}/tracks?market=DE`, token)
      for (const left of ["album", "external_ids", "popularity"]) assert.isUndefined(at(seen, `items.0.${left}`))
      assert.strictEqual(at(seen, "items.0.is_playable"), true)
    }).pipe(extended))

  it.live("knows no other albums", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      assert.strictEqual((yield* call(`/albums/${ids.unknown}/tracks`, token)).status, 404)
      assert.strictEqual((yield* call("/albums/short/tracks", token)).status, 400)
    }).pipe(inSandbox()))
})

describe("GET /v1/artists/{id}/top-tracks", () => {
  it.live("has ten at most, the most popular first, playable ones alone", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      for (const { id } of Catalogue.artists) {
        const seen = yield* call(`/artists/${id}/top-tracks?market=US`, token)
        const popularity = column(seen, "tracks", "popularity").map(Number)
        assert.isAtMost(popularity.length, 10)
        assert.isAbove(popularity.length, 0)
        assert.isTrue(column(seen, "tracks", "is_playable").every((playable) => playable === true))
      }
      const iceCube = Catalogue.artists.find(({ name }) => name === "Ice Cube")
      const elsewhere = yield* call(`/artists/${iceCube?.id}/top-tracks?market=DE`, token)
      assert.deepStrictEqual(rows(elsewhere, "tracks"), [])
      assert.strictEqual((yield* call(`/artists/${ids.unknown}/top-tracks`, token)).status, 404)
    }).pipe(extended))
})

describe("GET /v1/search", () => {
  const search = Effect.fnUntraced(function*(query: Readonly<Record<string, string>>) {
    return yield* call(`/search?${new URLSearchParams({ type: "track", ...query })}`, yield* programToken)
  })

  it.live.each(
    [
      ["helvegen", [ids.helvegen]],
      ["HELVEGEN kalandra", [ids.helvegen]],
      ["track:clash artist:\"Caravan Palace\"", [ids.yearOnly]],
      ["isrc:USUM71703861", [ids.cutToTheFeeling]],
      ["track:helvegen year:2019-2020", [ids.helvegen]],
      ["track:helvegen year:2021", []],
      ["genre:synth-pop", [ids.cutToTheFeeling]],
      ["upc:1", []],
      ["no such thing", []]
    ] as const
  )("finds %s", ([q, found]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(column(yield* search({ q }), "tracks.items", "id"), [...found])
    }).pipe(inSandbox()))

  it.live("has 5 rows a page, 10 at most, and no page reaches beyond row 1,000 (F92)", () =>
    Effect.gen(function*() {
      const q = "typhoons"
      const first = yield* search({ q })
      assert.strictEqual(rows(first, "tracks.items").length, 5)
      assert.strictEqual(at(first, "tracks.total"), 11)
      assert.strictEqual(rows(yield* search({ q, limit: "10" }), "tracks.items").length, 10)
      assert.deepStrictEqual((yield* search({ q, limit: "11" })).json, {
        error: { status: 400, message: "Invalid limit" }
      })
      for (
        const [offset, limit, status] of [
          ["990", "10", 200],
          ["991", "10", 400],
          ["995", undefined, 200],
          ["996", undefined, 400],
          ["999", "1", 200],
          ["1000", "1", 400],
          ["1001", "1", 400]
        ] as const
      ) {
        const seen = yield* search({ q, offset, ...(limit !== undefined && { limit }) })
        assert.strictEqual(seen.status, status, `${offset} ${limit}`)
      }
      const next = String(at(first, "tracks.next"))
      assert.include(next, "query=typhoons")
      const second = yield* call(next, yield* programToken)
      assert.strictEqual(at(second, "tracks.offset"), 5)
      assert.strictEqual(rows(second, "tracks.items").length, 5)
    }).pipe(inSandbox()))

  it.live("has a page for each type asked for", () =>
    Effect.gen(function*() {
      const seen = yield* search({ q: "royal blood", type: "track,artist,album,playlist" })
      assert.deepStrictEqual(Object.keys(Object(seen.json)).sort(), ["albums", "artists", "playlists", "tracks"])
      assert.deepStrictEqual(column(seen, "artists.items", "name"), ["Royal Blood"])
      assert.deepStrictEqual(column(seen, "albums.items", "name"), ["Typhoons"])
    }).pipe(inSandbox()))

  it.live.each([{ q: "" }, { q: "x", type: "" }, { q: "x", type: "song" }])(
    "refuses %o",
    (query) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* search(query)).status, 400)
      }).pipe(inSandbox())
  )
})

describe("audio features and analysis", () => {
  it.live("features are within their ranges, always the same, and null for nobody's id", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const path = `/audio-features?ids=${ids.typhoons},${ids.unknown},${ids.helvegen}`
      const seen = yield* call(path, token)
      assert.deepStrictEqual((yield* call(path, token)).json, seen.json)
      assert.isNull(at(seen, "audio_features.1"))
      const one = yield* call(`/audio-features/${ids.typhoons}`, token)
      assert.deepStrictEqual(one.json, at(seen, "audio_features.0"))
      for (const name of ["acousticness", "danceability", "energy", "instrumentalness", "liveness", "valence"]) {
        assert.isTrue(Number(field(one, name)) >= 0 && Number(field(one, name)) <= 1)
      }
      assert.strictEqual(field(one, "type"), "audio_features")
      assert.strictEqual((yield* call(`/audio-features/${ids.unknown}`, token)).status, 404)
    }).pipe(legacy))

  it.live("takes 100 ids", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const many = (count: number) => Array.from({ length: count }, () => ids.typhoons).join(",")
      assert.strictEqual((yield* call(`/audio-features?ids=${many(100)}`, token)).status, 200)
      assert.strictEqual((yield* call(`/audio-features?ids=${many(101)}`, token)).status, 400)
    }).pipe(legacy))

  it.live("an analysis covers the track from its start to its end", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const seen = yield* call(`/audio-analysis/${ids.typhoons}`, token)
      const duration = Number(at(seen, "track.duration"))
      assert.closeTo(duration, 236.933, 0.001)
      for (const part of ["bars", "beats", "sections", "segments", "tatums"]) {
        const starts = column(seen, part, "start").map(Number)
        assert.strictEqual(starts[0], 0)
        assert.isBelow(starts.at(-1) ?? Infinity, duration)
      }
      assert.strictEqual(rows(seen, "segments.0.pitches").length, 12)
      assert.strictEqual(rows(seen, "segments.0.timbre").length, 12)
      assert.strictEqual((yield* call(`/audio-analysis/${ids.unknown}`, token)).status, 404)
    }).pipe(legacy))
})

describe("recommendations", () => {
  it.live("are near the targets and within the bounds, and leave the seeds out", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const seen = yield* call(
        `/recommendations?limit=100&seed_tracks=${ids.typhoons}&seed_genres=rock&min_energy=0.5&target_tempo=120`,
        token
      )
      const found = column(seen, "tracks", "id").map(String)
      assert.isAbove(found.length, 5)
      assert.notInclude(found, ids.typhoons)
      const features = yield* call(`/audio-features?ids=${found.slice(0, 100).join(",")}`, token)
      assert.isTrue(column(features, "audio_features", "energy").every((energy) => Number(energy) >= 0.5))
      const off = column(features, "audio_features", "tempo").map((tempo) => Math.abs(Number(tempo) - 120))
      assert.deepStrictEqual(off, [...off].sort((one, other) => one - other))
      assert.deepStrictEqual(column(seen, "seeds", "type"), ["TRACK", "GENRE"])
      assert.isNull(at(seen, "seeds.1.href"))
    }).pipe(legacy))

  it.live("take one to five seeds, and give 20 tracks, 100 at most", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      assert.strictEqual(rows(yield* call("/recommendations?seed_genres=rock", token), "tracks").length, 20)
      for (const query of ["", "?seed_genres=a,b,c&seed_artists=d,e,f", "?seed_genres=rock&limit=101"]) {
        assert.strictEqual((yield* call(`/recommendations${query}`, token)).status, 400)
      }
      const genres = rows(yield* call("/recommendations/available-genre-seeds", token), "genres")
      assert.include(genres, "rock")
    }).pipe(legacy))
})

describe("the tracks it knows", () => {
  it.live("are listed by the control surface, by the program and in the README, by id and name (F137)", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      assert.deepStrictEqual((yield* send(`${accountsUrl}/sandbox/tracks`)).json, Catalogue.tracks)
      const program = execFileSync(process.execPath, [join(import.meta.dirname, "../src/main.ts"), "tracks"], {
        encoding: "utf8"
      })
      const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
      const token = yield* programToken
      for (const { artist, id, name } of Catalogue.tracks) {
        assert.include(program, `${id}  ${artist}, ${name}\n`)
        assert.match(readme, new RegExp(`^\\| \`${id}\` \\| ${name} +\\| ${artist} +\\|$`, "m"))
        assert.strictEqual((yield* call(`/tracks/${id}`, token)).status, 200)
      }
    }).pipe(inSandbox()))
})
