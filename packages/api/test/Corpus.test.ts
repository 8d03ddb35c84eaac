/** `npm run corpus`: finds the objects that this package models, and those that do not decode. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import * as Corpus from "../corpus/Corpus.ts"
import * as RoundTrip from "../corpus/RoundTrip.ts"
import { SimplifiedAlbum } from "../src/model/Album.ts"
import * as Answers from "./support/Answers.ts"

const track = Answers.extendedTrack
const { album } = track
const [artist] = album.artists
const { album: _, external_ids: __, popularity: ___, ...simplifiedTrack } = track
const rows = { limit: 20, next: null, offset: 0, previous: null, total: 1, href: "https://api.spotify.com/v1/x" }

/** Counts the objects of each model in a document, and lists those that do not decode. */
const check = (document: unknown) => {
  const { failures, found, isJson, leftOut } = Corpus.check("answer.json", JSON.stringify(document))
  return {
    found: Object.fromEntries(found),
    failures: failures.map(({ model, path, reason }) => `${path} ${model}: ${reason}`),
    ...(isJson ? {} : { isJson }),
    ...(leftOut === 0 ? {} : { leftOut })
  }
}

/** A track has two artists and an album with one of them in it. */
const inATrack = { Track: 1, SimplifiedAlbum: 1, SimplifiedArtist: 2 }

describe("Corpus", () => {
  for (
    const [what, document, found] of [
      ["a track", track, inATrack],
      ["a track of an album", simplifiedTrack, { SimplifiedTrack: 1, SimplifiedArtist: 1 }],
      ["a track with its name capitalized", { ...track, type: "Track" }, inATrack],
      ["a local file", Answers.localTrack, { ...inATrack, SimplifiedArtist: 1 }],
      ["several tracks, of which one is unknown", { tracks: [track, null] }, inATrack],
      ["a page of tracks", { tracks: { ...rows, items: [null, track] } }, { ...inATrack, OffsetPage: 1 }],
      ["saved tracks", { ...rows, items: [{ added_at: "2022-11-23T22:33:00Z", track }] }, {
        ...inATrack,
        OffsetPage: 1,
        SavedTrack: 1
      }],
      [
        "saved albums",
        { ...rows, items: [{ added_at: "2022-11-23T22:33:00Z", album: { ...album, label: "x", copyrights: [] } }] },
        { Album: 1, OffsetPage: 1, SavedAlbum: 1, SimplifiedArtist: 1 }
      ],
      [
        "a stand-in",
        { ...track, linked_from: { external_urls: {}, href: null, id: null, type: "track", uri: null } },
        { ...inATrack, LinkedFrom: 1 }
      ],
      ["an album with its tracks", { ...album, tracks: { ...rows, items: [simplifiedTrack] } }, {
        Album: 1,
        OffsetPage: 1,
        SimplifiedTrack: 1,
        SimplifiedArtist: 2
      }],
      ["followed artists", {
        artists: { cursors: { after: null }, next: null, items: [{ ...artist, genres: [], images: null }] }
      }, { CursorPage: 1, Artist: 1 }],
      ["people", [Answers.developmentUser, Answers.extendedUser, { owner: { id: "x", uri: "spotify:user:x" } }], {
        CurrentUser: 2,
        PublicUser: 1
      }],
      ["a playlist's row", {
        items: [{
          added_at: "2022-11-23T22:33:00Z",
          added_by: { external_urls: {}, href: "https://api.spotify.com/v1/users/", id: "", type: "user", uri: "" },
          is_local: false,
          item: track
        }]
      }, { ...inATrack, PublicUser: 1 }],
      ["a playlist's row with an episode in the shape of a track", {
        items: [{
          added_by: null,
          is_local: false,
          track: {
            ...track,
            type: "episode",
            album: { ...album, type: "show", artists: [{ ...artist, name: null, type: "Some Podcast" }] },
            artists: [{ ...artist, name: null, type: "Some Podcast" }]
          }
        }, { added_by: null, is_local: false, track: null }]
      }, {}],
      ["the context of what is played", { context: { type: "album", uri: album.uri, href: album.href }, item: track }, {
        ...inATrack
      }],
      [
        "objects without a type",
        { queue: [{ ...track, type: undefined, album: { ...album, type: undefined } }] },
        inATrack
      ],
      ["a recorded exchange", {
        request: { url: "https://api.spotify.com/v1/tracks/x" },
        response: { body: JSON.stringify(track) }
      }, inATrack],
      ["recorded exchanges in texts", { "a test": [JSON.stringify({ body: JSON.stringify({ tracks: [track] }) })] }, {
        ...inATrack
      }],
      ["what is none of Spotify's", { type: "track", name: "module", items: [1, { type: "user", login: "x" }] }, {}]
    ] as const
  ) {
    it.effect(`I19: finds ${what}`, () =>
      Effect.sync(() => {
        assert.deepStrictEqual(check(document), { found, failures: [] })
      }))
  }

  it.effect("finds several documents in one file, and says of which one it speaks", () =>
    Effect.sync(() => {
      const { failures, found } = Corpus.check(
        "two.txt",
        `${JSON.stringify(track)}\n${
          JSON.stringify(
            [1, {
              ...track,
              name: null
            }],
            null,
            2
          )
        }`
      )
      assert.strictEqual(found.get("Track"), 2)
      assert.deepStrictEqual(failures.map(({ path }) => path), ["$(document 2)[1].name"])
    }))

  it.effect("leaves out what a program asked for only in parts", () =>
    Effect.sync(() => {
      const cutDown = { name: "Green", uri: track.uri, album: { name: "Assertions", uri: album.uri } }
      assert.deepStrictEqual(
        check({
          href: "https://api.spotify.com/v1/playlists/x?fields=tracks.items(track(name,uri,type))",
          tracks: { items: [{ track: { ...cutDown, type: "track" } }, { track }] }
        }),
        { found: { ...inATrack, SimplifiedAlbum: 2 }, failures: [], leftOut: 1 }
      )
      const row = { added_by: { id: "x" }, track: cutDown }
      assert.strictEqual(check({ tracks: { items: [row] } }).failures.length, 0)
    }))

  it.effect("says where a field is wrong, in the object and in what it is part of", () =>
    Effect.sync(() => {
      const { failures } = check({ items: [{ ...track, artists: [{ ...artist, id: 22 }] }], total: 1 })
      assert.deepStrictEqual(failures, [
        "$.items[0].artists[0].id Track: Expected string | null",
        "$.items[0].artists[0].id SimplifiedArtist: Expected string | null"
      ])
    }))

  it.effect("goes into recorded exchanges to say where", () =>
    Effect.sync(() => {
      const { failures } = check({ "a test": { body: JSON.stringify({ tracks: [{ ...track, uri: 1 }] }) } })
      assert.deepStrictEqual(failures, ["$[\"a test\"].body→$.tracks[0].uri Track: Expected string"])
    }))
})

