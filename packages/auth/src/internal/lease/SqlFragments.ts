/** The parts that statements about shared accounts have in common, with the rules of `LeaseRules` as conditions. */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import type { RecordFacts } from "../../SharedTokenStore.ts"
import type { TokenKey } from "../../TokenStore.ts"
import * as StoreErrors from "../storage/StoreErrors.ts"
import type { SqlSession } from "./SqlSession.ts"

export interface Options {
  readonly sql: SqlClient.SqlClient
  readonly session: SqlSession
  readonly table: Statement.Fragment
  readonly tableName: string
  readonly lease: Duration.Duration
  readonly owner: string
}

/** Returns the seconds from `now` to a time, as a parameter of a statement. */
export const secondsUntil = (at: DateTime.Utc | undefined, now: DateTime.Utc): number | null =>
  at === undefined ? null : (at.epochMilliseconds - now.epochMilliseconds) / 1000

export const make = ({ lease, owner, session, sql, table }: Options) => {
  const leaseSeconds = Duration.toSeconds(lease)
  const leaseEnd = sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})`

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

  return {
    table,
    isRow,
    isFree,
    leaseEnd,
    claimed,
    claimedColumns,
    columns,
    factColumns,
    factsOf,
    released,
    text
  }
}
