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
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as AuthError from "../../AuthError.ts"
import type * as TokenStore from "../../TokenStore.ts"
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

export interface Unsaved {
  readonly record: GrantRecord.GrantRecord
  readonly error: AuthError.AuthError
}

/** A lock that is kept beyond the call that took it. */
interface Vigil {
  readonly locked: Locked
  readonly end: Deferred.Deferred<void>
}

// =============================================================================
// Constructor
// =============================================================================

export class StoredTokens {
  readonly #store: TokenStore.TokenStore["Service"]
  readonly #key: TokenStore.TokenKey
  /** How long locks may be kept. */
  readonly #scope: Scope.Scope
  /** Whose turn it is, while anybody's. */
  #turn: Semaphore.Semaphore | undefined
  #takers = 0
  /** The whole record as it was last read or written. */
  #atRest: TokenStore.TokenRecord | undefined
  #unsaved: Unsaved | undefined
  #vigil: Vigil | undefined

  constructor(
    store: TokenStore.TokenStore["Service"],
    key: TokenStore.TokenKey,
    scope: Scope.Scope
  ) {
    this.#store = store
    this.#key = key
    this.#scope = scope
  }

  /** What the store has not taken, and why. */
  get unsaved(): Unsaved | undefined {
    return this.#unsaved
  }

  /** Runs `use` under the store's lock, one at a time. */
  modify<A>(use: (locked: Locked) => Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> {
    return this.#inTurn(Effect.suspend(() => {
      const kept = this.#vigil
      return kept === undefined ? this.#lock(use) : Effect.ensuring(use(kept.locked), this.#release(kept))
    }))
  }

  #inTurn<A>(effect: Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> {
    return Effect.acquireUseRelease(
      Effect.sync(() => {
        this.#takers += 1
        return this.#turn ??= Semaphore.makeUnsafe(1)
      }),
      (turn) => turn.withPermit(effect),
      () =>
        Effect.sync(() => {
          this.#takers -= 1
          if (this.#takers === 0) this.#turn = undefined
        })
    )
  }

  #mustKeepLock(): boolean {
    const unsaved = this.#unsaved
    return unsaved !== undefined
      && GrantRecord.hasAnotherRefreshToken(unsaved.record, GrantRecord.find(this.#atRest, unsaved.record.origin))
  }

  #lockedOf(entry: TokenStore.Entry): Locked {
    const write = (record: TokenStore.TokenRecord) =>
      Effect.map(entry.write(record), () => {
        this.#atRest = record
        this.#unsaved = undefined
      })
    const read = Effect.map(entry.read, (stored) => {
      const record = Option.getOrUndefined(stored)
      const mine = this.#unsaved?.record.origin
      const theirs = GrantRecord.find(record, mine)
      if (GrantRecord.isSignedOut(theirs) || !GrantRecord.isSame(theirs, GrantRecord.find(this.#atRest, mine))) {
        this.#unsaved = undefined
      }
      this.#atRest = record
    })
    return {
      read: (origin) => Effect.map(read, () => GrantRecord.find(this.#atRest, origin)),
      last: (origin) => GrantRecord.find(this.#atRest, origin),
      write: (record) => Effect.suspend(() => write(GrantRecord.replace(this.#atRest, record))),
      keep: (record, error) =>
        Effect.sync(() => {
          this.#unsaved = { record, error }
        }),
      signOut: (origin) =>
        Effect.andThen(
          read,
          Effect.suspend(() => {
            const held = GrantRecord.all(this.#atRest)
            const all = this.#unsaved === undefined ? held : [this.#unsaved.record, ...held]
            return Effect.as(write(GrantRecord.signOut(this.#atRest, origin)), all)
          })
        )
    }
  }

  /** Keeps the lock until nothing is unsaved any more, or the scope ends. */
  #keepLock(locked: Locked): Effect.Effect<void> {
    return Effect.suspend(() => {
      const end = Deferred.makeUnsafe<void>()
      this.#vigil = { locked, end }
      return Deferred.await(end)
    })
  }

  #lock<A>(use: (locked: Locked) => Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> {
    return Effect.suspend(() => {
      const answer = Deferred.makeUnsafe<A, AuthError.AuthError>()
      return this.#store.modify(this.#key, (entry) => {
        const locked = this.#lockedOf(entry)
        return Effect.onExit(use(locked), (exit) => {
          if (!this.#mustKeepLock()) return Effect.void
          Deferred.doneUnsafe(answer, exit)
          return Effect.interruptible(this.#keepLock(locked))
        })
      }).pipe(
        Effect.forkIn(this.#scope, { startImmediately: true, uninterruptible: false }),
        Effect.flatMap((fiber) => {
          // A scope that has ended starts nothing: that is an answer, too.
          fiber.addObserver((exit) => Deferred.doneUnsafe(answer, exit))
          return Effect.onInterrupt(Deferred.await(answer), () => Fiber.interrupt(fiber))
        })
      )
    })
  }

  /** Gives the lock back that was kept, where that is no longer called for. */
  #release({ end }: Vigil): Effect.Effect<void> {
    return Effect.sync(() => {
      if (this.#mustKeepLock()) return
      this.#vigil = undefined
      Deferred.doneUnsafe(end, Exit.void)
    })
  }
}
