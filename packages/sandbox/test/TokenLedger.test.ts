import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TokenLedger from "../src/internal/accounts/TokenLedger.ts"
import * as CurrentSettings from "../src/internal/CurrentSettings.ts"

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
