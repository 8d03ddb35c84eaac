/**
 * How a new token is had, once: the critical section around one token request.
 *
 * Under the store's lock: read again, since another process may have been faster; ask only if the stored token is no
 * better than the one at hand; note that a request is about to leave; ask; merge the answer; write it; only then let it
 * out.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "../../AccessToken.ts"
import * as AuthError from "../../AuthError.ts"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import * as Grant from "../../Grant.ts"
import type { RevocationEndpoint } from "../../RevocationEndpoint.ts"
import type { TokenEndpoint } from "../../TokenEndpoint.ts"
import { TokenSet } from "../../TokenSet.ts"
import type * as TokenStore from "../../TokenStore.ts"
import * as SignInTime from "../oauth/SignInTime.ts"
import * as GrantRecord from "../storage/GrantRecord.ts"
import * as StoredTokens from "../storage/StoredTokens.ts"
import { clockTolerance, sameSecret } from "./CurrentToken.ts"
import * as Failure from "./Failure.ts"

// =============================================================================
// Model
// =============================================================================

export interface Refresh {
  /**
   * Tokens better than the ones `held`: the store's where somebody else has renewed them, else new ones. Makes at most
   * one token request with each refresh token, and none with one that the server has refused.
   */
  readonly renew: (held: TokenSet | undefined) => Effect.Effect<TokenSet, AuthError.AuthError>
  /** Like `renew`, as if the server had never ended the sign-in: what it says now counts. A sign-out still stands. */
  readonly retryEndedSignIn: (held: TokenSet | undefined) => Effect.Effect<TokenSet, AuthError.AuthError>
  /**
   * Whether the store holds tokens that `renew` has not come across yet: those of a sign-in elsewhere, whatever has
   * become of it since. Makes no token request.
   */
  readonly hasNews: Effect.Effect<boolean, AuthError.AuthError>
  /** Starts over from a new grant, whatever the store holds. Tokens that `accept` refuses leave the store as it is. */
  readonly authorize: (
    grant: Grant.Grant,
    accept: (tokenSet: TokenSet) => Effect.Effect<void, AuthError.AuthError>
  ) => Effect.Effect<TokenSet, AuthError.AuthError>
  /** Why the store does not hold the latest tokens, where it does not: they serve all the same. */
  readonly unsaved: () => AuthError.AuthError | undefined
  /** Stores tokens whose first write failed, unless the store has gone on without them. Answers whether it did. */
  readonly save: Effect.Effect<boolean, AuthError.AuthError>
  /**
   * Forgets the tokens, leaves word for everyone who shares the store, and hands the refresh token back. What it answers
   * is why the server could not be told: that does not undo the rest.
   */
  readonly signOut: Effect.Effect<Option.Option<AuthError.AuthError>, AuthError.AuthError>
}

/** What the service that a renewal is for has to say about it. */
export interface Service {
  /**
   * Run when a request is about to leave: fails where none may any more. From then on what has been begun is brought to its
   * end.
   */
  readonly departure: Effect.Effect<void, AuthError.AuthError>
  /** How long the service lives, the bringing to an end included. */
  readonly scope: Scope.Scope
}

/** What all accounts of one client have in common. */
export interface Common {
  readonly clientId: string
  readonly server: AuthorizationServer
  readonly endpoint: TokenEndpoint
  /** Absent where the server has none. */
  readonly revocation: RevocationEndpoint | undefined
  readonly store: TokenStore.TokenStore["Service"]
}

export interface Account {
  /** Its name in the store. */
  readonly key: string
  /** What to begin with when the store is empty; looked up when it is first needed, and again only while that fails. */
  readonly grant: Effect.Effect<Grant.Grant | undefined, AuthError.AuthError>
}

/** The grant that the program configured, and the mark it leaves on what grows from it. */
interface Configured {
  readonly grant: Grant.Grant | undefined
  readonly origin: Redacted.Redacted<string>
}

// =============================================================================
// Constructor
// =============================================================================

/** How often a new sign-in is written over what someone else has just written. */
const insistence = 3

export const make = (common: Common, account: Account) => (service: Service): Refresh =>
  new StoredRenewal(common, account, service)

class StoredRenewal implements Refresh {
  readonly #common: Common
  readonly #account: Account
  readonly #service: Service
  readonly #stored: StoredTokens.StoredTokens

