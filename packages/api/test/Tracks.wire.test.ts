/** Tracks over sockets, against the sandbox. */
import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Albums from "../src/Albums.ts"
import * as Search from "../src/Search.ts"
import * as Tracks from "../src/Tracks.ts"
import { signedIn } from "./support/SignedIn.ts"

const tracks = Catalogue.tracks.map(({ id }) => id)

for (const quotaMode of ["development", "extended"] as const) {
  describe(`in ${quotaMode} mode`, () => {
    it.live("I19: tracks: looked up, many, of an album, searched for", () =>
      Effect.gen(function*() {
        const asked = [...tracks, Catalogue.ids.unknown, tracks[0] ?? ""]
        const found = yield* Tracks.getMany(asked)
        assert.deepStrictEqual(
          found.map((track) => Option.getOrUndefined(track)?.id?.toString()),
          asked.map((id) => id === Catalogue.ids.unknown ? undefined : id)
        )
        for (const album of Catalogue.albums) {
          const onIt = yield* Stream.runCollect(Albums.tracks(album.id, { pageSize: 3 }))
          assert.deepStrictEqual<ReadonlyArray<unknown>>(onIt.map(({ id }) => id), album.tracks)
        }
        const name = Catalogue.tracks[0]?.name ?? ""
        const results = yield* Search.tracks(name).pipe(Stream.take(1), Stream.runCollect)
        assert.strictEqual(results[0]?.name, name)
      }).pipe(Effect.provide(signedIn(quotaMode))))
  })
}

describe("in extended mode alone", () => {
  it.live("single tracks asked for at the same time make one request", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      yield* Effect.forEach(tracks, (id) => Tracks.get(id), { concurrency: "unbounded" })
      assert.strictEqual(yield* sandbox.count("GET /v1/tracks"), 1)
      assert.strictEqual(yield* sandbox.count("GET /v1/tracks/{id}"), 0)
    }).pipe(Effect.provide(signedIn("extended", { quotaMode: "extended" }))))
})
