/**
 * Access to the store's record of one account, under its lock, and the one current `StoredState`.
 *
 * **Details**
 *
 * While the store lacks a refresh token that replaced the one it holds, the lock is kept beyond the call that took it:
 * anybody else would send a refresh token that is spent already.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as AuthError from "../../AuthError.ts"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import type * as TokenStore from "../../TokenStore.ts"
import * as GrantRecord from "./GrantRecord.ts"
import * as KeyedLock from "./KeyedLock.ts"
import * as StoredState from "./StoredState.ts"

// =============================================================================
// Model
// =============================================================================

/** Access to the record for as long as its lock is held. The state follows each call that succeeds. */
export interface Locked {
  readonly read: Effect.Effect<void, AuthError.AuthError>
  /** Replaces the record of one grant, and leaves those of other grants alone. */
  readonly write: (record: GrantRecord.GrantRecord) => Effect.Effect<void, AuthError.AuthError>
  /** Replaces the records of all grants. */
  readonly writeAll: (record: TokenStore.TokenRecord) => Effect.Effect<void, AuthError.AuthError>
}

/** The parts that all accounts of one client share. */
export interface Common {
  readonly clientId: string
  readonly server: AuthorizationServer
  readonly store: TokenStore.TokenStore["Service"]
  /** Has each service do one thing at a time with its record. */
  readonly turns: KeyedLock.KeyedLock<StoredTokens>
}

/** A lock that is kept beyond the call that took it. */
interface KeptLock {
  readonly locked: Locked
  readonly end: Deferred.Deferred<void>
}

// =============================================================================
// Constructor
// =============================================================================

export class StoredTokens {
  readonly #common: Common
  readonly #account: string
  /** Scope of the locks that may be kept. */
  readonly #scope: Scope.Scope
  #state: StoredState.StoredState = StoredState.initial
  #keptLock: KeptLock | undefined

  constructor(
    common: Common,
    account: string,
    scope: Scope.Scope
  ) {
    this.#common = common
    this.#account = account
    this.#scope = scope
  }

  get state(): StoredState.StoredState {
    return this.#state
  }

  /** Moves on to the state after an event, and returns what to do. */
  take<A>([after, decision]: StoredState.Step<A>): A {
    this.#state = after
    return decision
  }

  /** Runs `use` under the store's lock, one at a time. */
  modify<A>(use: (locked: Locked) => Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> {
    return KeyedLock.holding(
      this.#common.turns.take(this),
      Effect.suspend(() => {
        const kept = this.#keptLock
        return kept === undefined ? this.#lock(use) : Effect.ensuring(use(kept.locked), this.#releaseIfPossible(kept))
      })
    )
  }

  /** Reads the store without its lock, as an event; `undefined` where it cannot be read, or its lock is kept. */
  peek<A>(
    rule: (state: StoredState.StoredState, record: TokenStore.TokenRecord | undefined) => StoredState.Step<A>
  ): Effect.Effect<A | undefined> {
    const { clientId, server: { issuer }, store, turns } = this.#common
    return KeyedLock.holding(
      turns.take(this),
      Effect.suspend(() =>
        this.#keptLock === undefined
          ? Effect.matchEffect(store.peek({ issuer, clientId, account: this.#account }), {
            // Whoever then takes the lock meets the same fault, and names it.
            onFailure: () => Effect.undefined,
            onSuccess: (record) => Effect.sync(() => this.take(rule(this.#state, Option.getOrUndefined(record))))
          })
          : Effect.undefined
      )
    )
  }

  #access(entry: TokenStore.Entry): Locked {
    const writeAll = (record: TokenStore.TokenRecord) =>
      Effect.map(entry.write(record), () => {
        this.#state = StoredState.onWritten(this.#state, record)
      })
    return {
      read: Effect.map(entry.read, (record) => {
        this.#state = StoredState.onRead(this.#state, Option.getOrUndefined(record))
      }),
      write: (record) => Effect.suspend(() => writeAll(GrantRecord.replace(this.#state.record, record))),
      writeAll
    }
  }

  // ---------------------------------------------------------------------------
  // The lock
  // ---------------------------------------------------------------------------

  #lock<A>(use: (locked: Locked) => Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> {
    return Effect.suspend(() => {
      const { clientId, server: { issuer }, store } = this.#common
      const result = Deferred.makeUnsafe<A, AuthError.AuthError>()
      return store.modify({ issuer, clientId, account: this.#account }, (entry) => {
        const locked = this.#access(entry)
        return Effect.onExit(use(locked), (exit) => {
          if (!StoredState.mustKeepLock(this.#state)) return Effect.void
          Deferred.doneUnsafe(result, exit)
          return Effect.interruptible(this.#keepLock(locked))
        })
      }).pipe(
        Effect.forkIn(this.#scope, { startImmediately: true, uninterruptible: false }),
        Effect.flatMap((fiber) => {
          // A scope that has ended starts nothing: that is a result, too.
          fiber.addObserver((exit) => Deferred.doneUnsafe(result, exit))
          return Effect.onInterrupt(Deferred.await(result), () => Fiber.interrupt(fiber))
        })
      )
    })
  }

  /** Keeps the lock until it is released, or the scope ends. */
  #keepLock(locked: Locked): Effect.Effect<void> {
    return Effect.suspend(() => {
      const end = Deferred.makeUnsafe<void>()
      this.#keptLock = { locked, end }
      return Deferred.await(end)
    })
  }

  #releaseIfPossible({ end }: KeptLock): Effect.Effect<void> {
    return Effect.sync(() => {
      if (StoredState.mustKeepLock(this.#state)) return
      this.#keptLock = undefined
      Deferred.doneUnsafe(end, Exit.void)
    })
  }
}
