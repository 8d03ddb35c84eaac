/**
 * The requests of one account: to refresh its tokens, to sign in and to sign out.
 *
 * **Details**
 *
 * A refresh is one critical section under the store's lock: read the store again, since another process may have been
 * faster; record that a request is about to be sent; send it; write the tokens; only then hand them out. `StoredState`
 * has the rules, and this module does what they decide.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as AuthError from "../../AuthError.ts"
import * as Grant from "../../Grant.ts"
import type { RevocationEndpoint } from "../../RevocationEndpoint.ts"
import type { TokenEndpoint } from "../../TokenEndpoint.ts"
import type { TokenSet } from "../../TokenSet.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"
import * as StoredState from "../storage/StoredState.ts"
import * as StoredTokens from "../storage/StoredTokens.ts"
import type * as Exchange from "./Exchange.ts"
import * as TokenWrites from "./TokenWrites.ts"

// =============================================================================
// Model
// =============================================================================

export interface TokenRequests {
  /**
   * Returns better tokens than the ones `held`: those of the store where somebody else has refreshed them, else new
   * ones. Sends each refresh token once at most, and none that the server has refused.
   */
  readonly refresh: (held: TokenSet | undefined) => Effect.Effect<TokenSet, AuthError.AuthError>
  /** As `refresh`, but asks the server once more although it has ended the sign-in. A sign-out stands. */
  readonly retryEndedSignIn: (held: TokenSet | undefined) => Effect.Effect<TokenSet, AuthError.AuthError>
  /** Reports whether the store holds tokens that no refresh has seen yet: those of a sign-in elsewhere. Sends nothing. */
  readonly storeHasChanged: Effect.Effect<boolean, AuthError.AuthError>
  /**
   * Returns what `refresh` would find in the store without a request: better tokens than the ones `held`, or the reason why
   * there are none.
   */
  readonly find: (held: TokenSet | undefined) => Effect.Effect<StoredState.Found | undefined>
  /** Runs `onChange` when somebody else may have written the record; absent where the store does not tell. */
  readonly watch: ((onChange: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>) | undefined
  /** Begins anew with a sign-in, whatever the store holds. Tokens that `accept` refuses leave the store as it is. */
  readonly authorize: (
    signIn: Exchange.SignIn,
    accept: (tokenSet: TokenSet) => Effect.Effect<void, AuthError.AuthError>
  ) => Effect.Effect<TokenSet, AuthError.AuthError>
  /** The reason why the store does not hold the latest tokens, where it does not. They serve all the same. */
  readonly unsaved: () => AuthError.AuthError | undefined
  /** Writes unsaved tokens, unless the store has gone on without them. Returns whether it did. */
  readonly save: Effect.Effect<boolean, AuthError.AuthError>
  /**
   * Deletes the tokens, records the sign-out for everybody who shares the store, and revokes the refresh tokens. Returns
   * the error of a revocation that failed: the person is signed out all the same.
   */
  readonly signOut: Effect.Effect<Option.Option<AuthError.AuthError>, AuthError.AuthError>
}

/** The service that makes the requests. */
export interface Host {
  /** Runs right before a request is sent, and fails where none may be. What is begun then is brought to its end. */
  readonly beforeSending: Effect.Effect<void, AuthError.AuthError>
  /** Life of the service, including the time to bring requests to their end. */
  readonly scope: Scope.Scope
}

/** The parts that all accounts of one client share. */
export interface Common extends StoredTokens.Common {
  readonly endpoint: TokenEndpoint
  /** Absent where the server has none. */
  readonly revocation: RevocationEndpoint | undefined
}

export interface Account {
  /** Its name in the store. */
  readonly key: string
  /** The grant to begin with when the store is empty, looked up once it is needed and again only while that fails. */
  readonly grant: Effect.Effect<Grant.Grant | undefined, AuthError.AuthError>
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (common: Common, account: Account) => (host: Host): TokenRequests =>
  new StoredRequests(common, account, host)

/** A refresh that holds the store's lock. */
interface Turn {
  readonly locked: StoredTokens.Locked
  readonly configured: StoredState.Configured
  readonly held: TokenSet | undefined
}

class StoredRequests implements TokenRequests {
  readonly #common: Common
  readonly #account: Account
  readonly #host: Host
  readonly #stored: StoredTokens.StoredTokens
  readonly #writes: TokenWrites.TokenWrites
  #configured: StoredState.Configured | undefined

  constructor(common: Common, account: Account, host: Host) {
    this.#common = common
    this.#account = account
    this.#host = host
    this.#stored = new StoredTokens.StoredTokens(common, account.key, host.scope)
    this.#writes = new TokenWrites.TokenWrites(this.#stored)
  }

