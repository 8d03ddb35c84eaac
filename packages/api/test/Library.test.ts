/** What the operations on a library send, and what they make of responses. */
import type { AuthError } from "@app/auth/AuthError"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Albums from "../src/Albums.ts"
import * as Audio from "../src/Audio.ts"
import * as Library from "../src/Library.ts"
import * as Profile from "../src/Profile.ts"
import type { ExtendedQuotaMode } from "../src/QuotaMode.ts"
import type * as SpotifyClient from "../src/SpotifyClient.ts"
import type { SpotifyError } from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import { idAt, idsUpTo, reasonOf, sent } from "./support/Requests.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

describe("the library", () => {
  it.effect("takes 40 URIs at a time, in the query, in order", () =>
    Effect.gen(function*() {
      const ids = idsUpTo(41)
      yield* Tracks.save(ids)
      yield* Tracks.remove(ids.slice(0, 1))
      yield* Profile.follow(["spotify:user:some.one", "https://open.spotify.com/artist/0gxyHStUsqpMadRV0Di1Qt"])
      const uris = ids.map((id) => `spotify:track:${id}`)
      assert.deepStrictEqual(yield* sent, [
        `PUT /me/library?uris=${uris.slice(0, 40).join(",")}`,
        `PUT /me/library?uris=${uris.slice(40).join(",")}`,
        `DELETE /me/library?uris=${uris[0]}`,
        "PUT /me/library?uris=spotify:user:some.one,spotify:artist:0gxyHStUsqpMadRV0Di1Qt"
      ])
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, "")))))

  for (
    const [status, body] of [[200, ""], [200, "9h5npEXfBOvTJweMy83FqSmeRcc"], [201, "{}"], [202, ""], [
      204,
      ""
    ]] as const
  ) {
    it.effect(`a write is done with ${status} and "${body}"`, () =>
      Tracks.save([idAt(0)]).pipe(Effect.provide(ScriptedTransport.layer(answer(status, body)))))
  }

  it.effect("tells for each whether it is there, however many", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [answer(200, idsUpTo(40).map((_, i) => i % 2 === 0)), answer(200, [true])]
      const saved = yield* Tracks.isSaved(idsUpTo(41))
      assert.deepStrictEqual(saved, idsUpTo(41).map((_, i) => i % 2 === 0))
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("does not guess when answers are missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.isSaved(idsUpTo(2)))
      assert.strictEqual(reasonOf(error), "UnexpectedResponse")
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, [true])))))

  it.effect("links are taken as people hand them on (F96)", () =>
    Effect.gen(function*() {
      yield* Profile.follow(["open.spotify.com/user/some.one?si=x", "<SPOTIFY:artist:0gxyHStUsqpMadRV0Di1Qt>"])
      yield* Tracks.save([`spotify:track:${idAt(0)}#0:38`])
      yield* Library.save(["https://embed.spotify.com/?uri=spotify%3Aalbum%3A6eUW0wxWtzkFdaEFsTJto6"])
      assert.deepStrictEqual(yield* sent, [
        "PUT /me/library?uris=spotify:user:some.one,spotify:artist:0gxyHStUsqpMadRV0Di1Qt",
        `PUT /me/library?uris=spotify:track:${idAt(0)}`,
        "PUT /me/library?uris=spotify:album:6eUW0wxWtzkFdaEFsTJto6"
      ])
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, "")))))

  it.effect("a 404 names what the request asked for, since Spotify does not say which of it is unknown (F142)", () =>
    Effect.gen(function*() {
      const several = yield* Effect.flip(Tracks.save(idsUpTo(45)))
      assert.isTrue(several._tag === "SpotifyError" && several.reason._tag === "NotFound")
      assert.deepStrictEqual(
        several._tag === "SpotifyError" && several.reason._tag === "NotFound" ? several.reason.asked : [],
        idsUpTo(40).map((id) => `spotify:track:${id}`)
      )
      assert.include(several.message, "at least one of the 40 asked for at once")
      assert.include(several.message, `spotify:track:${idAt(0)}`)
      assert.include(several.message, "and 35 more")
      assert.isBelow(several.message.length, 600)
      for (
        const [call, name] of [
          [Tracks.get(idAt(1)), `under ${idAt(1)} `],
          [Tracks.save([idAt(2)]), `under spotify:track:${idAt(2)} `],
          [Stream.runDrain(Albums.tracks(idAt(3))), `under ${idAt(3)} `],
          [Profile.user("some.one"), "under some.one "],
          [Audio.manyFeatures([idAt(4), idAt(5)]), `${idAt(4)}, ${idAt(5)}. `],
          [Tracks.saveAt([{ id: idAt(6), addedAt: DateTime.makeUnsafe(0) }]), `under ${idAt(6)} `],
          [Profile.me, "nothing there"]
        ] as const
      ) {
        const error = yield* Effect.flip<
          unknown,
          SpotifyError | AuthError,
          SpotifyClient.SpotifyClient | ExtendedQuotaMode
        >(
          call
        )
        assert.include(error.message, name)
      }
    }).pipe(
      Effect.provide(ScriptedTransport.layer(answer(404, { error: { status: 404, message: "Resource not found" } })))
    ))

  it.effect("sends nothing for a mistake, or for nothing", () =>
    Effect.gen(function*() {
      yield* Library.save([])
      for (
        const mistake of [
          Library.save(["spotify:album:short"]),
          Profile.follow([`spotify:track:${idAt(0)}`]),
          Tracks.save([idAt(0), "spotify:album:6eUW0wxWtzkFdaEFsTJto6"])
        ]
      ) {
        assert.strictEqual(reasonOf(yield* Effect.flip(mistake)), "InvalidArgument")
      }
      assert.lengthOf(yield* sent, 0)
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("takes tracks as of other times", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      yield* Tracks.saveAt([{ id: idAt(0), addedAt: DateTime.makeUnsafe("2020-02-02T02:02:02Z") }])
      const body = wire.sent[0]?.request.body
      assert.deepStrictEqual(
        body?._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(body.body)) : body,
        { timestamped_ids: [{ id: idAt(0), added_at: "2020-02-02T02:02:02.000Z" }] }
      )
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, "")))))
})