  // All of this is read and written under the store's lock alone.
  #configured: Configured | undefined
  /** What the store held when `renew` last looked. */
  #known: TokenSet | undefined
  #refused: { readonly refreshToken: string; readonly ended: AuthError.ReauthorizationRequired } | undefined

  constructor(common: Common, account: Account, service: Service) {
    const { clientId, server, store } = common
    this.#common = common
    this.#account = account
    this.#service = service
    this.#stored = new StoredTokens.StoredTokens(
      store,
      { issuer: server.issuer, clientId, account: account.key },
      service.scope
    )
  }

  get #configuration(): Effect.Effect<Configured, AuthError.AuthError> {
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
  // What others see
  // ---------------------------------------------------------------------------

  renew(held: TokenSet | undefined): Effect.Effect<TokenSet, AuthError.AuthError> {
    return this.#renew(held, false)
  }

  retryEndedSignIn(held: TokenSet | undefined): Effect.Effect<TokenSet, AuthError.AuthError> {
    return this.#renew(held, true)
  }

  get hasNews(): Effect.Effect<boolean, AuthError.AuthError> {
    return Effect.suspend(() => {
      // Asked at any time, so it must not be what looks the grant up.
      const own = this.#configured
      return own === undefined
        ? Effect.succeed(false)
        : this.#stored.modify((locked) =>
          Effect.map(readOwn(locked, own), (record) => holdsOthers(record, this.#known))
        )
    })
  }

  authorize(
    grant: Grant.Grant,
    accept: (tokenSet: TokenSet) => Effect.Effect<void, AuthError.AuthError>
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    const { endpoint } = this.#common
    const { departure } = this.#service
    return Effect.flatMap(
      this.#configuration,
      ({ origin }) =>
        this.#stored.modify(Effect.fnUntraced(function*(locked): Effect.fn.Return<TokenSet, AuthError.AuthError> {
          // Read first: what cannot be read is not overwritten, and costs no code. Until the new sign-in has succeeded the
          // old one stands. It is kept under the configured grant's name, and stands in for it until that is changed.
          yield* locked.read(origin)
          yield* departure
          const tokenSet = (yield* endpoint.request(grant)).ofAuthorization(yield* newAuthorizationId)
          yield* accept(tokenSet)
          yield* insist(locked, { origin, tokenSet }, insistence)
          return tokenSet
        }))
    )
  }

  unsaved(): AuthError.AuthError | undefined {
    return this.#stored.unsaved?.error
  }

  get save(): Effect.Effect<boolean, AuthError.AuthError> {
    return this.#stored.modify((locked) =>
      Effect.flatMap(locked.read(undefined), () => {
        const { unsaved } = this.#stored
        return unsaved === undefined
          ? Effect.succeed(false)
          : Effect.as(
            Effect.tapError(locked.write(unsaved.record), (error) => locked.keep(unsaved.record, error)),
            true
          )
      })
    )
  }

  get signOut(): Effect.Effect<Option.Option<AuthError.AuthError>, AuthError.AuthError> {
    const { revocation } = this.#common
    const { departure } = this.#service
    return Effect.flatMap(
      this.#configuration,
      ({ origin }) =>
        this.#stored.modify(Effect.fnUntraced(function*(locked): Effect.fn.Return<
          Option.Option<AuthError.AuthError>,
          AuthError.AuthError
        > {
          yield* departure
          const held = yield* locked.signOut(origin)
          if (revocation === undefined) return Option.none()
          const refreshTokens = new Map(
            held.flatMap((record) => {
              const refreshToken = GrantRecord.refreshTokenOf(record)
              return refreshToken === undefined ? [] : [[Redacted.value(refreshToken), refreshToken]]
            })
          )
          const failures = yield* Effect.forEach(
            refreshTokens.values(),
            (refreshToken) => Effect.flip(Effect.asVoid(revocation.revoke(refreshToken))).pipe(Effect.option)
          )
          return Option.firstSomeOf(failures)
        }))
    )
  }

  // ---------------------------------------------------------------------------
  // A token request
  // ---------------------------------------------------------------------------

  #request(
    locked: StoredTokens.Locked,
    before: GrantRecord.GrantRecord,
    grant: Grant.Grant
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const answer = yield* grant._tag === "RefreshToken"
        ? this.#spend(locked, before, grant)
        : Effect.andThen(this.#service.departure, this.#common.endpoint.request(grant))
      const tokenSet = before.tokenSet === undefined
        ? answer.ofAuthorization(configuredAuthorization)
        : answer.continuing(before.tokenSet)
      return (yield* put(locked, { origin: before.origin, tokenSet })) ?? tokenSet
    })
  }

  /** A refresh token may work only once, and ends with the sign-in: what becomes of it is written down. */
  #spend(
    locked: StoredTokens.Locked,
    before: GrantRecord.GrantRecord,
    grant: RefreshToken
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    const { endpoint, server } = this.#common
    const { departure } = this.#service
    return Effect.gen({ self: this }, function*() {
      const refreshToken = Redacted.value(grant.refreshToken)
      if (refreshToken === this.#refused?.refreshToken) return yield* reauthorization(this.#refused.ended)
      yield* departure
      let arrived: Redacted.Redacted<string> | undefined
      const onRefreshToken = (refreshToken: Redacted.Redacted<string>) =>
        Effect.sync(() => {
          arrived = refreshToken
        })
      return yield* announced(locked, before).pipe(
        Effect.andThen(departure),
        Effect.andThen(endpoint.request(grant, { onRefreshToken })),
        Effect.tapError((error) =>
          arrived === undefined ? settled(locked, before, error) : put(locked, withRefreshToken(before, arrived))
        ),
        Effect.catchReason(
          "AuthError",
          "ReauthorizationRequired",
          (reason) =>
            Effect.flatMap(nameTheEnd(reason, grant, before, server), (ended) => {
              this.#refused = { refreshToken, ended }
              return reauthorization(ended)
            })
        )
      )
    })
  }

  /**
   * A refusal counts only for the refresh token that is still the store's. Where somebody has gone on meanwhile, it says
   * that this one came late, and nothing of the sign-in.
   */
  #believe(
    locked: StoredTokens.Locked,
    own: Configured,
    refusal: { readonly before: GrantRecord.GrantRecord; readonly ended: AuthError.ReauthorizationRequired },
    held: TokenSet | undefined,
    times = insistence
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    const { before, ended } = refusal
    return Effect.gen({ self: this }, function*() {
      const stood = locked.last(before.origin)
      const theirs = yield* Effect.orElseSucceed(readOwn(locked, own), () => stood)
      if (GrantRecord.isSignedOut(theirs)) return yield* reauthorization(theirs.ended)
      if (isAnother(theirs, stood)) return yield* this.#renewFrom(locked, own, theirs, held)
      const verdict = yield* Effect.result(locked.write({ ...before, ended }))
      return Result.isFailure(verdict) && isConflict(verdict.failure) && times > 1
        ? yield* this.#believe(locked, own, refusal, held, times - 1)
        : yield* reauthorization(ended)
    })
  }

  // ---------------------------------------------------------------------------
  // Renewing
  // ---------------------------------------------------------------------------

  #renewFrom(
    locked: StoredTokens.Locked,
    own: Configured,
    record: GrantRecord.GrantRecord | undefined,
    held: TokenSet | undefined
  ): Effect.Effect<TokenSet, AuthError.AuthError> {
    return Effect.gen({ self: this }, function*() {
      const { unsaved } = this.#stored
      this.#known = record?.tokenSet
      if (unsaved === undefined && record?.tokenSet !== undefined && record.ended === undefined) {
        const { accessToken } = record.tokenSet
        const isOther = held === undefined || !sameSecret(accessToken, held.accessToken)
        if (isOther && isGood(accessToken, yield* DateTime.now)) return record.tokenSet
      }
      // What the answer to a request has been is known of what is unsaved, though the store could not be told.
      const { ended: _, ...before }: GrantRecord.GrantRecord = unsaved?.record ?? record
        ?? { origin: own.origin, ...(held && { tokenSet: held }) }
      const grant = nextGrant(before, own.grant)
      if (grant === undefined) {
        return yield* reauthorization(new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" }))
      }
      return yield* Effect.catchReason(
        this.#request(locked, before, grant),
        "AuthError",
        "ReauthorizationRequired",
        (ended) => this.#believe(locked, own, { before, ended }, held)
      )
    })
  }

  #renew(held: TokenSet | undefined, ignoresEnd: boolean): Effect.Effect<TokenSet, AuthError.AuthError> {
    return Effect.flatMap(
      this.#configuration,
      (own) =>
        this.#stored.modify((locked) =>
          Effect.gen({ self: this }, function*() {
            const record = yield* readOwn(locked, own)
            const stands = ignoresEnd ? GrantRecord.isSignedOut(record) : this.#stored.unsaved === undefined
            if (record?.ended !== undefined && stands) {
              this.#known = record.tokenSet
              return yield* reauthorization(record.ended)
            }
            if (ignoresEnd) this.#refused = undefined
            return yield* this.#renewFrom(locked, own, record, held)
          })
        )
    )
  }
}

