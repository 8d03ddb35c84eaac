/**
 * The database of a drill: the one that `DATABASE_URL` names, or one of its own, which can be killed.
 */
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import * as PostgreSql from "../../auth/test/support/PostgreSql.ts"

export const table = "oauth_token_records"

export interface Database {
  readonly url: string
  /** Absent for a database that is not the drill's own. */
  readonly process: { readonly kill: Effect.Effect<void>; readonly start: Effect.Effect<void> } | undefined
  readonly sql: SqlClient.SqlClient
}

/** As in production: what is committed is on the disk. */
const settings = [
  "shared_preload_libraries=pg_stat_statements",
  "shared_buffers=256MB",
  "max_wal_size=4GB",
  "max_connections=100"
].flatMap((setting) => ["-c", setting])

const clientOf = (url: string) =>
  Effect.map(
    Layer.build(PgClient.layer({ url: Redacted.make(url), maxConnections: 4 })),
    (context) => Effect.provideContext(SqlClient.SqlClient, context)
  ).pipe(Effect.flatten)

/** One that has just started accepts connections before it answers, and waits for what is left of one that was killed. */
const untilItAnswers = <A, E>(begin: Effect.Effect<A, E>) =>
  Effect.retry(begin, Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 300 })))

/** Starts a database with an empty table of accounts. One that is not durable does not wait for the disk. */
export const make = Effect.fnUntraced(function*({ isDurable }: { readonly isDurable: boolean }) {
  const given = process.env["DATABASE_URL"]
  const own = given === undefined
    ? yield* PostgreSql.ownServerWith(isDurable ? settings : ["-F", ...settings])
    : undefined
  const url = given ?? own?.url ?? ""
  const sql = yield* untilItAnswers(Effect.scoped(Effect.flatMap(clientOf(url), (sql) => sql`select 1`))).pipe(
    Effect.andThen(clientOf(url)),
    Effect.orDie
  )
  yield* Effect.orDie(sql`drop table if exists ${sql(table)}`)
  yield* Effect.orDie(SqlSharedTokenStore.migrate().pipe(Effect.provideService(SqlClient.SqlClient, sql)))
  const database: Database = {
    url,
    sql,
    process: own && {
      kill: own.kill,
      // It does not start before the last process of the one before has ended.
      start: Effect.asVoid(Effect.orDie(untilItAnswers(Effect.andThen(own.start, sql`select 1`))))
    }
  }
  return database
})
