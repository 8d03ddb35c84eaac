/** Users with the peculiarities that Spotify's have had. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CurrentUser, PublicUser } from "../src/model/User.ts"
import * as Answers from "./support/Answers.ts"

const decodeCurrentUser = Schema.decodeUnknownEffect(CurrentUser)
const decodePublicUser = Schema.decodeUnknownEffect(PublicUser)

describe("CurrentUser", () => {
  it.effect("I19: reads what Development Mode sends; a missing product is absent, not \"free\"", () =>
    Effect.gen(function*() {
      const user = yield* decodeCurrentUser(Answers.developmentUser)
      assert.strictEqual(user.accountId, "aB3dE5fG7h")
      for (const absent of ["displayName", "country", "email", "product", "followers", "explicitContent"]) {
        assert.notProperty(user, absent)
      }
    }))

  it.effect("I19: reads what Extended Quota Mode sends", () =>
    Effect.gen(function*() {
      const user = yield* decodeCurrentUser(Answers.extendedUser)
      assert.strictEqual(user.followers?.total, 49_022_656)
      assert.isTrue(user.explicitContent?.filterEnabled)
      assert.notProperty(user.images[0] ?? {}, "width")
    }))

  it.effect("I19: refuses a profile that is nobody's", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(decodeCurrentUser({ ...Answers.extendedUser, id: "" }))
      assert.include(error.message, "id")
    }))
})

describe("PublicUser", () => {
  it.effect("I19: reads the owner of a playlist, and a person with nothing to show", () =>
    Effect.gen(function*() {
      const user = yield* decodePublicUser({
        display_name: null,
        external_urls: { spotify: "https://open.spotify.com/user/some%20one" },
        followers: null,
        href: "https://api.spotify.com/v1/users/some%20one",
        id: "some one",
        images: null,
        type: "user",
        uri: "spotify:user:some%20one"
      })
      assert.strictEqual<string | undefined>(user.id, "some one")
      assert.notProperty(user, "displayName")
      assert.deepStrictEqual(user.images, [])
    }))

  it.effect("I19: reads that nobody is said to have added a row", () =>
    Effect.gen(function*() {
      const user = yield* decodePublicUser({ id: "", type: "user", uri: "spotify:user:" })
      assert.notProperty(user, "id")
    }))
})
