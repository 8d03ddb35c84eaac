/**
 * Texts sealed with AES-256-GCM under a key of a key ring, and bound to the place that they belong to.
 *
 * **Details**
 *
 * A sealed text reads `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. The format, the key id and the
 * parts of its place are bound to it as associated data.
 */
import * as Aead from "effect/crypto/Aead"
import type * as CryptoError from "effect/crypto/CryptoError"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Result from "effect/Result"
import type * as AuthError from "../../AuthError.ts"
import * as KeyRing from "./KeyRing.ts"

// =============================================================================
// Model
// =============================================================================

/** The reason why a text cannot be opened, in the middle of a sentence. */
export interface Fault {
  readonly _tag: "NotSealed" | "UnknownKey" | "Damaged" | "Refused"
  readonly issue: string
}

export interface SealedText {
  /** Seals a text with the newest key. */
  readonly seal: (boundTo: ReadonlyArray<string>, text: string) => Effect.Effect<string, CryptoError.CryptoError>
  /** Opens a text with the key that it names. Fails only when the keys have to be loaded again and cannot be. */
  readonly open: (
    boundTo: ReadonlyArray<string>,
    text: string
  ) => Effect.Effect<Result.Result<string, Fault>, AuthError.AuthError>
}

// =============================================================================
// Constructor
// =============================================================================

/** Makes a `SealedText` of the keys, newest first. Fails when the keys cannot be loaded or used. */
export const make = Effect.fnUntraced(function*(
  keys: Effect.Effect<ReadonlyArray<KeyRing.EncryptionKey>, AuthError.AuthError>
): Effect.fn.Return<SealedText, AuthError.AuthError, Aead.Aead | SecureRandom.SecureRandom> {
  const aead = yield* Aead.Aead
  const random = yield* SecureRandom.SecureRandom
  const load = Effect.flatMap(keys, KeyRing.make)
  let ring = yield* load

  /** Finds a key by id. An unknown id may name a key that was added since, so the keys are loaded once more. */
  const keyOf = (id: string): Effect.Effect<Aead.Key | undefined, AuthError.AuthError> =>
    ring.byId.has(id)
      ? Effect.succeed(ring.byId.get(id))
      : Effect.map(load, (loaded) => {
        ring = loaded
        return ring.byId.get(id)
      })

  return {
    seal: Effect.fnUntraced(function*(boundTo, text) {
      const { id, key } = ring.newest
      const nonce = yield* random.randomBytes(nonceLength)
      const sealed = yield* aead.encrypt(key, encoder.encode(text), { nonce, aad: associated(id, boundTo) })
      return [version, id, Base64Url.encode(nonce), Base64Url.encode(sealed)].join(".")
    }),
    open: Effect.fnUntraced(function*(boundTo, text) {
      const [marker, id, nonce, sealed, ...rest] = text.split(".")
      if (marker !== version || id === undefined || nonce === undefined || sealed === undefined || rest.length > 0) {
        return fault("NotSealed", "it is not encrypted, or not by this program")
      }
      const key = yield* keyOf(id)
      if (key === undefined) {
        return fault("UnknownKey", `it needs the key "${id.slice(0, 40)}", which is not among those given`)
      }
      const bytes = Result.all([Base64Url.decode(nonce), Base64Url.decode(sealed)])
      if (Result.isFailure(bytes)) return fault("Damaged", "parts of it are damaged")
      const plain = yield* Effect.result(
        aead.decrypt(key, bytes.success[1], { nonce: bytes.success[0], aad: associated(id, boundTo) })
      )
      return Result.isSuccess(plain)
        ? Result.succeed(decoder.decode(plain.success))
        : fault("Refused", `the key "${id}" does not open it: it was altered, moved, or sealed with another key`)
    })
  }
})

const fault = (_tag: Fault["_tag"], issue: string): Result.Result<never, Fault> => Result.fail({ _tag, issue })

// =============================================================================
// Format
// =============================================================================

const version = "v1"
const nonceLength = 12
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Joins the associated data. Each part has its length before it, so that no two lists of parts read the same. */
const associated = (id: string, boundTo: ReadonlyArray<string>): Uint8Array =>
  encoder.encode([version, id, ...boundTo].map((part) => `${part.length}:${part}`).join(""))
