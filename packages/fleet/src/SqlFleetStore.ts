/**
 * Service keys and sign-ins in a PostgreSQL database, in two tables beside that of the tokens.
 */
import * as AuthError from "@app/auth/AuthError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import { FleetStore, StoredKey, type StoredSignIn } from "./FleetStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The tables of a fleet.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * Creates the tables `fleet_service_keys` and `fleet_sign_ins` when they are missing. Default: `true`.
   *
   * **Details**
   *
   * When they exist, a role needs the rights to select, insert, update and delete rows.
   */
  readonly createTables?: boolean | undefined
}

// =============================================================================
// Constructor
// =============================================================================

const place = "tables fleet_service_keys and fleet_sign_ins"

/** SQLSTATEs that last until somebody changes rights, roles or the database. */
const isSetUpWrong = (code: string): boolean =>
  /^(22|23|25006|28|3D000|3F000|42|54)/.test(code) || /^(Authentication|Authorization)Error$/.test(code)

const failure = (operation: "read" | "write") => ({ reason }: SqlError.SqlError): AuthError.AuthError => {
  const { cause } = reason
  const code = Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : reason._tag
  const isRefused = isSetUpWrong(code)
  return storeFailed(
    operation,
    isRefused ? "Refused" : "Unavailable",
    isRefused
      ? `the database refused (${code}). Let its owner create the tables, and grant this role select, insert, update and delete on them`
      : `the database did not answer (${code})`
  )
}

const storeFailed = (
  operation: "read" | "write",
  kind: AuthError.StoreFailed["kind"],
  issue: string
): AuthError.AuthError =>
  new AuthError.AuthError({ reason: new AuthError.StoreFailed({ operation, kind, place, issue }) })

const Text = Schema.fromJsonString(StoredKey)
const textOf = Schema.encodeSync(Text)

const read = (text: string): Effect.Effect<StoredKey, AuthError.AuthError> =>
  Effect.mapError(
    Schema.decodeEffect(Text)(text),
    () => storeFailed("read", "Corrupt", "a service key in it cannot be read. Revoke it, and make another")
  )

interface SignInRow extends Pick<StoredSignIn, "account" | "app" | "id" | "status" | "tenant"> {
  readonly error: string | null
  readonly expires: number
}

const signInOf = ({ error, expires, ...row }: SignInRow): StoredSignIn => ({
  ...row,
  error: error ?? undefined,
  expiresAt: DateTime.makeUnsafe(expires)
})

/**
 * Makes a store of two tables in the database of the `SqlClient` in context.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the database cannot be reached (`Unavailable`), or when a table is missing and cannot be
 * created (`Refused`).
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options: Options = {}
): Effect.fn.Return<FleetStore["Service"], AuthError.AuthError, SqlClient.SqlClient> {
  const sql = yield* SqlClient.SqlClient
  const run = <A>(operation: "read" | "write", statement: Effect.Effect<A, SqlError.SqlError>) =>
    statement.pipe(
      Effect.mapError(failure(operation)),
      Effect.timeoutOrElse({
        duration: "10 seconds",
        orElse: () =>
          Effect.fail(storeFailed(operation, "Unavailable", "the database did not answer within 10 seconds"))
      })
    )

  const areThere = Effect.andThen(
    run("read", sql`select 1 from fleet_service_keys limit 1`),
    run("read", sql`select 1 from fleet_sign_ins limit 1`)
  ).pipe(Effect.match({ onFailure: () => false, onSuccess: () => true }))

  if (options.createTables !== false && !(yield* areThere)) {
    yield* run(
      "write",
      sql`create table if not exists fleet_service_keys (id text primary key, record text not null)`.pipe(
        Effect.andThen(sql`
          create table if not exists fleet_sign_ins (
            id text primary key,
            tenant text not null,
            app text not null,
            account text not null,
            status text not null,
            error text,
            expires_at timestamptz not null
          )
        `),
        Effect.andThen(sql`create index if not exists fleet_sign_ins_expires on fleet_sign_ins (expires_at)`)
      )
      // Of two programs that create the tables at the same instant, one fails once.
    ).pipe(Effect.retry({ times: 2 }))
  }

  return FleetStore.of({
    findKey: (id) =>
      Effect.flatMap(
        run("read", sql<{ readonly record: string }>`select record from fleet_service_keys where id = ${id}`),
        ([row]) => row === undefined ? Effect.succeedNone : Effect.asSome(read(row.record))
      ),
    putKey: (key, previous) =>
      Effect.map(
        run(
          "write",
          previous === undefined
            ? sql`
              insert into fleet_service_keys (id, record) values (${key.id}, ${textOf(key)})
              on conflict do nothing returning id
            `
            : sql`
              update fleet_service_keys set record = ${textOf(key)}
              where id = ${key.id} and record = ${textOf(previous)} returning id
            `
        ),
        (rows) => rows.length > 0
      ),
    removeKey: (id) =>
      Effect.map(
        run("write", sql`delete from fleet_service_keys where id = ${id} returning id`),
        (rows) => rows.length > 0
      ),
    listKeys: Effect.flatMap(
      run("read", sql<{ readonly record: string }>`select record from fleet_service_keys order by id`),
      Effect.forEach(({ record }) => read(record))
    ),
    putSignIn: ({ account, app, error, expiresAt, id, status, tenant }) =>
      Effect.asVoid(run(
        "write",
        sql`
          with gone as (delete from fleet_sign_ins where expires_at < clock_timestamp() - interval '1 day')
          insert into fleet_sign_ins (id, tenant, app, account, status, error, expires_at)
          values (${id}, ${tenant}, ${app}, ${account}, ${status}, ${error ?? null},
            ${DateTime.formatIso(expiresAt)}::timestamptz)
        `
      )),
    findSignIn: (id) =>
      Effect.map(
        run(
          "read",
          sql<SignInRow>`
            select id, tenant, app, account, status, error, floor(extract(epoch from expires_at) * 1000)::float8 as expires
            from fleet_sign_ins where id = ${id} and expires_at >= clock_timestamp() - interval '1 day'
          `
        ),
        ([row]) => Option.map(Option.fromUndefinedOr(row), signInOf)
      ),
    finishSignIn: (id, status, error) =>
      Effect.asVoid(
        run("write", sql`update fleet_sign_ins set status = ${status}, error = ${error ?? null} where id = ${id}`)
      ),
    ping: Effect.asVoid(run("read", sql`select 1`))
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps keys and sign-ins in the database of the `SqlClient` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<FleetStore, AuthError.AuthError, SqlClient.SqlClient> =>
  Layer.effect(FleetStore, make(options))
