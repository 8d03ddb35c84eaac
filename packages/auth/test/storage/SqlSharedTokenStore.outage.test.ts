/** A database that goes away while refresh tokens are being replaced, for longer than their leases. */
import { AccountDirectory } from "@app/auth/AccountDirectory"
import * as Accounts from "@app/auth/Accounts"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as TokenService from "@app/auth/TokenService"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as PostgreSql from "../support/PostgreSql.ts"
import { RotatingServer } from "../support/RotatingServer.ts"

it.live(
  "an outage of the database costs no sign-in, no second use of a refresh token and no good token (F113)",
  () =>
    Effect.gen(function*() {
      const database = yield* PostgreSql.ownServer
      // A refresh token that comes again once it has been spent ends the sign-in for everyone.
      const server = new RotatingServer({ latencyMillis: 700, onReuse: "revoke", fields: { expires_in: 8 } })
      const names = Array.from({ length: 20 }, (_, index) => `a${index}`)
      const grants = new Map(names.map((name) => [name, server.signIn(name)]))
      const newProcess = Layer.build(Layer.fresh(
        SharedAccounts.layer({
          client: { clientId: "client" },
          ahead: "always",
          grantFor: (account) => Effect.succeed(grants.get(account))
        }).pipe(
          Layer.provideMerge(SqlSharedTokenStore.layer({ lease: "1500 millis" })),
          Layer.provide([
            PostgreSql.clientOf(database.url),
            NodeCrypto.layer,
            Layer.succeed(HttpClient.HttpClient, server.httpClient)
          ])
        )
      ))
      const one = yield* newProcess
      const two = yield* newProcess
      const three = yield* newProcess
      const tokenOf = (account: string) =>
        Effect.map(Effect.provide(TokenService.get, Accounts.get(account)), ({ value }) => Redacted.value(value))
      const all = Effect.forEach(names, tokenOf, { concurrency: "unbounded" })
      yield* Effect.provideContext(all, one)
      // At the time of the next refreshes some are on the wire.
      yield* Effect.sleep("6200 millis")
      const before = server.sent.length
      assert.isAbove(before, 20)
      yield* database.stop
      // Whoever asks for the first time waits, and is not told of an outage of a few seconds.
      const asking = yield* Effect.forkChild(Effect.provideContext(tokenOf("a0"), three), { startImmediately: true })
      yield* Effect.sleep("4 seconds")
      yield* database.start
      assert.isTrue((yield* Fiber.join(asking)).startsWith("a0."))
      yield* Effect.sleep("9 seconds")
      for (const process of [one, two]) {
        const tokens = yield* Effect.provideContext(all, process)
        assert.deepStrictEqual(tokens.map((token) => token.split(".")[0]), names)
      }
      assert.strictEqual(server.refusals, 0)
      assert.strictEqual(new Set(server.sent).size, server.sent.length)
      const counts = yield* Effect.provideContext(Effect.flatMap(AccountDirectory, ({ counts }) => counts), two)
      assert.strictEqual(counts.SignInRequired, 0)
    }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "None")),
  90_000
)
