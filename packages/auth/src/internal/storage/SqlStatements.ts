/** Statements that run on a connection of their own. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"

/** Runs a statement outside the caller's transaction, which may roll back, be read-only, see an older state, or hold the row. */
export const alone =
  (sql: SqlClient.SqlClient) =>
  <A>(statement: Effect.Effect<A, SqlError.SqlError>): Effect.Effect<A, SqlError.SqlError> =>
    Effect.updateContext(statement, (context: Context.Context<never>) => Context.omit(sql.transactionService)(context))
