import * as SessionStore from "@app/auth/SessionStore"
import * as SqlSessionStore from "@app/auth/SqlSessionStore"
import { assert, describe, it } from "@effect/vitest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { join } from "node:path"
import * as SqliteClient from "../support/SqliteClient.ts"
import { database, shouting, table } from "../support/SqlTables.ts"
import { temporaryDirectory } from "../support/TemporaryDirectory.ts"

const Random = SecureRandom.layerWebCrypto

const keepsSessions = Effect.fnUntraced(function*(sessions: SessionStore.SessionStore["Service"]) {
  const accounts = ["ann", "Ann", "\0", "\uD800", ""]
  const begun = yield* Effect.forEach(accounts, sessions.begin)
  assert.deepStrictEqual(yield* Effect.forEach(begun, sessions.accountOf), accounts.map(Option.some))
  assert.strictEqual(new Set(begun.map(Redacted.value)).size, begun.length)
  const [first = Redacted.make(""), second = Redacted.make("")] = begun
  yield* sessions.end(first)
  yield* sessions.end(first)
  assert.deepStrictEqual(yield* sessions.accountOf(first), Option.none())
  assert.deepStrictEqual(yield* sessions.accountOf(second), Option.some("Ann"))
  assert.deepStrictEqual(yield* sessions.accountOf(Redacted.make("never begun")), Option.none())
})

describe("sessions in memory", () => {
  it.effect("last for their lifetime, or until they are ended", () =>
    Effect.gen(function*() {
      const sessions = yield* SessionStore.SessionStore
      yield* keepsSessions(sessions)
      const session = yield* sessions.begin("ann")
      yield* TestClock.adjust("59 minutes")
      assert.deepStrictEqual(yield* sessions.accountOf(session), Option.some("ann"))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* sessions.accountOf(session), Option.none())
    }).pipe(Effect.provide(SessionStore.layerMemory({ lifetime: "1 hour" }).pipe(Layer.provide(Random)))))
})

describe("sessions in a database", () => {
  it.live("of SQLite are those of all processes, and the table has neither their secrets nor those that are over", () =>
    Effect.gen(function*() {
      const sql = yield* SqliteClient.make(join(yield* temporaryDirectory, "sessions.db"))
      const over = (lifetime: number) =>
        SqlSessionStore.make({ lifetime }).pipe(Effect.provideService(SqlClient.SqlClient, sql))
      const [one, other] = [yield* over(60_000), yield* over(60_000)]
      yield* keepsSessions(one)
      const session = yield* one.begin("ann")
      assert.deepStrictEqual(yield* other.accountOf(session), Option.some("ann"))
      const rows = yield* sql`select * from oauth_sessions`
      assert.notInclude(JSON.stringify(rows), Redacted.value(session))
      yield* sql`update oauth_sessions set expires_at = 0`
      assert.deepStrictEqual(yield* other.accountOf(session), Option.none())
      yield* (yield* over(60_000)).begin("ben")
      assert.strictEqual((yield* sql`select * from oauth_sessions`).length, 1)
    }).pipe(Effect.provide(Random), Effect.scoped))

  it.live("of PostgreSQL are kept", () =>
    Effect.gen(function*() {
      yield* keepsSessions(yield* SqlSessionStore.make({ table: table() }))
    }).pipe(Effect.provide([database, Random])))

  it.live("of PostgreSQL are kept by a client that renames what is in results", () =>
    Effect.gen(function*() {
      yield* keepsSessions(yield* SqlSessionStore.make({ table: table() }))
    }).pipe(Effect.provide([shouting, Random])))
})
