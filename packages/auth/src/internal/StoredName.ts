/**
 * What tokens are kept under: names of any length and script, in places that take only some.
 *
 * What a place can take stays as it is. Anything else is kept under a digest of it: two names cannot share one, and a
 * record says whose it is.
 */
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type { TokenKey } from "../TokenStore.ts"

/** A key as one text, unlike any other key's, in Unicode that every encoding of it takes. */
export const textOf = ({ account, clientId, issuer }: TokenKey): string => JSON.stringify([issuer, clientId, account])

/** SHA-256 in hexadecimal: 64 characters, lower-case letters and digits. */
export const digestOf = (text: string): Effect.Effect<string> =>
  Digest.Digest.use((digest) => digest.digestHex(Digest.sha256, encoder.encode(text))).pipe(
    Effect.provide(Digest.layerWebCrypto)
  )

const encoder = new TextEncoder()

/** How many bytes a text takes in UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length

/** A key for people to read in a message: short, and on one line. */
export const legible = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
