/** A database that goes away while a refresh token is being replaced: nobody is asked to sign in for it. */
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { refreshTokenIn } from "../support/ObservedStore.ts"
import * as PostgreSql from "../support/PostgreSql.ts"
import { RotatingServer } from "../support/RotatingServer.ts"
import { endOf } from "../support/ScriptedServer.ts"
import { client, secretOf } from "../support/TokenServiceModel.ts"

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
