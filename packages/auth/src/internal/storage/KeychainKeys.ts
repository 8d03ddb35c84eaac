/** Encryption keys that an application keeps in the person's keychain, as one item of `id:secret` pairs. */
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as AuthError from "../../AuthError.ts"
import { type Item, Keychain } from "../../Keychain.ts"
import { TokenStorage } from "../../TokenStorage.ts"
import * as KeyRing from "./KeyRing.ts"

type Services = Keychain | SecureRandom.SecureRandom | TokenStorage

/** Reads the keys of an application, newest first, and makes the first key when there is none. */
export const load = Effect.fnUntraced(function*(
  application: string
): Effect.fn.Return<ReadonlyArray<KeyRing.EncryptionKey>, AuthError.AuthError, Services> {
  const keychain = yield* Keychain
  const pairs = yield* keychain.get(itemOf(application))
  return KeyRing.parsePairs(
    Option.isSome(pairs)
      ? pairs.value
      : yield* change(application, (pairs, newPair) => pairs === "" ? newPair : pairs)
  )
})

/** Puts a new key in front of the keys of an application. */
export const rotate = (application: string): Effect.Effect<void, AuthError.AuthError, Services> =>
  Effect.asVoid(change(application, (pairs, newPair) => pairs === "" ? newPair : `${newPair},${pairs}`))

const itemOf = (application: string): Item => ({ service: application, account: "token encryption keys" })

/** Replaces the pairs of an application while no other process does, and returns what the keychain holds afterwards. */
const change = Effect.fnUntraced(function*(
  application: string,
  replace: (pairs: string, newPair: string) => string
): Effect.fn.Return<Redacted.Redacted<string>, AuthError.AuthError, Services> {
  const keychain = yield* Keychain
  const storage = yield* TokenStorage
  const item = itemOf(application)
  const read = Effect.map(keychain.get(item), Option.match({ onNone: () => "", onSome: Redacted.value }))
  const pair = yield* KeyRing.newPair
  // Keychains have no locks. Programs that share the keys share the storage, so its lock serves.
  return yield* storage.modify(
    { issuer: "keychain", clientId: item.service, account: item.account },
    () =>
      Effect.gen(function*() {
        const before = yield* read
        const after = replace(before, pair)
        if (after === before) return Redacted.make(before)
        yield* keychain.set(item, Redacted.make(after))
        // A key that the keychain does not give back would be lost at the next start, so it must not seal anything.
        return Redacted.make(yield* read)
      })
  )
})
