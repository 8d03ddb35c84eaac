/** A `SqlClient` over the SQLite of Node, with one connection to a file. */
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"

const failed = (cause: unknown) => new SqlError({ reason: new UnknownError({ cause, message: "SQLite refused" }) })

const isInput = (value: unknown): value is SQLInputValue =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint"

export const make = Effect.fnUntraced(function*(file: string) {
  const database = yield* Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(file, { timeout: 10_000 })),
    (database) => Effect.sync(() => database.close())
  )
  const run = (sql: string, params: ReadonlyArray<unknown>) =>
    Effect.try({ try: () => database.prepare(sql).all(...params.filter(isInput)), catch: failed })
  const connection: Connection = {
    execute: (sql, params, transform) =>
      Effect.map(run(sql, params), (rows) => transform === undefined ? rows : transform(rows)),
    executeRaw: run,
    executeStream: (sql, params) => Stream.fromIterableEffect(run(sql, params)),
    executeValues: (sql, params) => Effect.map(run(sql, params), (rows) => rows.map((row) => Object.values(row))),
    executeValuesUnprepared: (sql, params) =>
      Effect.map(run(sql, params), (rows) => rows.map((row) => Object.values(row))),
    executeUnprepared: (sql, params) => run(sql, params)
  }
  const semaphore = yield* Semaphore.make(1)
  const { acquirer, transactionAcquirer } = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(connection),
    semaphore
  })
  return yield* SqlClient.make({
    acquirer,
    transactionAcquirer,
    compiler: Statement.makeCompilerSqlite(),
    driver: "node:sqlite",
    spanAttributes: []
  })
}, Effect.provide(Reactivity.layer))