// =============================================================================
// The record
// =============================================================================

/** What grew from another grant than the one now configured is not this service's to go on from. */
const readOwn = (locked: StoredTokens.Locked, { grant, origin }: Configured) =>
  Effect.map(locked.read(grant === undefined ? undefined : origin), named)

/** Notes that a refresh token is about to be spent. A store that cannot be written costs the note, not the token. */
const announced = (locked: StoredTokens.Locked, before: GrantRecord.GrantRecord) =>
  before.pendingSince !== undefined
    ? Effect.void
    : Effect.flatMap(
      DateTime.now,
      (pendingSince) =>
        locked.write({ ...before, pendingSince }).pipe(
          Effect.catchIf((error) => !isConflict(error), () => Effect.void)
        )
    )

/** Takes the note back where the server's answer leaves no doubt that the refresh token was not spent. */
const settled = (locked: StoredTokens.Locked, before: GrantRecord.GrantRecord, error: AuthError.AuthError) =>
  before.pendingSince !== undefined || Failure.isAnswerLost(error) ? Effect.void : Effect.ignore(locked.write(before))

/**
 * What has arrived counts from here on, whether the store takes it or not. Where somebody has renewed the tokens in
 * between, theirs are what this answers.
 */
const put = (
  locked: StoredTokens.Locked,
  record: GrantRecord.GrantRecord
): Effect.Effect<TokenSet | void, AuthError.AuthError> =>
  Effect.catch(
    locked.write(record),
    (error) => isConflict(error) ? yieldOrInsist(locked, record) : locked.keep(record, error)
  )

