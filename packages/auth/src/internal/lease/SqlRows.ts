/**
 * The statements of shared accounts, with the rules of `LeaseRules` as conditions.
 *
 * **Details**
 *
 * Times are the database's. A due time goes there and comes back as the seconds until then, so that no process needs a
 * clock that agrees with another's.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as SqlError from "effect/sql/SqlError"
import type * as AuthError from "../../AuthError.ts"
import type { App, RecordFacts } from "../../SharedTokenStore.ts"
import type { TokenKey } from "../../TokenStore.ts"
import type { Columns } from "./RowNames.ts"
import * as SqlFragments from "./SqlFragments.ts"
import * as SqlNews from "./SqlNews.ts"

// =============================================================================
// Model
// =============================================================================

/** The columns of a row that have no secret; numbers that may be large are texts, and times are seconds from now. */
export interface FactsRow {
  readonly issuer: string
  readonly client_id: string
  readonly account: string
  readonly names: string | null
  readonly version: string
  readonly is_leased: boolean | null
  readonly expires_in: number | null
  readonly refresh_in: number | null
  readonly sign_in_due_in: number | null
  readonly used_in: number | null
  readonly attempts: number
  readonly ended: string | null
  readonly ended_in: number | null
  readonly is_rejected: boolean
}

export interface Row extends FactsRow {
  readonly record: string | null
  readonly is_too_large: boolean | null
  /** A digest of the record, which a program of an earlier release may write at any time. */
  readonly digest: string | null
  readonly are_facts_current: boolean | null
}

export interface ClaimedRow extends Row {
  readonly seq: string
  /** Seconds since the first request whose response is unknown, before this claim. */
  readonly pending_in: number | null
}

/** A row that is claimed: what its holder writes under. */
export interface Held {
  /** As in the table. */
  readonly columns: TokenKey
  readonly place: string
  readonly owner: string
  readonly seq: string
  readonly version: string
  readonly digest: string | null
}

// =============================================================================
// Table
// =============================================================================

/** The parts of statements, and what runs them. */
const tableOf = (options: SqlFragments.Options) => {
  const { session, sql, tableName } = options
  const fragments = SqlFragments.make(options)

  /** Makes a row, which is not due by itself. */
  const insert = ({ columns: { account, clientId, issuer }, names }: Columns) =>
    sql`
      insert into ${fragments.table} (issuer, client_id, account, names, refresh_at)
      values (${issuer}, ${clientId}, ${account}, ${names}, null)
      on conflict (issuer, client_id, account) do nothing returning account
    `

  /**
   * Runs a statement with times, which are counted once it has a connection to go out on: what it waits for one, or for
   * another attempt, puts no time off.
   */
  const runTimed = <A>(
    operation: AuthError.StoreFailed["operation"],
    place: string,
    statement: (now: DateTime.Utc) => Effect.Effect<A, SqlError.SqlError>
  ): Effect.Effect<A, AuthError.AuthError> =>
    session.run(
      operation,
      place,
      Effect.scoped(Effect.flatMap(sql.reserve, (connection) =>
        Effect.provideService(Effect.flatMap(DateTime.now, statement), sql.transactionService, [connection, 0])))
    )

  return { ...options, ...fragments, ofTable: `table ${tableName}`, insert, runTimed }
}

type Table = ReturnType<typeof tableOf>

const wasWritten = <E>(rows: Effect.Effect<ReadonlyArray<unknown>, E>): Effect.Effect<boolean, E> =>
  Effect.map(rows, ({ length }) => length > 0)

// =============================================================================
// Claims
// =============================================================================

const claims = ({ claimed, claimedColumns, insert, isFree, isRow, leaseEnd, ofTable, session, sql, table }: Table) => ({
  claim: (key: Columns, place: string) => {
    const one = Effect.suspend(() =>
      sql<ClaimedRow>`
        with was as (
          select t.pending_since from ${table} t where ${isRow(key.columns)} and ${isFree()} for update skip locked
        )
        update ${table} t set ${claimed} from was where ${isRow(key.columns)} returning ${claimedColumns}
      `
    )
    const orFirst = Effect.filterOrElse(
      one,
      (rows) => rows.length > 0,
      () => Effect.flatMap(insert(key), (inserted) => inserted.length > 0 ? one : Effect.succeed([]))
    )
    return Effect.map(session.once("lock", place, orFirst), (rows) => rows[0])
  },

  // `clock_timestamp()` may differ from row to row, so that no index is searched for it.
  claimDue: ({ clientId, issuer }: App, limit: number) =>
    Effect.suspend(() =>
      session.once(
        "lock",
        ofTable,
        sql<ClaimedRow>`
          with was as (
            select t.account, t.pending_since from ${table} t
            where t.issuer = ${issuer} and t.client_id = ${clientId} and t.refresh_at <= statement_timestamp()
              and ${isFree()}
            order by t.refresh_at limit ${limit}::int for update skip locked
          )
          update ${table} t set ${claimed} from was
          where t.issuer = ${issuer} and t.client_id = ${clientId} and t.account = was.account
          returning ${claimedColumns}
        `
      )
    ),

  prolong: ({ columns: key, owner, place, seq }: Held) =>
    session.run(
      "lock",
      place,
      sql`
        update ${table} t set lease_until = ${leaseEnd}
        where ${isRow(key)} and t.lease_owner = ${owner} and t.lease_seq = ${seq}::bigint returning t.account
      `
    ).pipe(wasWritten)
})

// =============================================================================
// Writes of a holder
// =============================================================================

