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
import * as Redacted from "effect/Redacted"
import * as AuthError from "../AuthError.ts"
import type { AuthorizationServer } from "../AuthorizationServer.ts"
import * as Grant from "../Grant.ts"
import type { RevocationEndpoint } from "../RevocationEndpoint.ts"
import type { TokenEndpoint } from "../TokenEndpoint.ts"
import type { TokenSet } from "../TokenSet.ts"
import * as TokenStore from "../TokenStore.ts"
import { sameSecret } from "./HeldToken.ts"

// =============================================================================
// Model
// =============================================================================

/** What came of a renewal. */
export interface Renewed {
  readonly tokenSet: TokenSet
  /** Why the store does not hold it, where it does not: the token serves all the same. */
  readonly unsaved: Option.Option<AuthError.AuthError>
}

export interface Renewal {
  /**
   * A token set better than the one `held`: the store's where that is newer, else a new one. Makes at most one token
   * request.
   */
  readonly renew: (held: TokenSet | undefined) => Effect.Effect<Renewed, AuthError.AuthError>
  /**
   * Whether the store holds tokens that `renew` has not come across yet: those of a sign-in elsewhere. Makes no token
   * request.
   */
  readonly hasNews: Effect.Effect<boolean, AuthError.AuthError>
  /** Starts over from a new grant, whatever the store holds. */
  readonly authorize: (grant: Grant.Grant) => Effect.Effect<Renewed, AuthError.AuthError>
  /** Stores a token set whose first write failed, unless the store has gone on without it. */
  readonly save: (tokenSet: TokenSet) => Effect.Effect<void, AuthError.AuthError>
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

export const make = ({ endpoint, grant: configured, key, revocation, server, store }: Options): Renewal => {
  const origin = originOf(configured)
  /** What the store held when `renew` last looked. */
  let known: TokenSet | undefined

  const request = Effect.fnUntraced(function*(
    entry: TokenStore.Entry,
    before: TokenStore.TokenRecord,
    grant: Grant.Grant
  ): Effect.fn.Return<Renewed, AuthError.AuthError> {
    const answer = yield* announced(entry, before, grant).pipe(
      Effect.andThen(endpoint.request(grant)),
      Effect.tapError((error) => settled(entry, before, grant, error)),
      Effect.catchReason("AuthError", "ReauthorizationRequired", (reason) =>
        Effect.gen(function*() {
          const ended = yield* nameTheEnd(reason, grant, before)
          yield* Effect.ignore(entry.write(new TokenStore.TokenRecord({ ...before, ended })))
          return yield* new AuthError.AuthError({ reason: ended })
        }))
    )
    const tokenSet = before.tokenSet === undefined ? answer : answer.withScopesOf(before.tokenSet)
    return yield* keep(entry, tokenSet, before.origin)
  })

  /** From here on the token serves, whether the store takes it or not. */
  const keep = (
    entry: TokenStore.Entry,
    tokenSet: TokenSet,
    origin: Redacted.Redacted<string>
  ): Effect.Effect<Renewed, AuthError.AuthError> => {
    const record = new TokenStore.TokenRecord({ tokenSet, origin })
    return entry.write(record).pipe(
      Effect.as({ tokenSet, unsaved: Option.none() }),
      Effect.catch((error) =>
        isConflict(error)
          ? yieldOrInsist(entry, record, tokenSet)
          : Effect.succeed({ tokenSet, unsaved: Option.some(error) })
      )
    )
  }

  /** Notes that a refresh token is about to be spent. A store that cannot be written costs the note, not the token. */
  const announced = (entry: TokenStore.Entry, before: TokenStore.TokenRecord, grant: Grant.Grant) =>
    grant._tag !== "RefreshToken" || before.pendingSince !== undefined
      ? Effect.void
      : Effect.flatMap(
        DateTime.now,
        (pendingSince) =>
          entry.write(new TokenStore.TokenRecord({ ...before, pendingSince })).pipe(
            Effect.catchIf((error) => !isConflict(error), () => Effect.void)
          )
      )

  /** Takes the note back where the server's answer leaves no doubt that the refresh token was not spent. */
  const settled = (
    entry: TokenStore.Entry,
    before: TokenStore.TokenRecord,
    grant: Grant.Grant,
    error: AuthError.AuthError
  ) =>
    grant._tag !== "RefreshToken" || before.pendingSince !== undefined || mayHaveBeenSpent(error)
      ? Effect.void
      : Effect.ignore(entry.write(before))

  /** Someone wrote while this process was held up: newer tokens and a sign-out stand, anything else is replaced. */
  const yieldOrInsist = Effect.fnUntraced(function*(
    entry: TokenStore.Entry,
    record: TokenStore.TokenRecord,
    tokenSet: TokenSet
  ): Effect.fn.Return<Renewed, AuthError.AuthError> {
    const theirs = Option.getOrUndefined(yield* Effect.orElseSucceed(entry.read, () => Option.none()))
    if (theirs?.ended?.kind === "SignedOut") return yield* new AuthError.AuthError({ reason: theirs.ended })
    if (theirs?.tokenSet !== undefined && theirs.ended === undefined && isNewer(theirs.tokenSet, tokenSet)) {
      return { tokenSet: theirs.tokenSet, unsaved: Option.none() }
    }
    const unsaved = yield* entry.write(record).pipe(
      Effect.match({ onFailure: Option.some, onSuccess: () => Option.none() })
    )
    return { tokenSet, unsaved }
  })

  /** Servers say only "no": whether the sign-in ended by age, by accident or by decision, its own record tells. */
  const nameTheEnd = Effect.fnUntraced(function*(
    reason: AuthError.ReauthorizationRequired,
    grant: Grant.Grant,
    before: TokenStore.TokenRecord
  ) {
    const authorizedAt = grant._tag === "RefreshToken" ? grant.authorizedAt : undefined
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

  const readOwn = (entry: TokenStore.Entry) =>
    Effect.map(entry.read, Option.filter((record) => growsFrom(record, configured)))

  return {
    renew: (held) =>
      store.modify(
        key,
        Effect.fnUntraced(function*(entry): Effect.fn.Return<Renewed, AuthError.AuthError> {
          const record = Option.getOrUndefined(yield* readOwn(entry))
          const stored = record?.tokenSet
          known = stored
          if (
            stored !== undefined && record?.ended === undefined && isNewer(stored, held)
            && !stored.accessToken.isExpired(yield* DateTime.now)
          ) {
            return { tokenSet: stored, unsaved: Option.none() }
          }
          if (record?.ended !== undefined) return yield* new AuthError.AuthError({ reason: record.ended })

          const newest = held !== undefined && isNewer(held, stored) ? held : stored
          const grant = nextGrant(newest, configured)
          if (grant === undefined) {
            return yield* new AuthError.AuthError({
              reason: new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" })
            })
          }
          return yield* request(
            entry,
            new TokenStore.TokenRecord({
              origin,
              ...record,
              ...(newest !== undefined && { tokenSet: newest })
            }),
            grant
          )
        })
      ),
    hasNews: store.modify(key, (entry) =>
      Effect.map(
        readOwn(entry),
        Option.exists(({ ended, tokenSet }) =>
          ended === undefined && tokenSet !== undefined && isNewer(tokenSet, known)
        )
      )),
    authorize: (grant) =>
      store.modify(key, (entry) =>
        // Read first: what cannot be read is not overwritten, and costs no code. Until the new sign-in has succeeded the
        // old one stands. It is kept under the configured grant's name, and stands in for it until that is changed.
        Effect.andThen(entry.read, endpoint.request(grant)).pipe(
          Effect.flatMap((tokenSet) => keep(entry, tokenSet, origin))
        )),
    save: (tokenSet) =>
      store.modify(
        key,
        Effect.fnUntraced(function*(entry): Effect.fn.Return<void, AuthError.AuthError> {
          const record = Option.getOrUndefined(yield* readOwn(entry))
          if (record?.ended?.kind === "SignedOut") return yield* new AuthError.AuthError({ reason: record.ended })
          if (record?.tokenSet !== undefined && !isNewer(tokenSet, record.tokenSet)) return
          yield* entry.write(new TokenStore.TokenRecord({ origin: record?.origin ?? origin, tokenSet }))
        })
      ),
    signOut: store.modify(
      key,
      Effect.fnUntraced(function*(entry): Effect.fn.Return<Option.Option<AuthError.AuthError>, AuthError.AuthError> {
        const refreshToken = Option.getOrUndefined(yield* entry.read)?.tokenSet?.refreshToken
        const ended = new AuthError.ReauthorizationRequired({ kind: "SignedOut" })
        yield* entry.write(new TokenStore.TokenRecord({ origin, ended }))
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

const isNewer = (tokenSet: TokenSet, than: TokenSet | undefined): boolean =>
  than === undefined || (
    !sameSecret(tokenSet.accessToken, than.accessToken)
    && DateTime.isGreaterThanOrEqualTo(tokenSet.accessToken.issuedAt, than.accessToken.issuedAt)
  )

const isConflict = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "StoreFailed" && reason.kind === "Conflict"

/** Whether the server may have honoured a request although its answer did not arrive whole. */
const mayHaveBeenSpent = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "MalformedTokenResponse"
  || (reason._tag === "TokenRequestFailed" && (reason.kind === "Timeout" || reason.kind === "Unreachable"))

const originOf = (grant: Grant.Grant | undefined): Redacted.Redacted<string> =>
  Redacted.make(
    grant === undefined ? "" : Grant.match(grant, {
      AuthorizationCode: ({ code }) => `authorization_code ${Redacted.value(code)}`,
      RefreshToken: ({ refreshToken }) => `refresh_token ${Redacted.value(refreshToken)}`,
      ClientCredentials: ({ scopes }) => `client_credentials ${(scopes ?? []).join(" ")}`
    }),
    { label: "origin" }
  )

const growsFrom = (record: TokenStore.TokenRecord, configured: Grant.Grant | undefined): boolean =>
  configured === undefined || Redacted.value(record.origin) === Redacted.value(originOf(configured))
