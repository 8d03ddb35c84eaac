import * as Sandbox from "@app/sandbox/Sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { adminKey, keyFor, layer, pathOf, send } from "./support/RunningFleet.ts"

const signInsOf = (tenant: string) => `/v1/tenants/${tenant}/apps/spotify/sign-ins`

const start = Effect.fnUntraced(function*(options: { readonly tenant?: string; readonly session?: string } = {}) {
  const { client: { redirectUri } } = yield* Sandbox.Sandbox
  const { json, status } = yield* send(signInsOf(options.tenant ?? "acme"), {
    key: adminKey,
    method: "POST",
    body: {
      account: "ann",
      redirect_uri: redirectUri,
      scopes: ["user-read-private"],
      ...(options.session !== undefined && { session: options.session })
    }
  })
  assert.strictEqual(status, 201)
  return { id: String(json["id"]), url: String(json["url"]) }
})

const finish = (id: string, callback: URL, options: { readonly tenant?: string; readonly session?: string } = {}) =>
  send(`${signInsOf(options.tenant ?? "acme")}/${id}/callback`, {
    key: adminKey,
    method: "POST",
    body: {
      callback_url: callback.href,
      ...(options.session !== undefined && { session: options.session })
    }
  })

const statusOf = (id: string) =>
  Effect.map(send(`${signInsOf("acme")}/${id}`, { key: adminKey }), ({ json }) => [json["status"], json["error"]])

describe("signing in over HTTP", () => {
  it.live("takes a start, a person, and a callback", () =>
    Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const { id, url } = yield* start({ session: "cookie" })
      assert.deepStrictEqual(yield* statusOf(id), ["pending", undefined])
      const callback = yield* approve(url)
      const finished = yield* finish(id, callback, { session: "cookie" })
      assert.deepStrictEqual([finished.status, finished.json["status"]], [200, "completed"])
      assert.deepStrictEqual(yield* statusOf(id), ["completed", undefined])
      const token = yield* send(`${pathOf("acme", "ann")}/token`, { key: adminKey })
      assert.strictEqual(token.json["scope"], "user-read-private")
      const again = yield* finish(id, callback, { session: "cookie" })
      assert.deepStrictEqual([again.status, again.json["error"]], [422, "state_mismatch"])
    }).pipe(Effect.provide(layer())))

  it.live("says that the person has refused", () =>
    Effect.gen(function*() {
      const { deny } = yield* Sandbox.Sandbox
      const { id, url } = yield* start()
      const finished = yield* finish(id, yield* deny(url))
      assert.deepStrictEqual([finished.status, finished.json["error"]], [422, "access_denied"])
      assert.deepStrictEqual(yield* statusOf(id), ["failed", "access_denied"])
      assert.strictEqual((yield* send(`${pathOf("acme", "ann")}/token`, { key: adminKey })).status, 404)
    }).pipe(Effect.provide(layer())))

  it.live("takes no callback of another sign-in, tenant or browser", () =>
    Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const mine = yield* start()
      const theirs = yield* start({ tenant: "other" })
      const crossed = yield* finish(mine.id, yield* approve(theirs.url))
      assert.deepStrictEqual([crossed.status, crossed.json["error"]], [422, "state_mismatch"])
      assert.deepStrictEqual(yield* statusOf(mine.id), ["pending", undefined])
      assert.strictEqual((yield* finish(mine.id, yield* approve(mine.url))).status, 200)
      const bound = yield* start({ session: "cookie" })
      const foreign = yield* finish(bound.id, yield* approve(bound.url), { session: "another" })
      assert.deepStrictEqual([foreign.status, foreign.json["error"]], [422, "state_mismatch"])
      const ofOther = yield* send(`${signInsOf("acme")}/${theirs.id}`, { key: adminKey })
      assert.strictEqual(ofOther.status, 404)
    }).pipe(Effect.provide(layer())))

  it.live("refuses redirect URIs that would leave this machine in the clear, and names that cannot be", () =>
    Effect.gen(function*() {
      const attempt = (body: unknown) => send(signInsOf("acme"), { key: adminKey, method: "POST", body })
      const clear = yield* attempt({ account: "ann", redirect_uri: "http://example.com/callback" })
      assert.deepStrictEqual([clear.status, clear.json["_tag"]], [400, "InvalidRequest"])
      const nameless = yield* attempt({ account: "", redirect_uri: "https://example.com/callback" })
      assert.strictEqual(nameless.status, 400)
      const key = yield* keyFor(["acme"], "accounts:read", "tokens:read")
      const weak = yield* send(signInsOf("acme"), { key, method: "POST", body: {} })
      assert.include([400, 403], weak.status)
    }).pipe(Effect.provide(layer())))
})
