/** Statements of stores: with names of their own, on a connection of their own, and within a time limit. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as Statement from "effect/sql/Statement"
import type * as AuthError from "../../AuthError.ts"
import * as StoreErrors from "./StoreErrors.ts"

/**
 * Returns a client whose results have the names of the statement, whatever the program's client makes of names
 * (`transformResultNames`), and what names a table or a column in its statements as the program's client does.
 */
export const withOwnNames = (sql: SqlClient.SqlClient): {
  readonly sql: SqlClient.SqlClient
  readonly identifier: (name: string) => Statement.Fragment
} => ({
  sql: sql.withoutTransforms(),
  identifier: (name) => sql.literal(textOf(sql`${sql(name)}`))
})

/** Runs a statement outside the caller's transaction, which may roll back, be read-only, see an older state, or hold the row. */
export const alone =
  (sql: SqlClient.SqlClient) =>
  <A>(statement: Effect.Effect<A, SqlError.SqlError>): Effect.Effect<A, SqlError.SqlError> =>
    Effect.updateContext(statement, (context: Context.Context<never>) => Context.omit(sql.transactionService)(context))

/** Makes the table of token records, which a table of shared accounts has more columns than. */
export const createTokenTable = (sql: SqlClient.SqlClient, table: Statement.Fragment): Statement.Statement<unknown> =>
  sql`
    create table if not exists ${table} (
      issuer text not null,
      client_id text not null,
      account text not null,
      record text,
      lease_owner text,
      lease_until timestamptz,
      primary key (issuer, client_id, account)
    )
  `

/** Returns the text of a statement without parameters, on one line. */
export const textOf = (statement: Statement.Statement<unknown>): string =>
  statement.compile()[0].replace(/\s+/g, " ").trim()

/** Fails with `StoreFailed` (`Unavailable`) when the database does not respond in time. */
export const within =
  (operation: AuthError.StoreFailed["operation"], place: string, limit: Duration.Duration) =>
  <A, E>(statement: Effect.Effect<A, E>): Effect.Effect<A, E | AuthError.AuthError> =>
    Effect.timeoutOrElse(statement, {
      duration: limit,
      orElse: () =>
        Effect.fail(
          StoreErrors.make(
            operation,
            "Unavailable",
            place,
            `the database did not answer within ${Duration.format(limit)}`
          )
        )
    })
