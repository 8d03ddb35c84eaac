/**
 * Proof Key for Code Exchange: a secret that binds the code of a sign-in to the program that began it (RFC 7636).
 *
 * @see https://www.rfc-editor.org/rfc/rfc7636
 */
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Redacted from "effect/Redacted"

/**
 * A verifier and its challenge.
 *
 * **Details**
 *
 * Only the challenge is sent before the code is exchanged.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pkce {
  /** The verifier: 43 characters from 256 random bits (RFC 7636 §4.1, §7.1). */
  readonly codeVerifier: Redacted.Redacted<string>
  /** The challenge: `BASE64URL(SHA256(codeVerifier))`, by the method `S256` (RFC 7636 §4.2). */
  readonly codeChallenge: string
}

/**
 * Computes the `S256` challenge of a verifier (RFC 7636 §4.2).
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeChallenge = Effect.fnUntraced(function*(
  codeVerifier: Redacted.Redacted<string>
): Effect.fn.Return<string, never, Digest.Digest> {
  const digest = yield* Digest.Digest
  const hash = yield* digest.digest(Digest.sha256, new TextEncoder().encode(Redacted.value(codeVerifier)))
  return Base64Url.encode(hash)
})

/**
 * Makes a random verifier with its challenge, for one sign-in.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<Pkce, never, SecureRandom.SecureRandom | Digest.Digest> = Effect.gen(function*() {
  const random = yield* SecureRandom.SecureRandom
  const codeVerifier = Redacted.make(Base64Url.encode(yield* random.randomBytes(32)), { label: "code_verifier" })
  return { codeVerifier, codeChallenge: yield* codeChallenge(codeVerifier) }
})
