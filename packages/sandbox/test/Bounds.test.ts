/** What a sandbox that is left running keeps: never more than it says. */
import * as RequestLog from "@app/sandbox/RequestLog"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TokenLedger from "../src/internal/accounts/TokenLedger.ts"
import * as CurrentSettings from "../src/internal/CurrentSettings.ts"
import * as Library from "../src/internal/webApi/Library.ts"

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

describe("the ledger", () => {
  const authorization = {
    clientId: "app",
    person: "sandy.box",
    redirectUri: "http://127.0.0.1:8900/callback",
    scope: "",
    challenge: undefined
  }
  const caller = { clientId: "app", isAuthenticated: true }
  const Ledger = TokenLedger.layer.pipe(
    Layer.provide([CurrentSettings.layer({}), NodeCrypto.layerSecureRandom, NodeCrypto.layerDigest])
  )

  it.effect("holds the newest access tokens, as many as it says (F120)", () =>
    Effect.gen(function*() {
      const ledger = yield* TokenLedger.TokenLedger
      const first = yield* ledger.clientCredentials(caller)
      const second = yield* ledger.clientCredentials(caller)
      for (let i = 1; i < TokenLedger.limits.entries; i++) yield* ledger.clientCredentials(caller)
      assert.isUndefined(yield* ledger.bearer(first.accessToken))
      assert.isDefined(yield* ledger.bearer(second.accessToken))
      assert.strictEqual(yield* ledger.endAccessTokens, TokenLedger.limits.entries)
    }).pipe(Effect.provide(Ledger)))

  it.effect("holds fewer codes and tokens of those with long scopes (F120)", () =>
    Effect.gen(function*() {
      const ledger = yield* TokenLedger.TokenLedger
      const scope = "x".repeat(1_048_576)
      const codes: Array<string> = []
      for (let i = 0; i < 40; i++) codes.push(yield* ledger.issueCode({ ...authorization, scope }))
      const exchange = (code: string | undefined) =>
        ledger.exchangeCode(caller, { code: code ?? "", redirectUri: authorization.redirectUri, verifier: undefined })
      assert.strictEqual((yield* Effect.flip(exchange(codes[0]))).error, "invalid_grant")
      const issued = yield* exchange(codes[39])
      for (let i = 0; i < 40; i++) yield* exchange(yield* ledger.issueCode({ ...authorization, scope }))
      assert.isUndefined(yield* ledger.bearer(issued.accessToken))
      assert.strictEqual((yield* Effect.flip(ledger.refresh(caller, issued.refreshToken ?? ""))).error, "invalid_grant")
    }).pipe(Effect.provide(Ledger)))
})

it.effect("a library holds its newest URIs, as many as it says (F120)", () =>
  Effect.gen(function*() {
    const library = yield* Library.Library
    const uris = Array.from({ length: Library.limits.entries + 1 }, (_, index) => `spotify:user:${index}`)
    yield* library.save("sandy.box", uris.map((uri) => ({ uri, addedAt: 0 })))
    assert.strictEqual((yield* library.all("sandy.box", "user")).length, Library.limits.entries)
    assert.deepStrictEqual(yield* library.contains("sandy.box", ["spotify:user:0", "spotify:user:1"]), [false, true])
  }).pipe(Effect.provide(Library.layer)))
