/**
 * Token records in a PostgreSQL database, for programs on several machines.
 *
 * **Details**
 *
 * The holder of a record has a lease on its row. An open transaction in its place would occupy a connection for as long as
 * a token request runs, and would lose the tokens with its connection.
 *
 * - Short statements take, renew and release the lease, each under PostgreSQL's row lock.
 * - A write compares the record with the one that was read, so a holder that was suspended for longer than its lease
 *   overwrites nothing.
 * - Statements run on connections of their own, never in a transaction of the caller: a record is stored whether that
 *   transaction commits or not, and neither waits for the other.
 * - After an outage of the database, a live holder renews its lease within a second. An expired lease is taken over only
 *   after three seconds of responses in a row (a tenth of the lease when that is less), so that its holder comes first.
 *
 * **Example** (One table, created when it is missing)
 *
 * ```ts
 * import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
 * import * as TokenStorage from "@app/auth/TokenStorage"
 * import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * export const Store = TokenStorage.layerTokenStore.pipe(
 *   Layer.provide(SqlTokenStorage.layer()),
 *   Layer.provide([PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") }), NodeCrypto.layer])
 * )
 * ```
 */
import * as Clock from "effect/Clock"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as AuthError from "./AuthError.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import * as SqlColumns from "./internal/storage/SqlColumns.ts"
import * as SqlStatements from "./internal/storage/SqlStatements.ts"
import * as StoredName from "./internal/storage/StoredName.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The table of the records, and the limits of their leases.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The name of the table. Default: `oauth_token_records`. */
  readonly table?: string | undefined
  /**
   * Creates the table when it is missing. Default: `true`.
   *
   * **Details**
   *
   * When the table exists, a role needs the rights to select, insert and update rows, and no more.
   */
  readonly createTable?: boolean | undefined
  /** The longest wait for another holder of a record. Default: 35 seconds, which is longer than a lease. */
  readonly lockTimeout?: Duration.Input | undefined
  /**
   * The time after which the lease of a dead holder expires; a live holder renews it. Default: 10 seconds.
   *
   * **Details**
   *
   * A provider that forgives a second use of a refresh token does so for some seconds (`refreshTokenGrace`). Only a lease
   * that is shorter lets the next holder make use of that.
   */
  readonly lease?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/** The time to release a lease. One that cannot be released expires by itself. */
const releaseTimeout = Duration.seconds(5)

/** The pause after a renewal of a lease that failed. */
const renewalRetryDelay = Duration.millis(500)

/** The longest time that the database must respond before an expired lease is taken over: its holder may return later. */
const longestGrace = Duration.seconds(3)

