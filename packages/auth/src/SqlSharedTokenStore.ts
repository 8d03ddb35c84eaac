/**
 * The accounts of `SharedAccounts` in a PostgreSQL database.
 *
 * **Details**
 *
 * One table with a row for each account, numbered leases on the rows, and an index on when their refresh is due. The
 * table of `SqlTokenStorage` is taken over in place: programs of an earlier release go on with it meanwhile.
 *
 * - Statements are short, and run on connections of their own, never in a transaction of the caller. No connection is
 *   kept while a token request runs, and no session: a pooler that pools transactions is fine.
 * - Leases count by the clock of the database. An expired lease is left alone for 2 seconds more than a lease after an
 *   outage, so that its holder can write what it has.
 * - Records are texts as in `SqlTokenStorage`. Beside them stand due times and phases, and no secret.
 *
 * **Gotchas**
 *
 * A transaction keeps its connection while it waits for a token. Where transactions occupy every connection of the pool,
 * the token fails with `StoreFailed` (`Unavailable`) after the time of a lease. Ask for it before the transaction begins.
 *
 * **Example** (Accounts that several processes share)
 *
 * ```ts
 * import * as SharedAccounts from "@app/auth/SharedAccounts"
 * import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
 * import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import * as Config from "effect/Config"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * export const People = SharedAccounts.layer({ client: { clientId: "…" } }).pipe(
 *   Layer.provide(SqlSharedTokenStore.layer()),
 *   Layer.provide(PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") })),
 *   Layer.provide([NodeCrypto.layer, FetchHttpClient.layer])
 * )
 * ```
 */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Aead from "effect/crypto/Aead"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { AccountDirectory } from "./AccountDirectory.ts"
import type * as AuthError from "./AuthError.ts"
import * as SqlDirectory from "./internal/lease/SqlDirectory.ts"
import * as SqlRows from "./internal/lease/SqlRows.ts"
import * as SqlSchema from "./internal/lease/SqlSchema.ts"
import { SqlSession } from "./internal/lease/SqlSession.ts"
import * as SqlSettle from "./internal/lease/SqlSettle.ts"
import * as SqlStore from "./internal/lease/SqlStore.ts"
import * as KeyRing from "./internal/storage/KeyRing.ts"
import * as SealedRecords from "./internal/storage/SealedRecords.ts"
import * as SqlStatements from "./internal/storage/SqlStatements.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import { SharedTokenStore } from "./SharedTokenStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The table of the accounts, and the length of their leases.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The name of the table. Default: `oauth_token_records`, which is that of `SqlTokenStorage`. */
  readonly table?: string | undefined
  /**
   * Creates the table when it is missing, and adds what a table of an earlier release lacks. Default: `true`.
   *
   * **Details**
   *
   * When the table is complete, a role needs the rights to select, insert and update rows, and to delete them for
   * `AccountDirectory.sweep`. With `false` the table is not looked at, and a deployment step runs `migrate`.
   */
  readonly createTable?: boolean | undefined
  /**
   * The time after which the lease of a dead holder ends; a live holder prolongs it. Default: 10 seconds.
   *
   * **Details**
   *
   * It must be shorter than the time for which the provider forgives a second use of a refresh token. Below 5 seconds,
   * leases end under holders that live on a busy machine.
   */
  readonly lease?: Duration.Input | undefined
}

const defaultTable = "oauth_token_records"

// =============================================================================
// Table
// =============================================================================

const rights = "select, insert, update and delete"

const sessionOf = Effect.fnUntraced(function*(options: Options) {
  const { identifier, sql } = SqlStatements.withOwnNames(yield* SqlClient.SqlClient)
  const clock = yield* Clock.clockWith(Effect.succeed)
  const tableName = options.table ?? defaultTable
  const lease = Duration.fromInputUnsafe(options.lease ?? "10 seconds")
  const session = new SqlSession(sql, clock, lease, rights)
  const schema = SqlSchema.make(sql, identifier, tableName)
  return { lease, schema, session, sql, table: identifier(tableName), tableName }
})

type Session = Effect.Success<ReturnType<typeof sessionOf>>

const migrateWith = ({ schema, session, tableName }: Session): Effect.Effect<void, AuthError.AuthError> =>
  Effect.gen(function*() {
    const place = `table ${tableName}`
    const current = yield* session.run("read", place, schema.current)
    if (current !== undefined && current > SqlSchema.version) {
      return yield* StoreErrors.make(
        "read",
        "NewerVersion",
        place,
        `it was changed by a later release (version ${current}, this one knows ${SqlSchema.version}). Update this program`
      )
    }
    if (current === SqlSchema.version) return
    yield* session.run("write", place, schema.migrate).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "StoreFailed" && reason.kind === "Refused",
        ({ reason }) =>
          Effect.fail(StoreErrors.make(
            "write",
            "Refused",
            place,
            `it is not there or not complete, and this role may not change it (${
              reason._tag === "StoreFailed" ? reason.issue : reason._tag
            }). Let its owner run ${schema.text}; grant ${rights.replace(" and ", ", ")} on ${tableName} to this role. `
              + "With `createTable: false` it is not looked at"
          ))
      )
    )
  })

