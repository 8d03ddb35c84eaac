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
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as AuthError from "./AuthError.ts"
import * as AuthorizationRequestStore from "./AuthorizationRequestStore.ts"
import * as ExpiringTexts from "./internal/storage/ExpiringTexts.ts"

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
export const make = (options: Options = {}): Effect.Effect<
  AuthorizationRequestStore.AuthorizationRequestStore["Service"],
  AuthError.AuthError,
  SqlClient.SqlClient
> =>
  Effect.map(
    ExpiringTexts.make({
      table: options.table ?? "oauth_authorization_requests",
      column: "request",
      createTable: options.createTable ?? true
    }),
    AuthorizationRequestStore.make
  )

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
