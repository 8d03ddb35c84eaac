/** A table of token records: its statements, on connections of their own, and its creation. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as AuthError from "../../AuthError.ts"
import type { TokenKey } from "../../TokenStore.ts"
import * as SqlStatements from "./SqlStatements.ts"
import * as StoreErrors from "./StoreErrors.ts"

/** The row of an account. */
export interface Row {
  /** As in the columns of the table. */
  readonly key: TokenKey
  /** The row's name in messages. */
  readonly place: string
}

export type SqlTable = ReturnType<typeof make>

/** Makes the statements of a table, each of which fails when the database takes longer than `limit`. */
export const make = (client: SqlClient.SqlClient, name: string, limit: Duration.Duration) => {
  const { identifier, sql } = SqlStatements.withOwnNames(client)
  const once = SqlStatements.alone(sql)
  return {
    sql,
    name,
    table: identifier(name),
    isRow: ({ key: { account, clientId, issuer } }: Row) =>
      sql`issuer = ${issuer} and client_id = ${clientId} and account = ${account}`,
    once,
    /** Runs a statement, again on a new connection when one was lost. It may arrive twice, so every statement is idempotent. */
    run: <A>(
      operation: AuthError.StoreFailed["operation"],
      place: string,
      statement: Effect.Effect<A, SqlError.SqlError>
    ): Effect.Effect<A, AuthError.AuthError> =>
      once(statement).pipe(
        Effect.retry({
          while: StoreErrors.isPassing,
          schedule: Schedule.spaced("200 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 10 }))
        }),
        Effect.mapError(StoreErrors.fromSql(operation, place)),
        SqlStatements.within(operation, place, limit)
      )
  }
}

/** Creates a table that is missing. The error of a role that may not has the statements for the table's owner. */
export const createIfMissing = Effect.fnUntraced(function*(
  { name, run, sql, table }: SqlTable
): Effect.fn.Return<void, AuthError.AuthError> {
  const place = `table ${name}`
  const quoted = SqlStatements.textOf(sql`${table}`)
  // `create table if not exists` takes a right that using the table does not, even when the table exists.
  const [found] = yield* run(
    "read",
    place,
    sql<{ readonly there: boolean }>`select to_regclass(${quoted}) is not null as there`
  )
  if (found?.there === true) return
  const create = SqlStatements.createTokenTable(sql, table)
  yield* run("write", place, create).pipe(
    // Of two programs that create the table at the same instant, one fails once.
    Effect.retry({ times: 2 }),
    Effect.catchIf(
      ({ reason }) => reason._tag === "StoreFailed" && reason.kind === "Refused",
      () =>
        Effect.fail(StoreErrors.make(
          "write",
          "Refused",
          place,
          "it is not there, and this role may not create it. "
            + `Let its owner run ${
              SqlStatements.textOf(create)
            }; grant select, insert, update on ${quoted} to this role. `
            + "With `createTable: false` it is neither looked for nor created"
        ))
    )
  )
})
