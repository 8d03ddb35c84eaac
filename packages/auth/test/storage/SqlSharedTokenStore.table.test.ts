/** The table of shared accounts: taken over from an earlier release, changed by a later one, or out of reach. */
import { AccessToken } from "@app/auth/AccessToken"
import { AccountDirectory } from "@app/auth/AccountDirectory"
import { ReauthorizationRequired } from "@app/auth/AuthError"
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import { TokenSet } from "@app/auth/TokenSet"
import * as TokenStorage from "@app/auth/TokenStorage"
import { TokenRecord, TokenStore } from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as SqlClient from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { app, claim, issued, secretAt, signIn } from "../support/SharedTokenStoreContract.ts"
import { database, provided, table } from "../support/SqlTables.ts"
import { key, kindOf, secretOf } from "../support/TokenStorageContract.ts"

const keyOf = (id: string, fill: number) => ({
  id,
  secret: Redacted.make(Base64Url.encode(new Uint8Array(32).fill(fill)))
})

const shared = (options: SqlSharedTokenStore.Options) =>
  Layer.build(SqlSharedTokenStore.layer(options).pipe(Layer.provide([database, NodeCrypto.layer])))

const earlier = (table: string) =>
  Layer.build(
    TokenStorage.layerTokenStore.pipe(
      Layer.provide(SqlTokenStorage.layer({ table })),
      Layer.provide([database, NodeCrypto.layer])
    )
  ).pipe(Effect.map(Context.get(TokenStore)))

it.live("a table of SqlTokenStorage is taken over in place, and its programs go on with it", () =>
  Effect.gen(function*() {
    const name = table()
    const old = yield* earlier(name)
    const { record } = yield* issued("from-before")
    yield* old.modify(key, (entry) => Effect.andThen(entry.read, entry.write(record)))
    const context = yield* shared({ table: name })
    yield* Effect.gen(function*() {
      const { leaseDue, peek } = yield* SharedTokenStore
      assert.strictEqual(yield* secretAt(key), "from-before")
      const sql = yield* SqlClient.SqlClient
      yield* sql`update ${sql(name)} set refresh_at = clock_timestamp()`
      const [taken] = yield* leaseDue({ ...app, limit: 10 })
      assert.isFalse(taken?.areFactsCurrent)
      // A lease of the one is a lease for the other.
      const blocked = yield* Effect.exit(Effect.timeout(old.modify(key, () => Effect.void), "300 millis"))
      assert.strictEqual(blocked._tag, "Failure")
      const now = yield* issued("from-now")
      yield* taken?.commit(now.record, { ...now.facts, refreshAt: now.facts.expiresAt }) ?? Effect.void
      assert.isTrue(Option.exists(yield* peek(key), ({ areFactsCurrent }) => areFactsCurrent))
      // What the earlier release writes is seen, and the facts are known not to be about it.
      const next = yield* issued("from-before-again")
      yield* old.modify(key, (entry) =>
        Effect.gen(function*() {
          assert.strictEqual(secretOf(yield* entry.read), "from-now")
          assert.deepStrictEqual(yield* leaseDue({ ...app, limit: 10 }), [])
          yield* entry.write(next.record)
        }))
      assert.isTrue(Option.exists(yield* peek(key), ({ areFactsCurrent }) => !areFactsCurrent))
      assert.strictEqual(yield* secretAt(key), "from-before-again")
      // So is whoever signs in there.
      yield* old.modify({ ...key, account: "new" }, (entry) => Effect.andThen(entry.read, entry.write(record)))
      assert.deepStrictEqual((yield* leaseDue({ ...app, limit: 10 })).map(({ key }) => key.account), ["new"])
    }).pipe(Effect.provideContext(context), Effect.provide(database))
  }).pipe(Effect.scoped, provided))

it.live("several programs that start together make one table, and one later finds it", () =>
  Effect.gen(function*() {
    const name = table()
    yield* Effect.all(Array.from({ length: 5 }, () => shared({ table: name })), { concurrency: "unbounded" })
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(`comment on table ${name} is '@app/auth shared accounts 99'`)
    const error = yield* Effect.flip(shared({ table: name }))
    assert.strictEqual(kindOf(error), "NewerVersion")
    assert.include(error.message, "Update this program")
    // Whoever is told not to look does not.
    yield* shared({ table: name, createTable: false })
  }).pipe(Effect.scoped, provided))

it.live("a table that is not complete, and a database that may only be read, are named with what to do", () =>
  Effect.gen(function*() {
    const name = table()
    yield* earlier(name)
    const context = yield* shared({ table: name, createTable: false })
    const missing = yield* Effect.flip(Effect.provideContext(secretAt(key), context))
    assert.strictEqual(kindOf(missing), "Refused")
    assert.include(missing.message, "42703")
    const { config: { url } } = yield* PgClient.PgClient
    const readOnly = new URL(Redacted.value(url ?? Redacted.make("")))
    readOnly.searchParams.set("options", "-c default_transaction_read_only=on")
    const client = PgClient.layer({ url: Redacted.make(readOnly.href) })
    const error = yield* Effect.flip(
      Layer.build(
        SqlSharedTokenStore.layer({ table: name }).pipe(Layer.provide([Layer.orDie(client), NodeCrypto.layer]))
      )
    )
    assert.strictEqual(kindOf(error), "Refused")
    assert.include(error.message, "read-only")
    assert.include(error.message, "alter table")
    yield* SqlSharedTokenStore.migrate({ table: name })
    assert.isUndefined(yield* Effect.provideContext(secretAt(key), context))
  }).pipe(Effect.scoped, provided))

