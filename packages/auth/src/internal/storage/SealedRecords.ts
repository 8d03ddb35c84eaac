/** The texts of records, sealed and bound to their keys. */
import type * as Aead from "effect/crypto/Aead"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as AuthError from "../../AuthError.ts"
import type { TokenKey } from "../../TokenStore.ts"
import type * as KeyRing from "./KeyRing.ts"
import * as SealedText from "./SealedText.ts"
import * as StoreErrors from "./StoreErrors.ts"

/** Texts on their way to a storage and back. */
export interface SealedRecords {
  /** Fails with `StoreFailed` (`Undecryptable`) for a text that no key opens, or that is not sealed at all. */
  readonly open: (key: TokenKey, place: string, text: string) => Effect.Effect<string, AuthError.AuthError>
  readonly seal: (key: TokenKey, place: string, text: string) => Effect.Effect<string, AuthError.AuthError>
}

export const make = (
  keys: Effect.Effect<ReadonlyArray<KeyRing.EncryptionKey>, AuthError.AuthError>
): Effect.Effect<SealedRecords, AuthError.AuthError, Aead.Aead | SecureRandom.SecureRandom> =>
  Effect.map(SealedText.make(keys), (sealer) => ({
    open: (key, place, text) =>
      Effect.flatMap(sealer.open(boundTo(key), text), (opened) => {
        if (Result.isSuccess(opened)) return Effect.succeed(opened.success)
        return Effect.fail(StoreErrors.make("read", "Undecryptable", place, issueOf(opened.failure)))
      }),
    seal: (key, place, text) =>
      Effect.mapError(
        sealer.seal(boundTo(key), text),
        () => StoreErrors.make("write", "Unavailable", place, "its text could not be encrypted")
      )
  }))

/** Texts as they are. */
export const unsealed: SealedRecords = {
  open: (_key, _place, text) => Effect.succeed(text),
  seal: (_key, _place, text) => Effect.succeed(text)
}

/** The parts that a sealed record is bound to. */
const boundTo = ({ account, clientId, issuer }: TokenKey): ReadonlyArray<string> => [issuer, clientId, account]

const issueOf = (fault: SealedText.Fault): string =>
  fault._tag === "NotSealed" ? `${fault.issue}. Move it away, and sign in again` : fault.issue
