import { Catalogue } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { at, call, column, field, inSandbox, programToken, rows } from "../support/Requests.ts"

const legacy = inSandbox({ quotaMode: "extended", legacy: true })
const { ids } = Catalogue

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
