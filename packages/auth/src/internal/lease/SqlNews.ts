/** The accounts that other processes have changed, as a statement that is repeated from where it stopped. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import type * as AuthError from "../../AuthError.ts"
import type { App, News } from "../../SharedTokenStore.ts"
import { keyIn } from "./RowNames.ts"
import type { SqlSession } from "./SqlSession.ts"

/** The place in the news, and what was found there, because a statement may be committed late. */
const Cursor = Schema.fromJsonString(
  Schema.Struct({ until: Schema.String, seen: Schema.Record(Schema.String, Schema.String) })
)
const decodeCursor = Schema.decodeSync(Cursor)
const encodeCursor = Schema.encodeSync(Cursor)

export const make = (options: {
  readonly sql: SqlClient.SqlClient
  readonly session: SqlSession
  readonly table: Statement.Fragment
  readonly tableName: string
}) => {
  const { session, sql, table, tableName } = options
  return (app: App, since: string | undefined): Effect.Effect<News, AuthError.AuthError> => {
    const before = since === undefined ? undefined : decodeCursor(since)
    return Effect.map(
      session.run(
        "read",
        `table ${tableName}`,
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
