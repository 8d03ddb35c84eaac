/** A search to its last row, against a server that refuses a page as a whole when it reaches beyond row 1,000. */
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Page from "../src/model/Page.ts"
import * as Search from "../src/Search.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as SpotifyTest from "../src/SpotifyTest.ts"
import * as Answers from "./support/Answers.ts"

/** Has `total` rows, and names a next page as long as there are rows. Keeps the places it was asked for. */
const server = (total: number) => {
  const asked: Array<{ readonly offset: number; readonly limit: number }> = []
  const httpClient = HttpClient.make((request, url) =>
    Effect.sync(() => {
      const offset = Number(url.searchParams.get("offset") ?? 0)
      const limit = Number(url.searchParams.get("limit") ?? 5)
      asked.push({ offset, limit })
      const answer = (status: number, body: unknown) =>
        HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body), { status }))
      if (offset + limit > 1_000 || limit < 1 || limit > 10) {
        return answer(404, { error: { status: 404, message: "Not found." } })
      }
      const next = new URL(url)
      next.searchParams.set("offset", String(offset + limit))
      const rows = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, i) => ({
        ...Answers.developmentTrack,
        name: String(offset + i)
      }))
      return answer(200, {
        tracks: { items: rows, limit, offset, total, next: offset + limit < total ? next.href : null }
      })
    })
  )
  const layer = SpotifyClient.layer().pipe(
    Layer.provide([
      Layer.succeed(HttpClient.HttpClient, httpClient),
      TokenService.layerStatic({ value: Redacted.make("token") })
    ])
  )
  return { asked, layer }
}

const names = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, i) => String(from + i))

describe("a search", () => {
  it.effect.prop(
    "has every row there is up to row 1,000, in pages of any size, and asks for none beyond (F92)",
    {
      pageSize: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 })),
      total: Schema.Literals([0, 3, 990, 994, 999, 1_000, 1_001, 5_000])
    },
    ({ pageSize, total }) => {
      const { asked, layer } = server(total)
      return Effect.gen(function*() {
        const found = yield* Stream.runCollect(Search.tracks("rock", { pageSize }))
        assert.deepStrictEqual(found.map(({ name }) => name), names(0, Math.min(total, 1_000)))
        assert.isTrue(asked.every(({ limit, offset }) => offset + limit <= 1_000))
      }).pipe(Effect.provide(layer))
    },
    { arbitrary: { runs: 15 } }
  )

  it.effect.prop(
    "goes on from any place to its last row, and from one beyond to nothing (F92)",
    {
      offset: Schema.Int.check(Schema.isBetween({ minimum: 960, maximum: 1_020 })),
      limit: Schema.Literals(["", "&limit=1", "&limit=7", "&limit=10"])
    },
    ({ limit, offset }) => {
      const { asked, layer } = server(5_000)
      return Effect.gen(function*() {
        const from = Page.Cursor.make(
          `/search?offset=${offset}&query=a%3Fb+c&type=track${limit}`
        )
        const pages = yield* Stream.runCollect(Search.tracks("a?b c", { from }).pages)
        assert.deepStrictEqual(pages.flatMap(({ items }) => items.map(({ name }) => name)), names(offset, 1_000))
        assert.isUndefined(pages.at(-1)?.cursor)
        assert.isTrue(asked.every(({ limit, offset }) => offset + limit <= 1_000))
      }).pipe(Effect.provide(layer))
    },
    { arbitrary: { runs: 100 } }
  )

  it.effect("ends at the same row in tests (F92)", () =>
    Effect.gen(function*() {
      const found = yield* Stream.runCollect(Search.tracks("rock", { pageSize: 7 }))
      assert.lengthOf(found, 1_000)
    }).pipe(
      Effect.provide(
        SpotifyTest.layer({ tracks: Array.from({ length: 1_100 }, (_, i) => SpotifyTest.track({ name: `Rock ${i}` })) })
      )
    ))
})
