/**
 * What one configured grant has grown to. A record holds one for each grant that an account has been configured with:
 * none is ever written over by another's.
 */
import * as Redacted from "effect/Redacted"
import { ReauthorizationRequired } from "../../AuthError.ts"
import { TokenRecord } from "../../TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

export type GrantRecord = Omit<typeof TokenRecord.Type, "others">

export type SignedOut = GrantRecord & { readonly ended: ReauthorizationRequired }

/** Grants are configured anew about as often as people sign in: what is older than these is nobody's any more. */
const keptOthers = 4

// =============================================================================
// Reading
// =============================================================================

/** What grew from `origin`; whatever was written last where no grant is configured. */
export const find = (
  record: TokenRecord | undefined,
  origin: Redacted.Redacted<string> | undefined
): GrantRecord | undefined =>
  record === undefined || origin === undefined || isFrom(record, origin)
    ? record
    : record.others?.find((other) => isFrom(other, origin))

export const isSignedOut = (record: GrantRecord | undefined): record is SignedOut => record?.ended?.kind === "SignedOut"

/** The refresh token to go on with. */
export const refreshTokenOf = (record: GrantRecord | undefined): Redacted.Redacted<string> | undefined =>
  record?.tokenSet === undefined ? record?.refreshToken : record.tokenSet.refreshToken

/** Whether a record goes on with a refresh token, and with another than that one did. */
export const hasAnotherRefreshToken = (record: GrantRecord | undefined, before: GrantRecord | undefined): boolean => {
  const refreshToken = valueOf(refreshTokenOf(record))
  return refreshToken !== undefined && refreshToken !== valueOf(refreshTokenOf(before))
}

/** Whether two records hold the same tokens. */
export const isSame = (a: GrantRecord | undefined, b: GrantRecord | undefined): boolean =>
  valueOf(a?.tokenSet?.accessToken.value) === valueOf(b?.tokenSet?.accessToken.value)
  && valueOf(refreshTokenOf(a)) === valueOf(refreshTokenOf(b))

const valueOf = (secret: Redacted.Redacted<string> | undefined): string | undefined =>
  secret === undefined ? undefined : Redacted.value(secret)

const isFrom = (record: GrantRecord, origin: Redacted.Redacted<string>): boolean =>
  Redacted.value(record.origin) === Redacted.value(origin)

// =============================================================================
// Writing
// =============================================================================

/** The record with what one grant has grown to in place of what that grant had grown to before. */
export const replace = (
  record: TokenRecord | undefined,
  { ended, origin, pendingSince, refreshToken, tokenSet }: GrantRecord
): TokenRecord => {
  const others = all(record).filter((other) => !isFrom(other, origin)).slice(0, keptOthers)
  return new TokenRecord({
    origin,
    ...(tokenSet !== undefined && { tokenSet }),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(ended !== undefined && { ended }),
    ...(pendingSince !== undefined && { pendingSince }),
    others
  })
}

/** The record of an account that has been signed out: no token is left, and every grant of it knows. */
export const signOut = (record: TokenRecord | undefined, origin: Redacted.Redacted<string>): TokenRecord => {
  const ended = new ReauthorizationRequired({ kind: "SignedOut" })
  return all(record).reduceRight(
    (signedOut, other) => replace(signedOut, { origin: other.origin, ended }),
    new TokenRecord({ origin, ended })
  )
}

/** What every grant has grown to, the latest first. */
export const all = (record: TokenRecord | undefined): ReadonlyArray<GrantRecord> => {
  if (record === undefined) return []
  const { others = [], ...latest } = record
  return [latest, ...others]
}
