import { Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ask, ports } from "./support/RawRequests.ts"
import { inSandbox, programToken } from "./support/Requests.ts"

describe("what an answer can do in a browser", () => {
  const inert = (headers: ReadonlyMap<string, string>) => {
    const policy = headers.get("content-security-policy") ?? ""
    assert.match(policy, /(^|; )sandbox( |;|$)/)
    assert.notInclude(policy, "allow-scripts")
    assert.notInclude(policy, "unsafe")
    assert.include(policy, "default-src 'none'")
    assert.include(policy, "frame-ancestors 'none'")
    assert.strictEqual(headers.get("x-frame-options"), "DENY")
    assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
  }

  it.live("nothing, whatever is asked and whoever asks (F120)", () =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      const token = yield* programToken
      for (
        const [port, line, headers] of [
          [accounts, "GET /", {}],
          [accounts, "GET /authorize", {}],
          [accounts, "POST /api/token", {}],
          [accounts, "GET /sandbox/requests", {}],
          [accounts, "GET /sandbox/nothing", {}],
          [accounts, "GET /sandbox/requests", { origin: "https://evil.example" }],
          [accounts, "GET /authorize", { host: "evil.example" }],
          [api, "GET /v1/me", {}],
          [api, "GET /v1/search?q=typhoons&type=track", { authorization: `Bearer ${token}` }],
          [api, "GET /<script>", {}]
        ] as const
      ) {
        const answer = yield* ask(port, line, headers)
        inert(answer.headers)
        if (port === accounts) assert.strictEqual(answer.headers.get("cache-control"), "no-store")
      }
    }).pipe(inSandbox()))

  it.live.each(
    [
      Fault.Body({ contentType: "text/html", body: "<script>alert(document.cookie)</script>" }),
      Fault.Html({}),
      Fault.Status({
        status: 200,
        body: "<script>alert(document.cookie)</script>",
        headers: {
          "content-type": "text/html",
          "content-security-policy": "script-src 'unsafe-inline'",
          "x-frame-options": "ALLOWALL",
          "x-content-type-options": "sniff"
        }
      }),
      Fault.Truncated({}),
      Fault.Drip({ every: Duration.zero }),
      Fault.PlainText({})
    ].map((fault) => [fault._tag, fault] as const)
  )("no script, be it a fault's: %s (F120)", ([_tag, fault]) =>
    Effect.gen(function*() {
      const { accounts, api } = yield* ports
      const { inject } = yield* Sandbox.Sandbox
      yield* inject("GET /authorize", fault)
      yield* inject("GET /v1/me", fault)
      inert((yield* ask(accounts, "GET /authorize")).headers)
      inert((yield* ask(api, "GET /v1/me")).headers)
    }).pipe(inSandbox()))
})
