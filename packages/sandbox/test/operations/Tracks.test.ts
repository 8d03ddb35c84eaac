import { Catalogue, People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { at, call, column, field, inSandbox, personToken, programToken } from "../support/Requests.ts"

const { ids } = Catalogue
const removedInDevelopment = ["available_markets", "linked_from", "popularity"]

const uris = (tracks: ReadonlyArray<string>) => tracks.map((id) => `spotify:track:${id}`).join(",")

describe("GET /v1/tracks/{id}", () => {
  it.live("serves every track of the catalogue, in both quota modes", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      assert.isAtLeast(Catalogue.tracks.length, 12)
      const token = yield* programToken
      for (const { artist, id, name } of Catalogue.tracks) {
        yield* configure({ quotaMode: "development" })
        const development = yield* call(`/tracks/${id}`, token)
        assert.deepStrictEqual([field(development, "name"), field(development, "id")], [name, id])
        assert.include(JSON.stringify(field(development, "artists")), artist)
        for (const removed of removedInDevelopment) {
          assert.isUndefined(field(development, removed))
          assert.isUndefined(at(development, `album.${removed}`))
        }
        yield* configure({ quotaMode: "extended" })
        const extended = yield* call(`/tracks/${id}`, token)
        assert.isDefined(field(extended, "available_markets"))
        assert.isDefined(at(extended, "album.available_markets"))
      }
    }).pipe(inSandbox()))

  it.live("has the odd ones", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const local = yield* call(`/tracks/${ids.localFile}`, token)
      assert.deepStrictEqual([field(local, "id"), field(local, "is_local")], [null, true])
      const relinked = yield* call(`/tracks/${ids.relinked}?market=DE`, token)
      assert.strictEqual(field(relinked, "id"), ids.relinkedTo)
      assert.strictEqual(at(relinked, "linked_from.id"), ids.relinked)
      assert.isUndefined(field(relinked, "available_markets"))
      const restricted = yield* call(`/tracks/${ids.restricted}?market=DE`, token)
      assert.deepStrictEqual([field(restricted, "is_playable"), field(restricted, "restrictions")], [false, {
        reason: "market"
      }])
      assert.isUndefined(field(yield* call(`/tracks/${ids.withoutPopularity}`, token), "popularity"))
      assert.isUndefined(field(yield* call(`/tracks/${ids.withoutPreview}`, token), "preview_url"))
    }).pipe(inSandbox({ quotaMode: "extended" })))

  it.live("a person's country wins over the market", () =>
    Effect.gen(function*() {
      const path = `/tracks/${ids.restricted}?market=US`
      assert.strictEqual(field(yield* call(path, yield* programToken), "is_playable"), true)
      assert.strictEqual(field(yield* call(path, yield* personToken()), "is_playable"), false)
    }).pipe(inSandbox()))

  it.live.each(
    [
      ["/tracks/short", 400, "Invalid base62 id"],
      ["/tracks/!!!!!!!!!!!!!!!!!!!!!!", 400, "Invalid base62 id"],
      [`/tracks/${ids.unknown}`, 404, "Resource not found"],
      [`/tracks/${ids.typhoons}?market=Sweden`, 400, "Invalid market code"]
    ] as const
  )("answers %s with %i", ([path, status, message]) =>
    Effect.gen(function*() {
      const seen = yield* call(path, yield* programToken)
      assert.strictEqual(seen.status, status)
      assert.deepStrictEqual(seen.json, { error: { status, message } })
    }).pipe(inSandbox()))
})

