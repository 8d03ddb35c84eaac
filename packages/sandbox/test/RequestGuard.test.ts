import { Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as RequestGuard from "../src/internal/server/RequestGuard.ts"
import { ask, exchange, ports } from "./support/RawRequests.ts"
import { authorizeUrl, inSandbox, send, signIn, text } from "./support/Requests.ts"

const json = { "content-type": "application/json" }
const hangProfile = JSON.stringify({ route: "GET /v1/me", fault: { _tag: "Hang" } })

/** The requests of the control API that change something. */
const effects: ReadonlyArray<readonly [line: string, body: string]> = [
  ["POST /sandbox/expire-access-tokens", ""],
  ["POST /sandbox/revoke-access-tokens", ""],
  ["POST /sandbox/revoke-refresh-tokens", ""],
  ["POST /sandbox/faults", hangProfile],
  ["DELETE /sandbox/faults", ""],
  ["DELETE /sandbox/requests", ""],
  ["PUT /sandbox/settings", JSON.stringify({ accessTokenLifetime: 1 })]
]

describe("whom a request names", () => {
  it.live.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "sub.localhost",
    "127.0.0.1",
    "[::1]",
    "localhost",
    "localhost.",
    "192.0.2.1",
    "0.0.0.0",
    "2130706433",
    "0x7f.1"
  ])("%s is somebody else: 421 (F120)", (name) =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      for (const host of [`${name}:1`, ...(/^(127\.0\.0\.1|\[::1\]|localhost)$/.test(name) ? [name] : [])]) {
        for (
          const [port, path] of [[accounts, "/sandbox/requests"], [accounts, "/authorize"], [api, "/v1/me"]] as const
        ) {
          assert.strictEqual((yield* ask(port, `GET ${path}`, { host })).status, 421)
        }
      }
      if (!/^(127\.0\.0\.1|\[::1\]|localhost)$/.test(name)) {
        assert.strictEqual((yield* ask(api, "GET /v1/me", { host: `${name}:${api}` })).status, 421)
      }
      const { requests } = yield* Sandbox.Sandbox
      assert.deepStrictEqual(yield* requests, [])
    }).pipe(inSandbox()))

  it.live.each(["127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST"])(
    "%s with the listener's port is the sandbox itself (F120)",
    (name) =>
      Effect.gen(function*() {
        const { accounts, api } = yield* ports
        assert.strictEqual((yield* ask(accounts, "GET /sandbox/requests", { host: `${name}:${accounts}` })).status, 200)
        assert.strictEqual((yield* ask(api, "GET /v1/me", { host: `${name}:${api}` })).status, 401)
      }).pipe(inSandbox())
  )

  it.live.each([
    "",
    ":",
    ":80",
    "a b",
    "[::1",
    "[::g]:80",
    "127.0.0.1:x",
    "127.0.0.1:99999",
    "user@127.0.0.1",
    "a/b",
    "é"
  ])(
    "a Host that is none, such as %j, is a 400 (F120)",
    (host) =>
      Effect.gen(function*() {
        const { accounts, api } = yield* ports
        for (const port of [accounts, api]) {
          assert.strictEqual((yield* ask(port, "GET /v1/me", { host })).status, 400)
        }
      }).pipe(inSandbox())
  )

  it.live("one Host counts, and the authority of an absolute target counts as well (F120)", () =>
    Effect.gen(function*() {
      const { api } = yield* ports
      const own = `127.0.0.1:${api}`
      const status = (line: string, hosts: ReadonlyArray<string>) =>
        Effect.map(
          exchange(
            api,
            `${line} HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join("")}Connection: close\r\n\r\n`
          ),
          (answer) => answer.status
        )
      assert.strictEqual(yield* status("GET /v1/me", []), 400)
      assert.strictEqual(yield* status("GET /v1/me", [own, "evil.example"]), 400)
      assert.strictEqual(yield* status("GET http://evil.example/v1/me", [own]), 421)
      assert.strictEqual(yield* status(`GET http://${own}/v1/me`, ["evil.example"]), 421)
      assert.strictEqual(yield* status(`GET http://${own}/v1/me`, [own]), 401)
      assert.strictEqual(yield* status("GET v1/me", [own]), 400)
      assert.strictEqual(yield* status(`GET //evil.example/v1/me`, [own]), 404)
    }).pipe(inSandbox()))

  it.live("further names are those it is told, for Spotify's part alone (F120)", () =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      assert.strictEqual((yield* ask(api, "GET /v1/me", { host: "Sandbox:9000" })).status, 401)
      assert.strictEqual((yield* ask(api, "GET /v1/me", { host: "spotify.test:1" })).status, 401)
      assert.strictEqual((yield* ask(api, "GET /v1/me", { host: "spotify.test:2" })).status, 421)
      assert.strictEqual((yield* ask(accounts, "GET /sandbox/requests", { host: "sandbox" })).status, 403)
    }).pipe(inSandbox({ allowedHosts: ["sandbox", "spotify.test:1"] })))

  const head = (
    hosts: ReadonlyArray<string>,
    connection: Partial<RequestGuard.Head["connection"]> = {}
  ): RequestGuard.Head => ({
    method: "GET",
    target: "/",
    hosts,
    origin: undefined,
    site: undefined,
    contentType: undefined,
    contentLength: undefined,
    chunked: false,
    connection: {
      localAddress: "::ffff:127.0.0.1",
      localPort: 8888,
      remoteAddress: "::ffff:127.0.0.1",
      ...connection
    }
  })

  it.effect.prop("a name is never taken for another (F120)", {
    name: Schema.String.check(Schema.isPattern(/^[a-z0-9.-]{1,20}$/)),
    port: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))
  }, ({ name, port }) =>
    Effect.sync(() => {
      const own = port === 8888 && (name === "127.0.0.1" || name === "localhost")
      assert.strictEqual(RequestGuard.refusal(head([`${name}:${port}`]), []) === undefined, own)
    }))

  it("on a network, the address itself names a sandbox, and the control surface stays within the machine (F120)", () => {
    const network = { localAddress: "192.0.2.7", remoteAddress: "192.0.2.9" }
    const remote = head(["192.0.2.7:8888"], network)
    assert.isUndefined(RequestGuard.refusal(remote, []))
    assert.strictEqual(RequestGuard.refusal(head(["192.0.2.8:8888"], network), [])?.status, 421)
    assert.strictEqual(RequestGuard.controlRefusal(remote)?.status, 403)
    assert.strictEqual(RequestGuard.controlRefusal(head(["127.0.0.1:8888"], network))?.status, 403)
    assert.isUndefined(RequestGuard.controlRefusal(head(["127.0.0.1:8888"])))
    const six = { localAddress: "2001:db8::7", remoteAddress: "::1" }
    assert.isUndefined(RequestGuard.refusal(head(["[2001:DB8:0::7]:8888"], six), []))
    assert.isUndefined(RequestGuard.controlRefusal(head(["[::1]:8888"], { ...six, localAddress: "::1" })))
  })
})

