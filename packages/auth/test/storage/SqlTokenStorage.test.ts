import type { AuthError } from "@app/auth/AuthError"
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { increment, lastTable, programs, provided, shouting, storage, table } from "../support/SqlTables.ts"
import { contract, key, kindOf } from "../support/TokenStorageContract.ts"

contract("SqlTokenStorage", storage, { runs: 20 })

const encrypted = EncryptedTokenStorage.layer([
  { id: "key", secret: Redacted.make(Base64Url.encode(new Uint8Array(32).fill(7))) }
])

contract("EncryptedTokenStorage, over SQL,", encrypted.pipe(Layer.provide([storage, NodeCrypto.layer])), { runs: 20 })

contract(
  "SqlTokenStorage of a client that renames what is in results",
  Layer.unwrap(Effect.sync(() => SqlTokenStorage.layer({ table: table() }))).pipe(
    Layer.provide([shouting, NodeCrypto.layer])
  ),
  { runs: 2 }
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
          yield* sql`update ${sql(lastTable())} set lease_until = clock_timestamp()`
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

it.live.each([2600, 2601] as const)(
  "a name of %d bytes, none of them like another, has room in the index (F91, F124)",
  (length) =>
    Effect.gen(function*() {
      const { all: [storage], name } = yield* programs(1)
      if (storage === undefined) return assert.fail("no program")
      // No index can compress it.
      const random = randomBytes(length).toString("latin1").replace(
        /[^!-~]/g,
        (byte) => "!\"#$%&'()*"[byte.charCodeAt(0) % 10] ?? ""
      )
      const account = random.slice(0, length - key.issuer.length - key.clientId.length)
      yield* storage.modify({ ...key, account }, (slot) => Effect.andThen(slot.read, slot.write("kept")))
      assert.deepStrictEqual(yield* storage.modify({ ...key, account }, (slot) => slot.read), Option.some("kept"))
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql<{ readonly account: string }>`select account from ${sql(name)}`
      assert.strictEqual(rows[0]?.account === account, length === 2600)
    }).pipe(provided)
)

it.live(
  "a record that is larger than any is corrupt by its size, and stays where it is (F131)",
  () =>
    Effect.gen(function*() {
      const { all: [storage], name } = yield* programs(1)
      if (storage === undefined) return assert.fail("no program")
      const sql = yield* SqlClient.SqlClient
      yield* increment(storage)
      yield* sql`update ${sql(name)} set record = repeat('x', 100000000)`
      const error = yield* Effect.flip(increment(storage))
      assert.strictEqual(kindOf(error), "Corrupt")
      assert.isFalse(error.isRetryable)
      const large = yield* Effect.flip(
        storage.modify({ ...key, account: "b" }, (slot) => slot.write("x".repeat(2 ** 20 + 1)))
      )
      assert.strictEqual(kindOf(large), "Corrupt")
      assert.strictEqual((yield* sql`select 1 from ${sql(name)} where length(record) = 100000000`).length, 1)
    }).pipe(provided),
  30_000
)

// =============================================================================
// Transactions of the caller's
// =============================================================================

it.live(
  "what is written stays written where the caller's transaction is rolled back (F119)",
  () =>
    Effect.gen(function*() {
      const { all: [storage] } = yield* programs(1)
      if (storage === undefined) return assert.fail("no program")
      const sql = yield* SqlClient.SqlClient
      yield* Effect.flip(sql.withTransaction(Effect.andThen(increment(storage), Effect.fail("rolled back"))))
      assert.deepStrictEqual(yield* storage.modify(key, (slot) => slot.read), Option.some("1"))
    }).pipe(provided),
  30_000
)

it.live(
  "a caller's transaction is neither broken nor does it hold up or hide anything (F119)",
  () =>
    Effect.gen(function*() {
      const { all: [mine, another], name } = yield* programs(2, { lockTimeout: "5 seconds" })
      if (mine === undefined || another === undefined) return assert.fail("no programs")
      const sql = yield* SqlClient.SqlClient
      yield* sql.withTransaction(Effect.gen(function*() {
        yield* sql`set transaction isolation level repeatable read, read only`
        yield* sql`select 1 from ${sql(name)}`
        // Neither its snapshot nor its being read-only matters,
        yield* increment(another)
        yield* increment(mine)
        // another may go on from what was written before it ends,
        yield* increment(another)
        assert.deepStrictEqual(yield* mine.modify(key, (slot) => slot.read), Option.some("3"))
        // a statement that is refused leaves it as it is,
        yield* Effect.flip(SqlTokenStorage.make({ table: `${name}.nowhere.at.all` }))
        assert.strictEqual((yield* sql`select 1 as one`)[0]?.["one"], 1)
        // and what the caller does with the lock in hand is the caller's own.
        const rows = yield* mine.modify(key, () => sql`select record from ${sql(name)}`)
        assert.deepStrictEqual(rows, [])
      }))
    }).pipe(provided),
  30_000
)

// =============================================================================
// Rights
// =============================================================================

/** A client of a role that was granted no more than it is told here. */
const roleWith = Effect.fnUntraced(function*(...grants: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const { config: { url = Redacted.make("") } } = yield* PgClient.PgClient
  const role = `role_${process.pid}_${roles++}`
  yield* sql`create role ${sql(role)} login password 'role'`
  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.andThen(sql`drop owned by ${sql(role)}`, sql`drop role ${sql(role)}`))
  )
  for (const grant of grants) yield* sql.unsafe(grant.replaceAll("$role", role))
  const address = new URL(Redacted.value(url))
  address.username = role
  address.password = "role"
  return { client: PgClient.layer({ url: Redacted.make(address.href) }), role }
})

