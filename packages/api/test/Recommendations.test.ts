/** What recommendations are asked for. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Recommendations from "../src/Recommendations.ts"
import { reasonOf, sent } from "./support/Requests.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

describe("Recommendations", () => {
  it.effect("seeds and bounds go by Spotify's names", () =>
    Effect.gen(function*() {
      yield* Recommendations.get({
        seedArtists: ["spotify:artist:0gxyHStUsqpMadRV0Di1Qt"],
        seedGenres: ["ambient", "drone"],
        limit: 5,
        market: "NO",
        bounds: { min_energy: 0.4, target_tempo: 120 }
      })
      assert.deepStrictEqual(yield* sent, [
        "GET /recommendations?seed_artists=0gxyHStUsqpMadRV0Di1Qt&seed_genres=ambient,drone&market=NO&limit=5&min_energy=0.4&target_tempo=120"
      ])
      for (const seedGenres of [[], ["a", "b", "c", "d", "e", "f"]]) {
        assert.strictEqual(reasonOf(yield* Effect.flip(Recommendations.get({ seedGenres }))), "InvalidArgument")
      }
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, { seeds: [], tracks: [] })))))
})
