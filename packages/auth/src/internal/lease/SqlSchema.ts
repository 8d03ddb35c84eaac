/**
 * The table of shared accounts: what it consists of, and how it is made of a table of `SqlTokenStorage` in place.
 *
 * **Details**
 *
 * Columns are only added, so that programs of an earlier release go on with the table meanwhile. They know nothing of
 * facts; `facts_of` tells whether those of a row belong to its record.
 */
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as Statement from "effect/sql/Statement"
import * as SqlStatements from "../storage/SqlStatements.ts"

/** The version of the table, in its comment. A later one that this release cannot use has a higher number. */
export const version = 1

const comment = (version: number) => `@app/auth shared accounts ${version}`

export interface Schema {
  /** The version of the table that is there; 0 for one of `SqlTokenStorage`, and undefined where there is none. */
  readonly current: Effect.Effect<number | undefined, SqlError.SqlError>
  /** Makes the table, or adds what a table lacks. */
  readonly migrate: Effect.Effect<void, SqlError.SqlError>
  /** The statements of `migrate` as text, for whoever may run them. */
  readonly text: string
}

export const make = (
  sql: SqlClient.SqlClient,
  identifier: (name: string) => Statement.Fragment,
  tableName: string
): Schema => {
  const table = identifier(tableName)
  const quoted = SqlStatements.textOf(sql`${table}`)
  const indexOf = (name: string) => identifier(`${tableName.slice(tableName.lastIndexOf(".") + 1)}_${name}`)

  const structure: ReadonlyArray<Statement.Statement<unknown>> = [
    SqlStatements.createTokenTable(sql, table),
    sql`
      alter table ${table}
        add column if not exists names text,
        add column if not exists version bigint not null default 0,
        add column if not exists lease_seq bigint not null default 0,
        add column if not exists committed_seq bigint not null default 0,
        add column if not exists pending_since timestamptz,
        add column if not exists refresh_at timestamptz,
        add column if not exists expires_at timestamptz,
        add column if not exists sign_in_due_at timestamptz,
        add column if not exists used_at timestamptz,
        add column if not exists attempts integer not null default 0,
        add column if not exists ended text,
        add column if not exists ended_at timestamptz,
        add column if not exists is_rejected boolean not null default false,
        add column if not exists news_at timestamptz,
        add column if not exists facts_of bigint
    `,
    // Whatever a program of an earlier release adds is looked at by the next process with room.
    sql`alter table ${table} alter column refresh_at set default clock_timestamp()`,
    // Claims change no indexed column, and have room on the page of their row.
    sql`alter table ${table} set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)`,
    sql`
      create index if not exists ${indexOf("due")} on ${table} (issuer, client_id, refresh_at)
      where refresh_at is not null
    `,
    sql`
      create index if not exists ${indexOf("sign_in")} on ${table} (sign_in_due_at) where sign_in_due_at is not null
    `,
    sql`create index if not exists ${
      indexOf("news")
    } on ${table} (issuer, client_id, news_at) where news_at is not null`,
    sql`create index if not exists ${indexOf("ended")} on ${table} (ended_at) where ended_at is not null`
  ]

  // Spread, since nothing else spreads accounts that all become due now.
  const takeOver = sql`
    update ${table} set refresh_at = clock_timestamp() + random() * interval '5 minutes'
    where refresh_at is null and facts_of is null and record is not null
  `

  const mark = sql.unsafe(`comment on table ${quoted} is '${comment(version)}'`)

  return {
    current: Effect.map(
      sql<{ readonly there: boolean; readonly comment: string | null }>`
        select to_regclass(${quoted}) is not null as there, obj_description(to_regclass(${quoted})) as comment
      `,
      ([row]) =>
        row?.there === true ? Number(/^@app\/auth shared accounts (\d+)$/.exec(row.comment ?? "")?.[1] ?? 0) : undefined
    ),
    migrate: Effect.gen(function*() {
      yield* sql.withTransaction(Effect.gen(function*() {
        // Two programs that start at the same time would create the same things.
        yield* sql`select pg_advisory_xact_lock(hashtext(${quoted}))`
        yield* Effect.forEach(structure, (statement) => statement, { discard: true })
      }))
      yield* takeOver
      yield* mark
    }),
    text: [...structure, takeOver, mark].map(SqlStatements.textOf).join("; ")
  }
}