describe("GET /v1/tracks", () => {
  it.live("answers in the order asked, null where there is nothing, and the same thing twice", () =>
    Effect.gen(function*() {
      const asked = [ids.typhoons, ids.unknown, ids.helvegen, ids.typhoons]
      const seen = yield* call(`/tracks?ids=${asked.join(",")}`, yield* programToken)
      assert.deepStrictEqual(column(seen, "tracks", "id"), [ids.typhoons, undefined, ids.helvegen, ids.typhoons])
      assert.isNull(at(seen, "tracks.1"))
    }).pipe(inSandbox({ quotaMode: "extended" })))

  it.live("takes 50 ids, and no wrong one", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const many = (count: number) => Array.from({ length: count }, () => ids.typhoons).join(",")
      assert.strictEqual((yield* call(`/tracks?ids=${many(50)}`, token)).status, 200)
      assert.strictEqual((yield* call(`/tracks?ids=${many(51)}`, token)).status, 400)
      assert.strictEqual(at(yield* call("/tracks", token), "error.message"), "Missing required field: ids")
      assert.strictEqual(at(yield* call(`/tracks?ids=${many(1)},x`, token), "error.message"), "Invalid base62 id")
    }).pipe(inSandbox({ quotaMode: "extended" })))
})

describe("GET and PUT /v1/me/tracks", () => {
  it.effect("shows what was saved, the newest first, with the time of Effect's clock", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-11-23T10:00:00.789Z"))
      const token = yield* personToken()
      yield* call(`/me/library?${new URLSearchParams({ uris: uris([ids.typhoons]) })}`, token, { method: "PUT" })
      yield* TestClock.adjust("1 minute")
      yield* call(`/me/library?${new URLSearchParams({ uris: uris([ids.helvegen]) })}`, token, { method: "PUT" })
      yield* TestClock.adjust("1 minute")
      // Again: it stays where it is.
      yield* call(`/me/library?${new URLSearchParams({ uris: uris([ids.typhoons]) })}`, token, { method: "PUT" })
      const seen = yield* call("/me/tracks", token)
      assert.deepStrictEqual(column(seen, "items", "added_at"), ["2026-11-23T10:01:00Z", "2026-11-23T10:00:00Z"])
      assert.deepStrictEqual(column(seen, "items", "track.id"), [ids.helvegen, ids.typhoons])
      assert.strictEqual(field(seen, "total"), 2)
    }).pipe(inSandbox()))

  it.live("saves as of a time that is told", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      const seen = yield* call("/me/tracks", token, {
        method: "PUT",
        body: JSON.stringify({
          timestamped_ids: [
            { id: ids.typhoons, added_at: "2020-01-01T00:00:00Z" },
            { id: ids.helvegen, added_at: "2021-01-01T00:00:00Z" }
          ]
        })
      })
      assert.deepStrictEqual([seen.status, seen.text], [200, ""])
      assert.deepStrictEqual(column(yield* call("/me/tracks", token), "items", "added_at"), [
        "2021-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z"
      ])
    }).pipe(inSandbox({ quotaMode: "extended" })))

  it.live.each(
    [
      ["nothing", "", "Missing required field: ids"],
      ["a bare list", JSON.stringify([ids.typhoons]), "Missing required field: ids"],
      ["51 ids", JSON.stringify({ ids: Array.from({ length: 51 }, () => ids.typhoons) }), "Too many ids requested"],
      [
        "no time",
        JSON.stringify({ timestamped_ids: [{ id: ids.typhoons, added_at: "soon" }] }),
        "Missing required field: ids"
      ]
    ] as const
  )("refuses %s", ([_name, body, message]) =>
    Effect.gen(function*() {
      const seen = yield* call("/me/tracks", yield* personToken(), { method: "PUT", body })
      assert.deepStrictEqual(seen.json, { error: { status: 400, message } })
    }).pipe(inSandbox({ quotaMode: "extended" })))

  it.live("keeps people apart", () =>
    Effect.gen(function*() {
      const sandy = yield* personToken(People.sandy.id)
      const quiet = yield* personToken(People.quiet.id)
      yield* call(`/me/library?uris=${uris([ids.typhoons])}`, sandy, { method: "PUT" })
      assert.strictEqual(field(yield* call("/me/tracks", sandy), "total"), 1)
      assert.strictEqual(field(yield* call("/me/tracks", quiet), "total"), 0)
    }).pipe(inSandbox()))
})
