/**
 * Sessions in a PostgreSQL or SQLite database, for servers of any number of processes.
 *
 * **Details**
 *
 * The database's clock says which sessions are over; they are removed as others begin, once a minute.
 *
 * **Example** (One table, created when it is missing)
 *
 * ```ts
 * import * as SqlSessionStore from "@app/auth/SqlSessionStore"
 * import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * export const Sessions = SqlSessionStore.layer().pipe(
 *   Layer.provide([PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") }), NodeCrypto.layer])
 * )
 * ```
 */
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as AuthError from "./AuthError.ts"
import * as ExpiringTexts from "./internal/storage/ExpiringTexts.ts"
import * as SessionStore from "./SessionStore.ts"

/**
 * The table of the sessions, and their lifetime.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends SessionStore.Options {
  /** The name of the table. Default: `oauth_sessions`. */
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

/**
 * Makes a `SessionStore` of a table in the database of the `SqlClient` in context.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the database cannot be reached (`Unavailable`), or when the table is missing and cannot be
 * created (`Refused`), and with `InvalidConfiguration` when the database is neither PostgreSQL nor SQLite.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: Options = {}
): Effect.Effect<
  SessionStore.SessionStore["Service"],
  AuthError.AuthError,
  SecureRandom.SecureRandom | SqlClient.SqlClient
> =>
  Effect.flatMap(
    ExpiringTexts.make({
      table: options.table ?? "oauth_sessions",
      column: "account",
      createTable: options.createTable ?? true
    }),
    (texts) => SessionStore.make(texts, options)
  )

/**
 * Layer that keeps sessions in the database of the `SqlClient` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<SessionStore.SessionStore, AuthError.AuthError, SecureRandom.SecureRandom | SqlClient.SqlClient> =>
  Layer.effect(SessionStore.SessionStore, make(options))
