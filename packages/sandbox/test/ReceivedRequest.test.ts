import { Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, exchange, ports } from "./support/RawRequests.ts"
import { inSandbox, requestToken } from "./support/Requests.ts"

const json = { "content-type": "application/json" }

describe("what a request may weigh", () => {
  const megabyte = "x".repeat(1_048_576)

  it.live("a form of 200 MB is refused unread (F120)", () =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      for (
        const [port, line] of [[accounts, "POST /api/token"], [accounts, "POST /authorize"], [
          api,
          "PUT /v1/me/tracks"
        ]] as const
      ) {
        const type = "application/x-www-form-urlencoded"
        // Not one byte of it is sent.
        const seen = yield* ask(port, line, { "content-type": type, "content-length": "200000000" })
        assert.strictEqual(seen.status, 413)
        const waiting = yield* ask(port, line, { "content-length": "200000000", expect: "100-continue" })
        assert.strictEqual(waiting.status, 413)
      }
    }).pipe(inSandbox()))

  it.live("so is one that does not say how long it is, after a megabyte (F120)", () =>
    Effect.gen(function*() {
      const { accounts } = yield* ports
      for (const path of ["/api/token", "/sandbox/faults"]) {
        const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${accounts}\r\n`
          + "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        const seen = yield* exchange(accounts, [head, ...Array.from({ length: 3 }, () => `100000\r\n${megabyte}\r\n`)])
        assert.strictEqual(seen.status, 413)
      }
    }).pipe(inSandbox()))

  it.live("a megabyte is read (F120)", () =>
    Effect.gen(function*() {
      const seen = yield* requestToken({ grant_type: "client_credentials", padding: megabyte.slice(200) })
      assert.strictEqual(seen.status, 200)
    }).pipe(inSandbox()))

  it.live("keys that name what every object has are keys as any (F120)", () =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      const { count } = yield* Sandbox.Sandbox
      for (
        const body of [
          "{\"__proto__\":{\"route\":\"GET /v1/me\"}}",
          "{\"constructor\":{}}",
          "{\"route\":\"__proto__\",\"fault\":{\"_tag\":\"Hang\"}}"
        ]
      ) {
        assert.strictEqual((yield* ask(accounts, "POST /sandbox/faults", json, body)).status, 400)
        assert.strictEqual((yield* ask(accounts, "PUT /sandbox/settings", json, body)).status, 400)
      }
      const odd = yield* ask(api, "GET /v1/me?__proto__=a&constructor=b&market=SE", { "__proto__": "c", toString: "d" })
      assert.strictEqual(odd.status, 401)
      assert.strictEqual(yield* count("GET /v1/me", ({ market }) => market === "SE"), 1)
      assert.strictEqual((yield* ask(accounts, "GET /sandbox/requests")).status, 200)
      for (
        const path of ["/v1/%", "/v1/tracks/%00", "/v1/tracks/%zz", "/v1/../../etc/passwd", "/v1/tracks/..%2f..%2f"]
      ) {
        assert.include([400, 401, 404], (yield* ask(api, `GET ${path}`)).status)
      }
    }).pipe(inSandbox()))

  it.live.each(
    [
      { _tag: "Status", status: 200, headers: { "a b": "c" } },
      { _tag: "Status", status: 200, headers: { "": "c" } },
      { _tag: "Status", status: 200, headers: { a: "b\r\nset-cookie: c" } },
      { _tag: "Redirect", location: "http://127.0.0.1/\n" },
      { _tag: "Redirect", location: "http://127.0.0.1/€" },
      { _tag: "RateLimited", retryAfter: "€" },
      { _tag: "Body", body: "", contentType: "text/html\u0000" },
      { _tag: "Body", body: "0123456789", repeat: 10_000_000 }
    ] as const
  )("a fault that could not be sent is a 400 when it is set: %j (F120)", (fault) =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      const injection = JSON.stringify({ route: "GET /v1/me", fault })
      assert.strictEqual((yield* ask(accounts, "POST /sandbox/faults", json, injection)).status, 400)
      assert.strictEqual((yield* ask(api, "GET /v1/me")).status, 401)
    }).pipe(inSandbox()))

  it.live("an upgrade is taken as the request it is (F120)", () =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      for (const protocol of ["websocket", "h2c", "anything"]) {
        const upgrade = {
          connection: "Upgrade, close",
          upgrade: protocol,
          "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
          "sec-websocket-version": "13"
        }
        assert.strictEqual((yield* ask(api, "GET /v1/me", upgrade)).status, 401)
        const form = { ...upgrade, "content-type": "application/x-www-form-urlencoded" }
        const token = yield* ask(accounts, "POST /api/token", form, "grant_type=other&client_id=nobody")
        assert.include(token.body, "Invalid client")
        assert.strictEqual((yield* ask(api, "GET /v1/me", { ...upgrade, host: "evil.example" })).status, 421)
        const page = { ...upgrade, origin: "https://evil.example" }
        assert.strictEqual((yield* ask(accounts, "GET /sandbox/requests", page)).status, 403)
      }
    }).pipe(inSandbox()))
})