const writes = ({ factsOf, isRow, released, runTimed, sql, table, text }: Table) => ({
  commit: ({ columns: key, place, seq }: Held, sealed: string, facts: RecordFacts) =>
    runTimed("write", place, (now) =>
      sql`
        update ${table} t set ${text(sealed)}, version = t.version + 1, committed_seq = ${seq}::bigint,
          is_rejected = false, ${released(seq)}, ${factsOf(facts, now)}
        where ${isRow(key)} and (t.committed_seq < ${seq}::bigint
          or (t.committed_seq = ${seq}::bigint and t.record = ${sealed}))
        returning t.account
      `).pipe(wasWritten),

  end: ({ columns: key, digest, place, seq, version }: Held, sealed: string, facts: RecordFacts) =>
    runTimed("write", place, (now) =>
      sql`
        update ${table} t set ${text(sealed)}, version = t.version + 1, ${released(seq)}, ${factsOf(facts, now)}
        where ${isRow(key)} and (t.record = ${sealed} or (t.version = ${version}::bigint
          and hashtextextended(t.record, 0) is not distinct from ${digest}::bigint))
        returning t.account
      `).pipe(wasWritten),

  giveBack: ({ columns: key, digest, owner, place, seq }: Held, facts: RecordFacts, mayBeLost: boolean) =>
    runTimed("write", place, (now) =>
      sql`
        update ${table} t set lease_owner = null, lease_until = null, facts_of = ${digest}::bigint,
          pending_since = case when ${mayBeLost}::boolean then t.pending_since end, ${factsOf(facts, now)}
        where ${isRow(key)} and t.lease_owner = ${owner} and t.lease_seq = ${seq}::bigint
      `)
})

// =============================================================================
// Changes without a lease
// =============================================================================

const changes = ({ factsOf, insert, isRow, ofTable, runTimed, session, sql, table, text }: Table) => ({
  supersede: (
    key: Columns,
    place: string,
    sealed: string,
    facts: RecordFacts,
    version: number | undefined
  ) =>
    runTimed("write", place, (now) => {
      const isSame = version === undefined
        ? sql`(t.version = 0 and t.record is null)`
        : sql`t.version = ${version}::bigint`
      return Effect.andThen(
        version === undefined ? insert(key) : Effect.succeed([]),
        sql`
          update ${table} t set ${text(sealed)}, version = t.version + 1, lease_seq = t.lease_seq + 1,
            committed_seq = t.lease_seq + 1, lease_owner = null, lease_until = null, pending_since = null,
            is_rejected = false, news_at = clock_timestamp(), ${factsOf(facts, now)}
          where ${isRow(key.columns)} and (${isSame} or t.record = ${sealed}) returning t.account
        `
      )
    }).pipe(wasWritten),

  reject: ({ columns: key }: Columns, place: string, version: number) =>
    session.run(
      "write",
      place,
      sql`
        update ${table} t set is_rejected = true, news_at = clock_timestamp(),
          refresh_at = least(coalesce(t.refresh_at, clock_timestamp()), clock_timestamp())
        where ${isRow(key)} and t.version = ${version}::bigint and t.ended is null and t.record is not null
      `
    ),

  settle: (key: TokenKey, place: string, digest: string | null, facts: RecordFacts) =>
    runTimed("write", place, (now) =>
      sql`
        update ${table} t set facts_of = ${digest}::bigint, ${factsOf(facts, now)}
        where ${isRow(key)} and hashtextextended(t.record, 0) = ${digest}::bigint
      `),

  use: (uses: ReadonlyArray<{ readonly columns: TokenKey; readonly refreshAt: DateTime.Utc | undefined }>) =>
    runTimed("write", ofTable, (now) => {
      const list = JSON.stringify(
        uses.map(({ columns, refreshAt }) => ({ ...columns, seconds: SqlFragments.secondsUntil(refreshAt, now) }))
      )
      return sql`
        update ${table} t set used_at = clock_timestamp(), refresh_at = case when t.ended is null
          then coalesce(t.refresh_at, clock_timestamp() + make_interval(secs => u.seconds)) end
        from json_to_recordset(${list}::json) as u("issuer" text, "clientId" text, "account" text, "seconds" float8)
        where t.issuer = u.issuer and t.client_id = u."clientId" and t.account = u.account
      `
    })
})

// =============================================================================
// Looks
// =============================================================================

const looks = ({ columns, isRow, ofTable, session, sql, table }: Table) => ({
  peek: ({ columns: key }: Columns, place: string) =>
    Effect.map(
      session.run("read", place, sql<Row>`select ${columns} from ${table} t where ${isRow(key)}`),
      (rows) => rows[0]
    ),

  /** Rows whose facts are not about their record. */
  stale: (after: TokenKey | undefined, limit: number) =>
    session.run(
      "read",
      ofTable,
      sql<Row>`
        select ${columns} from ${table} t
        where t.record is not null and t.facts_of is distinct from hashtextextended(t.record, 0)
          and (t.issuer, t.client_id, t.account)
            > (${after?.issuer ?? ""}, ${after?.clientId ?? ""}, ${after?.account ?? ""})
        order by t.issuer, t.client_id, t.account limit ${limit}::int
      `
    )
})

// =============================================================================
// Constructor
// =============================================================================

export type SqlRows = ReturnType<typeof make>

export const make = (options: SqlFragments.Options) => {
  const t = tableOf(options)
  return {
    factColumns: t.factColumns,
    ...claims(t),
    ...writes(t),
    ...changes(t),
    ...looks(t),
    news: SqlNews.make(options)
  }
}
