/**
 * The store's record of one account, and what it has not taken yet: read, compared and written under the store's lock
 * alone.
 *
 * Which tokens are the latest, no clock can tell: one may be set between two answers. But every change goes through the
 * store, and whoever finds there what they left there knows that nobody has gone on from it.
 *
 * While the store lacks a refresh token that came in place of the one it holds, the lock is kept: whoever else had it
 * would spend a refresh token that is spent already.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as AuthError from "../AuthError.ts"
import type * as TokenStore from "../TokenStore.ts"
import * as GrantRecord from "./GrantRecord.ts"

// =============================================================================
// Model
// =============================================================================

/** The record, for as long as its lock is held. */
export interface Locked {
  /** What the grant of this `origin` has grown to, as the store has it now; without one, what was written last. */
  readonly read: (
    origin: Redacted.Redacted<string> | undefined
  ) => Effect.Effect<GrantRecord.GrantRecord | undefined, AuthError.AuthError>
  /** The same as it was when it was last read or written here. */
  readonly last: (origin: Redacted.Redacted<string> | undefined) => GrantRecord.GrantRecord | undefined
  /** Replaces what its grant had grown to, and leaves that of other grants alone. */
  readonly write: (record: GrantRecord.GrantRecord) => Effect.Effect<void, AuthError.AuthError>
  /** Like `write`, for what must not be lost: what the store does not take is kept here until it does. */
  readonly keep: (record: GrantRecord.GrantRecord, error: AuthError.AuthError) => Effect.Effect<void>
  /** Replaces the whole record with word that the account has been signed out, and gives what it held. */
  readonly signOut: (
    origin: Redacted.Redacted<string>
  ) => Effect.Effect<ReadonlyArray<GrantRecord.GrantRecord>, AuthError.AuthError>
}

export interface StoredTokens {
  /** Runs `use` under the store's lock, one at a time. */
  readonly modify: <A>(
    use: (locked: Locked) => Effect.Effect<A, AuthError.AuthError>
  ) => Effect.Effect<A, AuthError.AuthError>
  /** What the store has not taken, and why. */
  readonly unsaved: () => Unsaved | undefined
}

export interface Unsaved {
  readonly record: GrantRecord.GrantRecord
  readonly error: AuthError.AuthError
}

/** A lock that is kept beyond the call that took it. */
interface Vigil {
  readonly locked: Locked
  readonly end: Deferred.Deferred<void>
  readonly fiber: () => Fiber.Fiber<unknown, unknown> | undefined
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly key: TokenStore.TokenKey
  readonly store: TokenStore.TokenStore["Service"]
  /** How long locks may be kept. */
  readonly scope: Scope.Scope
}): StoredTokens => {
  const { key, scope, store } = options
  const turn = Semaphore.makeUnsafe(1)

  /** The whole record as it was last read or written. */
  let atRest: TokenStore.TokenRecord | undefined
  let unsaved: Unsaved | undefined
  let vigil: Vigil | undefined

  const mustKeepLock = (): boolean => {
    if (unsaved === undefined) return false
    const replaced = GrantRecord.refreshTokenOf(GrantRecord.find(atRest, unsaved.record.origin))
    const latest = GrantRecord.refreshTokenOf(unsaved.record)
    return latest !== undefined && valueOf(latest) !== valueOf(replaced)
  }

  const lockedOf = (entry: TokenStore.Entry): Locked => {
    const write = (record: TokenStore.TokenRecord) =>
      Effect.map(entry.write(record), () => {
        atRest = record
        unsaved = undefined
      })
    const read = Effect.map(entry.read, (stored) => {
      const record = Option.getOrUndefined(stored)
      const mine = unsaved?.record.origin
      const theirs = GrantRecord.find(record, mine)
      if (GrantRecord.isSignedOut(theirs) || !isSame(theirs, GrantRecord.find(atRest, mine))) {
        unsaved = undefined
      }
      atRest = record
    })
    return {
      read: (origin) => Effect.map(read, () => GrantRecord.find(atRest, origin)),
      last: (origin) => GrantRecord.find(atRest, origin),
      write: (record) => Effect.suspend(() => write(GrantRecord.replace(atRest, record))),
      keep: (record, error) =>
        Effect.sync(() => {
          unsaved = { record, error }
        }),
      signOut: (origin) =>
        Effect.andThen(
          read,
          Effect.suspend(() => {
            const held = [...(unsaved === undefined ? [] : [unsaved.record]), ...GrantRecord.all(atRest)]
            return Effect.as(write(GrantRecord.signOut(atRest, origin)), held)
          })
        )
    }
  }

  /** Keeps the lock until nothing is unsaved any more, or the scope ends. */
  const keepLock = (locked: Locked, fiber: Vigil["fiber"]): Effect.Effect<void> =>
    Effect.suspend(() => {
      const end = Deferred.makeUnsafe<void>()
      vigil = { locked, end, fiber }
      return Effect.ensuring(
        Deferred.await(end),
        Effect.sync(() => {
          vigil = undefined
        })
      )
    })

  const lock = <A>(
    use: (locked: Locked) => Effect.Effect<A, AuthError.AuthError>
  ): Effect.Effect<A, AuthError.AuthError> =>
    Effect.suspend(() => {
      const answer = Deferred.makeUnsafe<A, AuthError.AuthError>()
      let fiber: Fiber.Fiber<unknown, unknown> | undefined
      return store.modify(key, (entry) => {
        const locked = lockedOf(entry)
        return Effect.onExit(use(locked), (exit) => {
          if (!mustKeepLock()) return Effect.void
          Deferred.doneUnsafe(answer, exit)
          return Effect.interruptible(keepLock(locked, () => fiber))
        })
      }).pipe(
        Effect.onExit((exit) => Effect.sync(() => Deferred.doneUnsafe(answer, exit))),
        Effect.forkIn(scope, { startImmediately: true, uninterruptible: false }),
        Effect.flatMap((forked) => {
          fiber = forked
          return Effect.onInterrupt(Deferred.await(answer), () => Fiber.interrupt(forked))
        })
      )
    })

  /** Gives the lock back that was kept, where that is no longer called for. */
  const release = (kept: Vigil): Effect.Effect<unknown> =>
    Effect.suspend(() => {
      if (mustKeepLock()) return Effect.void
      Deferred.doneUnsafe(kept.end, Exit.void)
      const fiber = kept.fiber()
      return fiber === undefined ? Effect.void : Fiber.await(fiber)
    })

  return {
    modify: (use) =>
      turn.withPermit(Effect.suspend(() => {
        const kept = vigil
        return kept === undefined ? lock(use) : Effect.ensuring(use(kept.locked), release(kept))
      })),
    unsaved: () => unsaved
  }
}

const isSame = (a: GrantRecord.GrantRecord | undefined, b: GrantRecord.GrantRecord | undefined): boolean =>
  valueOf(a?.tokenSet?.accessToken.value) === valueOf(b?.tokenSet?.accessToken.value)
  && valueOf(GrantRecord.refreshTokenOf(a)) === valueOf(GrantRecord.refreshTokenOf(b))

const valueOf = (secret: Redacted.Redacted<string> | undefined): string | undefined =>
  secret === undefined ? undefined : Redacted.value(secret)
