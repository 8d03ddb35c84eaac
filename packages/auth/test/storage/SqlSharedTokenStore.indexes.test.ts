import { AccountDirectory } from "@app/auth/AccountDirectory"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { database, table } from "../support/SqlTables.ts"
import { key } from "../support/TokenStorageContract.ts"

const rows = 5000

/** The database on one connection, which knows what its own statements have read. */
const oneConnection = Layer.unwrap(
  Effect.map(PgClient.PgClient, ({ config: { url } }) => PgClient.layer({ ...(url && { url }), maxConnections: 1 }))
).pipe(Layer.provide(database))

/** Counts the rows and the entries of indexes that an effect reads. */
const readBy = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const count = Effect.gen(function*() {
      yield* sql`select pg_stat_force_next_flush()::text`
      const [row] = yield* sql<{ readonly read: number }>`
        select (select seq_tup_read from pg_stat_user_tables where relname = ${name})::int
          + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = ${name})::int as read
      `
      return row?.read ?? 0
    })
    const before = yield* count
    yield* effect
    return (yield* count) - before
  })

it.live(
  "looks for what is due, for news and for what has ended read no other rows, however many there are",
  () =>
    Effect.suspend(() => {
      const name = table()
      return Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const { leaseDue, news } = yield* SharedTokenStore
        const { backlog, sweep } = yield* AccountDirectory
        const { clientId, issuer } = key
        yield* sql`
        insert into ${sql(name)} (issuer, client_id, account, refresh_at)
        select ${issuer}, ${clientId}, 'account ' || i, clock_timestamp() + interval '1 hour'
        from generate_series(1, ${rows}::int) i
      `
        yield* sql`vacuum analyze ${sql(name)}`
        const since = (yield* news({ issuer, clientId }, undefined)).until
        const looks: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown>]> = [
          ["leaseDue", leaseDue({ issuer, clientId, limit: 10 })],
          ["news", news({ issuer, clientId }, since)],
          ["backlog", backlog],
          ["sweep", sweep({ endedFor: "1 hour" })]
        ]
        for (const [look, effect] of looks) {
          assert.isAtMost(yield* readBy(name, effect), 10, look)
        }
      }).pipe(
        Effect.provide(
          SqlSharedTokenStore.layer({ table: name }).pipe(
            Layer.provideMerge(oneConnection),
            Layer.provide(NodeCrypto.layer)
          )
        )
      )
    }),
  60_000
)
