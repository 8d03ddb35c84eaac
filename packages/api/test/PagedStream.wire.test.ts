/** Lists over sockets, against the sandbox, with its faults. */
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Tracks from "../src/Tracks.ts"
import { signedIn } from "./support/SignedIn.ts"

const tracks = Catalogue.tracks.map(({ id }) => id)

describe("as Spotify really answers", () => {
  const saved = "GET /v1/me/tracks"
  for (const fault of [Fault.Floats({ times: "always" }), Fault.NullRow({}), Fault.Total({ total: 1 })]) {
    it.live(`I19: pages survive ${fault._tag}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* Tracks.save(tracks.slice(0, 5))
        yield* sandbox.inject(saved, fault)
        const all = yield* Stream.runCollect(Tracks.saved({ pageSize: 2 }))
        assert.lengthOf(all, fault._tag === "NullRow" ? 4 : 5)
      }).pipe(Effect.provide(signedIn("development"))))
  }

  for (const next of [undefined, "https://elsewhere.example/v1/me/tracks?offset=2"]) {
    it.live(`I12: a next ${next === undefined ? "that loops" : "elsewhere"} ends the stream with an error`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* Tracks.save(tracks.slice(0, 5))
        yield* sandbox.inject(saved, Fault.NextPage({ times: "always", ...(next !== undefined && { next }) }))
        const error = yield* Effect.flip(Stream.runDrain(Tracks.saved({ pageSize: 2 })))
        assert.isTrue(error._tag === "SpotifyError" && error.reason._tag === "UnexpectedResponse")
        assert.isAtMost(yield* sandbox.count(saved), 2)
      }).pipe(Effect.provide(signedIn("development"))))
  }
})
