/** Operations that Development Mode is not served, over sockets, against the sandbox. */
import { Catalogue, People } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Artists from "../src/Artists.ts"
import * as Audio from "../src/Audio.ts"
import * as Profile from "../src/Profile.ts"
import * as Recommendations from "../src/Recommendations.ts"
import * as Tracks from "../src/Tracks.ts"
import { signedIn } from "./support/SignedIn.ts"

const tracks = Catalogue.tracks.map(({ id }) => id)
const artist = `spotify:artist:${Catalogue.artists[0]?.id}`

describe("in extended mode alone", () => {
  it.live("I19: what Development Mode is not served", () =>
    Effect.gen(function*() {
      const [id = ""] = tracks
      const quiet = yield* Profile.user(People.quiet.id)
      assert.strictEqual<unknown>(quiet.id, People.quiet.id)
      assert.isNotEmpty(yield* Artists.topTracks(artist))
      const addedAt = DateTime.makeUnsafe("2020-02-02T02:02:02Z")
      yield* Tracks.saveAt([{ id, addedAt }])
      const [saved] = yield* Stream.runCollect(Tracks.saved())
      assert.strictEqual(saved?.addedAt.epochMilliseconds, addedAt.epochMilliseconds)
      assert.strictEqual((yield* Audio.features(id)).id.toString(), id)
      const features = yield* Audio.manyFeatures([id, Catalogue.ids.unknown])
      assert.deepStrictEqual(features.map(Option.isSome), [true, false])
      assert.isNotEmpty((yield* Audio.analysis(id)).segments)
      const genres = yield* Recommendations.genreSeeds
      const { tracks: recommended } = yield* Recommendations.get({ seedGenres: genres.slice(0, 2), limit: 3 })
      assert.lengthOf(recommended, 3)
    }).pipe(Effect.provide(signedIn("extended"))))
})
