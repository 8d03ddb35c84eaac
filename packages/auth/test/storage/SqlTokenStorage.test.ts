import type { AuthError } from "@app/auth/AuthError"
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import type * as TokenStorage from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { afterAll, beforeAll } from "vitest"
import * as PostgreSql from "./PostgreSql.ts"
import { contract, key, kindOf } from "./TokenStorageContract.ts"

/** One server for all tests of this file, and a table of its own for each. */
const scope = Scope.makeUnsafe()
let server: Context.Context<PgClient.PgClient | SqlClient.SqlClient> | undefined
beforeAll(async () => {
  server = await Effect.runPromise(Layer.buildWithScope(PostgreSql.layer, scope))
}, 120_000)
afterAll(async () => {
  // The server may be someone's own.
  const drop = SqlClient.SqlClient.use((sql) =>
    Effect.forEach(Array.from({ length: tables }), (_, table) => sql`drop table if exists ${sql(nameOf(table))}`)
  )
  if (server !== undefined) await Effect.runPromise(Effect.provideContext(drop, server))
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

const database = Layer.effectContext(
  Effect.suspend(() => server === undefined ? Effect.die("PostgreSQL has not started") : Effect.succeed(server))
)

let tables = 0
const nameOf = (table: number) => `records_${process.pid}_${table}`
const table = () => nameOf(tables++)

const storage = Layer.unwrap(Effect.sync(() => SqlTokenStorage.layer({ table: table() }))).pipe(
  Layer.provide([database, NodeCrypto.layer])
)

contract("SqlTokenStorage", storage, { runs: 20 })

const encrypted = EncryptedTokenStorage.layer([
  { id: "key", secret: Redacted.make(Base64Url.encode(new Uint8Array(32).fill(7))) }
])

contract("EncryptedTokenStorage, over SQL,", encrypted.pipe(Layer.provide([storage, NodeCrypto.layer])), { runs: 20 })

/** Storages of several programs that share one table. */
const programs = (count: number, options?: SqlTokenStorage.Options) => {
  const name = table()
  return Effect.forEach(Array.from({ length: count }), () => SqlTokenStorage.make({ table: name, ...options })).pipe(
    Effect.map((all) => ({ all, name }))
  )
}

const provided = Effect.provide(Layer.mergeAll(database, NodeCrypto.layer))

const increment = (storage: TokenStorage.TokenStorage["Service"]) =>
  storage.modify(
    key,
    (slot) => Effect.flatMap(slot.read, (text) => slot.write(String(Number(Option.getOrElse(text, () => "0")) + 1)))
  )

it.live("programs on several machines take turns: no update is lost", () =>
  Effect.gen(function*() {
    const { all } = yield* programs(5)
    yield* Effect.forEach(Array.from({ length: 10 }, () => all).flat(), increment, { concurrency: "unbounded" })
    const first = all[0]
    assert.isDefined(first)
    if (first === undefined) return
    assert.deepStrictEqual(yield* first.modify(key, (slot) => slot.read), Option.some("50"))
  }).pipe(provided), 60_000)

it.live(
  "a holder that died is given up after its lease, and one that lives is not (F65, F67)",
  () =>
    Effect.gen(function*() {
      const { all: [living, waiting], name } = yield* programs(2, { lease: "600 millis", lockTimeout: "1500 millis" })
      if (living === undefined || waiting === undefined) return assert.fail("no programs")
      const inside = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(
        living.modify(key, () => Effect.andThen(Deferred.succeed(inside, undefined), Effect.never)),
        { startImmediately: true }
      )
      yield* Deferred.await(inside)
      const error = yield* Effect.flip(increment(waiting))
      assert.strictEqual(kindOf(error), "Locked")
      yield* Fiber.interrupt(holder)
      yield* increment(waiting)
      // A holder that will never come back.
      const sql = yield* SqlClient.SqlClient
      yield* sql`update ${
        sql(name)
      } set lease_owner = 'dead', lease_until = clock_timestamp() + interval '300 milliseconds'`
      yield* increment(waiting)
    }).pipe(provided),
  30_000
)

it.live(
  "a holder that was suspended for longer than its lease undoes nobody's work (F66)",
  () =>
    Effect.gen(function*() {
      const { all: [one, other] } = yield* programs(2)
      if (one === undefined || other === undefined) return assert.fail("no programs")
      const sql = yield* SqlClient.SqlClient
      yield* increment(one)
      const error: AuthError | SqlError = yield* Effect.flip(one.modify(key, (slot) =>
        Effect.gen(function*() {
          yield* slot.read
          yield* sql`update ${sql(nameOf(tables - 1))} set lease_until = clock_timestamp()`
          yield* increment(other)
          yield* slot.write("mine")
        })))
      assert.strictEqual(error._tag === "AuthError" ? kindOf(error) : error.message, "Conflict")
      assert.deepStrictEqual(yield* other.modify(key, (slot) => slot.read), Option.some("2"))
    }).pipe(provided),
  30_000
)

it.live("holding a record pins no connection, however slow the provider is (F72)", () =>
  Effect.gen(function*() {
    const { all: [storage] } = yield* programs(1)
    if (storage === undefined) return assert.fail("no program")
    const sql = yield* SqlClient.SqlClient
    const inside = yield* Effect.forEach(Array.from({ length: 40 }), () => Deferred.make<void>())
    const holders = yield* Effect.forEach(inside, (deferred, index) =>
      Effect.forkChild(
        storage.modify(
          { ...key, account: `account ${index}` },
          () => Effect.andThen(Deferred.succeed(deferred, undefined), Effect.never)
        ),
        { startImmediately: true }
      ))
    yield* Effect.forEach(inside, Deferred.await)
    const rows = yield* sql`select count(*) as held from pg_stat_activity where state = 'idle in transaction'`
    assert.strictEqual(String(rows[0]?.["held"]), "0")
    yield* Fiber.interruptAll(holders)
  }).pipe(provided), 30_000)

it.live("connections that die meanwhile cost neither the answer nor the lease (F72)", () =>
  Effect.gen(function*() {
    const { config: { url } } = yield* PgClient.PgClient
    const sql = yield* SqlClient.SqlClient
    const name = table()
    const applicationName = `victims of ${name}`
    const victims = PgClient.layer({ url, applicationName })
    const storage = yield* SqlTokenStorage.make({ table: name }).pipe(Effect.provide(yield* Layer.build(victims)))
    const killConnections = Effect.map(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${applicationName}`,
      (killed) => assert.isAtLeast(killed.length, 1)
    )
    // A transaction sees other connections as they were, unless it asks to look again.
    const writing = Effect.andThen(
      sql`select pg_stat_clear_snapshot()`,
      sql`
      select pid from pg_stat_activity
      where application_name = ${applicationName} and wait_event_type = 'Lock' and query ilike '%set record%'
    `
    )
    yield* storage.modify(key, (slot) =>
      Effect.gen(function*() {
        yield* slot.read
        yield* killConnections
        // In the middle of the write, too: the row is kept from it until then.
        const write = yield* sql.withTransaction(Effect.gen(function*() {
          yield* sql`select record from ${sql(name)} for update`
          const write = yield* Effect.forkChild(slot.write("the answer"), { startImmediately: true })
          yield* Effect.repeat(writing, { until: (waiting) => waiting.length > 0 })
          yield* killConnections
          return write
        }))
        yield* Fiber.join(write)
        yield* killConnections
      }))
    // Given back, too: whoever comes next need not wait for the lease to end.
    const next = yield* SqlTokenStorage.make({ table: name, lockTimeout: "5 seconds" })
    assert.deepStrictEqual(yield* next.modify(key, (slot) => slot.read), Option.some("the answer"))
  }).pipe(Effect.scoped, provided), 30_000)

it.live("a write that arrives twice is one write (F72)", () =>
  Effect.gen(function*() {
    const { all: [storage], name } = yield* programs(1)
    if (storage === undefined) return assert.fail("no program")
    const sql = yield* SqlClient.SqlClient
    yield* increment(storage)
    yield* storage.modify(key, (slot) =>
      Effect.gen(function*() {
        yield* slot.read
        // The first copy was committed, and its confirmation was lost with its connection.
        yield* sql`update ${sql(name)} set record = 'the answer'`
        yield* slot.write("the answer")
      }))
  }).pipe(provided), 30_000)

it.live(
  "a database that cannot be reached is named, within the time that is given (F63)",
  () =>
    Effect.gen(function*() {
      const unreachable = PgClient.layer({ url: Redacted.make("postgres://nobody@127.0.0.1:1/nothing") })
      const error: AuthError | SqlError = yield* Effect.flip(Effect.provide(SqlTokenStorage.make(), unreachable))
      assert.strictEqual(error._tag === "AuthError" ? kindOf(error) : error.message, "Unavailable")
      assert.include(error.message, "oauth_token_records")
    }).pipe(provided),
  30_000
)
