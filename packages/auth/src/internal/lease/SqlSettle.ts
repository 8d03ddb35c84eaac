/** Facts about records that programs of an earlier release, or of one process, have written. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as AuthError from "../../AuthError.ts"
import type { TokenKey } from "../../TokenStore.ts"
import type { SealedRecords } from "../storage/SealedRecords.ts"
import * as RowNames from "./RowNames.ts"
import type * as SqlRows from "./SqlRows.ts"
import * as SqlStore from "./SqlStore.ts"

/** Rows that are read at a time. */
const pageSize = 500

/** Reads the records that have been written since, and writes the facts about them. One that cannot be read stays as it is. */
export const make = ({ rows, seals, tableName }: {
  readonly rows: SqlRows.SqlRows
  readonly seals: SealedRecords
  readonly tableName: string
}): Effect.Effect<void, AuthError.AuthError> => {
  const read = SqlStore.reading(seals, tableName)

  const settle = (row: SqlRows.Row) =>
    Effect.gen(function*() {
      const { seen } = yield* read(RowNames.keyOf(row), row, yield* DateTime.now)
      const record = Option.getOrUndefined(seen.record)
      if (record === undefined) return
      const { ended, tokenSet } = record
      const columns = { issuer: row.issuer, clientId: row.client_id, account: row.account }
      yield* rows.settle(columns, `table ${tableName}`, row.digest, {
        expiresAt: tokenSet?.accessToken.expiresAt,
        // Its own process refreshes it.
        refreshAt: undefined,
        signInDueAt: undefined,
        ended: ended?.kind,
        attempts: 0
      })
    })

  const from = (after: TokenKey | undefined): Effect.Effect<void, AuthError.AuthError> =>
    Effect.gen(function*() {
      const found = yield* rows.stale(after, pageSize)
      yield* Effect.forEach(found, (row) => Effect.ignore(settle(row)), { concurrency: 5, discard: true })
      const last = found.at(-1)
      if (last === undefined || found.length < pageSize) return
      yield* from({ issuer: last.issuer, clientId: last.client_id, account: last.account })
    })

  return from(undefined)
}
