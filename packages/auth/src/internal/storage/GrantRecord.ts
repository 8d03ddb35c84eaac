/**
 * The tokens that one configured grant has grown to.
 *
 * **Details**
 *
 * A stored record has one for each grant that an account has been configured with, so that none is overwritten by
 * another's.
 */
import type * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import { ReauthorizationRequired } from "../../AuthError.ts"
import { TokenSet } from "../../TokenSet.ts"
import { TokenRecord } from "../../TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

export type GrantRecord = Omit<TokenRecord, "others">

/** A record with tokens. */
export type Holding = GrantRecord & { readonly tokenSet: TokenSet }

export type SignedOut = GrantRecord & { readonly ended: ReauthorizationRequired }

/** Grants are configured anew about as often as people sign in, so that nobody needs older ones than these. */
const maxOthers = 4

// =============================================================================
// Reading
// =============================================================================

/** The record that grew from `origin`; the one that was written last where no grant is configured. */
export const find = (
  record: TokenRecord | undefined,
  origin: Redacted.Redacted<string> | undefined
): GrantRecord | undefined =>
  record === undefined || origin === undefined || isFrom(record, origin)
    ? record
    : record.others?.find((other) => isFrom(other, origin))

/** The records of all grants, the latest first. */
export const all = (record: TokenRecord | undefined): ReadonlyArray<GrantRecord> => {
  if (record === undefined) return []
  const { others = [], ...latest } = record
  return [latest, ...others]
}

export const isSignedOut = (record: GrantRecord | undefined): record is SignedOut => record?.ended?.kind === "SignedOut"

/** The refresh token to go on with. */
export const refreshTokenOf = (record: GrantRecord | undefined): Redacted.Redacted<string> | undefined =>
  record?.tokenSet === undefined ? record?.refreshToken : record.tokenSet.refreshToken

/** Reports whether a record goes on with a refresh token, and with another one than `before`. */
export const hasAnotherRefreshToken = (record: GrantRecord | undefined, before: GrantRecord | undefined): boolean => {
  const refreshToken = valueOf(refreshTokenOf(record))
  return refreshToken !== undefined && refreshToken !== valueOf(refreshTokenOf(before))
}

/** Reports whether two records hold the same tokens. */
export const isSame = (a: GrantRecord | undefined, b: GrantRecord | undefined): boolean =>
  valueOf(a?.tokenSet?.accessToken.value) === valueOf(b?.tokenSet?.accessToken.value)
  && valueOf(refreshTokenOf(a)) === valueOf(refreshTokenOf(b))

/** Reports whether a record holds tokens, and others than these. */
export const holdsOthers = (
  record: GrantRecord | undefined,
  tokenSet: TokenSet | undefined
): record is Holding =>
  record?.tokenSet !== undefined
  && (tokenSet === undefined || !record.tokenSet.accessToken.isSameAs(tokenSet.accessToken))

/** Reports whether somebody has refreshed the tokens that stood there before, and the result still counts. */
export const hasGoneOn = (
  theirs: GrantRecord | undefined,
  before: GrantRecord | undefined
): theirs is Holding => holdsOthers(theirs, before?.tokenSet) && theirs.ended === undefined

/** Reports whether the store goes on from another refresh token than before, and has not heard of its end. */
export const goesOnElsewhere = (
  theirs: GrantRecord | undefined,
  before: GrantRecord | undefined
): boolean =>
  hasGoneOn(theirs, before)
  || (theirs?.ended === undefined && hasAnotherRefreshToken(theirs, before))

const valueOf = (secret: Redacted.Redacted<string> | undefined): string | undefined =>
  secret === undefined ? undefined : Redacted.value(secret)

const isFrom = (record: GrantRecord, origin: Redacted.Redacted<string>): boolean =>
  Redacted.value(record.origin) === Redacted.value(origin)

// =============================================================================
// One grant
// =============================================================================

/** The authorization of a configured grant, and of records from before authorizations had ids. */
const configuredAuthorization = "configured"

export const withAuthorization = (record: GrantRecord): GrantRecord =>
  record.tokenSet === undefined || record.tokenSet.accessToken.authorizationId !== undefined
    ? record
    : { ...record, tokenSet: record.tokenSet.ofAuthorization(configuredAuthorization) }

/** The record with the tokens that a request has brought. */
export const refreshed = ({ origin, tokenSet }: GrantRecord, received: TokenSet): Holding => ({
  origin,
  tokenSet: tokenSet === undefined ? received.ofAuthorization(configuredAuthorization) : received.continuing(tokenSet)
})

/** The record with the refresh token of a response that had no usable access token. */
export const withRefreshToken = (
  { origin, tokenSet }: GrantRecord,
  refreshToken: Redacted.Redacted<string>
): GrantRecord =>
  tokenSet === undefined
    ? { origin, refreshToken }
    : { origin, tokenSet: new TokenSet({ ...tokenSet, refreshToken }) }

/** The record with the mark that a refresh request is about to be sent; `undefined` where it is marked already. */
export const marked = (record: GrantRecord, now: DateTime.Utc): GrantRecord | undefined =>
  record.pendingSince === undefined ? { ...record, pendingSince: now } : undefined

// =============================================================================
// The whole record
// =============================================================================

/** The whole record with one grant's record replaced. */
export const replace = (
  record: TokenRecord | undefined,
  { ended, origin, pendingSince, refreshToken, tokenSet }: GrantRecord
): TokenRecord => {
  const others = all(record).filter((other) => !isFrom(other, origin)).slice(0, maxOthers)
  return new TokenRecord({
    origin,
    ...(tokenSet !== undefined && { tokenSet }),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(ended !== undefined && { ended }),
    ...(pendingSince !== undefined && { pendingSince }),
    others
  })
}

/** The whole record of an account that has been signed out: no grant has tokens left. */
export const signOut = (record: TokenRecord | undefined, origin: Redacted.Redacted<string>): TokenRecord => {
  const ended = new ReauthorizationRequired({ kind: "SignedOut" })
  return all(record).reduceRight(
    (signedOut, other) => replace(signedOut, { origin: other.origin, ended }),
    new TokenRecord({ origin, ended })
  )
}