  get #configuration(): Effect.Effect<StoredState.Configured, AuthError.AuthError> {
    return Effect.suspend(() =>
      this.#configured === undefined
        ? Effect.map(this.#account.grant, (grant) => {
          this.#configured = { grant, origin: originOf(grant) }
          return this.#configured
        })
        : Effect.succeed(this.#configured)
    )
  }

  // ---------------------------------------------------------------------------
  // Refresh
  // ---------------------------------------------------------------------------

  refresh(held: TokenSet | undefined): Effect.Effect<TokenSet, AuthError.AuthError> {
    return this.#refresh(held, StoredState.onRefresh)
  }

  retryEndedSignIn(held: TokenSet | undefined): Effect.Effect<TokenSet, AuthError.AuthError> {
    return this.#refresh(held, StoredState.onRetryEndedSignIn)
  }

  #refresh(
    held: TokenSet | undefined,
    rule: (state: StoredState.StoredState, asked: StoredState.Asked) => StoredState.Step<StoredState.Decision>
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    const { refreshTokenGrace } = this.#common.server
    return Effect.gen({ self: this }, function*() {
      const configured = yield* this.#configuration
      const asked = Effect.map(DateTime.now, (now) => ({ held, configured, now, refreshTokenGrace }))
      const askedFirst = yield* asked
      // A service begins under the lock, so that a place that cannot be locked is named at once.
      if (held !== undefined) {
        const theirs = yield* this.#stored.peek((state, record) => StoredState.onPeek(state, record, askedFirst))
        if (theirs !== undefined) return theirs
      }
      return yield* this.#stored.modify((locked) =>
        Effect.gen({ self: this }, function*() {
          yield* locked.read
          const decision = this.#stored.take(rule(this.#stored.state, yield* asked))
          return yield* this.#carryOut({ locked, configured, held }, decision)
        })
      )
    })
  }

  #carryOut(turn: Turn, decision: StoredState.Decision): Effect.Effect<TokenSet, AuthError.AuthError> {
    switch (decision._tag) {
      case "Use":
        return Effect.succeed(decision.tokenSet)
      case "Fail":
        return Effect.fail(decision.error)
      case "Request":
        return this.#refreshWith(turn, decision)
      case "End":
        return this.#endSignIn(turn, decision)
    }
  }

  #refreshWith(
    turn: Turn,
    { before, grant, orUse }: Extract<StoredState.Decision, { readonly _tag: "Request" }>
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const { locked } = turn
      yield* this.#host.beforeSending
      let received: Redacted.Redacted<string> | undefined
      const onRefreshToken = (refreshToken: Redacted.Redacted<string>) =>
        Effect.sync(() => {
          received = refreshToken
        })
      const response = yield* Effect.result(
        grant._tag === "RefreshToken"
          ? this.#writes.markPending(locked, before).pipe(
            Effect.andThen(this.#host.beforeSending),
            Effect.andThen(this.#common.endpoint.request(grant, { onRefreshToken }))
          )
          : this.#common.endpoint.request(grant)
      )
      if (Result.isSuccess(response)) {
        const record = GrantRecord.refreshed(before, response.success)
        return (yield* this.#writes.persist(locked, record)) ?? record.tokenSet
      }
      const after = this.#stored.take(StoredState.onRequestFailed(this.#stored.state, {
        grant,
        before,
        error: response.failure,
        received,
        now: yield* DateTime.now,
        refreshTokenLifetime: this.#common.server.refreshTokenLifetime
      }))
      if (after.write?.purpose === "PersistTokens") yield* this.#writes.persist(locked, after.write.record)
      else if (after.write !== undefined) yield* this.#writes.write(locked, after.write.record, after.write.purpose)
      return after.next._tag === "Fail" && after.next.error.isRetryable && orUse !== undefined
        ? orUse
        : yield* this.#carryOut(turn, after.next)
    })
  }

  /** Records the end of a sign-in, unless the store has gone on from another refresh token meanwhile. */
  #endSignIn(
    turn: Turn,
    end: Extract<StoredState.Decision, { readonly _tag: "End" }>,
    attempt = 1
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    const { before, ended } = end
    const { configured, locked } = turn
    return Effect.gen({ self: this }, function*() {
      const known = GrantRecord.find(this.#stored.state.record, before.origin)
      const theirs = yield* locked.read.pipe(
        Effect.map(() => StoredState.ownRecord(this.#stored.state, configured)),
        Effect.orElseSucceed(() => known)
      )
      const { refreshTokenGrace } = this.#common.server
      const asked = { ...turn, now: yield* DateTime.now, refreshTokenGrace }
      const decision = this.#stored.take(StoredState.onEnd(this.#stored.state, { known, theirs, ended }, asked))
      if (decision._tag !== "RecordEnd") return yield* this.#carryOut(turn, decision)
      const written = yield* this.#writes.write(locked, { ...before, ended }, "RecordEnd", attempt)
      return written === "ReadAgain"
        ? yield* this.#endSignIn(turn, end, attempt + 1)
        : yield* decision.error
    })
  }

  get storeHasChanged(): Effect.Effect<boolean, AuthError.AuthError> {
    return Effect.suspend(() => {
      // Somebody may ask at any time, so the grant must not be looked up for this.
      const configured = this.#configured
      return configured === undefined
        ? Effect.succeed(false)
        : Effect.map(
          this.#stored.peek((state, record) => [state, StoredState.hasNews({ ...state, record }, configured)]),
          (hasNews) => hasNews === true
        )
    })
  }

  find(held: TokenSet | undefined): Effect.Effect<StoredState.Found | undefined> {
    const { refreshTokenGrace } = this.#common.server
    return Effect.flatMap(DateTime.now, (now) => {
      // Somebody else decides when this happens, so the grant must not be looked up for it.
      const configured = this.#configured
      return configured === undefined ? Effect.undefined : this.#stored.peek((state, record) => {
        const [after, found] = StoredState.onFind({ ...state, record }, { held, configured, now, refreshTokenGrace })
        return [found === undefined ? state : after, found]
      })
    })
  }

  get watch(): TokenRequests["watch"] {
    const { clientId, server: { issuer }, store: { watch } } = this.#common
    return watch && ((onChange) => watch({ issuer, clientId, account: this.#account.key }, onChange))
  }

  // ---------------------------------------------------------------------------
  // Sign-in and sign-out
  // ---------------------------------------------------------------------------

  authorize(
    signIn: Exchange.SignIn,
    accept: (tokenSet: TokenSet) => Effect.Effect<void, AuthError.AuthError>
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    return Effect.flatMap(
      this.#configuration,
      ({ origin }) =>
        this.#stored.modify((locked) =>
          Effect.gen({ self: this }, function*() {
            // A store that cannot be read is not overwritten, and costs no authorization code. Until the new sign-in has
            // succeeded the old one stands. The new one is kept as what the configured grant has grown to.
            yield* locked.read
            yield* this.#host.beforeSending
            const response = signIn._tag === "Exchanged"
              ? signIn.tokenSet
              : yield* this.#common.endpoint.request(signIn)
            const tokenSet = response.ofAuthorization(yield* newAuthorizationId)
            yield* accept(tokenSet)
            yield* this.#writes.persistSignIn(locked, { origin, tokenSet })
            return tokenSet
          })
        )
    )
  }

  get signOut(): Effect.Effect<Option.Option<AuthError.AuthError>, AuthError.AuthError> {
    const { revocation } = this.#common
    return Effect.flatMap(
      this.#configuration,
      ({ origin }) =>
        this.#stored.modify((locked) =>
          Effect.gen({ self: this }, function*() {
            yield* this.#host.beforeSending
            yield* locked.read
            const { record, refreshTokens } = StoredState.onSignOut(this.#stored.state, origin)
            yield* locked.writeAll(record)
            if (revocation === undefined) return Option.none()
            const failures = yield* Effect.forEach(
              refreshTokens,
              (refreshToken) => Effect.flip(Effect.asVoid(revocation.revoke(refreshToken))).pipe(Effect.option)
            )
            return Option.firstSomeOf(failures)
          })
        )
    )
  }

  // ---------------------------------------------------------------------------
  // Unsaved tokens
  // ---------------------------------------------------------------------------

  unsaved(): AuthError.AuthError | undefined {
    return this.#stored.state.unsaved?.error
  }

  get save(): Effect.Effect<boolean, AuthError.AuthError> {
    return this.#stored.modify((locked) =>
      Effect.flatMap(locked.read, () => {
        const { unsaved } = this.#stored.state
        return unsaved === undefined
          ? Effect.succeed(false)
          : Effect.as(this.#writes.write(locked, unsaved.record, "Save"), true)
      })
    )
  }
}

// =============================================================================
// Identity
// =============================================================================

export const originOf = (grant: Grant.Grant | undefined): Redacted.Redacted<string> =>
  Redacted.make(
    grant === undefined ? "" : Grant.match(grant, {
      AuthorizationCode: ({ code }) => `authorization_code ${Redacted.value(code)}`,
      RefreshToken: ({ refreshToken }) => `refresh_token ${Redacted.value(refreshToken)}`,
      ClientCredentials: ({ scopes }) => `client_credentials ${(scopes ?? []).join(" ")}`
    })
  )

/** Makes an id unlike that of any other sign-in. It is not a secret. */
export const newAuthorizationId: Effect.Effect<string> = Effect.gen(function*() {
  const now = yield* Clock.currentTimeMillis
  const random = yield* Random.nextInt
  return `${now.toString(36)}-${random.toString(36)}`
})
