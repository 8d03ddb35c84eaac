/** The list of accounts in a table. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import type { AccountDirectory, Filter, Phase } from "../../AccountDirectory.ts"
import type * as AuthError from "../../AuthError.ts"
import type { SharedTokenStore } from "../../SharedTokenStore.ts"
import type { TokenKey } from "../../TokenStore.ts"
import * as SqlColumns from "../storage/SqlColumns.ts"
import * as StoredName from "../storage/StoredName.ts"
import * as Phases from "./Phases.ts"
import * as Removal from "./Removal.ts"
import * as RowNames from "./RowNames.ts"
import type { FactsRow, SqlRows } from "./SqlRows.ts"
import type { SqlSession } from "./SqlSession.ts"
import * as SqlStore from "./SqlStore.ts"

/** Accounts that are read from the table at a time. */
const pageSize = 500

export const make = (options: {
  readonly sql: SqlClient.SqlClient
  readonly rows: SqlRows
  readonly session: SqlSession
  readonly table: Statement.Fragment
  readonly tableName: string
  readonly store: SharedTokenStore["Service"]
  /** Runs before accounts are listed, counted or swept. */
  readonly settle: Effect.Effect<void, AuthError.AuthError>
}): AccountDirectory["Service"] => {
  const { rows, session, settle, sql, store, table, tableName } = options
  const place = `table ${tableName}`

  /** As `AccountDirectory.phaseOf`. */
  const phase = sql`
    case when t.ended = 'SignedOut' then 'SignedOut'
      when t.ended is not null then 'SignInRequired'
      when t.lease_until >= clock_timestamp() then 'Refreshing'
      when t.refresh_at <= clock_timestamp() then 'Due'
      when t.attempts > 0 then 'Retrying'
      else 'Valid' end
  `

  const beginsWith = (prefix: string) => {
    const account = sql`regexp_replace(t.names, ${RowNames.beforeAccount}, '')`
    return sql`
      case when t.names is null then ${StoredName.isText(prefix) ? sql`starts_with(t.account, ${prefix})` : sql`false`}
        else starts_with(${account}, ${JSON.stringify(prefix).slice(0, -1)}) end
    `
  }

  const page = (filter: Filter, after: TokenKey | undefined) => {
    const { clientId, issuer, prefix, signInDueBefore } = filter
    const conditions = [
      sql`true`,
      ...(issuer === undefined ? [] : [sql`t.issuer = ${issuer}`]),
      ...(clientId === undefined ? [] : [sql`t.client_id = ${clientId}`]),
      ...(prefix === undefined ? [] : [beginsWith(prefix)]),
      ...(filter.phase === undefined ? [] : [sql`${phase} = ${filter.phase}`]),
      ...(signInDueBefore === undefined
        ? []
        : [sql`t.sign_in_due_at < ${DateTime.formatIso(signInDueBefore)}::timestamptz`]),
      ...(after === undefined
        ? []
        : [sql`(t.issuer, t.client_id, t.account) > (${after.issuer}, ${after.clientId}, ${after.account})`])
    ]
    return Effect.map(
      session.run(
        "read",
        place,
        sql<FactsRow & { readonly phase: Phase }>`
          select ${rows.factColumns}, ${phase} as phase from ${table} t where ${sql.and(conditions)}
          order by t.issuer, t.client_id, t.account limit ${pageSize}
        `
      ),
      (rows) => rows
    )
  }

  const columnsOf = (key: TokenKey | undefined) => key === undefined ? Effect.undefined : SqlColumns.columnsOf(key)

  /** Deletes a record without reading it. */
  const erase = (key: TokenKey): Effect.Effect<boolean, AuthError.AuthError> =>
    Effect.flatMap(SqlColumns.columnsOf(key), ({ account, clientId, issuer }) =>
      Effect.map(
        session.run(
          "write",
          place,
          sql`
              update ${table} t set record = null, facts_of = null, version = t.version + 1,
                lease_seq = t.lease_seq + 1, committed_seq = t.lease_seq + 1, lease_owner = null, lease_until = null,
                pending_since = null, refresh_at = null, expires_at = null, sign_in_due_at = null, attempts = 0,
                is_rejected = false, ended = 'SignedOut', ended_at = coalesce(t.ended_at, clock_timestamp()),
                news_at = clock_timestamp()
              where t.issuer = ${issuer} and t.client_id = ${clientId} and t.account = ${account} returning t.account
            `
        ),
        (rows) => rows.length > 0
      ))

  return {
    list: (filter = {}) =>
      Stream.unwrap(
        Effect.map(Effect.andThen(settle, columnsOf(filter.after)), (after) =>
          Stream.paginate(after, (after: TokenKey | undefined) =>
            Effect.gen(function*() {
              const found = yield* page(filter, after)
              const now = yield* DateTime.now
              const last = found.at(-1)
              return [
                found.map((row) =>
                  SqlStore.accountFactsOf(row, now)
                ),
                last === undefined || found.length < pageSize
                  ? Option.none()
                  : Option.some({ issuer: last.issuer, clientId: last.client_id, account: last.account })
              ] as const
            })))
      ),
    counts: Effect.map(
      Effect.andThen(
        settle,
        session.run(
          "read",
          place,
          sql<{ readonly phase: Phase; readonly accounts: number }>`
            select ${phase} as phase, count(*)::float8 as accounts from ${table} t group by 1
          `
        )
      ),
      (found) => Phases.countsOf((phase) => found.find((row) => row.phase === phase)?.accounts ?? 0)
    ),
    backlog: Effect.map(
      session.run(
        "read",
        place,
        sql<{ readonly due: number; readonly seconds: number | null }>`
          select count(*)::float8 as due, extract(epoch from clock_timestamp() - min(t.refresh_at))::float8 as seconds
          from ${table} t
          where t.refresh_at <= statement_timestamp() and t.ended is null
            and (t.lease_until is null or t.lease_until < clock_timestamp())
        `
      ),
      ([row]) => ({ lag: Duration.seconds(row?.seconds ?? 0), due: row?.due ?? 0 })
    ),
    remove: Removal.make(store, erase),
    sweep: ({ endedFor }) =>
      Effect.map(
        Effect.andThen(
          settle,
          session.run(
            "write",
            place,
            sql<{ readonly accounts: number }>`
            with gone as (
              delete from ${table}
              where ended_at <= statement_timestamp()
                - make_interval(secs => ${Duration.toSeconds(Duration.fromInputUnsafe(endedFor))}) returning 1
            )
            select count(*)::float8 as accounts from gone
          `
          )
        ),
        ([row]) => row?.accounts ?? 0
      )
  }
}