let roles = 0

it.live(
  "a role that may select, insert and update rows, and nothing more, is enough (F124)",
  () =>
    Effect.gen(function*() {
      const { name } = yield* programs(1)
      const { client } = yield* roleWith(`grant select, insert, update on ${name} to $role`)
      const context = yield* Layer.build(client)
      const storage = yield* Effect.provide(SqlTokenStorage.make({ table: name }), context)
      yield* increment(storage)
      yield* increment(storage)
      assert.deepStrictEqual(yield* storage.modify(key, (slot) => slot.read), Option.some("2"))
    }).pipe(Effect.scoped, provided),
  30_000
)

it.live(
  "where the table is missing and may not be created, the error has the statement to run (F124)",
  () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const schema = table()
      const name = `${schema}.records`
      yield* Effect.acquireRelease(
        sql`create schema ${sql(schema)}`,
        () => Effect.ignore(sql`drop schema ${sql(schema)} cascade`)
      )
      const { client, role } = yield* roleWith(`grant usage on schema ${schema} to $role`)
      const context = yield* Layer.build(client)
      const error = yield* Effect.flip(Effect.provide(SqlTokenStorage.make({ table: name }), context))
      assert.strictEqual(kindOf(error), "Refused")
      assert.isFalse(error.isRetryable)
      assert.include(error.message, "createTable: false")
      const [, statements = ""] = /Let its owner run (.*?) to this role\./.exec(error.message) ?? []
      for (const statement of statements.split("; ")) {
        yield* sql.unsafe(statement.startsWith("grant") ? `${statement} to ${role}` : statement)
      }
      yield* increment(yield* Effect.provide(SqlTokenStorage.make({ table: name }), context))
    }).pipe(Effect.scoped, provided),
  30_000
)

it.live.each(
  [
    ["there is no table", "42P01", "drop table $table", "grant usage on schema public to $role"],
    ["the table is another's", "42501", "", "grant usage on schema public to $role"],
    ["rows may only be read", "42501", "", "grant select on $table to $role"],
    [
      "the table has other columns",
      "42703",
      "alter table $table drop column lease_until",
      "grant all on $table to $role"
    ],
    [
      "the session is read-only",
      "25006",
      "",
      "grant all on $table to $role; alter role $role set default_transaction_read_only = on"
    ]
  ] as const
)("where %s, that is said, and is no trouble that passes (F124)", ([, code, change, grant]) =>
  Effect.gen(function*() {
    const { name } = yield* programs(1)
    const sql = yield* SqlClient.SqlClient
    const { client } = yield* roleWith(...grant.replaceAll("$table", name).split("; "))
    if (change !== "") yield* sql.unsafe(change.replaceAll("$table", name))
    const context = yield* Layer.build(client)
    const storage = yield* Effect.provide(SqlTokenStorage.make({ table: name, createTable: false }), context)
    const error = yield* Effect.flip(increment(storage))
    assert.strictEqual(kindOf(error), "Refused")
    assert.isFalse(error.isRetryable)
    assert.include(error.message, `(${code})`)
    assert.notInclude(error.message, "the database refused")
  }).pipe(Effect.scoped, provided), 30_000)

// =============================================================================
// Time
// =============================================================================

it.live(
  "a holder that is suspended for longer than its lease finds what others wrote, and undoes nothing (F66)",
  () =>
    Effect.gen(function*() {
      const { config: { url = Redacted.make("") } } = yield* PgClient.PgClient
      const { all: [storage], name } = yield* programs(1)
      if (storage === undefined) return assert.fail("no program")
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, "../support/TokenStorageWorker.ts"), Redacted.value(url), "write when told", name],
        { stdio: ["pipe", "pipe", "inherit"] }
      )
      yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      yield* Effect.promise(() => lines.next())
      child.kill("SIGSTOP")
      yield* storage.modify(key, (slot) => slot.write("another's"))
      child.kill("SIGCONT")
      child.stdin.end("now\n")
      assert.include((yield* Effect.promise(() => lines.next())).value, "someone else has written it in the meantime")
      assert.deepStrictEqual(yield* storage.modify(key, (slot) => slot.read), Option.some("another's"))
    }).pipe(Effect.scoped, provided),
  30_000
)
