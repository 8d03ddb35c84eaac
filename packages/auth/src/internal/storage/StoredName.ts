/**
 * Names of any length and script, encoded for places that take only some.
 *
 * **Details**
 *
 * A name that a place can take stays as it is. Any other name is replaced by its digest, which no two names share.
 */
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { TokenKey } from "../../TokenStore.ts"

/** Encodes a key as one well-formed text, different from that of any other key. */
export const textOf = ({ account, clientId, issuer }: TokenKey): string => JSON.stringify([issuer, clientId, account])

const encoder = new TextEncoder()

/** Returns the length of a text in UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length

/** Computes the SHA-256 of a text, as 64 hexadecimal digits in lower case. */
export const digestOf = (text: string): Effect.Effect<string> =>
  Digest.Digest.use((digest) => digest.digestHex(Digest.sha256, encoder.encode(text))).pipe(
    Effect.provide(Digest.layerWebCrypto)
  )

/** Computes the name that a store finds a secret by: its digest, so that the time of a search tells nothing of the secret. */
export const ofSecret = (secret: Redacted.Redacted<string>): Effect.Effect<string> =>
  // JSON escapes lone surrogates, which are all alike in UTF-8.
  digestOf(JSON.stringify(Redacted.value(secret)))

/** The prefix of digests. A name that begins like this is replaced by its digest, too, so that none is taken for one. */
const marker = "sha256:"

/** Reports whether a database can hold a text as it is. */
export const isText = (text: string): boolean => text.isWellFormed() && !text.includes("\0")

/**
 * Encodes a name for a place that takes `limit` bytes of UTF-8 without NUL. No two names share an encoding.
 */
export const storable = (name: string, limit: number): Effect.Effect<string> =>
  isText(name) && !name.startsWith(marker) && byteLength(name) <= limit
    ? Effect.succeed(name)
    // JSON escapes lone surrogates, so the digest is of well-formed text.
    : Effect.map(digestOf(JSON.stringify(name)), (digest) => marker + digest)

/** Shortens and quotes a name for a message. */
export const sanitize = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
