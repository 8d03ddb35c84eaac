/**
 * Writes of one account's tokens under the lock of the store, and what follows one that the store does not accept.
 *
 * **Details**
 *
 * `FailedWrite` has the rules, and this module does what they decide.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as AuthError from "../../AuthError.ts"
import type { TokenSet } from "../../TokenSet.ts"
import * as FailedWrite from "../storage/FailedWrite.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"
import type * as StoredState from "../storage/StoredState.ts"
import type * as StoredTokens from "../storage/StoredTokens.ts"

export class TokenWrites {
  readonly #stored: StoredTokens.StoredTokens

  constructor(stored: StoredTokens.StoredTokens) {
    this.#stored = stored
  }

  /** Writes a record, and returns whether the store has to be read before another attempt. */
  write(
    locked: StoredTokens.Locked,
    record: GrantRecord.GrantRecord,
    purpose: StoredState.Purpose,
    attempt = 1
  ): Effect.Effect<Exclude<FailedWrite.AfterWrite, "Fail">, AuthError.AuthError> {
    return Effect.matchEffect(locked.write(record), {
      onSuccess: () => Effect.succeed("Continue" as const),
      onFailure: (error) => {
        const decision = this.#stored.take(
          FailedWrite.onNotWritten(this.#stored.state, { record, error, purpose, attempt })
        )
        return decision === "Fail" ? Effect.fail(error) : Effect.succeed(decision)
      }
    })
  }

  /** Records that a request with the refresh token of a record is about to be sent. */
  markPending(
    locked: StoredTokens.Locked,
    before: GrantRecord.GrantRecord
  ): Effect.Effect<unknown, AuthError.AuthError> {
    return Effect.flatMap(DateTime.now, (now) => {
      const record = GrantRecord.marked(before, now)
      return record === undefined ? Effect.void : this.write(locked, record, "MarkPending")
    })
  }

  /** Writes tokens that have arrived. Returns the tokens that somebody else has refreshed in between, if any. */
  persist(
    locked: StoredTokens.Locked,
    record: GrantRecord.GrantRecord
  ): Effect.Effect<TokenSet | undefined, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const written = yield* this.write(locked, record, "PersistTokens")
      if (written === "Continue") return undefined
      const find = () => GrantRecord.find(this.#stored.state.record, record.origin)
      const before = find()
      const theirs = yield* Effect.orElseSucceed(Effect.map(locked.read, find), () => undefined)
      const decision = this.#stored.take(FailedWrite.onConflict(this.#stored.state, { before, theirs }))
      switch (decision._tag) {
        case "Use":
          return decision.tokenSet
        case "Fail":
          return yield* decision.error
        case "WriteAgain":
          yield* this.write(locked, record, "PersistTokens", 2)
          return undefined
      }
    })
  }

  /** Writes a new sign-in over anything that somebody else writes meanwhile, which belongs to the sign-in before. */
  persistSignIn(
    locked: StoredTokens.Locked,
    record: GrantRecord.GrantRecord,
    attempt = 1
  ): Effect.Effect<void, AuthError.AuthError> {
    return Effect.flatMap(this.write(locked, record, "PersistSignIn", attempt), (written) =>
      written === "Continue"
        ? Effect.void
        : Effect.andThen(locked.read, this.persistSignIn(locked, record, attempt + 1)))
  }
}
