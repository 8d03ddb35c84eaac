import { Catalogue, People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  at,
  call,
  column,
  field,
  inSandbox,
  personToken,
  programToken,
  rows,
  signIn,
  text
} from "../support/Requests.ts"

describe("GET /v1/me", () => {
  it.live("shows a person what the quota mode and the scopes allow", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      const all = yield* personToken()
      const some = text(yield* signIn("user-read-private"), "access_token")
      const development = yield* call("/me", all)
      for (const removed of ["country", "email", "product", "followers", "explicit_content"]) {
        assert.isUndefined(field(development, removed))
      }
      assert.strictEqual(field(development, "account_id"), People.sandy.accountId)
      yield* configure({ quotaMode: "extended" })
      assert.isDefined(field(yield* call("/me", all), "email"))
      const narrow = yield* call("/me", some)
      assert.isUndefined(field(narrow, "email"))
      assert.isDefined(field(narrow, "country"))
    }).pipe(inSandbox()))

  it.live("a person of few words has nulls and nothings", () =>
    Effect.gen(function*() {
      const seen = yield* call("/me", yield* personToken(People.quiet.id))
      for (const name of ["display_name", "images", "followers"]) assert.isNull(field(seen, name))
      assert.isUndefined(field(seen, "product"))
      assert.strictEqual(field(seen, "country"), "DE")
    }).pipe(inSandbox({ quotaMode: "extended" })))
})

describe("GET /v1/users/{user_id}", () => {
  it.live("knows everybody, whatever stands in an id, and shows what is public", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      for (const { id } of [People.sandy, People.quiet, People.stranger]) {
        const seen = yield* call(`/users/${encodeURIComponent(id)}`, token)
        assert.strictEqual(field(seen, "id"), id)
        assert.isUndefined(field(seen, "account_id"))
        assert.isUndefined(field(seen, "email"))
        assert.strictEqual(field(seen, "uri"), `spotify:user:${encodeURIComponent(id)}`)
      }
      assert.strictEqual((yield* call("/users/nobody", token)).status, 404)
    }).pipe(inSandbox({ quotaMode: "extended" })))
})

describe("GET /v1/me/top", () => {
  it.live("is in an order of its own for each time range", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      for (const kind of ["tracks", "artists"]) {
        const orders = new Set<string>()
        for (const range of ["long_term", "medium_term", "short_term"]) {
          const seen = yield* call(`/me/top/${kind}?time_range=${range}`, token)
          orders.add(column(seen, "items", "id").join())
        }
        assert.strictEqual(orders.size, 3)
        const usual = yield* call(`/me/top/${kind}`, token)
        assert.isTrue(orders.has(column(usual, "items", "id").join()))
        assert.strictEqual((yield* call(`/me/top/${kind}?time_range=ever`, token)).status, 400)
      }
    }).pipe(inSandbox()))

  it.live("artists have genres always, followers and popularity outside Development Mode", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      const token = yield* personToken()
      const development = yield* call("/me/top/artists?limit=1", token)
      assert.isArray(at(development, "items.0.genres"))
      assert.isUndefined(at(development, "items.0.followers"))
      assert.isUndefined(at(development, "items.0.popularity"))
      yield* configure({ quotaMode: "extended" })
      const extended = yield* call("/me/top/artists?limit=1", token)
      assert.isNumber(at(extended, "items.0.followers.total"))
      assert.isNumber(at(extended, "items.0.popularity"))
    }).pipe(inSandbox()))
})

describe("GET /v1/me/following", () => {
  it.live("pages by cursor, and does not stumble over an artist who is gone meanwhile", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      const followed = Catalogue.artists.slice(0, 5).map(({ id }) => id).sort()
      const uris = followed.map((id) => `spotify:artist:${id}`).join(",")
      assert.strictEqual((yield* call(`/me/library?uris=${uris}`, token, { method: "PUT" })).status, 200)
      const first = yield* call("/me/following?type=artist&limit=2", token)
      assert.deepStrictEqual(column(first, "artists.items", "id"), followed.slice(0, 2))
      assert.strictEqual(at(first, "artists.total"), 5)
      const after = at(first, "artists.cursors.after")
      assert.strictEqual(after, followed[1])
      yield* call(`/me/library?uris=spotify:artist:${after}`, token, { method: "DELETE" })
      const second = yield* call(String(at(first, "artists.next")), token)
      assert.deepStrictEqual(column(second, "artists.items", "id"), followed.slice(2, 4))
      const third = yield* call(String(at(second, "artists.next")), token)
      assert.deepStrictEqual(column(third, "artists.items", "id"), followed.slice(4))
      assert.deepStrictEqual([at(third, "artists.next"), at(third, "artists.cursors.after")], [null, null])
    }).pipe(inSandbox()))

  it.live("takes artists alone, 50 at most", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      assert.deepStrictEqual(rows(yield* call("/me/following?type=artist", token), "artists.items"), [])
      for (const query of ["", "?type=user", "?type=artist&limit=51"]) {
        assert.strictEqual((yield* call(`/me/following${query}`, token)).status, 400)
      }
    }).pipe(inSandbox()))
})
