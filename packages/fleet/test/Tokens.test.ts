import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import { Apps } from "@app/fleet/Apps"
import * as Fault from "@app/sandbox/Fault"
import * as Sandbox from "@app/sandbox/Sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import { adminKey, keyFor, layer, pathOf, send, signIn } from "./support/RunningFleet.ts"

const sha256 = (text: unknown) => createHash("sha256").update(String(text)).digest("hex")

const tokenOf = (account: string, query = "") => send(`${pathOf("acme", account)}/token${query}`, { key: adminKey })

describe("tokens over HTTP", () => {
  it.live("are handed out as a token response, for no cache to keep", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const key = yield* keyFor(["acme"], "tokens:read")
      const { headers, json, status } = yield* send(`${pathOf("acme", "ann")}/token`, { key })
      assert.strictEqual(status, 200)
      assert.strictEqual(headers["cache-control"], "no-store")
      assert.strictEqual(json["token_type"], "Bearer")
      assert.isAbove(Date.parse(String(json["expires_at"])), Date.now() + 3_500_000)
      const again = yield* tokenOf("ann")
      assert.strictEqual(again.json["access_token"], json["access_token"])
    }).pipe(Effect.provide(layer())))

  it.live("are found for any name that an account can have", () =>
    Effect.gen(function*() {
      for (const account of ["a/b", "å é", "%2F", "x".repeat(192), "ann?min_ttl=5"]) {
        yield* signIn("acme", account)
        assert.strictEqual((yield* tokenOf(account)).status, 200, account)
      }
      for (const account of [".", "..", "\u0000"]) {
        const refused = yield* signIn("acme", account)
        assert.notStrictEqual(refused.status, 201, account)
      }
      const tooLong = yield* signIn("acme", "x".repeat(193))
      assert.deepStrictEqual([tooLong.status, tooLong.json["_tag"]], [400, "InvalidRequest"])
    }).pipe(Effect.provide(layer())))

  it.live("last for as long as min_ttl asks, up to half of a life", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const first = yield* tokenOf("ann", "?min_ttl=1")
      // More than half of four seconds counts as half of them, so that nothing is refreshed.
      const same = yield* tokenOf("ann", "?min_ttl=86400")
      assert.strictEqual(same.json["access_token"], first.json["access_token"])
      assert.strictEqual((yield* tokenOf("ann", "?min_ttl=abc")).status, 400)
      assert.strictEqual((yield* tokenOf("ann", "?min_ttl=-1")).status, 400)
      const sandbox = yield* Sandbox.Sandbox
      const before = (yield* sandbox.refreshCounts).requests
      yield* Effect.sleep("2200 millis")
      const { json } = yield* tokenOf("ann", "?min_ttl=2")
      assert.notStrictEqual(json["access_token"], first.json["access_token"])
      assert.isAbove((yield* sandbox.refreshCounts).requests, before)
    }).pipe(Effect.provide(layer({ sandbox: { accessTokenLifetime: Duration.seconds(4) } }))))

  it.live("are not there for accounts that never had any, which leave nothing behind", () =>
    Effect.gen(function*() {
      const { json, status } = yield* tokenOf("nobody")
      assert.deepStrictEqual([status, json["_tag"]], [404, "NotFound"])
      const app = (yield* Apps).get("spotify")
      const key = app?.keyOf("acme", "nobody")
      if (key === undefined) return assert.fail("the app is not there")
      const found = yield* SharedTokenStore.use(({ peek }) => peek(key))
      assert.isTrue(Option.isNone(found))
      const signOut = yield* send(`${pathOf("acme", "nobody")}/authorization`, { key: adminKey, method: "DELETE" })
      assert.strictEqual(signOut.status, 404)
    }).pipe(Effect.provide(layer())))

  it.live("ask for a sign-in where it has ended, and come back with another", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const signOut = yield* send(`${pathOf("acme", "ann")}/authorization`, { key: adminKey, method: "DELETE" })
      assert.strictEqual(signOut.status, 204)
      const { json, status } = yield* tokenOf("ann")
      assert.deepStrictEqual([status, json["_tag"], json["kind"]], [409, "SignInRequired", "SignedOut"])
      const retry = yield* send(`${pathOf("acme", "ann")}/authorization/retry`, { key: adminKey, method: "POST" })
      assert.deepStrictEqual([retry.status, retry.json["kind"]], [409, "SignedOut"])
      assert.strictEqual((yield* signIn("acme", "ann")).status, 201)
      assert.strictEqual((yield* tokenOf("ann")).status, 200)
    }).pipe(Effect.provide(layer())))

  it.live("say when to try again while the provider is away", () =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      yield* signIn("acme", "ann")
      yield* inject("POST /api/token", [
        Fault.Status({ status: 503, headers: { "retry-after": "7" } }),
        Fault.Status({ status: 503, headers: { "retry-after": "7" } })
      ])
      const rejected = yield* send(`${pathOf("acme", "ann")}/token/refused`, {
        key: adminKey,
        method: "POST",
        body: { sha256: sha256((yield* tokenOf("ann")).json["access_token"]) }
      })
      assert.strictEqual(rejected.status, 204)
      const { headers, json, status } = yield* tokenOf("ann")
      assert.deepStrictEqual([status, json["_tag"]], [503, "TryLater"])
      assert.isAtLeast(Number(headers["retry-after"]), 1)
      assert.isAbove(Date.parse(String(json["retry_at"])), Date.now())
    }).pipe(Effect.provide(layer())))

  it.live("are replaced when an API has refused them, by their fingerprint", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const refuse = (sha256: string) =>
        send(`${pathOf("acme", "ann")}/token/refused`, { key: adminKey, method: "POST", body: { sha256 } })
      const first = (yield* tokenOf("ann")).json["access_token"]
      assert.strictEqual((yield* refuse(sha256("another"))).status, 204)
      assert.strictEqual((yield* tokenOf("ann")).json["access_token"], first)
      assert.strictEqual((yield* refuse(sha256(first))).status, 204)
      const second = (yield* tokenOf("ann")).json["access_token"]
      assert.notStrictEqual(second, first)
      // A second report of the same token changes nothing.
      yield* refuse(sha256(first))
      assert.strictEqual((yield* tokenOf("ann")).json["access_token"], second)
      assert.strictEqual((yield* refuse("not a fingerprint")).status, 400)
    }).pipe(Effect.provide(layer())))

  it.live("are not lost by a grant that the provider refuses", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const refused = yield* send(`${pathOf("acme", "ann")}/authorization`, {
        key: adminKey,
        method: "PUT",
        body: { refresh_token: "nonsense" }
      })
      assert.deepStrictEqual([refused.status, refused.json["_tag"]], [422, "SignInRejected"])
      assert.strictEqual((yield* tokenOf("ann")).status, 200)
    }).pipe(Effect.provide(layer())))
})