describe("RoundTrip", () => {
  for (
    const [what, encoded, lost] of [
      ["what is not there any more", { ...album, available_markets: undefined, images: null }, [
        "images",
        "available_markets"
      ]],
      ["a changed value", { ...album, name: "Assertion" }, ["name"]],
      ["a lost row", { ...album, artists: [] }, ["artists"]],
      ["a value lost deep inside", { ...album, images: [{ url: "https://i.scdn.co/image/640", width: 640 }] }, [
        "images"
      ]],
      ["a value from nowhere", { ...album, is_playable: false }, ["is_playable"]],
      ["other words for the same", { ...album, type: "ALBUM", restrictions: null, uri: album.uri }, []],
      ["fields that are none of the model's", { ...album, brand_new: 1 }, []]
    ] as const
  ) {
    it.effect(`tells ${what}`, () =>
      Effect.sync(() => assert.deepStrictEqual<unknown>(RoundTrip.lost(album, SimplifiedAlbum, encoded), lost)))
  }
})

describe("npm run corpus", () => {
  const run = Effect.fnUntraced(function*(files: Readonly<Record<string, string>>) {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "corpus-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), content)
    }
    return yield* Effect.promise(async () => {
      const program = spawn(process.execPath, [join(import.meta.dirname, "../corpus/main.ts"), folder])
      const exited = new Promise<number | null>((resolve) => program.once("close", resolve))
      const [output, complaints] = await Promise.all([text(program.stdout), text(program.stderr)])
      return { exitCode: await exited, lines: output.trim().split("\n"), complaints }
    })
  })

  it.effect("decodes a folder, skips what is not JSON, and exits with 0", () =>
    Effect.gen(function*() {
      const { complaints, exitCode, lines } = yield* run({
        "README.md": "# Recordings",
        "cut.json": JSON.stringify(track).slice(0, 100),
        "deep/er/track.txt": `\uFEFF${JSON.stringify(track, null, 2)}\n`,
        "lines.jsonl": `${JSON.stringify(track)}\n${JSON.stringify(artist)}\n`,
        "none.json": "[true, false]",
        "node_modules/x/package.json": "{}"
      })
      assert.deepStrictEqual(lines.slice(0, 2), ["skipped README.md: not JSON", "skipped cut.json: not JSON"])
      assert.strictEqual(lines.at(-1), "decoded 9 of 9 objects in 3 files")
      assert.strictEqual(exitCode, 0)
      assert.strictEqual(complaints, "")
    }))

  it.effect("tells what does not decode, and exits with 1", () =>
    Effect.gen(function*() {
      const { complaints, exitCode, lines } = yield* run({
        "a/b.json": JSON.stringify([{ ...track, duration_ms: -1 }])
      })
      assert.strictEqual(
        lines[0],
        "failed a/b.json $[0].duration_ms: Expected a value greater than or equal to 0 (Track)"
      )
      assert.strictEqual(lines.at(-1), "decoded 3 of 4 objects in 1 files")
      assert.strictEqual(exitCode, 1)
      assert.strictEqual(complaints, "")
    }))
})