/** Someone wrote while this process was held up: what they had renewed, and a sign-out, stands. */
const yieldOrInsist = Effect.fnUntraced(function*(
  locked: StoredTokens.Locked,
  record: GrantRecord.GrantRecord
): Effect.fn.Return<TokenSet | void, AuthError.AuthError> {
  const before = locked.last(record.origin)
  const theirs = yield* Effect.orElseSucceed(locked.read(record.origin), () => undefined)
  if (GrantRecord.isSignedOut(theirs)) return yield* reauthorization(theirs.ended)
  if (hasGoneOn(theirs, before)) return theirs.tokenSet
  return yield* Effect.catch(locked.write(record), (error) => locked.keep(record, error))
})

/** The new sign-in, in the store: what someone else writes meanwhile is of the one before. */
const insist = (
  locked: StoredTokens.Locked,
  record: GrantRecord.GrantRecord,
  times: number
): Effect.Effect<void, AuthError.AuthError> =>
  Effect.catch(locked.write(record), (error) => {
    if (!isConflict(error)) return locked.keep(record, error)
    return times <= 1
      ? Effect.fail(error)
      : Effect.andThen(locked.read(record.origin), insist(locked, record, times - 1))
  })

// =============================================================================
// Judgement
// =============================================================================

/** Servers say only "no": whether the sign-in ended by age, by accident or by decision, its own record tells. */
const nameTheEnd = Effect.fnUntraced(function*(
  reason: AuthError.ReauthorizationRequired,
  { authorizedAt }: RefreshToken,
  before: GrantRecord.GrantRecord,
  server: AuthorizationServer
) {
  const now = yield* DateTime.now
  const due = SignInTime.dueAt(authorizedAt, server.refreshTokenLifetime, now)
  if (Option.exists(due, (due) => DateTime.isLessThanOrEqualTo(due, now))) {
    return new AuthError.ReauthorizationRequired({ ...reason, kind: "Expired" })
  }
  return before.pendingSince === undefined
    ? reason
    : new AuthError.ReauthorizationRequired({ ...reason, kind: "AnswerLost" })
})

