import { Catalogue, People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { call, field, inSandbox, personToken, programToken, requestToken, send, text } from "./support/Requests.ts"

const track = `/tracks/${Catalogue.ids.typhoons}`

describe("the control surface", () => {
  const control = Effect.fnUntraced(function*(method: string, path: string, body?: unknown) {
    const { accountsUrl } = yield* Sandbox.Sandbox
    return yield* send(`${accountsUrl}/sandbox/${path}`, {
      method,
      ...(body !== undefined && {
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "content-type": "application/json" }
      })
    })
  })

  it.live("does over HTTP what the service does", () =>
    Effect.gen(function*() {
      const token = yield* programToken
      yield* control("POST", "faults", { route: "GET /v1/tracks/{id}", fault: { _tag: "RateLimited", retryAfter: 1 } })
      assert.strictEqual((yield* call(track, token)).status, 429)
      assert.deepStrictEqual((yield* control("POST", "revoke-access-tokens")).json, { revoked: 1 })
      assert.strictEqual((yield* call(track, token)).status, 401)
      assert.strictEqual((yield* control("PUT", "settings", { accessTokenLifetime: 5 })).status, 204)
      assert.strictEqual(field(yield* requestToken({ grant_type: "client_credentials" }), "expires_in"), 5)
      const { json } = yield* control("GET", "requests")
      assert.strictEqual(Array.isArray(json) ? json.length : 0, 4)
      yield* control("DELETE", "requests")
      assert.deepStrictEqual((yield* control("GET", "requests")).json, [])
    }).pipe(inSandbox()))

  it.live("sets limits and people", () =>
    Effect.gen(function*() {
      const people = [{ ...People.sandy, displayName: "Somebody Else" }]
      assert.strictEqual((yield* control("PUT", "settings", { people, quotaMode: "extended" })).status, 204)
      const token = yield* personToken()
      assert.strictEqual(field(yield* call("/me", token), "display_name"), "Somebody Else")
      yield* control("PUT", "settings", { rateLimit: { requests: 1, window: 30 } })
      assert.strictEqual((yield* call("/me", token)).status, 200)
      assert.strictEqual((yield* call("/me", token)).status, 429)
      yield* control("PUT", "settings", { rateLimit: "none" })
      assert.strictEqual((yield* call("/me", token)).status, 200)
    }).pipe(inSandbox()))

  it.live.each(
    [
      ["POST", "faults", "not json", 400],
      ["POST", "faults", { route: "GET /v1/nothing", fault: { _tag: "Hang" } }, 400],
      ["POST", "faults", { route: "GET /v1/me", fault: { _tag: "Status", status: 503, time: 3 } }, 400],
      ["PUT", "settings", { accessTokenLifetime: -1 }, 400],
      ["PUT", "settings", { people: [] }, 400],
      ["PUT", "settings", { quota: { requests: 0, window: 30 } }, 400],
      ["GET", "nothing", undefined, 404]
    ] as const
  )("says what is wrong with %s %s", ([method, path, body, status]) =>
    Effect.gen(function*() {
      const seen = yield* control(method, path, body)
      assert.strictEqual(seen.status, status)
      assert.isAbove(text(seen, "error").length, 10)
    }).pipe(inSandbox()))
})
