/**
 * The statements of shared accounts, with the rules of `LeaseRules` as conditions.
 *
 * **Details**
 *
 * Times are the database's. A due time goes there and comes back as the seconds until then, so that no process needs a
 * clock that agrees with another's.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as Statement from "effect/sql/Statement"
import type * as AuthError from "../../AuthError.ts"
import type { App, News, RecordFacts } from "../../SharedTokenStore.ts"
import type { TokenKey } from "../../TokenStore.ts"
import * as StoreErrors from "../storage/StoreErrors.ts"
import { type Columns, keyIn } from "./RowNames.ts"
import type { SqlSession } from "./SqlSession.ts"

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
// Constructor
// =============================================================================

const secondsUntil = (at: DateTime.Utc | undefined, now: DateTime.Utc): number | null =>
  at === undefined ? null : (at.epochMilliseconds - now.epochMilliseconds) / 1000

export type SqlRows = ReturnType<typeof make>

export const make = (options: {
  readonly sql: SqlClient.SqlClient
  readonly session: SqlSession
  readonly tableName: string
  readonly lease: Duration.Duration
  readonly owner: string
}) => {
  const { owner, session, sql, tableName } = options
  const table = sql(tableName)
  const leaseSeconds = Duration.toSeconds(options.lease)
  const leaseEnd = sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})`
  const ofTable = `table ${tableName}`

  const isRow = ({ account, clientId, issuer }: TokenKey) =>
    sql`t.issuer = ${issuer} and t.client_id = ${clientId} and t.account = ${account}`

  const secondsTo = (column: Statement.Fragment) => sql`extract(epoch from ${column} - clock_timestamp())::float8`
  // From the arrival of the statement, which may then wait for the row.
  const after = (seconds: number | null) => sql`statement_timestamp() + make_interval(secs => ${seconds}::float8)`

  const factColumns = sql`
    t.issuer, t.client_id, t.account, t.names, t.version::text as version,
    t.lease_until >= clock_timestamp() as is_leased,
    ${secondsTo(sql`t.expires_at`)} as expires_in,
    ${secondsTo(sql`t.refresh_at`)} as refresh_in,
    ${secondsTo(sql`t.sign_in_due_at`)} as sign_in_due_in,
    ${secondsTo(sql`t.used_at`)} as used_in,
    t.attempts, t.ended, ${secondsTo(sql`t.ended_at`)} as ended_in, t.is_rejected
  `

  const columns = sql`
    ${factColumns},
    case when octet_length(t.record) <= ${StoreErrors.sizeLimit}::int then t.record end as record,
    octet_length(t.record) > ${StoreErrors.sizeLimit}::int as is_too_large,
    hashtextextended(t.record, 0)::text as digest,
    t.facts_of = hashtextextended(t.record, 0) as are_facts_current
  `

  const factsOf = ({ attempts, ended, expiresAt, refreshAt, signInDueAt }: RecordFacts, now: DateTime.Utc) =>
    sql`
      expires_at = ${after(secondsUntil(expiresAt, now))},
      refresh_at = ${after(secondsUntil(refreshAt, now))},
      sign_in_due_at = ${after(secondsUntil(signInDueAt, now))},
      attempts = ${attempts},
      ended = ${ended ?? null},
      ended_at = case when ${ended ?? null}::text is null then null else coalesce(t.ended_at, clock_timestamp()) end
    `

  /** Whether an expired lease may be taken over: after a restart of the database its holder comes first. */
  const isFree = () =>
    session.mayTakeOver
      ? sql`(t.lease_until is null or (t.lease_until < clock_timestamp()
          and clock_timestamp() > pg_postmaster_start_time() + make_interval(secs => ${leaseSeconds + 2})))`
      : sql`t.lease_until is null`

  const claimed = sql`
    lease_owner = ${owner}, lease_until = ${leaseEnd}, lease_seq = t.lease_seq + 1,
    pending_since = coalesce(t.pending_since, clock_timestamp())
  `
  const claimedColumns = sql`${columns}, t.lease_seq::text as seq, ${secondsTo(sql`was.pending_since`)} as pending_in`

  /** The lease of a write ends with it, unless a later one is out. */
  const released = (seq: string) =>
    sql`
      lease_owner = case when t.lease_seq = ${seq}::bigint then null else t.lease_owner end,
      lease_until = case when t.lease_seq = ${seq}::bigint then null else t.lease_until end,
      pending_since = case when t.lease_seq = ${seq}::bigint then null else t.pending_since end
    `

  const text = (text: string) => sql`record = ${text}, facts_of = hashtextextended(${text}, 0)`

  /** Makes a row, which is not due by itself. */
  const insert = ({ columns: { account, clientId, issuer }, names }: Columns) =>
    sql`
      insert into ${table} (issuer, client_id, account, names, refresh_at)
      values (${issuer}, ${clientId}, ${account}, ${names}, null)
      on conflict (issuer, client_id, account) do nothing returning account
    `

  const wasWritten = Effect.map((rows: ReadonlyArray<unknown>) => rows.length > 0)

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

  return {
    factColumns,

    peek: ({ columns: key }: Columns, place: string) =>
      Effect.map(
        session.run("read", place, sql<Row>`select ${columns} from ${table} t where ${isRow(key)}`),
        (rows) => rows[0]
      ),

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
      ).pipe(wasWritten),

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
          `),

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
          uses.map(({ columns, refreshAt }) => ({ ...columns, seconds: secondsUntil(refreshAt, now) }))
        )
        return sql`
            update ${table} t set used_at = clock_timestamp(), refresh_at = case when t.ended is null
              then coalesce(t.refresh_at, clock_timestamp() + make_interval(secs => u.seconds)) end
            from json_to_recordset(${list}::json) as u("issuer" text, "clientId" text, "account" text, "seconds" float8)
            where t.issuer = u.issuer and t.client_id = u."clientId" and t.account = u.account
          `
      }),

    news: (app: App, since: string | undefined): Effect.Effect<News, AuthError.AuthError> => {
      const before = since === undefined ? undefined : decodeCursor(since)
      return Effect.map(
        session.run(
          "read",
          ofTable,
          sql<
            {
              readonly until: string
              readonly account: string | null
              readonly names: string | null
              readonly at: string
            }
          >`
            select n.until, t.account, t.names, t.news_at::text as at
            from (select clock_timestamp()::text as until) n left join ${table} t
              on ${before !== undefined}::boolean and t.issuer = ${app.issuer} and t.client_id = ${app.clientId}
                and t.news_at > ${before?.until ?? null}::timestamptz - interval '5 seconds'
          `
        ),
        (rows) => {
          const found = rows.flatMap(({ account, at, names }) =>
            account === null ? [] : [[names === null ? account : keyIn(names).account, at] as const]
          )
          // What was committed late shows up within the overlap, and the rest of it is known.
          const accounts = found.filter(([account, at]) => before?.seen[account] !== at).map(([account]) => account)
          const until = encodeCursor({ until: rows[0]?.until ?? "", seen: Object.fromEntries(found) })
          return { accounts, until }
        }
      )
    }
  }
}

/** The place in the news, and what was found there, because a statement may be committed late. */
const Cursor = Schema.fromJsonString(
  Schema.Struct({ until: Schema.String, seen: Schema.Record(Schema.String, Schema.String) })
)
const decodeCursor = Schema.decodeSync(Cursor)
const encodeCursor = Schema.encodeSync(Cursor)
