/** The removal of an account: its tokens go at once, and its end stays, so that no process begins it again. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as AuthError from "../../AuthError.ts"
import type { RecordFacts, SharedTokenStore } from "../../SharedTokenStore.ts"
import type { TokenKey } from "../../TokenStore.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"

const signedOut: RecordFacts = {
  expiresAt: undefined,
  refreshAt: undefined,
  signInDueAt: undefined,
  ended: "SignedOut",
  attempts: 0
}

/** The number of times that a removal is written when somebody else keeps writing in between. */
const attempts = 5

/** Signs an account out in the store. `erase` deletes a record without reading it, and returns whether there was one. */
export const make = (
  store: SharedTokenStore["Service"],
  erase: (key: TokenKey) => Effect.Effect<boolean, AuthError.AuthError>
) => {
  const remove = (key: TokenKey, attempt: number): Effect.Effect<boolean, AuthError.AuthError> =>
    Effect.gen(function*() {
      const seen = yield* store.peek(key)
      const record = Option.getOrUndefined(Option.flatMap(seen, ({ record }) => record))
      if (Option.isNone(seen) || record === undefined || attempt > attempts) return yield* erase(key)
      const { version } = seen.value
      const signOut = GrantRecord.signOut(record, record.origin)
      return (yield* store.supersede(key, { record: signOut, facts: signedOut, version }))
        || (yield* remove(key, attempt + 1))
    })

  return (key: TokenKey): Effect.Effect<boolean, AuthError.AuthError> =>
    Effect.catchReason(
      remove(key, 1),
      "AuthError",
      "StoreFailed",
      (reason, error) => reason.isRetryable ? Effect.fail(error) : erase(key)
    )
}
