/**
 * The requests of one account that many processes share: those of `TokenRequests`, under numbered leases.
 *
 * **Details**
 *
 * A refresh looks at the row first. Most often somebody has refreshed the token already, and that one statement is all. Else
 * the row is claimed, or watched while another process is at it.
 */
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type * as AuthError from "../../AuthError.ts"
import type { SharedRecord } from "../../SharedTokenStore.ts"
import type { TokenSet } from "../../TokenSet.ts"
import type { TokenRecord } from "../../TokenStore.ts"
import type * as Exchange from "../lifecycle/Exchange.ts"
import * as TokenRequests from "../lifecycle/TokenRequests.ts"
import * as TokenState from "../lifecycle/TokenState.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"
import * as StoredName from "../storage/StoredName.ts"
import * as StoredState from "../storage/StoredState.ts"
import * as StoreErrors from "../storage/StoreErrors.ts"
import * as Look from "./Look.ts"
import * as RefreshFacts from "./RefreshFacts.ts"
import * as SharedRefresh from "./SharedRefresh.ts"
import type { Sharing } from "./Sharing.ts"
import type { Uses } from "./Uses.ts"

/** The time for which a refresh watches another process at it. */
const patience = Duration.seconds(60)

/** The number of times that a sign-in is written when somebody else keeps writing in between. */
const attempts = 5