/**
 * Makes a `TokenStorage` of a table in the database of the `SqlClient` in context.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the database cannot be reached (`Unavailable`), or when the table is missing and cannot be
 * created (`Refused`).
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(options: Options = {}): Effect.fn.Return<
  TokenStorage["Service"],
  AuthError.AuthError,
  SecureRandom.SecureRandom | SqlClient.SqlClient
> {
  const sql = yield* SqlClient.SqlClient
  const random = yield* SecureRandom.SecureRandom
  const tableName = options.table ?? "oauth_token_records"
  const table = sql(tableName)
  const lockTimeout = Duration.fromInputUnsafe(options.lockTimeout ?? "35 seconds")
  const lease = Duration.fromInputUnsafe(options.lease ?? "10 seconds")
  const leaseSeconds = Duration.toSeconds(lease)
  const grace = Duration.min(
    longestGrace,
    Duration.min(Duration.times(lease, 1 / 10), Duration.times(lockTimeout, 1 / 2))
  )
  const graceNanos = Duration.toNanosUnsafe(grace)
  const fibers = KeyedLock.make()

  // ---------------------------------------------------------------------------
  // Statements
  // ---------------------------------------------------------------------------

  const alone = SqlStatements.alone(sql)

  /** Runs a statement, again on a new connection when one was lost. It may arrive twice, so every statement is idempotent. */
  const run = <A>(
    operation: AuthError.StoreFailed["operation"],
    place: string,
    statement: Effect.Effect<A, SqlError.SqlError>
  ): Effect.Effect<A, AuthError.AuthError> =>
    alone(statement).pipe(
      Effect.retry({
        while: StoreErrors.isPassing,
        schedule: Schedule.spaced("200 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 10 }))
      }),
      Effect.mapError(StoreErrors.fromSql(operation, place)),
      SqlStatements.within(operation, place, lease)
    )

  // ---------------------------------------------------------------------------
  // Table
  // ---------------------------------------------------------------------------

  const createTable = SqlStatements.createTokenTable(sql, tableName)

  const ofTable = `table ${tableName}`

  // `create table if not exists` takes a right that using the table does not, even when the table exists.
  const isThere = Effect.map(
    run(
      "read",
      ofTable,
      sql<{ readonly there: boolean }>`select to_regclass(${SqlStatements.textOf(sql`${table}`)}) is not null as there`
    ),
    (rows) => rows[0]?.there === true
  )

  const noTable = "it is not there, and this role may not create it. "
    + `Let its owner run ${SqlStatements.textOf(createTable)}; grant select, insert, update on ${
      SqlStatements.textOf(sql`${table}`)
    } to this role. `
    + "With `createTable: false` it is neither looked for nor created"

  if (options.createTable !== false && !(yield* isThere)) {
    yield* run("write", ofTable, createTable).pipe(
      // Of two programs that create the table at the same instant, one fails once.
      Effect.retry({ times: 2 }),
      Effect.catchIf(isRefused, () => Effect.fail(StoreErrors.make("write", "Refused", ofTable, noTable)))
    )
  }

  const row = (key: TokenKey) =>
    sql`issuer = ${key.issuer} and client_id = ${key.clientId} and account = ${key.account}`

  // ---------------------------------------------------------------------------
  // Lease
  // ---------------------------------------------------------------------------

  const leaseEnd = sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})`

  /** Takes the lease when it is free, or also when it has expired. The row exists afterwards either way. */
  const tryLease = (key: TokenKey, owner: string, evenIfHeld: boolean) =>
    sql`
      insert into ${table} (issuer, client_id, account, lease_owner, lease_until)
      values (${key.issuer}, ${key.clientId}, ${key.account}, ${owner}, ${leaseEnd})
      on conflict (issuer, client_id, account) do update
        set lease_owner = excluded.lease_owner, lease_until = excluded.lease_until
        where ${table}.lease_until is null or ${table}.lease_owner = excluded.lease_owner
          ${evenIfHeld ? sql`or ${table}.lease_until < clock_timestamp()` : sql``}
      returning lease_owner
    `.pipe(Effect.map((rows) => rows.length > 0))

  /** Polls for the lease. An expired one is taken over once the database has responded for long enough. */
  const take = (key: TokenKey, owner: string, place: string) => {
    let respondingSince: bigint | undefined
    const attempt = Effect.flatMap(Clock.currentTimeNanos, (now) => {
      const evenIfHeld = respondingSince !== undefined && now - respondingSince >= graceNanos
      return tryLease(key, owner, evenIfHeld).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            respondingSince = Exit.isSuccess(exit) ? respondingSince ?? now : undefined
          })
        )
      )
    })
    return run("lock", place, attempt).pipe(
      Effect.repeat({ until: (taken) => taken, schedule: Schedule.spaced("250 millis").pipe(Schedule.jittered) })
    )
  }

  /** Renews the lease until interrupted. A failed renewal is repeated soon, because the lease may be about to expire. */
  const renew = (key: TokenKey, owner: string) =>
    alone(sql`update ${table} set lease_until = ${leaseEnd} where ${row(key)} and lease_owner = ${owner}`).pipe(
      Effect.timeout(Duration.times(lease, 1 / 3)),
      Effect.retry(
        Schedule.spaced(Duration.min(renewalRetryDelay, Duration.times(grace, 1 / 4))).pipe(Schedule.jittered)
      ),
      Effect.delay(Duration.times(lease, 1 / 3)),
      Effect.forever
    )

  const release = (key: TokenKey, owner: string, place: string) =>
    run(
      "write",
      place,
      sql`update ${table} set lease_owner = null, lease_until = null where ${row(key)} and lease_owner = ${owner}`
    ).pipe(Effect.interruptible, Effect.timeoutOption(releaseTimeout), Effect.ignore)

  const lock = Effect.fnUntraced(function*(
    key: TokenKey,
    place: string
  ): Effect.fn.Return<void, AuthError.AuthError, Scope.Scope> {
    const owner = Hex.encode(yield* Effect.orDie(random.randomBytes(16)))
    // Added first, because a lease may have been taken even when the response to taking it was lost.
    yield* Effect.addFinalizer(() => release(key, owner, place))
    yield* Effect.timeoutOrElse(take(key, owner, place), {
      duration: lockTimeout,
      orElse: () =>
        Effect.fail(
          StoreErrors.make("lock", "Locked", place, `another holder has kept it for ${Duration.format(lockTimeout)}`)
        )
    })
    yield* Effect.forkScoped(renew(key, owner))
  })

  // ---------------------------------------------------------------------------
  // Record
  // ---------------------------------------------------------------------------

  const read = (key: TokenKey, place: string): Effect.Effect<string | null, AuthError.AuthError> =>
    run(
      "read",
      place,
      sql<{ readonly record: string | null; readonly oversized: boolean | null }>`
        select case when octet_length(record) <= ${StoreErrors.sizeLimit}::int then record end as record,
          octet_length(record) > ${StoreErrors.sizeLimit}::int as oversized
        from ${table} where ${row(key)}
      `
    ).pipe(
      Effect.filterOrFail(
        (rows) => rows[0]?.oversized !== true,
        () => StoreErrors.tooLarge("read", place)
      ),
      Effect.map((rows) => rows[0]?.record ?? null)
    )

  const slotOf = (key: TokenKey, place: string): Slot => {
    let known: { readonly text: string | null } | undefined
    return {
      place,
      read: Effect.map(read(key, place), (text) => {
        known = { text }
        return Option.fromNullOr(text)
      }),
      write: (text) =>
        Effect.suspend(() => {
          if (StoredName.byteLength(text) > StoreErrors.sizeLimit) {
            return Effect.fail(StoreErrors.tooLarge("write", place))
          }
          const unchanged = known === undefined
            ? sql``
            : sql`and (record is not distinct from ${known.text} or record = ${text})`
          return run(
            "write",
            place,
            sql`update ${table} set record = ${text} where ${row(key)} ${unchanged} returning account`
          )
        }).pipe(
          Effect.flatMap((rows) => {
            if (rows.length === 0) return Effect.fail(StoreErrors.conflict(place))
            known = { text }
            return Effect.void
          })
        )
    }
  }

  const placeOf = ({ account }: TokenKey) => `the row of account ${StoredName.sanitize(account)} in table ${tableName}`

  return TokenStorage.of({
    reach: "cluster",
    peek: (tokenKey) =>
      Effect.flatMap(SqlColumns.columnsOf(tokenKey), (key) => {
        const place = placeOf(tokenKey)
        return Effect.map(read(key, place), (text) => ({ place, text: Option.fromNullOr(text) }))
      }),
    modify: (tokenKey, use) =>
      Effect.flatMap(SqlColumns.columnsOf(tokenKey), (key) => {
        const place = placeOf(tokenKey)
        return KeyedLock.holding(
          Effect.andThen(fibers.take(StoredName.textOf(key)), lock(key, place)),
          Effect.suspend(() => use(slotOf(key, place)))
        )
      })
  })
})

const isRefused = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "StoreFailed" && reason.kind === "Refused"

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps records in the database of the `SqlClient` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<TokenStorage, AuthError.AuthError, SecureRandom.SecureRandom | SqlClient.SqlClient> =>
  Layer.effect(TokenStorage, make(options))
