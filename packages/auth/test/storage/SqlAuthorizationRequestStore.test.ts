import * as SqlAuthorizationRequestStore from "@app/auth/SqlAuthorizationRequestStore"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { contract, type Store } from "../support/RequestStoreContract.ts"
import { begin } from "../support/SignInRequests.ts"
import * as SqliteClient from "../support/SqliteClient.ts"
import { database, table } from "../support/SqlTables.ts"
import { temporaryDirectory } from "../support/TemporaryDirectory.ts"

const scope = Layer.effect(Scope.Scope, Effect.scope)

/** A client with a file of its own, and the name of the file. */
const sqlite = Effect.gen(function*() {
  const file = join(yield* temporaryDirectory, "sign-ins.db")
  return { file, sql: yield* SqliteClient.make(file) }
})

const storeOver = (sql: SqlClient.SqlClient, name?: string) =>
  SqlAuthorizationRequestStore.make({ table: name }).pipe(Effect.provideService(SqlClient.SqlClient, sql))

contract(
  "PostgreSQL",
  Effect.gen(function*() {
    const name = table()
    return yield* Effect.forEach([1, 2, 3], () => SqlAuthorizationRequestStore.make({ table: name }))
  }),
  database
)

contract(
  "SQLite",
  Effect.gen(function*() {
    const file = join(yield* temporaryDirectory, "sign-ins.db")
    return yield* Effect.forEach([1, 2], () => Effect.flatMap(SqliteClient.make(file), (sql) => storeOver(sql)))
  }),
  scope
)

/** Lets two other processes take the same sign-ins at the same time, and returns how many each got. */
const takenByTwo = Effect.fnUntraced(function*(place: string, name: string, states: ReadonlyArray<string>) {
  const workers = yield* Effect.forEach([1, 2], () =>
    Effect.gen(function*() {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, "../support/RequestStoreWorker.ts"), place, name, ...states],
        { stdio: ["pipe", "pipe", "inherit"] }
      )
      yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
      return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() }
    }))
  const next = Effect.forEach(workers, ({ lines }) => Effect.promise(() => lines.next()))
  yield* next
  for (const { child } of workers) child.stdin.write("go\n")
  return Array.from(yield* next, ({ value }) => Number(value))
})

describe("two processes", () => {
  const statesIn = (store: Store) =>
    Effect.forEach(Array.from({ length: 20 }), () =>
      Effect.gen(function*() {
        const request = yield* begin()
        yield* store.put(request)
        return Redacted.value(request.state)
      }))

  it.live("F78: get each sign-in once between them, on PostgreSQL", () =>
    Effect.gen(function*() {
      const name = table()
      const store = yield* SqlAuthorizationRequestStore.make({ table: name })
      const { config } = yield* PgClient.PgClient
      const url = config.url === undefined ? "" : Redacted.value(config.url)
      const [one = 0, other = 0] = yield* takenByTwo(url, name, yield* statesIn(store))
      assert.strictEqual(one + other, 20)
    }).pipe(Effect.provide(database)), 60_000)

  it.live("F78: get each sign-in once between them, on SQLite", () =>
    Effect.gen(function*() {
      const { file, sql } = yield* sqlite
      const [one = 0, other = 0] = yield* takenByTwo(
        file,
        "sign_ins",
        yield* statesIn(yield* storeOver(sql, "sign_ins"))
      )
      assert.strictEqual(one + other, 20)
    }), 60_000)
})

describe("the table", () => {
  const databases = {
    PostgreSQL: Effect.provide(SqlClient.SqlClient, database),
    SQLite: Effect.map(sqlite, ({ sql }) => sql)
  }

  it.live.each(Object.entries(databases))(
    "forgets sign-ins that are over, on %s",
    ([, client]) =>
      Effect.gen(function*() {
        const sql = yield* client
        const name = table()
        const [over, pending] = [yield* begin({ lifetime: 0 }), yield* begin()]
        const first = yield* storeOver(sql, name)
        yield* first.put(over)
        yield* first.put(pending)
        yield* sql`update ${sql(name)} set expires_at = expires_at - 2`
        // Each program looks for them with the first one that it puts.
        yield* (yield* storeOver(sql, name)).put(yield* begin())
        assert.deepStrictEqual(yield* first.take(over.state), Option.none())
        assert.isTrue(Option.isSome(yield* first.take(pending.state)))
      })
  )

  it.live.each(Object.entries(databases))(
    "that is missing and must not be created is said to be, on %s",
    ([, client]) =>
      Effect.gen(function*() {
        const sql = yield* client
        const store = yield* SqlAuthorizationRequestStore.make({ table: table(), createTable: false }).pipe(
          Effect.provideService(SqlClient.SqlClient, sql)
        )
        const error = yield* Effect.flip(store.put(yield* begin()))
        assert.strictEqual(error.reason._tag, "StoreFailed")
        assert.include(error.message, "table records_")
      })
  )

  it.live("a sign-in that was taken in a transaction stays taken when that is rolled back, on PostgreSQL", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const store = yield* storeOver(sql, table())
      const request = yield* begin()
      yield* Effect.exit(sql.withTransaction(Effect.andThen(store.put(request), Effect.fail("rolled back"))))
      const taken = store.take(request.state)
      yield* Effect.exit(sql.withTransaction(Effect.flatMap(taken, (found) => Effect.fail(found))))
      assert.deepStrictEqual(yield* taken, Option.none())
    }).pipe(Effect.provide(database)))
})
