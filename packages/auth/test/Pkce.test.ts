import * as Pkce from "@app/auth/Pkce"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)

describe("Pkce", () => {
  it.effect("agrees with the vector of RFC 7636 appendix B", () =>
    Effect.gen(function*() {
      const verifier = Redacted.make("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
      assert.strictEqual(yield* Pkce.codeChallenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }).pipe(Effect.provide(crypto)))

  it.effect("makes verifiers of 43 unreserved characters, never twice", () =>
    Effect.gen(function*() {
      const made = yield* Effect.forEach(Array.from({ length: 100 }), () => Pkce.make)
      const verifiers = made.map(({ codeVerifier }) => Redacted.value(codeVerifier))
      assert.strictEqual(new Set(verifiers).size, 100)
      for (const verifier of verifiers) assert.match(verifier, /^[A-Za-z0-9\-._~]{43}$/)
    }).pipe(Effect.provide(crypto)))
})
