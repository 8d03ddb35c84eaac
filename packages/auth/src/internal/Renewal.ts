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
import type { AccessToken } from "../AccessToken.ts"
import * as AuthError from "../AuthError.ts"
import type { AuthorizationServer } from "../AuthorizationServer.ts"
import * as Grant from "../Grant.ts"
import type { RevocationEndpoint } from "../RevocationEndpoint.ts"
import type { TokenEndpoint } from "../TokenEndpoint.ts"
import type { TokenSet } from "../TokenSet.ts"
import * as TokenStore from "../TokenStore.ts"
import * as Failure from "./Failure.ts"
import { clockTolerance, sameSecret } from "./HeldToken.ts"

// =============================================================================
// Model
// =============================================================================

export interface Renewal {
  /**
   * Tokens better than the ones `held`: the store's where somebody else has renewed them, else new ones. Makes at most
   * one token request, and none with a refresh token that the server has refused.
   */
  readonly renew: (held: TokenSet | undefined) => Effect.Effect<TokenSet, AuthError.AuthError>
  /** Like `renew`, as if the server had never ended the sign-in: what it says now counts. A sign-out still stands. */
  readonly reinstate: (held: TokenSet | undefined) => Effect.Effect<TokenSet, AuthError.AuthError>
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

export interface Options {
  readonly key: TokenStore.TokenKey
  readonly server: AuthorizationServer
  readonly endpoint: TokenEndpoint
  /** Absent where the server has none. */
  readonly revocation: RevocationEndpoint | undefined
  readonly store: TokenStore.TokenStore["Service"]
  /** What to begin with when the store is empty. */
  readonly grant: Grant.Grant | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/** Tokens that the store did not take, and why. */
interface Unsaved {
  readonly tokenSet: TokenSet
  readonly error: AuthError.AuthError
}

export const make = ({ endpoint, grant: configured, key, revocation, server, store }: Options): Renewal => {
  const origin = originOf(configured)

  // Which tokens are the latest, no clock can tell: one may be set between two answers. But every change goes through
  // the store, and whoever finds there what they left there knows that nobody has gone on from it. All of this is read
  // and written under the store's lock alone.
  let atRest: TokenSet | undefined
  let unsaved: Unsaved | undefined
  /** What the store held when `renew` last looked. */
  let known: TokenSet | undefined
  let refused: { readonly refreshToken: string; readonly ended: AuthError.ReauthorizationRequired } | undefined

  const read = (entry: TokenStore.Entry): Effect.Effect<TokenStore.TokenRecord | undefined, AuthError.AuthError> =>
    Effect.map(entry.read, (stored) => {
      const record = Option.getOrUndefined(stored)
      if (isSignedOut(record) || !isSame(record?.tokenSet, atRest)) unsaved = undefined
      atRest = record?.tokenSet
      return record
    })

  /** A record that grew from another grant than the one now configured is not this service's to go on from. */
  const readOwn = (entry: TokenStore.Entry) =>
    Effect.map(
      read(entry),
      (record) => record !== undefined && growsFrom(record, configured) ? record : undefined
    )

  const write = (entry: TokenStore.Entry, record: TokenStore.TokenRecord): Effect.Effect<void, AuthError.AuthError> =>
    Effect.map(entry.write(record), () => {
      atRest = record.tokenSet
      unsaved = undefined
    })

  const request = Effect.fnUntraced(function*(
    entry: TokenStore.Entry,
    before: TokenStore.TokenRecord,
    grant: Grant.Grant
  ): Effect.fn.Return<TokenSet, AuthError.AuthError> {
    const answer = yield* grant._tag === "RefreshToken" ? spend(entry, before, grant) : endpoint.request(grant)
    const tokenSet = before.tokenSet === undefined ? answer : answer.continuing(before.tokenSet)
    return yield* keep(entry, new TokenStore.TokenRecord({ tokenSet, origin: before.origin }), tokenSet)
  })

  /** A refresh token may work only once, and ends with the sign-in: what becomes of it is written down. */
  const spend = Effect.fnUntraced(function*(
    entry: TokenStore.Entry,
    before: TokenStore.TokenRecord,
    grant: RefreshToken
  ): Effect.fn.Return<TokenSet, AuthError.AuthError> {
    if (Redacted.value(grant.refreshToken) === refused?.refreshToken) {
      return yield* new AuthError.AuthError({ reason: refused.ended })
    }
    return yield* announced(entry, before).pipe(
      Effect.andThen(endpoint.request(grant)),
      Effect.tapError((error) => settled(entry, before, error)),
      Effect.catchReason("AuthError", "ReauthorizationRequired", (reason) =>
        Effect.gen(function*() {
          const ended = yield* nameTheEnd(reason, grant, before)
          refused = { refreshToken: Redacted.value(grant.refreshToken), ended }
          yield* Effect.ignore(write(entry, new TokenStore.TokenRecord({ ...before, ended })))
          return yield* new AuthError.AuthError({ reason: ended })
        }))
    )
  })

  /** From here on the tokens serve, whether the store takes them or not. */
  const keep = (
    entry: TokenStore.Entry,
    record: TokenStore.TokenRecord,
    tokenSet: TokenSet
  ): Effect.Effect<TokenSet, AuthError.AuthError> =>
    write(entry, record).pipe(
      Effect.as(tokenSet),
      Effect.catch((error) => {
        if (isConflict(error)) return yieldOrInsist(entry, record, tokenSet)
        unsaved = { tokenSet, error }
        return Effect.succeed(tokenSet)
      })
    )

  /** Notes that a refresh token is about to be spent. A store that cannot be written costs the note, not the token. */
  const announced = (entry: TokenStore.Entry, before: TokenStore.TokenRecord) =>
    before.pendingSince !== undefined
      ? Effect.void
      : Effect.flatMap(
        DateTime.now,
        (pendingSince) =>
          write(entry, new TokenStore.TokenRecord({ ...before, pendingSince })).pipe(
            Effect.catchIf((error) => !isConflict(error), () => Effect.void)
          )
      )

  /** Takes the note back where the server's answer leaves no doubt that the refresh token was not spent. */
  const settled = (
    entry: TokenStore.Entry,
    before: TokenStore.TokenRecord,
    error: AuthError.AuthError
  ) =>
    before.pendingSince !== undefined || Failure.isAnswerLost(error)
      ? Effect.void
      : Effect.ignore(write(entry, before))

  /** Someone wrote while this process was held up: what they had renewed, and a sign-out, stands. */
  const yieldOrInsist = Effect.fnUntraced(function*(
    entry: TokenStore.Entry,
    record: TokenStore.TokenRecord,
    tokenSet: TokenSet
  ): Effect.fn.Return<TokenSet, AuthError.AuthError> {
    const before = atRest
    const theirs = yield* Effect.orElseSucceed(read(entry), () => undefined)
    if (isSignedOut(theirs)) return yield* new AuthError.AuthError({ reason: theirs.ended })
    if (theirs?.tokenSet !== undefined && theirs.ended === undefined && !isSame(theirs.tokenSet, before)) {
      return theirs.tokenSet
    }
    return yield* Effect.catch(write(entry, record), (error) => {
      unsaved = { tokenSet, error }
      return Effect.void
    }).pipe(Effect.as(tokenSet))
  })

  /** Servers say only "no": whether the sign-in ended by age, by accident or by decision, its own record tells. */
  const nameTheEnd = Effect.fnUntraced(function*(
    reason: AuthError.ReauthorizationRequired,
    { authorizedAt }: RefreshToken,
    before: TokenStore.TokenRecord
  ) {
    if (authorizedAt !== undefined && server.refreshTokenLifetime !== undefined) {
      const due = DateTime.addDuration(authorizedAt, server.refreshTokenLifetime)
      if (DateTime.isLessThanOrEqualTo(due, yield* DateTime.now)) {
        return new AuthError.ReauthorizationRequired({ ...reason, kind: "Expired" })
      }
    }
    return before.pendingSince === undefined
      ? reason
      : new AuthError.ReauthorizationRequired({ ...reason, kind: "AnswerLost" })
  })

  const renewFrom = Effect.fnUntraced(function*(
    entry: TokenStore.Entry,
    record: TokenStore.TokenRecord | undefined,
    held: TokenSet | undefined
  ): Effect.fn.Return<TokenSet, AuthError.AuthError> {
    known = record?.tokenSet
    if (record?.tokenSet !== undefined && record.ended === undefined && !isSame(record.tokenSet, held)) {
      if (unsaved === undefined && isGood(record.tokenSet.accessToken, yield* DateTime.now)) return record.tokenSet
    }
    const latest = unsaved?.tokenSet ?? record?.tokenSet ?? held
    const grant = nextGrant(latest, configured)
    if (grant === undefined) {
      return yield* new AuthError.AuthError({
        reason: new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" })
      })
    }
    const before = new TokenStore.TokenRecord({
      origin: record?.origin ?? origin,
      ...(latest !== undefined && { tokenSet: latest }),
      // What the answer to a request has been is known here, though the store could not be told.
      ...(unsaved === undefined && record?.pendingSince !== undefined && { pendingSince: record.pendingSince })
    })
    return yield* request(entry, before, grant)
  })

  return {
    renew: (held) =>
      store.modify(
        key,
        Effect.fnUntraced(function*(entry): Effect.fn.Return<TokenSet, AuthError.AuthError> {
          const record = yield* readOwn(entry)
          if (record?.ended !== undefined && unsaved === undefined) {
            known = record.tokenSet
            return yield* new AuthError.AuthError({ reason: record.ended })
          }
          return yield* renewFrom(entry, record, held)
        })
      ),
    reinstate: (held) =>
      store.modify(
        key,
        Effect.fnUntraced(function*(entry): Effect.fn.Return<TokenSet, AuthError.AuthError> {
          const record = yield* readOwn(entry)
          if (isSignedOut(record)) return yield* new AuthError.AuthError({ reason: record.ended })
          refused = undefined
          return yield* renewFrom(entry, record, held)
        })
      ),
    hasNews: store.modify(
      key,
      (entry) =>
        Effect.map(
          readOwn(entry),
          (record) => record?.tokenSet !== undefined && !isSame(record.tokenSet, known)
        )
    ),
    authorize: (grant, accept) =>
      store.modify(key, (entry) =>
        // Read first: what cannot be read is not overwritten, and costs no code. Until the new sign-in has succeeded the
        // old one stands. It is kept under the configured grant's name, and stands in for it until that is changed.
        Effect.andThen(read(entry), endpoint.request(grant)).pipe(
          Effect.zipWith(newAuthorizationId, (tokenSet, id) => tokenSet.ofAuthorization(id)),
          Effect.tap(accept),
          Effect.flatMap((tokenSet) => keep(entry, new TokenStore.TokenRecord({ tokenSet, origin }), tokenSet))
        )),
    unsaved: () => unsaved?.error,
    save: store.modify(
      key,
      Effect.fnUntraced(function*(entry): Effect.fn.Return<boolean, AuthError.AuthError> {
        const record = yield* readOwn(entry)
        if (unsaved === undefined) return false
        const { tokenSet } = unsaved
        yield* Effect.tapError(
          write(entry, new TokenStore.TokenRecord({ origin: record?.origin ?? origin, tokenSet })),
          (error) =>
            Effect.sync(() => {
              unsaved = { tokenSet, error }
            })
        )
        return true
      })
    ),
    signOut: store.modify(
      key,
      Effect.fnUntraced(function*(entry): Effect.fn.Return<Option.Option<AuthError.AuthError>, AuthError.AuthError> {
        const record = yield* read(entry)
        const { refreshToken } = unsaved?.tokenSet ?? record?.tokenSet ?? {}
        const ended = new AuthError.ReauthorizationRequired({ kind: "SignedOut" })
        yield* write(entry, new TokenStore.TokenRecord({ origin, ended }))
        return revocation === undefined || refreshToken === undefined
          ? Option.none()
          : yield* Effect.match(revocation.revoke(refreshToken), {
            onFailure: Option.some,
            onSuccess: () => Option.none()
          })
      })
    )
  }
}

// =============================================================================
// Judgement
// =============================================================================

/** The refresh token at hand; without one, the configured grant if it has not been used up. */
const nextGrant = (tokenSet: TokenSet | undefined, configured: Grant.Grant | undefined): Grant.Grant | undefined => {
  if (tokenSet?.refreshToken !== undefined) {
    return Grant.RefreshToken({ refreshToken: tokenSet.refreshToken, authorizedAt: tokenSet.authorizedAt })
  }
  return tokenSet === undefined || configured?._tag === "ClientCredentials" ? configured : undefined
}

type RefreshToken = Extract<Grant.Grant, { readonly _tag: "RefreshToken" }>

type SignedOut = TokenStore.TokenRecord & { readonly ended: AuthError.ReauthorizationRequired }

const isSignedOut = (record: TokenStore.TokenRecord | undefined): record is SignedOut =>
  record?.ended?.kind === "SignedOut"

const isSame = (a: TokenSet | undefined, b: TokenSet | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && sameSecret(a.accessToken, b.accessToken))

/** Of a token out of a store only the wall clock knows the age: one from the future has none. */
const isGood = (token: AccessToken, now: DateTime.Utc): boolean =>
  !token.isExpired(now) && token.issuedAt.epochMilliseconds <= now.epochMilliseconds + clockTolerance

const isConflict = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "StoreFailed" && reason.kind === "Conflict"

/** Unlike any other sign-in's. Nothing is secret about it. */
const newAuthorizationId: Effect.Effect<string> = Effect.zipWith(
  DateTime.now,
  Random.nextInt,
  (now, draw) => `${now.epochMilliseconds.toString(36)}-${draw.toString(36)}`
)

const originOf = (grant: Grant.Grant | undefined): Redacted.Redacted<string> =>
  Redacted.make(
    grant === undefined ? "" : Grant.match(grant, {
      AuthorizationCode: ({ code }) => `authorization_code ${Redacted.value(code)}`,
      RefreshToken: ({ refreshToken }) => `refresh_token ${Redacted.value(refreshToken)}`,
      ClientCredentials: ({ scopes }) => `client_credentials ${(scopes ?? []).join(" ")}`
    })
  )

const growsFrom = (record: TokenStore.TokenRecord, configured: Grant.Grant | undefined): boolean =>
  configured === undefined || Redacted.value(record.origin) === Redacted.value(originOf(configured))
