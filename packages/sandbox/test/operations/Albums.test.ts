import { Catalogue } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { at, call, column, inSandbox, programToken } from "../support/Requests.ts"

const extended = inSandbox({ quotaMode: "extended" })
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
