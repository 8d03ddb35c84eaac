/**
 * Token records in a PostgreSQL database, for programs on many machines.
 *
 * A row is leased rather than locked while a token request runs: a transaction that stayed open for it would pin a
 * connection per refresh, and would lose the answer with its connection. The lease is taken, prolonged and given back in
 * short statements, each under PostgreSQL's row lock; what is written is compared with what was read, so a holder that
 * was suspended for longer than its lease undoes nobody's work, and a connection that dies meanwhile costs nothing.
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
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as AuthError from "./AuthError.ts"
import * as KeyedLock from "./internal/KeyedLock.ts"
import * as StoreTrouble from "./internal/StoreTrouble.ts"
import { type Slot, TokenStorage } from "./TokenStorage.ts"
import type { TokenKey } from "./TokenStore.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Default: `oauth_token_records`. */
  readonly table?: string | undefined
  /** Whether to create the table when it is missing. Default: `true`. */
  readonly createTable?: boolean | undefined
  /** How long to wait for whoever holds a record. Default: 35 seconds, a lease and a little. */
  readonly lockTimeout?: Duration.Input | undefined
  /** After how long a holder that has died is given up; it is prolonged while its holder lives. Default: 30 seconds. */
  readonly lease?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/** A lease that cannot be given back runs out by itself. */
const giveBackTimeout = Duration.seconds(5)

/**
 * Fails with `StoreFailed` (`Unavailable`) when the table cannot be created.
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
  const lease = Duration.fromInputUnsafe(options.lease ?? "30 seconds")
  const leaseSeconds = Duration.toSeconds(lease)
  const fibers = KeyedLock.make()

  if (options.createTable !== false) {
    yield* sql`
      create table if not exists ${table} (
        issuer text not null,
        client_id text not null,
        account text not null,
        record text,
        lease_owner text,
        lease_until timestamptz,
        primary key (issuer, client_id, account)
      )
    `.pipe(
      // Two programs that create it at the same instant trip over each other once.
      Effect.retry({ times: 2 }),
      Effect.mapError(({ reason }) =>
        StoreTrouble.make("write", "Unavailable", `table ${tableName}`, `the database refused (${reason._tag})`)
      )
    )
  }

  const row = (key: TokenKey) =>
    sql`issuer = ${key.issuer} and client_id = ${key.clientId} and account = ${key.account}`

  /**
   * A statement on a connection that works. One that was lost is replaced by another, so a statement may arrive twice:
   * each is written to do no more the second time.
   */
  const run = <A>(
    operation: AuthError.StoreFailed["operation"],
    place: string,
    statement: Effect.Effect<A, SqlError.SqlError>
  ): Effect.Effect<A, AuthError.AuthError> =>
    statement.pipe(
      Effect.retry({
        while: ({ isRetryable }) => isRetryable,
        schedule: Schedule.spaced("200 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 10 }))
      }),
      Effect.mapError(({ reason }) =>
        StoreTrouble.make(operation, "Unavailable", place, `the database refused (${reason._tag})`)
      ),
      Effect.timeoutOrElse({
        duration: lease,
        orElse: () =>
          Effect.fail(
            StoreTrouble.make(
              operation,
              "Unavailable",
              place,
              `the database did not answer within ${Duration.format(lease)}`
            )
          )
      })
    )

  /** Takes the lease if nobody holds it; the row is there afterwards either way. */
  const tryLease = (key: TokenKey, owner: string) =>
    sql`
      insert into ${table} (issuer, client_id, account, lease_owner, lease_until)
      values (${key.issuer}, ${key.clientId}, ${key.account}, ${owner}, ${leaseEnd})
      on conflict (issuer, client_id, account) do update
        set lease_owner = excluded.lease_owner, lease_until = excluded.lease_until
        where ${table}.lease_until is null or ${table}.lease_until < clock_timestamp()
          or ${table}.lease_owner = excluded.lease_owner
      returning lease_owner
    `.pipe(Effect.map((rows) => rows.length > 0))

  const leaseEnd = sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})`

  const prolong = (key: TokenKey, owner: string) =>
    sql`update ${table} set lease_until = ${leaseEnd} where ${row(key)} and lease_owner = ${owner}`.pipe(
      Effect.ignore,
      Effect.repeat(Schedule.spaced(Duration.times(lease, 1 / 3)))
    )

  const giveBack = (key: TokenKey, owner: string, place: string) =>
    run(
      "write",
      place,
      sql`update ${table} set lease_owner = null, lease_until = null where ${row(key)} and lease_owner = ${owner}`
    ).pipe(Effect.interruptible, Effect.timeoutOption(giveBackTimeout), Effect.ignore)

  const lock = Effect.fnUntraced(function*(
    key: TokenKey,
    place: string
  ): Effect.fn.Return<void, AuthError.AuthError, Scope.Scope> {
    const owner = Hex.encode(yield* Effect.orDie(random.randomBytes(16)))
    // Given back however it was taken, even if the answer to taking it was lost.
    yield* Effect.addFinalizer(() => giveBack(key, owner, place))
    yield* run("lock", place, tryLease(key, owner)).pipe(
      Effect.repeat({ until: (taken) => taken, schedule: Schedule.spaced("250 millis").pipe(Schedule.jittered) }),
      Effect.timeoutOrElse({
        duration: lockTimeout,
        orElse: () =>
          Effect.fail(
            StoreTrouble.make("lock", "Locked", place, `another holder has kept it for ${Duration.format(lockTimeout)}`)
          )
      })
    )
    yield* Effect.forkScoped(Effect.delay(prolong(key, owner), Duration.times(lease, 1 / 3)))
  })

  const slotOf = (key: TokenKey, place: string): Slot => {
    let known: { readonly text: string | null } | undefined
    return {
      place,
      read: run(
        "read",
        place,
        sql<{ readonly record: string | null }>`select record from ${table} where ${row(key)}`
      ).pipe(
        Effect.map((rows) => {
          known = { text: rows[0]?.record ?? null }
          return Option.fromNullOr(known.text)
        })
      ),
      write: (text) =>
        Effect.suspend(() => {
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
            if (rows.length === 0) return Effect.fail(StoreTrouble.conflict(place))
            known = { text }
            return Effect.void
          })
        )
    }
  }

  return TokenStorage.of({
    reach: "cluster",
    modify: (key, use) => {
      const place = `the row of account "${key.account}" in table ${tableName}`
      return KeyedLock.holding(
        Effect.andThen(fibers.take(JSON.stringify([key.issuer, key.clientId, key.account])), lock(key, place)),
        Effect.suspend(() => use(slotOf(key, place)))
      )
    }
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Records in the database of the `SqlClient` in context. See `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<TokenStorage, AuthError.AuthError, SecureRandom.SecureRandom | SqlClient.SqlClient> =>
  Layer.effect(TokenStorage, make(options))
