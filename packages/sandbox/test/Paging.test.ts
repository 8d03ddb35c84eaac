import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { call, column, field, inSandbox, personToken, programToken } from "./support/Requests.ts"

describe("pages", () => {
  it.live("link to their neighbours on the sandbox itself, with the client's language", () =>
    Effect.gen(function*() {
      const { apiUrl } = yield* Sandbox.Sandbox
      const token = yield* personToken()
      const path = `${apiUrl}/me/top/tracks?time_range=short_term`
      const seen = yield* call(`${path}&limit=2&offset=3`, token)
      const link = (offset: number) => `${path}&limit=2&offset=${offset}&locale=*`
      assert.deepStrictEqual(
        [field(seen, "href"), field(seen, "next"), field(seen, "previous")],
        [link(3), link(5), link(1)]
      )
      assert.deepStrictEqual([field(seen, "limit"), field(seen, "offset")], [2, 3])
    }).pipe(inSandbox()))

  it.live("end where the list does, be the last page full or not", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const album = Catalogue.albums.find(({ tracks }) => tracks.length === 8)
      for (const [offset, limit] of [[0, 8], [0, 50], [4, 4], [8, 4], [100, 4]] as const) {
        const seen = yield* call(`/albums/${album?.id}/tracks?offset=${offset}&limit=${limit}`, token)
        assert.isNull(field(seen, "next"))
        assert.strictEqual(field(seen, "total"), 8)
      }
      const seen = yield* call(`/albums/${album?.id}/tracks?offset=2&limit=4`, token)
      assert.include(String(field(seen, "previous")), "offset=0")
    }).pipe(inSandbox()))

  it.live.each(
    [
      ["/me/top/tracks", 20, 50],
      ["/me/top/artists", 20, 50],
      ["/me/tracks", 20, 50],
      [`/albums/${Catalogue.albums[0]?.id}/tracks`, 20, 50]
    ] as const
  )("of %s have %i rows, %i at most", ([path, usual, most]) =>
    Effect.gen(function*() {
      const token = yield* personToken()
      assert.strictEqual(field(yield* call(path, token), "limit"), usual)
      assert.strictEqual((yield* call(`${path}?limit=${most}`, token)).status, 200)
      for (const limit of [most + 1, 0, -1, "x", "1.5"]) {
        const seen = yield* call(`${path}?limit=${limit}`, token)
        assert.deepStrictEqual(seen.json, { error: { status: 400, message: "Invalid limit" } })
      }
      assert.strictEqual((yield* call(`${path}?offset=-1`, token)).status, 400)
    }).pipe(inSandbox()))

  it.live.prop(
    "followed by next they show every row once, in order",
    { limit: Schema.Int.check(Schema.isBetween({ minimum: 15, maximum: 50 })) },
    ({ limit }) =>
      Effect.gen(function*() {
        const token = yield* personToken()
        const seen: Array<unknown> = []
        let next: unknown = `/me/top/tracks?limit=${limit}`
        let total: unknown
        while (typeof next === "string") {
          const page: Effect.Success<ReturnType<typeof call>> = yield* call(next, token)
          assert.isAbove(column(page, "items", "id").length, 0)
          seen.push(...column(page, "items", "id"))
          next = field(page, "next")
          total = field(page, "total")
        }
        assert.strictEqual(seen.length, total)
        assert.strictEqual(new Set(seen).size, total)
      }).pipe(inSandbox()),
    { arbitrary: { runs: 20 } }
  )
})