describe("what a web page can do", () => {
  /** As browsers mark what a page sends. */
  const pages: ReadonlyArray<Readonly<Record<string, string>>> = [
    { origin: "https://evil.example" },
    { origin: "http://127.0.0.1:3000" },
    { origin: "http://127.0.0.1" },
    { origin: "http://localhost:3000" },
    { origin: "null" },
    { origin: "" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-user": "?1" },
    { origin: "https://evil.example", "sec-fetch-site": "none" }
  ]

  it.live.each(pages)(
    "%j changes nothing and reads nothing of the control surface (F120)",
    (marks) =>
      Effect.gen(function*() {
        const { accounts } = yield* ports
        const { count, expireAccessTokens, requests, revokeRefreshTokens } = yield* Sandbox.Sandbox
        const person = yield* signIn()
        for (const [line, body] of effects) {
          for (const type of [{}, json, { "content-type": "text/plain" }]) {
            const { headers, status } = yield* ask(accounts, line, { ...marks, ...type }, body)
            assert.strictEqual(status, 403)
            assert.isFalse(headers.has("access-control-allow-origin"))
          }
        }
        for (const path of ["requests", "tracks", "nothing"]) {
          assert.strictEqual((yield* ask(accounts, `GET /sandbox/${path}`, marks)).status, 403)
        }
        assert.strictEqual(yield* count("POST /api/token"), 1)
        assert.strictEqual(
          (yield* send(`${(yield* Sandbox.Sandbox).apiUrl}/me`, {
            headers: { authorization: `Bearer ${text(person, "access_token")}` }
          })).status,
          200
        )
        assert.strictEqual((yield* requests).length, 3)
        assert.strictEqual(yield* expireAccessTokens, 1)
        assert.strictEqual(yield* revokeRefreshTokens, 1)
      }).pipe(inSandbox())
  )

  it.live("a preflight for the control surface is not answered (F120)", () =>
    Effect.gen(function*() {
      const { accounts } = yield* ports
      for (const origin of ["https://evil.example", "null", `http://127.0.0.1:${accounts}`]) {
        const answer = yield* ask(accounts, "OPTIONS /sandbox/faults", {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "content-type"
        })
        assert.isAtLeast(answer.status, 400)
        assert.isFalse([...answer.headers.keys()].some((name) => name.startsWith("access-control-")))
      }
    }).pipe(inSandbox()))

  it.live("a body is JSON that says so, the one type that pages may not send unasked (F120)", () =>
    Effect.gen(function*() {
      const { accounts } = yield* ports
      const types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        ""
      ]
      for (const [line, body] of effects) {
        for (const type of types) {
          assert.strictEqual((yield* ask(accounts, line, { "content-type": type }, body)).status, 415)
        }
      }
      assert.strictEqual((yield* ask(accounts, "POST /sandbox/faults", {}, hangProfile)).status, 415)
      const chunked = `${hangProfile.length.toString(16)}\r\n${hangProfile}\r\n0\r\n\r\n`
      const unsized = { "transfer-encoding": "chunked", "content-length": "" }
      const head = (headers: Readonly<Record<string, string>>) =>
        Object.entries({ host: `127.0.0.1:${accounts}`, connection: "close", ...headers })
          .flatMap(([name, value]) => value === "" ? [] : [`${name}: ${value}\r\n`]).join("")
      const post = (headers: Readonly<Record<string, string>>) =>
        exchange(accounts, `POST /sandbox/faults HTTP/1.1\r\n${head({ ...unsized, ...headers })}\r\n${chunked}`)
      assert.strictEqual((yield* post({})).status, 415)
      assert.strictEqual((yield* post(json)).status, 204)
    }).pipe(inSandbox()))

  it.live("programs of this machine are answered as before (F120)", () =>
    Effect.gen(function*() {
      const { accounts } = yield* ports
      for (const [line, body] of effects) {
        const type = body === "" ? {} : { "content-type": "application/json; charset=utf-8" }
        assert.isBelow((yield* ask(accounts, line, type, body)).status, 300)
      }
      // Somebody who types the address.
      const typed = { "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }
      assert.strictEqual((yield* ask(accounts, "GET /sandbox/requests", typed)).status, 200)
    }).pipe(inSandbox()))

  it.live("the person's consent is not to be had from elsewhere, nor the page framed (F120)", () =>
    Effect.gen(function*() {
      const { accounts } = yield* ports
      const url = new URL(yield* authorizeUrl())
      const line = `POST ${url.pathname}${url.search}`
      const form = { "content-type": "application/x-www-form-urlencoded" }
      for (const marks of pages) {
        assert.strictEqual((yield* ask(accounts, line, { ...form, ...marks }, "decision=agree")).status, 403)
      }
      const own = { origin: url.origin, "sec-fetch-site": "same-origin" }
      assert.strictEqual((yield* ask(accounts, line, { ...form, ...own }, "decision=agree")).status, 302)
      const { headers } = yield* ask(accounts, `GET ${url.pathname}${url.search}`)
      assert.include(headers.get("content-security-policy"), "frame-ancestors 'none'")
      assert.strictEqual(headers.get("x-frame-options"), "DENY")
      assert.isFalse(headers.has("access-control-allow-origin"))
      assert.include(headers.get("content-security-policy"), "allow-forms")
    }).pipe(inSandbox({ autoApprove: false })))
})
