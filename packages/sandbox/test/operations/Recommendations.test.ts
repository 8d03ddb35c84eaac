import { Catalogue } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { at, call, column, inSandbox, programToken, rows } from "../support/Requests.ts"

const legacy = inSandbox({ quotaMode: "extended", legacy: true })
const { ids } = Catalogue

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
