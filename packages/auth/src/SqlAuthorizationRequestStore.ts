/**
 * Pending sign-ins in a PostgreSQL or SQLite database, for servers of any number of processes.
 *
 * **Details**
 *
 * One statement removes a sign-in and returns it (`delete … returning`), so the database itself hands each out once. The
 * database's clock says which ones are over; they are removed as others are put, once a minute.
 *
 * On PostgreSQL the statements are no part of a transaction of the caller's.
 *
 * **Gotchas**
 *
 * SQLite has one writer, so there the statements join a transaction of the caller's: one that is rolled back puts the
 * sign-in back.
 *
 * **Example** (One table, created when it is missing)
 *
 * ```ts
 * import * as SqlAuthorizationRequestStore from "@app/auth/SqlAuthorizationRequestStore"
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * export const SignIns = SqlAuthorizationRequestStore.layer().pipe(
 *   Layer.provide(PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") }))
 * )
 * ```
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as AuthError from "./AuthError.ts"
import * as AuthorizationRequestStore from "./AuthorizationRequestStore.ts"
import { invalidSetting } from "./internal/settings/InvalidSetting.ts"
import * as SqlStatements from "./internal/storage/SqlStatements.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The table of the sign-ins.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The name of the table. Default: `oauth_authorization_requests`. */
  readonly table?: string | undefined
  /**
   * Creates the table when it is missing. Default: `true`.
   *
   * **Details**
   *
   * When the table exists, a role needs the rights to select, insert and delete rows, and no more.
   */
  readonly createTable?: boolean | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/** The longest wait for the database: a person waits for the page. */
const timeout = Duration.seconds(10)

/** The time between two searches for sign-ins that are over. */
const sweepInterval = Duration.toMillis("1 minute")

/**
 * Makes an `AuthorizationRequestStore` of a table in the database of the `SqlClient` in context.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the database cannot be reached (`Unavailable`), or when the table is missing and cannot be
 * created (`Refused`), and with `InvalidConfiguration` when the database is neither PostgreSQL nor SQLite.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(options: Options = {}): Effect.fn.Return<
  AuthorizationRequestStore.AuthorizationRequestStore["Service"],
  AuthError.AuthError,
  SqlClient.SqlClient
> {
  const sql = yield* SqlClient.SqlClient
  const tableName = options.table ?? "oauth_authorization_requests"
  const table = sql(tableName)
  const place = `table ${tableName}`
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
  if (options.createTable !== false && !(yield* isThere)) {
    yield* run(
      "write",
      sql`
        create table if not exists ${table} (
          name varchar(64) not null primary key,
          request text not null,
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

  return AuthorizationRequestStore.make({
    place,
    write: Effect.fnUntraced(function*(name, text, lifetime) {
      // A sign-in must not fail for what others have left behind.
      yield* Effect.ignore(sweep)
      const seconds = Math.ceil(Duration.toSeconds(lifetime))
      yield* run(
        "write",
        sql`insert into ${table} (name, request, expires_at) values (${name}, ${text}, ${now} + ${seconds})`
      )
    }),
    take: (name) =>
      Effect.map(
        // Not sent again when its response is lost: the row may be gone already.
        run("read", sql<{ readonly request: string }>`delete from ${table} where name = ${name} returning request`),
        ([row]) => Option.map(Option.fromUndefinedOr(row), ({ request }) => request)
      )
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps sign-ins in the database of the `SqlClient` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<AuthorizationRequestStore.AuthorizationRequestStore, AuthError.AuthError, SqlClient.SqlClient> =>
  Layer.effect(AuthorizationRequestStore.AuthorizationRequestStore, make(options))
