/** A database that goes away while a refresh token is being replaced: nobody is asked to sign in for it. */
import type { AuthError } from "@app/auth/AuthError"
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { refreshTokenIn } from "../support/ObservedStore.ts"
import * as PostgreSql from "../support/PostgreSql.ts"
import { RotatingServer } from "../support/RotatingServer.ts"
import { endOf } from "../support/ScriptedServer.ts"
import { client, secretOf } from "../support/TokenServiceModel.ts"
import { key } from "../support/TokenStorageContract.ts"

describe("replicas that share an account's tokens through a database", () => {
  it.live.each<readonly [string, Duration.Input | undefined, Duration.Input]>([
    ["shorter than the lease", undefined, "5 seconds"],
    ["longer than the lease", "3 seconds", "8500 millis"]
  ])(
    "I25: lose no sign-in to an outage during a rotation, %s (F113)",
    ([, lease, outage]) =>
      Effect.gen(function*() {
        const database = yield* PostgreSql.ownServer
        // A refresh token that comes again once it has been spent ends the sign-in for everyone.
        const server = new RotatingServer({ latencyMillis: 1500, onReuse: "revoke", fields: { expires_in: 600 } })
        const grant = server.signIn("ann")
        const newStore = TokenStorage.layerTokenStore.pipe(
          Layer.provide(SqlTokenStorage.layer({ lease })),
          Layer.provide([PostgreSql.clientOf(database.url), NodeCrypto.layer]),
          Layer.fresh,
          Layer.build
        )
        const phases = new Set<string>()
        const replica = Effect.gen(function*() {
          const tokens = yield* Effect.provide(TokenService.make({ client, grant }), yield* newStore)
          yield* tokens.get
          yield* Effect.forkScoped(
            Stream.runForEach(tokens.changes, ({ phase }) => Effect.sync(() => phases.add(phase)))
          )
          return tokens
        }).pipe(Effect.provideService(HttpClient.HttpClient, server.httpClient))
        const one = yield* replica
        const two = yield* replica
        assert.deepStrictEqual(server.sent, ["ann-0"])

        const first = yield* Effect.forkChild(one.refresh, { startImmediately: true })
        yield* Effect.sleep("400 millis")
        const second = yield* Effect.forkChild(Effect.exit(two.refresh), { startImmediately: true })
        yield* Effect.sleep("300 millis")
        yield* database.stop
        yield* Effect.sleep(outage)
        assert.isDefined((yield* one.status).unsaved)
        yield* database.start

        const renewed = secretOf(yield* Fiber.join(first))
        assert.strictEqual(renewed, "ann.2")
        // Whoever waited may be told of the outage, and of nothing else.
        const told = yield* Fiber.join(second)
        assert.include([undefined, "StoreFailed"], Option.getOrUndefined(Option.map(Exit.findErrorOption(told), endOf)))
        for (const tokens of [one, two]) {
          yield* tokens.changes.pipe(
            Stream.takeUntil(({ phase, unsaved }) => phase === "Valid" && unsaved === undefined),
            Stream.runDrain
          )
          assert.strictEqual(secretOf(yield* tokens.get), renewed)
        }
        assert.notInclude([...phases], "SignInRequired")
        assert.deepStrictEqual(server.sent, ["ann-0", "ann-1"])
        // And what came of it is stored: the next refresh goes on from there, whoever makes it.
        const stored = yield* Effect.provide(
          TokenStore.TokenStore.use(({ modify }) =>
            modify(
              { issuer: "https://accounts.spotify.com", clientId: client.clientId, account: "default" },
              ({ read }) => read
            )
          ),
          yield* newStore
        )
        assert.strictEqual(refreshTokenIn(Option.getOrUndefined(stored)), "ann-2")
        assert.strictEqual(secretOf(yield* two.refresh), "ann.3")
        assert.strictEqual(server.refusals, 0)
      }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "None")),
    60_000
  )
})

it.live(
  "a database that is away for longer than a lease lets nobody at what its holder has not written yet (I25, F113)",
  () =>
    Effect.gen(function*() {
      const server = yield* PostgreSql.ownServer
      const start = Effect.map(Layer.build(Layer.fresh(PostgreSql.clientOf(server.url))), (context) =>
        Effect.provide(SqlTokenStorage.make({ lease: "5 seconds" }), context))
      const living = yield* Effect.flatten(start)
      const waiting = yield* Effect.flatten(start)
      const inside = yield* Deferred.make<void>()
      const isWritten = yield* Deferred.make<void>()
      const retrying = <A>(effect: Effect.Effect<A, AuthError>) =>
        Effect.retry(effect, {
          while: ({ isRetryable }) =>
            isRetryable,
          schedule: Schedule.spaced("10 millis")
        })
      const holder = yield* Effect.forkChild(
        living.modify(key, (slot) =>
          Effect.gen(function*() {
            yield* slot.read
            yield* Deferred.succeed(inside, undefined)
            yield* Deferred.await(isWritten)
            yield* retrying(slot.write("the holder's"))
          })),
        { startImmediately: true }
      )
      yield* Deferred.await(inside)
      const read = (storage: TokenStorage.TokenStorage["Service"]) => retrying(storage.modify(key, (slot) => slot.read))
      const first = yield* Effect.forkChild(read(waiting), { startImmediately: true })
      yield* server.stop
      yield* Effect.sleep("6 seconds")
      yield* server.start
      // One that comes only now has not seen it away.
      const second = yield* Effect.forkChild(Effect.flatMap(Effect.flatten(start), read), { startImmediately: true })
      const sql = yield* Effect.provide(SqlClient.SqlClient, yield* Layer.build(PostgreSql.clientOf(server.url)))
      // Held on, well after all of them have found the database again.
      yield* Effect.repeat(
        sql<{ readonly held: boolean }>`
        select lease_until > clock_timestamp() and clock_timestamp() > pg_postmaster_start_time() + interval '3 seconds' as held
        from oauth_token_records
      `,
        { until: (rows) => rows[0]?.held === true, schedule: Schedule.spaced("50 millis") }
      )
      assert.isUndefined(first.pollUnsafe())
      assert.isUndefined(second.pollUnsafe())
      yield* Deferred.succeed(isWritten, undefined)
      yield* Fiber.join(holder)
      for (const fiber of [first, second]) assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some("the holder's"))
    }).pipe(Effect.scoped, Effect.provide(NodeCrypto.layer)),
  60_000
)
