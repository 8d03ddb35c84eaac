/** The library over sockets, against the sandbox. */
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Tracks from "../src/Tracks.ts"
import { signedIn } from "./support/SignedIn.ts"

const tracks = Catalogue.tracks.map(({ id }) => id)

for (const quotaMode of ["development", "extended"] as const) {
  describe(`in ${quotaMode} mode`, () => {
    it.live("I19: the library: saved, listed the latest first, taken out", () =>
      Effect.gen(function*() {
        yield* Tracks.save(tracks)
        const saved = yield* Stream.runCollect(Tracks.saved({ pageSize: 4 }))
        assert.sameMembers(saved.map(({ track }) => track.id?.toString()), tracks)
        assert.isTrue(DateTime.isDateTime(saved[0]?.addedAt))
        yield* Tracks.remove(tracks.slice(0, 2))
        assert.deepStrictEqual(yield* Tracks.isSaved(tracks.slice(0, 3)), [false, false, true])
      }).pipe(Effect.provide(signedIn(quotaMode))))
  })
}

describe("as Spotify really answers", () => {
  it.live("a write that is answered with a random word is done", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* sandbox.inject("PUT /v1/me/library", Fault.PlainText({}))
      yield* Tracks.save(tracks.slice(0, 1))
      assert.deepStrictEqual(yield* Tracks.isSaved(tracks.slice(0, 1)), [true])
    }).pipe(Effect.provide(signedIn("development"))))
})
