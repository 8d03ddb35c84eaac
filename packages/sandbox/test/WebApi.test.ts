import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { call, field, programToken, signIn, text } from "./Browser.ts"

const inSandbox = (settings?: Parameters<typeof Sandbox.layer>[0]) => Effect.provide(Sandbox.layer(settings))

const removedInDevelopment = ["available_markets", "linked_from", "popularity"]

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
        for (const removed of removedInDevelopment) assert.isUndefined(field(development, removed))
        yield* configure({ quotaMode: "extended" })
        const extended = yield* call(`/tracks/${id}`, token)
        assert.isDefined(field(extended, "available_markets"))
      }
    }).pipe(inSandbox()))

  it.live("has the odd ones", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      const { ids } = Catalogue
      const local = yield* call(`/tracks/${ids.localFile}`, token)
      assert.deepStrictEqual([field(local, "id"), field(local, "is_local")], [null, true])
      const relinked = yield* call(`/tracks/${ids.relinked}?market=DE`, token)
      assert.strictEqual(field(relinked, "id"), ids.relinkedTo)
      assert.include(JSON.stringify(field(relinked, "linked_from")), ids.relinked)
      const restricted = yield* call(`/tracks/${ids.restricted}?market=DE`, token)
      assert.deepStrictEqual([field(restricted, "is_playable"), field(restricted, "restrictions")], [false, {
        reason: "market"
      }])
      assert.isUndefined(field(yield* call(`/tracks/${ids.withoutPopularity}`, token), "popularity"))
      assert.isUndefined(field(yield* call(`/tracks/${ids.withoutPreview}`, token), "preview_url"))
    }).pipe(inSandbox({ quotaMode: "extended" })))

  it.live.each(
    [
      ["/tracks/short", 400, "Invalid base62 id"],
      ["/tracks/!!!!!!!!!!!!!!!!!!!!!!", 400, "Invalid base62 id"],
      [`/tracks/${Catalogue.ids.unknown}`, 404, "Resource not found"],
      ["/nothing", 404, "Service not found"]
    ] as const
  )("answers %s with %i", ([path, status, message]) =>
    Effect.gen(function*() {
      const seen = yield* call(path, yield* programToken)
      assert.strictEqual(seen.status, status)
      assert.deepStrictEqual(seen.json, { error: { status, message } })
    }).pipe(inSandbox()))
})

describe("GET /v1/me", () => {
  it.live("shows a person what the quota mode and the scopes allow", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      const all = text(yield* signIn(), "access_token")
      const some = text(yield* signIn("user-read-private"), "access_token")
      const development = yield* call("/me", all)
      for (const removed of ["country", "email", "product", "followers", "explicit_content"]) {
        assert.isUndefined(field(development, removed))
      }
      yield* configure({ quotaMode: "extended" })
      assert.isDefined(field(yield* call("/me", all), "email"))
      const narrow = yield* call("/me", some)
      assert.isUndefined(field(narrow, "email"))
      assert.isDefined(field(narrow, "country"))
    }).pipe(inSandbox()))

  it.live("shows a program's own token nothing", () =>
    Effect.gen(function*() {
      const seen = yield* call("/me", yield* programToken)
      assert.strictEqual(seen.status, 403)
    }).pipe(inSandbox()))
})

describe("the bearer", () => {
  it.live("is told missing from invalid by the header alone", () =>
    Effect.gen(function*() {
      for (const [token, code] of [[undefined, "missing_token"], ["BQnone", "invalid_token"]] as const) {
        const seen = yield* call("/me", token)
        assert.strictEqual(seen.status, 401)
        assert.deepStrictEqual(seen.json, { error: { status: 401, message: "Missing/invalid/expired access token" } })
        assert.include(seen.headers.get("www-authenticate") ?? "", `error="${code}"`)
      }
    }).pipe(inSandbox()))

  it.live("is refused once ended, and a new one is not", () =>
    Effect.gen(function*() {
      const { expireAccessTokens, revokeAccessTokens } = yield* Sandbox.Sandbox
      for (const end of [expireAccessTokens, revokeAccessTokens]) {
        const token = yield* programToken
        assert.strictEqual(yield* end, 1)
        assert.strictEqual((yield* call(`/tracks/${Catalogue.ids.typhoons}`, token)).status, 401)
        assert.strictEqual((yield* call(`/tracks/${Catalogue.ids.typhoons}`, yield* programToken)).status, 200)
        yield* end
      }
    }).pipe(inSandbox()))
})
