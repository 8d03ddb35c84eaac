/** A table of texts that are over after a while, in a PostgreSQL or SQLite database whose clock says which ones are. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as AuthError from "../../AuthError.ts"
import { invalidSetting } from "../settings/InvalidSetting.ts"
import * as SqlStatements from "./SqlStatements.ts"
import * as StoreErrors from "./StoreErrors.ts"

export interface Options {
  readonly table: string
  /** The name of the column with the text. */
  readonly column: string
  readonly createTable: boolean
}

export interface ExpiringTexts {
  /** The place of the texts, for messages. */
  readonly place: string
  /** Keeps a text under a name of 64 characters at most. */
  readonly write: (name: string, text: string, lifetime: Duration.Duration) => Effect.Effect<void, AuthError.AuthError>
  /** Reads the text of a name; none when it is over. */
  readonly read: (name: string) => Effect.Effect<Option.Option<string>, AuthError.AuthError>
  /** Removes the text of a name and returns it, also when it is over. Of several takers one gets it. */
  readonly take: (name: string) => Effect.Effect<Option.Option<string>, AuthError.AuthError>
}

/** The longest wait for the database: a person waits for the page. */
const timeout = Duration.seconds(10)

/** The time between two searches for texts that are over. */
const sweepInterval = Duration.toMillis("1 minute")

/**
 * Makes a table, unless it is there.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the database cannot be reached (`Unavailable`), or when the table is missing and cannot be
 * created (`Refused`), and with `InvalidConfiguration` when the database is neither PostgreSQL nor SQLite.
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<ExpiringTexts, AuthError.AuthError, SqlClient.SqlClient> {
  const { identifier, sql } = SqlStatements.withOwnNames(yield* SqlClient.SqlClient)
  const table = identifier(options.table)
  const column = identifier(options.column)
  const place = `table ${options.table}`
  const dialect = sql.onDialectOrElse({
    pg: () => ({
      now: sql`floor(extract(epoch from clock_timestamp()))`,
      outsideTransactions: SqlStatements.alone(sql)
    }),
    sqlite: () => ({
      now: sql`cast(strftime('%s', 'now') as integer)`,
      outsideTransactions: <A>(statement: Effect.Effect<A, SqlError.SqlError>) => statement
    }),
    orElse: () => undefined
  })
  if (dialect === undefined) {
    return yield* invalidSetting(
      "SqlClient",
      "it is of a database without delete … returning. Use PostgreSQL or SQLite."
    )
  }
  const { now, outsideTransactions } = dialect

  const run = <A>(
    operation: "read" | "write",
    statement: Effect.Effect<A, SqlError.SqlError>
  ): Effect.Effect<A, AuthError.AuthError> =>
    outsideTransactions(statement).pipe(
      Effect.mapError(StoreErrors.fromSql(operation, place, "select, insert and delete")),
      SqlStatements.within(operation, place, timeout)
    )

  // `create table if not exists` takes a right that using the table does not, even when the table exists.
  const isThere = run("read", sql`select name from ${table} where name = ''`).pipe(
    Effect.match({ onFailure: () => false, onSuccess: () => true })
  )
  if (options.createTable && !(yield* isThere)) {
    yield* run(
      "write",
      sql`
        create table if not exists ${table} (
          name varchar(64) not null primary key,
          ${column} text not null,
          expires_at bigint not null
        )
      `
      // Of two programs that create the table at the same instant, one fails once.
    ).pipe(Effect.retry({ times: 2 }))
  }

  let sweptAt: number | undefined
  const sweep = Effect.flatMap(Clock.currentTimeMillis, (at) => {
    if (sweptAt !== undefined && Math.abs(at - sweptAt) < sweepInterval) return Effect.void
    sweptAt = at
    return run("write", sql`delete from ${table} where expires_at < ${now}`)
  })

  const textOf = ([row]: ReadonlyArray<{ readonly text: string }>) =>
    Option.map(Option.fromUndefinedOr(row), ({ text }) => text)

  return {
    place,
    write: Effect.fnUntraced(function*(name, text, lifetime) {
      // A text must not be lost for what others have left behind.
      yield* Effect.ignore(sweep)
      const seconds = Math.ceil(Duration.toSeconds(lifetime))
      yield* run(
        "write",
        sql`insert into ${table} (name, ${column}, expires_at) values (${name}, ${text}, ${now} + ${seconds})`
      )
    }),
    read: (name) =>
      Effect.map(
        run(
          "read",
          sql<{ readonly text: string }>`
            select ${column} as text from ${table} where name = ${name} and expires_at >= ${now}
          `
        ),
        textOf
      ),
    take: (name) =>
      Effect.map(
        // Not sent again when its response is lost: the row may be gone already.
        run(
          "read",
          sql<{ readonly text: string }>`delete from ${table} where name = ${name} returning ${column} as text`
        ),
        textOf
      )
  }
})
