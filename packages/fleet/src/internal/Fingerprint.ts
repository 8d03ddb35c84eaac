/** Fingerprints of secrets: their SHA-256 in lower-case hex. */
import * as Digest from "effect/crypto/Digest"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

export const of = (secret: Redacted.Redacted<string>): Effect.Effect<string, never, Digest.Digest> =>
  Digest.Digest.use(({ digestHex }) => digestHex(Digest.sha256, new TextEncoder().encode(Redacted.value(secret))))
