import { Catalogue, Fault, People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import {
  at,
  call,
  field,
  personToken,
  programToken,
  requestToken,
  rows,
  send,
  signIn,
  text
} from "./support/Browser.ts"

const inSandbox = (settings?: Parameters<typeof Sandbox.layer>[0]) => Effect.provide(Sandbox.layer(settings))

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

describe("the log", () => {
  it.live("counts by route and tells tokens apart without showing one", () =>
    Effect.gen(function*() {
      const { clearLog, client, count, requests } = yield* Sandbox.Sandbox
      const person = yield* signIn()
      const accessToken = text(person, "access_token")
      const refreshToken = text(person, "refresh_token")
      yield* requestToken({ grant_type: "refresh_token", refresh_token: refreshToken })
      yield* call("/me", accessToken)
      yield* call("/me", accessToken)
      yield* call("/me", yield* programToken)
      assert.strictEqual(yield* count("POST /api/token"), 3)
      assert.strictEqual(yield* count("POST /api/token", ({ grantType }) => grantType === "refresh_token"), 1)
      assert.strictEqual(yield* count("GET /v1/me", ({ status }) => status === 200), 2)
      const log = yield* requests
      assert.strictEqual(new Set(log.flatMap(({ bearer }) => bearer ?? [])).size, 2)
      const printed = JSON.stringify(log)
      for (const secret of [accessToken, refreshToken, Redacted.value(client.clientSecret)]) {
        assert.notInclude(printed, secret)
      }
      yield* clearLog
      assert.deepStrictEqual(yield* requests, [])
    }).pipe(inSandbox()))
})

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

describe("the listeners", () => {
  it.live("a port that is taken is a typed error with its number", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      const port = Number(new URL(accountsUrl).port)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Layer.fresh(Sandbox.layer({ accountsPort: port })))))
      assert.strictEqual(error.reason._tag, "PortInUse")
      assert.include(error.message, String(port))
    }).pipe(inSandbox()))

  it.live("closing cuts a request that hangs", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Sandbox.layer(), scope)
      yield* Effect.gen(function*() {
        const { count, inject } = yield* Sandbox.Sandbox
        yield* inject("GET /v1/me", Fault.Hang({}))
        const hanging = yield* Effect.forkChild(Effect.exit(call("/me")), { startImmediately: true })
        yield* Effect.repeat(count("GET /v1/me"), { until: (asked) => asked === 1 })
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(Exit.isFailure(yield* Fiber.join(hanging)))
      }).pipe(Effect.provideContext(context))
    }))

  it.live.prop("two sandboxes share nothing", {
    tokens: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
  }, ({ tokens }) =>
    Effect.gen(function*() {
      const other = yield* Layer.build(Layer.fresh(Sandbox.layer()))
      for (let i = 0; i < tokens; i++) {
        const token = yield* programToken
        const seen = yield* Effect.provideContext(call(track, token), other)
        assert.strictEqual(seen.status, 401)
      }
    }).pipe(Effect.scoped, inSandbox()), { arbitrary: { runs: 3 } })
})
