import { Sandbox } from "@app/sandbox"
import * as RequestLog from "@app/sandbox/RequestLog"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { call, inSandbox, programToken, requestToken, signIn, text } from "./support/Requests.ts"

const request = {
  route: null,
  service: "api",
  method: "GET",
  path: "/",
  query: {},
  market: null,
  grantType: null,
  authorization: false,
  bearer: null,
  refreshToken: null,
  headers: {}
} as const

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

  it.effect("holds the newest requests, as many as it says, and knows their ends (F120)", () =>
    Effect.gen(function*() {
      const log = yield* RequestLog.RequestLog
      const { entries } = RequestLog.limits
      const first = yield* log.arrive({ ...request, path: "/first" })
      for (let i = 1; i < entries; i++) yield* log.arrive({ ...request, path: `/${i}` })
      assert.strictEqual((yield* log.all)[0]?.path, "/first")
      const last = yield* log.arrive({ ...request, path: "/last" })
      yield* first(200)
      yield* last(201)
      const all = yield* log.all
      assert.strictEqual(all.length, entries)
      assert.strictEqual(all[0]?.path, "/1")
      assert.deepStrictEqual(all.slice(-2).map(({ path, status }) => [path, status]), [[`/${entries - 1}`, null], [
        "/last",
        201
      ]])
    }).pipe(Effect.provide(RequestLog.layer)))

  it.effect("holds fewer of those that are long, wherever they are long (F120)", () =>
    Effect.gen(function*() {
      const log = yield* RequestLog.RequestLog
      const long = "x".repeat(1_048_576)
      for (let i = 0; i < 20; i++) {
        for (const where of [{ path: long }, { query: { q: long } }, { headers: { [long]: "" } }]) {
          yield* log.arrive({ ...request, ...where })
        }
      }
      const all = yield* log.all
      assert.isAbove(all.length, 20)
      assert.isAtMost(all.length, RequestLog.limits.weight / long.length)
      yield* log.clear
      for (let i = 0; i < 20; i++) yield* log.arrive({ ...request, path: long })
      assert.strictEqual((yield* log.all).length, 20)
    }).pipe(Effect.provide(RequestLog.layer)))
})
