/** People over sockets, against the sandbox. */
import { Catalogue, People } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Profile from "../src/Profile.ts"
import { signedIn } from "./support/SignedIn.ts"

const artist = `spotify:artist:${Catalogue.artists[0]?.id}`

for (const quotaMode of ["development", "extended"] as const) {
  describe(`in ${quotaMode} mode`, () => {
    it.live("I19: people: the one signed in, whom they follow, what they like", () =>
      Effect.gen(function*() {
        const me = yield* Profile.me
        assert.strictEqual(me.id.toString(), People.sandy.id)
        assert.isString(me.accountId)
        assert.strictEqual(me.product, quotaMode === "extended" ? "premium" : undefined)
        yield* Profile.follow([artist, `spotify:user:${encodeURIComponent(People.quiet.id)}`])
        assert.deepStrictEqual(yield* Profile.isFollowing([artist]), [true])
        const followed = yield* Stream.runCollect(Profile.followedArtists({ pageSize: 1 }))
        assert.deepStrictEqual(followed.map(({ uri }) => uri), [artist])
        yield* Profile.unfollow([artist])
        assert.deepStrictEqual(yield* Profile.isFollowing([artist]), [false])
        assert.isNotEmpty(yield* Stream.runCollect(Profile.topTracks({ timeRange: "short_term", pageSize: 5 })))
        assert.isNotEmpty(yield* Stream.runCollect(Profile.topArtists({ pageSize: 2 })))
      }).pipe(Effect.provide(signedIn(quotaMode))))
  })
}
