import { Catalogue, People } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { call, inSandbox, personToken, signIn, text } from "../support/Requests.ts"

const library = (method: "GET" | "PUT" | "DELETE", uris: ReadonlyArray<string>, token: string) =>
  call(
    `/me/library${method === "GET" ? "/contains" : ""}?${new URLSearchParams({ uris: uris.join(",") })}`,
    token,
    { method }
  )

const tracks = Catalogue.albums.flatMap((album) => album.tracks).map((id) => `spotify:track:${id}`)
const [album] = Catalogue.albums
const [artist] = Catalogue.artists
const [track = ""] = tracks

describe("/v1/me/library", () => {
  it.live("holds every kind of thing, and people whatever stands in their ids", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      const uris = [
        track,
        `spotify:album:${album?.id}`,
        `spotify:artist:${artist?.id}`,
        "spotify:episode:512ojhOuo1ktJprKbVcKyQ",
        "spotify:show:38bS44xjbVVZ3No3ByF1dJ",
        "spotify:audiobook:7iHfbu1YPACw6oZPAFJtqe",
        "spotify:playlist:3cEYpjA9oz9GiPac4AsH4n",
        `spotify:user:${People.quiet.id}`
      ]
      assert.deepStrictEqual((yield* library("GET", uris, token)).json, uris.map(() => false))
      const saved = yield* library("PUT", uris, token)
      assert.deepStrictEqual([saved.status, saved.text], [200, ""])
      assert.deepStrictEqual((yield* library("GET", uris, token)).json, uris.map(() => true))
      const encoded = `spotify:user:${encodeURIComponent(People.quiet.id)}`
      assert.deepStrictEqual((yield* library("GET", [encoded], token)).json, [true])
      const removed = yield* library("DELETE", uris, token)
      assert.deepStrictEqual([removed.status, removed.text], [200, ""])
      assert.deepStrictEqual((yield* library("GET", uris, token)).json, uris.map(() => false))
    }).pipe(inSandbox()))

  it.live("reads URIs in the query alone", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      const body = JSON.stringify({ uris: [track] })
      for (const [method, path] of [["PUT", "/me/library"], ["DELETE", "/me/library"]] as const) {
        const seen = yield* call(path, token, { method, body })
        assert.deepStrictEqual(seen.json, { error: { status: 400, message: "Missing required field: uris" } })
      }
      assert.strictEqual((yield* call("/me/library/contains", token)).status, 400)
    }).pipe(inSandbox()))

  it.live("takes 40 URIs at a time, well-formed and of a kind it knows", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      for (const method of ["PUT", "GET", "DELETE"] as const) {
        assert.strictEqual((yield* library(method, tracks.slice(0, 40), token)).status, 200)
        assert.strictEqual((yield* library(method, tracks.slice(0, 41), token)).status, 400)
        for (const uri of ["11dFghVXANMlKmJXsNCbNl", "spotify:track:short", "spotify:genre:0000000000000000000000"]) {
          assert.strictEqual((yield* library(method, [track, uri], token)).status, 400)
        }
      }
      const unknown = `spotify:track:${Catalogue.ids.unknown}`
      assert.strictEqual((yield* library("PUT", [track, unknown], token)).status, 404)
      assert.deepStrictEqual((yield* library("GET", [track, unknown], token)).json, [false, false])
    }).pipe(inSandbox()))

  it.live("takes the scope of what is saved or followed", () =>
    Effect.gen(function*() {
      const follower = text(yield* signIn("user-follow-modify user-follow-read"), "access_token")
      const person = `spotify:user:${People.stranger.id}`
      assert.strictEqual((yield* library("PUT", [person], follower)).status, 200)
      assert.deepStrictEqual((yield* library("GET", [person], follower)).json, [true])
      for (const method of ["PUT", "GET", "DELETE"] as const) {
        const seen = yield* library(method, [person, track], follower)
        assert.deepStrictEqual(seen.json, { error: { status: 403, message: "Insufficient client scope" } })
      }
    }).pipe(inSandbox()))

  const Step = Schema.Struct({
    method: Schema.Literals(["PUT", "DELETE"]),
    from: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })),
    count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
  })

  it.live.prop(
    "is a set: any history of saving and removing leaves what a set would hold, and repeating a step changes nothing",
    { history: Schema.Array(Step).check(Schema.isMaxLength(4)) },
    ({ history }) =>
      Effect.gen(function*() {
        const token = yield* personToken()
        const held = new Set<string>()
        for (const { count, from, method } of history) {
          const uris = tracks.slice(from, from + count)
          yield* library(method, uris, token)
          yield* library(method, uris, token)
          for (const uri of uris) {
            if (method === "PUT") held.add(uri)
            else held.delete(uri)
          }
        }
        const asked = tracks.slice(0, 12)
        assert.deepStrictEqual((yield* library("GET", asked, token)).json, asked.map((uri) => held.has(uri)))
        const seen = yield* call("/me/tracks", token)
        assert.include(seen.text, `"total":${held.size}`)
      }).pipe(inSandbox()),
    { arbitrary: { runs: 200 }, timeout: 60_000 }
  )
})
