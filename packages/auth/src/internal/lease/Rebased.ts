/** Times in a record by the clock of this process, where another whose clock is set differently has written them. */
import * as DateTime from "effect/DateTime"
import { AccessToken } from "../../AccessToken.ts"
import * as Clocks from "../../Clocks.ts"
import { TokenSet } from "../../TokenSet.ts"
import { TokenRecord } from "../../TokenStore.ts"

/** The record with its access token moved so that it ends at `expiresAt`, by this clock. Small differences do not count. */
export const onto = (record: TokenRecord, expiresAt: DateTime.Utc | undefined): TokenRecord => {
  const { tokenSet } = record
  const end = tokenSet?.accessToken.expiresAt
  if (tokenSet === undefined || end === undefined || expiresAt === undefined) return record
  const millis = expiresAt.epochMilliseconds - end.epochMilliseconds
  if (Math.abs(millis) <= Clocks.tolerance) return record
  const { accessToken } = tokenSet
  const moved = (at: DateTime.Utc) => DateTime.add(at, { milliseconds: millis })
  return new TokenRecord({
    ...record,
    tokenSet: new TokenSet({
      ...tokenSet,
      accessToken: new AccessToken({
        ...accessToken,
        issuedAt: moved(accessToken.issuedAt),
        expiresAt,
        ...(accessToken.refreshAt !== undefined && { refreshAt: moved(accessToken.refreshAt) })
      })
    })
  })
}
