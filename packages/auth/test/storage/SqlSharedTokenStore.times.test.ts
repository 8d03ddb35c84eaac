import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import { claim, issued, signIn } from "../support/SharedTokenStoreContract.ts"
import { database, table } from "../support/SqlTables.ts"
import { key } from "../support/TokenStorageContract.ts"

it.live("a token ends when it does, however long its write had to wait for another", () =>
  Effect.suspend(() => {
    const name = table()
    return Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const { peek } = yield* SharedTokenStore
      yield* signIn(key, "first")
      const lease = yield* claim(key)
      const { facts, record } = yield* issued("second")
      // It waits for two seconds, by the clock of the database.
      const hasWaited = sql<{ readonly hasWaited: boolean }>`
        select count(*) > 0 as "hasWaited" from pg_stat_activity
        where wait_event_type = 'Lock' and query like ${`%${name}%`} and clock_timestamp() > query_start + interval '2 seconds'
      `
      const write = yield* sql.withTransaction(Effect.gen(function*() {
        yield* sql`update ${sql(name)} set used_at = clock_timestamp()`
        const write = yield* Effect.forkChild(lease.commit(record, facts), { startImmediately: true })
        yield* Effect.repeat(Effect.andThen(sql`select pg_stat_clear_snapshot()`, hasWaited), {
          until: ([row]) => row?.hasWaited === true
        })
        return write
      }))
      assert.strictEqual((yield* Fiber.join(write))._tag, "Committed")
      const seen = Option.getOrThrow(yield* peek(key))
      const accessToken = Option.getOrThrow(seen.record).tokenSet?.accessToken
      assert.deepStrictEqual(accessToken?.expiresAt, record.tokenSet?.accessToken.expiresAt)
    }).pipe(
      Effect.provide(
        SqlSharedTokenStore.layer({ table: name }).pipe(
          Layer.provideMerge(database),
          Layer.provide(NodeCrypto.layer)
        )
      )
    )
  }), 60_000)

/** A client with one connection, which everything has to wait for. */
const oneConnection = Layer.unwrap(
  PgClient.PgClient.useSync(({ config: { url } }) => PgClient.layer({ url, maxConnections: 1 }))
).pipe(Layer.provide(database))

it.live("a token ends when it does, however long its write had to wait for a connection", () =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const { peek } = yield* SharedTokenStore
    yield* signIn(key, "first")
    const lease = yield* claim(key)
    const { facts, record } = yield* issued("second")
    const isTaken = yield* Deferred.make<void>()
    yield* Effect.forkChild(
      sql.withTransaction(Effect.andThen(Deferred.succeed(isTaken, undefined), sql`select pg_sleep(2)`))
    )
    yield* Deferred.await(isTaken)
    assert.strictEqual((yield* lease.commit(record, facts))._tag, "Committed")
    const seen = Option.getOrThrow(yield* peek(key))
    const accessToken = Option.getOrThrow(seen.record).tokenSet?.accessToken
    assert.deepStrictEqual(accessToken?.expiresAt, record.tokenSet?.accessToken.expiresAt)
  }).pipe(
    Effect.provide(
      Layer.unwrap(Effect.sync(() => SqlSharedTokenStore.layer({ table: table() }))).pipe(
        Layer.provideMerge(oneConnection),
        Layer.provide(NodeCrypto.layer)
      )
    )
  ), 60_000)
