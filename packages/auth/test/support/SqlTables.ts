/** A PostgreSQL server for all tests of the file that imports this, and a table of its own for each of them. */
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import type * as TokenStorage from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import * as String from "effect/String"
import { afterAll, beforeAll } from "vitest"
import * as PostgreSql from "./PostgreSql.ts"
import { key } from "./TokenStorageContract.ts"

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

export const database = Layer.effectContext(
  Effect.suspend(() => server === undefined ? Effect.die("PostgreSQL has not started") : Effect.succeed(server))
)

/** A client of that server that translates names. */
const translating = (
  names: Pick<PgClient.PgPoolConfig, "transformQueryNames" | "transformResultNames">
) =>
  Layer.unwrap(Effect.map(PgClient.PgClient, ({ config }) => PgClient.layer({ ...config, ...names }))).pipe(
    Layer.provide(database)
  )

/** A client for programs that write names in camel case. */
export const renaming = translating({
  transformQueryNames: String.camelToSnake,
  transformResultNames: String.snakeToCamel
})

/** A client that lets no name of a result be as it was. */
export const shouting = translating({ transformResultNames: (name) => name.toUpperCase() })

let tables = 0
const nameOf = (table: number) => `records_${process.pid}_${table}`

/** A name that no other test has. */
export const table = () => nameOf(tables++)

/** The name that was given last. */
export const lastTable = () => nameOf(tables - 1)

export const storage = Layer.unwrap(Effect.sync(() => SqlTokenStorage.layer({ table: table() }))).pipe(
  Layer.provide([database, NodeCrypto.layer])
)

/** Storages of several programs that share one table. */
export const programs = (count: number, options?: SqlTokenStorage.Options) => {
  const name = table()
  return Effect.forEach(Array.from({ length: count }), () => SqlTokenStorage.make({ table: name, ...options })).pipe(
    Effect.map((all) => ({ all, name }))
  )
}

export const provided = Effect.provide(Layer.mergeAll(database, NodeCrypto.layer))

export const increment = (storage: TokenStorage.TokenStorage["Service"]) =>
  storage.modify(
    key,
    (slot) => Effect.flatMap(slot.read, (text) => slot.write(`${Number(Option.getOrElse(text, () => "0")) + 1}`))
  )
