import * as Profile from "@app/api/Profile"
import * as Tracks from "@app/api/Tracks"
import * as TokenService from "@app/auth/TokenService"
import { Catalogue, People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

const within = (options?: Sandbox.SignInOptions) =>
  Effect.provide(
    Sandbox.signedIn(options).pipe(Layer.provideMerge(Sandbox.layer()), Layer.provide(FetchHttpClient.layer))
  )

describe("a person who has signed in", () => {
  it.live("is the first one, with the scopes asked for", () =>
    Effect.gen(function*() {
      const { setLibrary } = yield* Sandbox.Sandbox
      yield* setLibrary([Catalogue.ids.typhoons])
      assert.deepStrictEqual((yield* TokenService.get).scopes, ["user-library-read"])
      assert.strictEqual((yield* Profile.me).displayName, People.sandy.displayName)
      const items = yield* Stream.runCollect(Tracks.saved())
      assert.deepStrictEqual(items.map(({ track }) => track.name), ["Typhoons"])
    }).pipe(within({ scopes: ["user-library-read"] })))

  it.live("is the one named, without scopes unless some are asked for", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Profile.me).id, People.quiet.id)
      const error = yield* Effect.flip(Stream.runCollect(Tracks.saved()))
      assert.strictEqual(error.reason._tag, "Forbidden")
    }).pipe(within({ as: People.quiet.id })))

  it.live("must be one that there is", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Sandbox.signIn({ as: "nobody" }))
      assert.strictEqual(error.reason._tag, "AuthorizationRefused")
    }).pipe(Effect.provide(Sandbox.layer())))
})

describe("a track that the sandbox does not know", () => {
  it.live("is reported as the sandbox's, with the place of the list (F137)", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      const error = yield* Effect.flip(Tracks.get("https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"))
      assert.include(error.message, `This is a local sandbox, not Spotify: ${accountsUrl}/ lists what it knows`)
    }).pipe(within()))
})
