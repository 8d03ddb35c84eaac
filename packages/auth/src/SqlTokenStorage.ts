/**
 * Token records in a PostgreSQL database, for programs on several machines.
 *
 * **Details**
 *
 * The holder of a record has a lease on its row. An open transaction in its place would occupy a connection for as long as
 * a token request runs, and would lose the tokens with its connection.
 *
 * - Short statements take, renew and release the lease, each under PostgreSQL's row lock.
 * - A write compares the record with the one that was read, so a holder that was suspended for longer than its lease
 *   overwrites nothing.
 * - Statements run on connections of their own, never in a transaction of the caller: a record is stored whether that
 *   transaction commits or not, and neither waits for the other.
 * - After an outage of the database, a live holder renews its lease within a second. An expired lease is taken over only
 *   after three seconds of responses in a row (a tenth of the lease when that is less), so that its holder comes first.
 *
 * **Gotchas**
 *
 * A transaction keeps its connection while it waits for a token. Where transactions occupy every connection of the pool,
 * the token fails with `StoreFailed` (`Unavailable`) after the time of a lease. Ask for it before the transaction begins.
 *
 * **Example** (One table, created when it is missing)
 *
 * ```ts
 * import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
 * import * as TokenStorage from "@app/auth/TokenStorage"
 * import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * export const Store = TokenStorage.layerTokenStore.pipe(
 *   Layer.provide(SqlTokenStorage.layer()),
 *   Layer.provide([PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") }), NodeCrypto.layer])
 * )
 * ```
 */
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type * as AuthError from "./AuthError.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import * as RowLease from "./internal/storage/RowLease.ts"
import * as SqlColumns from "./internal/storage/SqlColumns.ts"
import * as SqlTable from "./internal/storage/SqlTable.ts"
import * as StoredName from "./internal/storage/StoredName.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The table of the records, and the limits of their leases.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The name of the table. Default: `oauth_token_records`. */
  readonly table?: string | undefined
  /**
   * Creates the table when it is missing. Default: `true`.
   *
   * **Details**
   *
   * When the table exists, a role needs the rights to select, insert and update rows, and no more.
   */
  readonly createTable?: boolean | undefined
  /** The longest wait for another holder of a record. Default: 35 seconds, which is longer than a lease. */
  readonly lockTimeout?: Duration.Input | undefined
  /**
   * The time after which the lease of a dead holder expires; a live holder renews it. Default: 10 seconds.
   *
   * **Details**
   *
   * A provider that forgives a second use of a refresh token does so for some seconds (`refreshTokenGrace`). Only a lease
   * that is shorter lets the next holder make use of that.
   */
  readonly lease?: Duration.Input | undefined
}

// =============================================================================
// Records
// =============================================================================

const read = ({ isRow, run, sql, table }: SqlTable.SqlTable, row: SqlTable.Row) =>
  run(
    "read",
    row.place,
    sql<{ readonly record: string | null; readonly oversized: boolean | null }>`
      select case when octet_length(record) <= ${StoreErrors.sizeLimit}::int then record end as record,
        octet_length(record) > ${StoreErrors.sizeLimit}::int as oversized
      from ${table} where ${isRow(row)}
    `
  ).pipe(
    Effect.filterOrFail(
      (rows) => rows[0]?.oversized !== true,
      () => StoreErrors.tooLarge("read", row.place)
    ),
    Effect.map((rows) => rows[0]?.record ?? null)
  )

/** Makes the slot of a row. Once it has read the record, it writes only over the record that it knows. */
const slotOf = (records: SqlTable.SqlTable, row: SqlTable.Row): Slot => {
  const { isRow, run, sql, table } = records
  const { place } = row
  let known: { readonly text: string | null } | undefined
  return {
    place,
    read: Effect.map(read(records, row), (text) => {
      known = { text }
      return Option.fromNullOr(text)
    }),
    write: (text) =>
      Effect.suspend(() => {
        if (StoredName.byteLength(text) > StoreErrors.sizeLimit) {
          return Effect.fail(StoreErrors.tooLarge("write", place))
        }
        const unchanged = known === undefined
          ? sql``
          : sql`and (record is not distinct from ${known.text} or record = ${text})`
        return run(
          "write",
          place,
          sql`update ${table} set record = ${text} where ${isRow(row)} ${unchanged} returning account`
        )
      }).pipe(
        Effect.flatMap((rows) => {
          if (rows.length === 0) return Effect.fail(StoreErrors.conflict(place))
          known = { text }
          return Effect.void
        })
      )
  }
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Makes a `TokenStorage` of a table in the database of the `SqlClient` in context.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the database cannot be reached (`Unavailable`), or when the table is missing and cannot be
 * created (`Refused`).
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(options: Options = {}): Effect.fn.Return<
  TokenStorage["Service"],
  AuthError.AuthError,
  SecureRandom.SecureRandom | SqlClient.SqlClient
> {
  const sql = yield* SqlClient.SqlClient
  const tableName = options.table ?? "oauth_token_records"
  const lease = Duration.fromInputUnsafe(options.lease ?? "10 seconds")
  const lockTimeout = Duration.fromInputUnsafe(options.lockTimeout ?? "35 seconds")
  const records = SqlTable.make(sql, tableName, lease)
  const lock = yield* RowLease.make(records, { lease, lockTimeout })
  const fibers = KeyedLock.make()
  if (options.createTable !== false) yield* SqlTable.createIfMissing(records)

  const rowOf = (tokenKey: TokenKey): Effect.Effect<SqlTable.Row> =>
    Effect.map(SqlColumns.columnsOf(tokenKey), (key) => ({
      key,
      place: `the row of account ${StoredName.sanitize(tokenKey.account)} in table ${tableName}`
    }))

  return TokenStorage.of({
    reach: "cluster",
    peek: (tokenKey) =>
      Effect.flatMap(
        rowOf(tokenKey),
        (row) => Effect.map(read(records, row), (text) => ({ place: row.place, text: Option.fromNullOr(text) }))
      ),
    modify: (tokenKey, use) =>
      Effect.flatMap(rowOf(tokenKey), (row) =>
        KeyedLock.holding(
          Effect.andThen(fibers.take(StoredName.textOf(row.key)), lock(row)),
          Effect.suspend(() => use(slotOf(records, row)))
        ))
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps records in the database of the `SqlClient` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<TokenStorage, AuthError.AuthError, SecureRandom.SecureRandom | SqlClient.SqlClient> =>
  Layer.effect(TokenStorage, make(options))
