import { Catalogue } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { at, call, column, inSandbox, programToken, rows } from "../support/Requests.ts"

const { ids } = Catalogue

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