/**
 * Creates the table, or adds what a table of an earlier release or of `SqlTokenStorage` lacks.
 *
 * **When to use**
 *
 * Use in a deployment step, as a role that owns the table, where programs run with `createTable: false`.
 *
 * **Details**
 *
 * Programs that use the table go on meanwhile. Accounts that are taken over are looked at within five minutes. Fails with
 * `StoreFailed`: `NewerVersion` for a table of a later release, `Refused` with the statements where the role may not run
 * them, and `Unavailable`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const migrate = (options: Options = {}): Effect.Effect<void, AuthError.AuthError, SqlClient.SqlClient> =>
  Effect.flatMap(sessionOf(options), migrateWith)

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.fnUntraced(function*(
  options: Options,
  seals: SealedRecords.SealedRecords
): Effect.fn.Return<
  {
    readonly store: SharedTokenStore["Service"]
    readonly directory: AccountDirectory["Service"]
    /** A directory that takes up first what programs of one process have written. */
    readonly settled: AccountDirectory["Service"]
  },
  AuthError.AuthError,
  SecureRandom.SecureRandom | SqlClient.SqlClient
> {
  const random = yield* SecureRandom.SecureRandom
  const made = yield* sessionOf(options)
  if (options.createTable !== false) yield* migrateWith(made)
  const owner = Hex.encode(yield* Effect.orDie(random.randomBytes(16)))
  const rows = SqlRows.make({ ...made, owner })
  const leaseMillis = Duration.toMillis(made.lease)
  const store = SqlStore.make({ ...made, leaseMillis, owner, rows, seals })
  const directory = SqlDirectory.make({ ...made, rows, store, settle: Effect.void })
  const settled = SqlDirectory.make({ ...made, rows, store, settle: SqlSettle.make({ ...made, rows, seals }) })
  return { directory, settled, store }
})

const contextOf = (made: ReturnType<typeof make>) =>
  Effect.map(
    made,
    ({ directory, store }) => Context.make(SharedTokenStore, store).pipe(Context.add(AccountDirectory, directory))
  )

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps accounts in the database of the `SqlClient` in context.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the database cannot be reached (`Unavailable`), is read-only or lacks a right (`Refused`),
 * or has a table of a later release (`NewerVersion`).
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  AccountDirectory | SharedTokenStore,
  AuthError.AuthError,
  SecureRandom.SecureRandom | SqlClient.SqlClient
> => Layer.effectContext(contextOf(make(options, SealedRecords.unsealed)))

/**
 * Layer like `layer`, with records sealed as by `EncryptedTokenStorage.layer`.
 *
 * **Details**
 *
 * A record that no key opens is put off for ten minutes with an error in the log; whoever asks for it gets `StoreFailed`
 * (`Undecryptable`). Other accounts are not affected.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerEncrypted = (
  keys: ReadonlyArray<KeyRing.EncryptionKey>,
  options: Options = {}
): Layer.Layer<
  AccountDirectory | SharedTokenStore,
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | SqlClient.SqlClient
> => Layer.effectContext(sealedWith(keys, (seals) => contextOf(make(options, seals))))

/**
 * Layer like `layerEncrypted`, with the keys from Effect's `Config`.
 *
 * **Details**
 *
 * `TOKEN_ENCRYPTION_KEYS` holds `id:secret` pairs, separated by commas, the newest first.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerEncryptedConfig = (
  options: Options = {}
): Layer.Layer<
  AccountDirectory | SharedTokenStore,
  AuthError.AuthError | Config.ConfigError,
  Aead.Aead | SecureRandom.SecureRandom | SqlClient.SqlClient
> =>
  Layer.effectContext(
    Effect.flatMap(
      Config.Redacted("TOKEN_ENCRYPTION_KEYS"),
      (pairs) => sealedWith(KeyRing.parsePairs(pairs), (seals) => contextOf(make(options, seals)))
    )
  )

/**
 * Layer that provides the directory of a table that `SqlTokenStorage` keeps, for programs of one process with `Accounts`.
 *
 * **Details**
 *
 * The table is completed as by `layer`, and the program goes on with it. The directory reads what the program has written
 * since it last looked, so it needs the `keys` of a table that is encrypted.
 *
 * **Gotchas**
 *
 * A removed account is signed out in the table. A process that has its token in memory serves it until the next refresh.
 * The time at which a sign-in ended, from which `sweep` counts, is that of the first look after it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerDirectory = (
  options: Options & { readonly keys?: ReadonlyArray<KeyRing.EncryptionKey> | undefined } = {}
): Layer.Layer<
  AccountDirectory,
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom | SqlClient.SqlClient
> => {
  const directory = (seals: SealedRecords.SealedRecords) => Effect.map(make(options, seals), ({ settled }) => settled)
  return Layer.effect(
    AccountDirectory,
    options.keys === undefined ? directory(SealedRecords.unsealed) : sealedWith(options.keys, directory)
  )
}

const sealedWith = <A, E, R>(
  keys: ReadonlyArray<KeyRing.EncryptionKey>,
  use: (seals: SealedRecords.SealedRecords) => Effect.Effect<A, E, R>
) => Effect.flatMap(SealedRecords.make(Effect.succeed(keys)), use)