it.live("a record that no key opens affects no other account, and stays as it is", () =>
  Effect.gen(function*() {
    const name = table()
    const sealedWith = (id: string, fill: number) =>
      Layer.build(
        SqlSharedTokenStore.layerEncrypted([keyOf(id, fill)], { table: name }).pipe(
          Layer.provide([database, NodeCrypto.layer])
        )
      )
    const here = yield* sealedWith("here", 1)
    const elsewhere = yield* sealedWith("elsewhere", 2)
    yield* Effect.provideContext(signIn(key, "sealed-elsewhere"), elsewhere)
    yield* Effect.provideContext(signIn({ ...key, account: "readable" }, "readable"), here)
    const sql = yield* SqlClient.SqlClient
    const text = sql`select record from ${sql(name)} where account = ${key.account}`
    const before = yield* text
    const [row] = yield* sql<{ readonly all: string }>`select string_agg(t::text, ' ') as all from ${sql(name)} t`
    assert.notInclude(row?.all, "sealed-elsewhere")
    yield* Effect.gen(function*() {
      const { lease, leaseDue } = yield* SharedTokenStore
      const due = yield* leaseDue({ ...app, limit: 10 })
      assert.deepStrictEqual(due.map(({ key }) => key.account), ["readable"])
      assert.strictEqual(kindOf(yield* Effect.flip(secretAt(key))), "Undecryptable")
      assert.strictEqual(kindOf(yield* Effect.flip(Effect.asVoid(lease(key)))), "Undecryptable")
      assert.strictEqual(kindOf(yield* Effect.flip(signIn(key, "overwritten"))), "Undecryptable")
      const { list } = yield* AccountDirectory
      assert.strictEqual((yield* Stream.runCollect(list())).length, 2)
    }).pipe(Effect.provideContext(here))
    assert.deepStrictEqual(yield* text, before)
    // Whoever has the key goes on from it.
    assert.isTrue(yield* Effect.provideContext(Effect.flatMap(claim(key), ({ maySend }) => maySend), elsewhere))
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"), Effect.scoped, provided))

it.live("a token from a process whose clock is a minute ahead has its right age here", () =>
  Effect.gen(function*() {
    const { peek, supersede } = yield* SharedTokenStore
    const { facts, record } = yield* issued("ahead", Duration.minutes(5))
    const ahead = Duration.minutes(1)
    const { tokenSet } = record
    if (tokenSet === undefined) return assert.fail("no tokens")
    const { accessToken } = tokenSet
    const theirs = new TokenRecord({
      ...record,
      tokenSet: new TokenSet({
        ...tokenSet,
        accessToken: new AccessToken({
          ...accessToken,
          issuedAt: DateTime.addDuration(accessToken.issuedAt, ahead),
          expiresAt: DateTime.addDuration(facts.expiresAt ?? accessToken.issuedAt, ahead)
        })
      })
    })
    // Its clock says so when it writes, and so its facts are of the same span.
    yield* supersede(key, { record: theirs, facts, version: undefined })
    const seen = Option.getOrThrow(Option.flatMap(yield* peek(key), ({ record }) => record))
    const expiresAt = Number(seen.tokenSet?.accessToken.expiresAt?.epochMilliseconds)
    assert.approximately(expiresAt, Number(facts.expiresAt?.epochMilliseconds), 1000)
    assert.approximately(
      Number(seen.tokenSet?.accessToken.issuedAt.epochMilliseconds),
      Number(tokenSet.accessToken.issuedAt.epochMilliseconds),
      1000
    )
  }).pipe(
    Effect.provide(
      Layer.unwrap(Effect.sync(() => SqlSharedTokenStore.layer({ table: table() }))).pipe(
        Layer.provide([database, NodeCrypto.layer])
      )
    )
  ))

it.live("a table of SqlTokenStorage has a directory, sealed or not, while its own program goes on with it", () =>
  Effect.forEach([undefined, [keyOf("key", 3)]], (keys) =>
    Effect.gen(function*() {
      const name = table()
      const storage = SqlTokenStorage.layer({ table: name })
      const program = yield* Layer.build(
        TokenStorage.layerTokenStore.pipe(
          Layer.provide(keys === undefined ? storage : EncryptedTokenStorage.layer(keys).pipe(Layer.provide(storage))),
          Layer.provide([database, NodeCrypto.layer])
        )
      )
      const { modify } = Context.get(program, TokenStore)
      const write = (account: string, record: TokenRecord) =>
        modify({ ...key, account }, (entry) => Effect.andThen(entry.read, entry.write(record)))
      const { record } = yield* issued("token")
      yield* write("ann", record)
      yield* write("ben", new TokenRecord({ ...record, ended: new ReauthorizationRequired({ kind: "Expired" }) }))
      yield* write("cem", record)
      const directory = yield* Layer.build(
        SqlSharedTokenStore.layerDirectory({ table: name, keys }).pipe(Layer.provide([database, NodeCrypto.layer]))
      )
      const { backlog, counts, list, remove, sweep } = Context.get(directory, AccountDirectory)
      const listed = Stream.runCollect(Stream.map(list(), ({ key, phase }) => `${key.account}: ${phase}`))
      assert.deepStrictEqual(yield* listed, ["ann: Valid", "ben: SignInRequired", "cem: Valid"])
      yield* write("ben", record)
      assert.strictEqual((yield* counts).Valid, 3)
      assert.strictEqual((yield* backlog).due, 0)
      assert.isTrue(yield* remove({ ...key, account: "cem" }))
      const removed = yield* modify({ ...key, account: "cem" }, (entry) => entry.read)
      assert.strictEqual(Option.getOrUndefined(removed)?.ended?.kind, "SignedOut")
      assert.strictEqual(yield* sweep({ endedFor: 0 }), 1)
      assert.deepStrictEqual(yield* listed, ["ann: Valid", "ben: Valid"])
    }).pipe(Effect.scoped)).pipe(provided))
