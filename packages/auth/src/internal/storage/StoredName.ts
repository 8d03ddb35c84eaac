/**
 * What tokens are kept under: names of any length and script, in places that take only some.
 *
 * What a place can take stays as it is. Anything else is kept under a digest of it: two names cannot share one, and a
 * record says whose it is.
 */
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type { TokenKey } from "../../TokenStore.ts"

/** A key as one text, unlike any other key's, in Unicode that every encoding of it takes. */
export const textOf = ({ account, clientId, issuer }: TokenKey): string => JSON.stringify([issuer, clientId, account])

const encoder = new TextEncoder()

/** How many bytes a text takes in UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length

/** SHA-256 in hexadecimal: 64 characters, lower-case letters and digits. */
export const digestOf = (text: string): Effect.Effect<string> =>
  Digest.Digest.use((digest) => digest.digestHex(Digest.sha256, encoder.encode(text))).pipe(
    Effect.provide(Digest.layerWebCrypto)
  )

/** So that a name that looks like a digest is not taken for one, it is kept under its own. */
const marker = "sha256:"

/**
 * A name as a place keeps it that takes any text in UTF-8 of so many bytes, but for a NUL: unlike what it makes of any
 * other name.
 */
export const storable = (name: string, limit: number): Effect.Effect<string> =>
  name.isWellFormed() && !name.includes("\0") && !name.startsWith(marker) && byteLength(name) <= limit
    ? Effect.succeed(name)
    // JSON writes what is no character as its number.
    : Effect.map(digestOf(JSON.stringify(name)), (digest) => marker + digest)

/** A name for people to read in a message: short, and on one line. */
export const sanitize = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
