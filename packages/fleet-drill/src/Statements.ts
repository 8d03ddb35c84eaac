/**
 * What the processes of a drill have had the database do, from `pg_stat_statements`.
 */
import * as Effect from "effect/Effect"
import * as Database from "./Database.ts"
import { DrillFailed } from "./DrillFailed.ts"

export interface Work {
  readonly statements: number
  /** Milliseconds of execution, without waits for the disk at the commit. */
  readonly millis: number
  readonly walBytes: number
  /** Pages in the WAL as a whole, for the first change after a checkpoint. */
  readonly fullPages: number
}

/** Marks a statement as one of the drill's own. */
const own = "/* drill */"

const failed = <A, E extends { readonly message: string }>(query: Effect.Effect<A, E>): Effect.Effect<A, DrillFailed> =>
  Effect.mapError(query, DrillFailed.because("The database"))

/** Counts from now on. */
export const reset = ({ sql }: Database.Database): Effect.Effect<void, DrillFailed> =>
  failed(Effect.andThen(
    sql`create extension if not exists pg_stat_statements`,
    Effect.asVoid(sql`select pg_stat_statements_reset()::text`)
  ))

export const read = ({ sql }: Database.Database): Effect.Effect<Work, DrillFailed> =>
  failed(Effect.map(
    sql<Work>`
      select coalesce(sum(calls), 0)::float8 as statements, coalesce(sum(total_exec_time), 0)::float8 as millis,
        coalesce(sum(wal_bytes), 0)::float8 as "walBytes", coalesce(sum(wal_fpi), 0)::float8 as "fullPages"
      from pg_stat_statements
      where query like ${`%${Database.table}%`} and query not like ${`%${own}%`} and query not like '%json_to_recordset%seconds%'
    `,
    ([work]) => work ?? { statements: 0, millis: 0, walBytes: 0, fullPages: 0 }
  ))

/** The number of accounts that are due or claimed, and for how long the first of them has been due, in seconds. */
export const backlog = ({ sql }: Database.Database) =>
  failed(Effect.map(
    sql<{ readonly due: number; readonly lag: number }>`
      select /* drill */ count(*)::int as due,
        coalesce(extract(epoch from clock_timestamp() - min(refresh_at)), 0)::float8 as lag
      from ${sql(Database.table)} where refresh_at <= statement_timestamp()
    `,
    ([row]) => row ?? { due: 0, lag: 0 }
  ))
