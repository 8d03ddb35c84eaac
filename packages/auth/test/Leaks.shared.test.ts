/** Secrets of accounts that many processes share. */
import { AccountDirectory } from "@app/auth/AccountDirectory"
import * as Accounts from "@app/auth/Accounts"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as TokenService from "@app/auth/TokenService"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { LeakHunt } from "./support/LeakHunt.ts"
import { RotatingServer } from "./support/RotatingServer.ts"
import { database, table } from "./support/SqlTables.ts"

it.live("I11: no secret of shared accounts gets out, whole, refused and damaged", () => {
  const hunt = new LeakHunt()
  const server = new RotatingServer({ latencyMillis: 1 })
  const grant = server.signIn("the-tokens-of-ann")
  const name = table()
  const key = { issuer: "https://accounts.spotify.com", clientId: "client", account: "ann" }
  return hunt.run(
    Effect.gen(function*() {
      const accounts = yield* Accounts.Accounts
      const store = yield* SharedTokenStore
      const directory = yield* AccountDirectory
      const sql = yield* SqlClient.SqlClient
      hunt.print(accounts)
      hunt.print(store)
      const use = Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        hunt.print(tokens)
        yield* hunt.observe(tokens.get)
        yield* hunt.observe(tokens.refresh)
        yield* hunt.observe(tokens.status)
      })
      const asAnn = Effect.provide(use, accounts.get("ann"))
      yield* asAnn
      yield* hunt.observe(store.peek(key))
      yield* hunt.observe(store.lease(key))
      yield* hunt.observe(Stream.runCollect(directory.list()))
      yield* hunt.observe(directory.counts)
      yield* sql`update ${sql(name)} set lease_owner = null, lease_until = null`
      server.signIn("the-tokens-of-ann")
      yield* asAnn
      for (const text of ["what-is-no-record-at-all", `{"record": "in-half-a-record"`]) {
        yield* sql`update ${sql(name)} set record = ${hunt.secret(text)}, ended = null, refresh_at = clock_timestamp()`
        yield* accounts.release("ann")
        yield* asAnn
        yield* hunt.observe(store.leaseDue({ ...key, limit: 1 }))
      }
    }).pipe(
      Effect.provide(
        SharedAccounts.layer({ client: { clientId: "client" }, grantFor: () => Effect.succeed(grant) })
          .pipe(
            Layer.provideMerge(SqlSharedTokenStore.layer({ table: name })),
            Layer.provide([
              NodeCrypto.layer,
              hunt.wiretap.pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, server.httpClient)))
            ]),
            Layer.provideMerge(database)
          )
      )
    ),
    ["AnswerLost", "Corrupt"]
  )
}, 60_000)
