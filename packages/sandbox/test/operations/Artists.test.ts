import { Catalogue } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { call, column, inSandbox, programToken, rows } from "../support/Requests.ts"

const extended = inSandbox({ quotaMode: "extended" })
const { ids } = Catalogue

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