/** The attempts to write a sign-in while the database is away. */
const signInRetries = Schedule.spaced("500 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: "30 seconds" }))

/** The attempts to read a row while the database is away: fewer than callers wait for, so that they are told why. */
const readRetries = Schedule.spaced("300 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: "7 seconds" }))

const untilAvailable = <A>(read: Effect.Effect<A, AuthError.AuthError>): Effect.Effect<A, AuthError.AuthError> =>
  Effect.retry(read, { while: ({ isRetryable }) => isRetryable, schedule: readRetries })

/** A write that the store has not accepted yet. */
interface Saving {
  readonly error: AuthError.AuthError
  readonly end: Deferred.Deferred<boolean>
}

export class SharedRequests implements TokenRequests.TokenRequests {
  readonly #sharing: Sharing
  readonly #uses: Uses
  readonly #account: TokenRequests.Account
  readonly #host: TokenRequests.Host
  #configured: StoredState.Configured | undefined
  /** The tokens in the row when it was last looked at. */
  #known: TokenSet | undefined
  #saving: Saving | undefined

  constructor(sharing: Sharing, uses: Uses, account: TokenRequests.Account, host: TokenRequests.Host) {
    this.#sharing = sharing
    this.#uses = uses
    this.#account = account
    this.#host = host
  }

  get #key() {
    return this.#sharing.keyOf(this.#account.key)
  }

  get #configuration(): Effect.Effect<StoredState.Configured, AuthError.AuthError> {
    return Effect.suspend(() =>
      this.#configured === undefined
        ? Effect.map(this.#account.grant, (grant) => {
          this.#configured = { grant, origin: TokenRequests.originOf(grant) }
          return this.#configured
        })
        : Effect.succeed(this.#configured)
    )
  }

  get #look(): Effect.Effect<SharedRecord | undefined, AuthError.AuthError> {
    return Effect.map(this.#sharing.store.peek(this.#key), Option.getOrUndefined)
  }

  // ---------------------------------------------------------------------------
  // Refresh
  // ---------------------------------------------------------------------------

  refresh(held: TokenSet | undefined): Effect.Effect<TokenSet, AuthError.AuthError> {
    return this.#refresh(held, StoredState.onRefresh, this.#sharing.refreshes)
  }

  retryEndedSignIn(held: TokenSet | undefined): Effect.Effect<TokenSet, AuthError.AuthError> {
    return this.#refresh(held, StoredState.onRetryEndedSignIn, true)
  }

  #refresh(
    held: TokenSet | undefined,
    rule: Look.Rule,
    refreshes: boolean
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const configured = yield* this.#configuration
      const until = this.#sharing.now.monotonic + Duration.toMillis(patience)
      let isAsked = false
      while (this.#sharing.now.monotonic < until) {
        const seen = yield* untilAvailable(this.#look)
        const now = yield* DateTime.now
        const { refreshTokenGrace } = this.#sharing.server
        const decision = Look.onRow(seen, {
          asked: { held, configured, now, refreshTokenGrace },
          rule,
          refreshes
        })
        this.#known = Look.ownRecord(seen, configured)?.tokenSet
        switch (decision._tag) {
          case "Use":
            yield* this.#noteUse(seen)
            return decision.tokenSet
          case "Fail":
            return yield* decision.error
          case "Claim": {
            const tokenSet = yield* this.#claim(configured, held, rule)
            if (tokenSet !== undefined) return tokenSet
            break
          }
          case "Ask":
            if (!isAsked) isAsked = yield* this.#ask(seen, decision.seed)
            break
          case "Wait":
            break
        }
        const random = yield* Random.next
        yield* Effect.sleep(50 + 50 * random)
      }
      return yield* TokenState.unusable(
        `no other process has refreshed it within ${Duration.format(patience)}`,
        "Timeout"
      )
    })
  }

  /** Refreshes the account under a lease of this process; undefined where another process has it. */
  #claim(
    configured: StoredState.Configured,
    held: TokenSet | undefined,
    rule: Look.Rule
  ): Effect.Effect<TokenSet | undefined, AuthError.AuthError> {
    const { beforeSending } = this.#host
    return Effect.flatMap(
      untilAvailable(this.#sharing.store.lease(this.#key)),
      Option.match({
        onNone: () => Effect.undefined,
        onSome: (lease) =>
          SharedRefresh.run(this.#sharing, { lease, configured, held, rule, isUse: true, beforeSending }).pipe(
            Effect.flatMap(({ refreshAt, saving, tokenSet }) => {
              this.#known = tokenSet
              this.#uses.note(this.#account.key, refreshAt)
              return Effect.as(saving === undefined ? Effect.void : this.#keepSaving(saving), tokenSet)
            })
          )
      })
    )
  }

  /** Has another process refresh the account. */
  #ask(
    seen: SharedRecord | undefined,
    seed: GrantRecord.GrantRecord | undefined
  ): Effect.Effect<boolean, AuthError.AuthError> {
    const { store } = this.#sharing
    if (seed !== undefined) {
      const record = GrantRecord.replace(seen === undefined ? undefined : Option.getOrUndefined(seen.record), seed)
      return Effect.flatMap(
        this.#facts(record, undefined),
        (facts) => store.supersede(this.#key, { record, facts, version: seen?.version })
      )
    }
    const isAsked = seen === undefined || RefreshFacts.latestOf(seen.record) === undefined
      ? Effect.flatMap(DateTime.now, (now) => store.use([{ key: this.#key, refreshAt: now }]))
      : store.reject(this.#key, seen.version)
    return Effect.as(isAsked, true)
  }

  #noteUse(seen: SharedRecord | undefined): Effect.Effect<void> {
    if (seen === undefined || !this.#uses.isDue(this.#account.key)) return Effect.void
    const record = Option.getOrUndefined(seen.record)
    return record === undefined
      ? Effect.void
      : Effect.map(this.#refreshAt(record, undefined), (refreshAt) => this.#uses.note(this.#account.key, refreshAt))
  }

  #refreshAt(record: TokenRecord, previous: TokenSet | undefined) {
    return Effect.map(RefreshFacts.randoms, (randoms) => {
      const { facts, now } = this.#sharing
      const usedAt = DateTime.makeUnsafe(now.wall)
      return RefreshFacts.dueAt(record, { previous, usedAt, now, randoms }, facts)
    })
  }

  #facts(record: TokenRecord, previous: TokenSet | undefined) {
    return Effect.map(
      this.#refreshAt(record, previous),
      (refreshAt) => RefreshFacts.of(record, refreshAt, this.#sharing.now, this.#sharing.facts)
    )
  }

  // ---------------------------------------------------------------------------
  // News
  // ---------------------------------------------------------------------------

  get storeHasChanged(): Effect.Effect<boolean, AuthError.AuthError> {
    return Effect.suspend(() => {
      // Somebody may ask at any time, so the grant must not be looked up for this.
      const configured = this.#configured
      return configured === undefined
        ? Effect.succeed(false)
        : Effect.map(this.#look, (seen) => {
          const record = seen === undefined ? undefined : Option.getOrUndefined(seen.record)
          return StoredState.hasNews({ ...StoredState.initial, record, known: this.#known }, configured)
        })
    })
  }

  find(held: TokenSet | undefined): Effect.Effect<StoredState.Found | undefined> {
    return Effect.gen({ self: this }, function*() {
      // Somebody else decides when this happens, so the grant must not be looked up for it.
      const configured = this.#configured
      if (configured === undefined) return undefined
      const seen = yield* this.#look
      this.#known = Look.ownRecord(seen, configured)?.tokenSet
      return Look.find(seen, { held, configured, now: yield* DateTime.now })
    }).pipe(Effect.orElseSucceed(() => undefined))
  }

  /** The work of the process tells of news. */
  readonly watch = undefined

  // ---------------------------------------------------------------------------
  // Sign-in and sign-out
  // ---------------------------------------------------------------------------

  authorize(
    signIn: Exchange.SignIn,
    accept: (tokenSet: TokenSet) => Effect.Effect<void, AuthError.AuthError>
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const { origin } = yield* this.#configuration
      // A row that cannot be read is not overwritten, and costs no authorization code.
      yield* this.#look
      yield* this.#host.beforeSending
      const response = signIn._tag === "Exchanged"
        ? signIn.tokenSet
        : yield* this.#sharing.endpoint.request(signIn)
      const tokenSet = response.ofAuthorization(yield* TokenRequests.newAuthorizationId)
      yield* accept(tokenSet)
      // A grant works once, so its tokens are worth a wait for the database.
      yield* Effect.retry(this.#supersede((record) => GrantRecord.replace(record, { origin, tokenSet })), {
        while: ({ isRetryable }) => isRetryable,
        schedule: signInRetries
      })
      this.#known = tokenSet
      this.#uses.note(this.#account.key, undefined)
      return tokenSet
    })
  }

  get signOut(): Effect.Effect<Option.Option<AuthError.AuthError>, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const { origin } = yield* this.#configuration
      yield* this.#host.beforeSending
      const before = yield* this.#supersede((record) => GrantRecord.signOut(record, origin))
      const { revocation } = this.#sharing
      if (revocation === undefined) return Option.none()
      const { refreshTokens } = StoredState.onSignOut({ ...StoredState.initial, record: before }, origin)
      const failures = yield* Effect.forEach(
        refreshTokens,
        (refreshToken) => Effect.flip(Effect.asVoid(revocation.revoke(refreshToken))).pipe(Effect.option)
      )
      return Option.firstSomeOf(failures)
    })
  }

  /** Writes a record whoever has a lease, and returns the record before. */
  #supersede(
    change: (record: TokenRecord | undefined) => TokenRecord,
    attempt = 1
  ): Effect.Effect<TokenRecord | undefined, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const seen = yield* this.#look
      const before = seen === undefined ? undefined : Option.getOrUndefined(seen.record)
      const record = change(before)
      const facts = yield* this.#facts(record, undefined)
      const isWritten = yield* this.#sharing.store.supersede(this.#key, { record, facts, version: seen?.version })
      if (isWritten) return before
      if (attempt < attempts) return yield* this.#supersede(change, attempt + 1)
      return yield* StoreErrors.conflict(`the row of account ${StoredName.sanitize(this.#account.key)}`)
    })
  }

  // ---------------------------------------------------------------------------
  // Writing
  // ---------------------------------------------------------------------------

  unsaved(): AuthError.AuthError | undefined {
    return this.#saving?.error
  }

  /** Waits for the write of unsaved tokens, which is tried all the time. */
  get save(): Effect.Effect<boolean, AuthError.AuthError> {
    return Effect.suspend(() => this.#saving === undefined ? Effect.succeed(false) : Deferred.await(this.#saving.end))
  }

  #keepSaving({ error, save }: NonNullable<SharedRefresh.Refreshed["saving"]>): Effect.Effect<unknown> {
    return Effect.suspend(() => {
      const end = Deferred.makeUnsafe<boolean>()
      this.#saving = { error, end }
      return save.pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            this.#saving = undefined
            Deferred.doneUnsafe(end, exit)
          })
        ),
        Effect.forkIn(this.#host.scope)
      )
    })
  }
}
