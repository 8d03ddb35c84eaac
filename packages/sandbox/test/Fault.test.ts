import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { at, call, field, inSandbox, personToken, programToken, rows } from "./support/Requests.ts"

const track = `/tracks/${Catalogue.ids.typhoons}`

describe("faults", () => {
  it.live.each(
    [
      ["Status", Fault.Status({ status: 503, headers: { "retry-after": "3" } }), { status: 503, "retry-after": "3" }],
      ["RateLimited", Fault.RateLimited({ retryAfter: 7 }), { status: 429, "retry-after": "7" }],
      ["Html", Fault.Html({}), { status: 502, "content-type": "text/html" }],
      ["EmptyBody", Fault.EmptyBody({}), { status: 200, "content-length": "0" }],
      ["Redirect", Fault.Redirect({ location: "https://example.com/" }), {
        status: 302,
        location: "https://example.com/"
      }],
      ["Body", Fault.Body({ body: "ab", repeat: 3 }), { status: 200, "content-length": "6" }]
    ] as const
  )("%s is met once, and then all is as before", ([_name, fault, expected]) =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      const token = yield* programToken
      yield* inject("GET /v1/tracks/{id}", fault)
      const seen = yield* call(track, token)
      for (const [name, value] of Object.entries(expected)) {
        assert.strictEqual(name === "status" ? seen.status : seen.headers.get(name), value)
      }
      assert.strictEqual((yield* call(track, token)).status, 200)
    }).pipe(inSandbox()))

  it.live("a quota that is used up says so in the body", () =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      yield* inject("GET /v1/me", Fault.RateLimited({ retryAfter: 52_531, quotaExceeded: true }))
      assert.include((yield* call("/me")).text, "QUOTA_EXCEEDED")
    }).pipe(inSandbox()))

  it.live.each(
    [
      ["Reset", Fault.Reset({})],
      ["Truncated", Fault.Truncated({})]
    ] as const
  )("%s breaks the connection", ([_name, fault]) =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      const token = yield* programToken
      yield* inject("GET /v1/tracks/{id}", fault)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(call(track, token))))
      assert.strictEqual((yield* call(track, token)).status, 200)
    }).pipe(inSandbox()))

  it.live("Latency and Drip answer in full, later", () =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      const token = yield* programToken
      const usual = yield* call(track, token)
      yield* inject("GET /v1/tracks/{id}", [
        Fault.Latency({ duration: Duration.millis(50) }),
        Fault.Drip({ every: Duration.zero })
      ])
      for (let i = 0; i < 2; i++) assert.strictEqual((yield* call(track, token)).text, usual.text)
    }).pipe(inSandbox()))

  it.live("answers that differ from the reference", () =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      const token = yield* personToken()
      const path = "/me/top/tracks?limit=3"
      const usual = yield* call(path, token)
      yield* inject("GET /v1/me/top/tracks", [
        Fault.Floats({}),
        Fault.NullRow({}),
        Fault.NextPage({}),
        Fault.NextPage({ next: "https://example.com/v1/me/top/tracks" }),
        Fault.Total({ total: 1 })
      ])

      const floats = yield* call(path, token)
      assert.match(floats.text, /"duration_ms":\d+\.0,/)
      assert.match(floats.text, /"total":\d+\.0\}/)
      assert.deepStrictEqual(floats.json, usual.json)

      const nullRow = yield* call(path, token)
      assert.isNull(at(nullRow, "items.0"))
      assert.deepStrictEqual(rows(nullRow, "items").slice(1), rows(usual, "items").slice(1))

      const loop = yield* call(path, token)
      assert.strictEqual(field(loop, "next"), field(loop, "href"))
      assert.strictEqual(field(yield* call(path, token), "next"), "https://example.com/v1/me/top/tracks")
      assert.strictEqual(field(yield* call(path, token), "total"), 1)
      assert.deepStrictEqual((yield* call(path, token)).json, usual.json)
    }).pipe(inSandbox()))

  it.live("pages within an answer are pages too", () =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      const token = yield* programToken
      yield* inject("GET /v1/search", [Fault.NextPage({ next: "https://example.com/" }), Fault.NullRow({})])
      const path = "/search?q=typhoons&type=track"
      assert.strictEqual(at(yield* call(path, token), "tracks.next"), "https://example.com/")
      assert.isNull(at(yield* call(path, token), "tracks.items.0"))
    }).pipe(inSandbox()))

  it.live("PlainText does what was asked, and says nothing that can be read", () =>
    Effect.gen(function*() {
      const { inject } = yield* Sandbox.Sandbox
      const token = yield* personToken()
      yield* inject("PUT /v1/me/library", Fault.PlainText({}))
      const uris = `uris=spotify:track:${Catalogue.ids.typhoons}`
      const seen = yield* call(`/me/library?${uris}`, token, { method: "PUT" })
      assert.strictEqual(seen.status, 200)
      assert.isUndefined(seen.json)
      assert.isAbove(seen.text.length, 10)
      assert.deepStrictEqual((yield* call(`/me/library/contains?${uris}`, token)).json, [true])
    }).pipe(inSandbox()))

  it.live("wait in line, last as long as told, and are forgotten on request", () =>
    Effect.gen(function*() {
      const { clearFaults, inject } = yield* Sandbox.Sandbox
      yield* inject("GET /v1/me", [
        Fault.Status({ status: 500, times: 2 }),
        Fault.Status({ status: 502, times: "always" })
      ])
      const statuses: Array<number> = []
      for (let i = 0; i < 5; i++) statuses.push((yield* call("/me")).status)
      assert.deepStrictEqual(statuses, [500, 500, 502, 502, 502])
      yield* clearFaults
      assert.strictEqual((yield* call("/me")).status, 401)
    }).pipe(inSandbox()))
})