/** The refresh token at hand; without one, the configured grant if it has not been used up. */
const nextGrant = (
  latest: GrantRecord.GrantRecord,
  configured: Grant.Grant | undefined
): Grant.Grant | undefined => {
  const refreshToken = GrantRecord.refreshTokenOf(latest)
  if (refreshToken !== undefined) {
    const authorizedAt = latest.tokenSet?.authorizedAt
      ?? (configured?._tag === "RefreshToken" ? configured.authorizedAt : undefined)
    return Grant.RefreshToken({ refreshToken, authorizedAt })
  }
  return latest.tokenSet === undefined || configured?._tag === "ClientCredentials" ? configured : undefined
}

type RefreshToken = Extract<Grant.Grant, { readonly _tag: "RefreshToken" }>

type Holding = GrantRecord.GrantRecord & { readonly tokenSet: TokenSet }

/** Whether a record holds tokens, and others than these. */
const holdsOthers = (
  record: GrantRecord.GrantRecord | undefined,
  tokenSet: TokenSet | undefined
): record is Holding =>
  record?.tokenSet !== undefined
  && (tokenSet === undefined || !sameSecret(record.tokenSet.accessToken, tokenSet.accessToken))

/** Whether the store holds tokens that are alive, and others than stood there before: somebody has renewed them. */
const hasGoneOn = (
  theirs: GrantRecord.GrantRecord | undefined,
  before: GrantRecord.GrantRecord | undefined
): theirs is Holding => holdsOthers(theirs, before?.tokenSet) && theirs.ended === undefined

/** Whether the store goes on from another refresh token than stood there before, and has not heard of its end. */
const isAnother = (
  theirs: GrantRecord.GrantRecord | undefined,
  before: GrantRecord.GrantRecord | undefined
): boolean =>
  hasGoneOn(theirs, before)
  || (theirs?.ended === undefined && GrantRecord.hasAnotherRefreshToken(theirs, before))

/** Of a token out of a store only the wall clock knows the age: one from the future has none. */
const isGood = (token: AccessToken, now: DateTime.Utc): boolean =>
  !token.isExpired(now) && token.issuedAt.epochMilliseconds <= now.epochMilliseconds + clockTolerance

const isConflict = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "StoreFailed" && reason.kind === "Conflict"

const reauthorization = (reason: AuthError.ReauthorizationRequired): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason }))

const withRefreshToken = (
  { origin, tokenSet }: GrantRecord.GrantRecord,
  refreshToken: Redacted.Redacted<string>
): GrantRecord.GrantRecord =>
  tokenSet === undefined
    ? { origin, refreshToken }
    : { origin, tokenSet: new TokenSet({ ...tokenSet, refreshToken }) }

// =============================================================================
// Whose tokens
// =============================================================================

const originOf = (grant: Grant.Grant | undefined): Redacted.Redacted<string> =>
  Redacted.make(
    grant === undefined ? "" : Grant.match(grant, {
      AuthorizationCode: ({ code }) => `authorization_code ${Redacted.value(code)}`,
      RefreshToken: ({ refreshToken }) => `refresh_token ${Redacted.value(refreshToken)}`,
      ClientCredentials: ({ scopes }) => `client_credentials ${(scopes ?? []).join(" ")}`
    })
  )

/** The authorization of a grant that was configured, and of records from before authorizations had ids. */
const configuredAuthorization = "configured"

const named = (record: GrantRecord.GrantRecord | undefined): GrantRecord.GrantRecord | undefined =>
  record?.tokenSet === undefined || record.tokenSet.accessToken.authorizationId !== undefined
    ? record
    : { ...record, tokenSet: record.tokenSet.ofAuthorization(configuredAuthorization) }

/** Unlike any other sign-in's. Nothing is secret about it. */
const newAuthorizationId: Effect.Effect<string> = Effect.zipWith(
  DateTime.now,
  Random.nextInt,
  (now, draw) => `${now.epochMilliseconds.toString(36)}-${draw.toString(36)}`
)
