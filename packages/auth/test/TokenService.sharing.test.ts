/** Token services that share a store, and a server whose refresh tokens work once: who may spend one, and who is believed. */
import type { AuthError } from "@app/auth/AuthError"
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import * as Providers from "@app/auth/Providers"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ObservedStore, originIn, refreshTokenIn } from "./support/ObservedStore.ts"
import { between } from "./support/Runs.ts"
import { endOf } from "./support/ScriptedServer.ts"
import { begin, holdLock, inWorld } from "./support/SharedStore.ts"
import { secretOf } from "./support/TokenServiceModel.ts"
import { kindOf } from "./support/TokenStorageContract.ts"

/** A store without a lock between processes, as a browser's storage is between tabs. */
const withoutLocks = Effect.map(
  Effect.scoped(Layer.build(KeyValueStore.layerMemory)),
  (context) =>
    Layer.fresh(
      TokenStorage.layerTokenStore.pipe(
        Layer.provide(KeyValueTokenStorage.layer()),
        Layer.provide(Layer.succeedContext(context))
      )
    )
)

const tagOf = (exit: Exit.Failure<unknown, AuthError>): string =>
  Option.match(Exit.findErrorOption(exit), { onNone: () => "a defect", onSome: ({ reason }) => reason._tag })

describe("tokens that somebody else has refreshed", () => {
  it.effect("are adopted while the lock of the store is held", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const ann = server.signIn("ann")
        const one = yield* open(store.layer, ann)
        const two = yield* open(store.layer, ann)
        yield* TestClock.adjust("1 second")
        const token = yield* two.tokens.refresh
        yield* begin(holdLock(store, yield* Deferred.make<void>()))
        const adopted = yield* one.tokens.refresh
        assert.strictEqual(secretOf(adopted), secretOf(token))
        yield* one.stop
        yield* two.stop
      }), { latencyMillis: 0 }))

  it.effect("count at once after a process has died, where the server gives lost responses again (I7)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const grant = server.signIn("ann")
        const dead = yield* open(store.layer, grant)
        yield* TestClock.adjust("1 second")
        yield* dead.stop
        const { record } = store
        assert.isDefined(record)
        if (record === undefined) return
        store.record = new TokenStore.TokenRecord({ ...record, pendingSince: yield* DateTime.now })
        const sent = server.sent.length
        const unhurried = yield* open(store.layer, grant)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(server.sent.length, sent)
        yield* unhurried.stop
        const forgiving = new AuthorizationServer({ ...Providers.spotify, refreshTokenGrace: Duration.seconds(30) })
        const next = yield* open(store.layer, grant, { server: forgiving })
        yield* TestClock.adjust("1 second")
        assert.strictEqual(server.sent.length, sent + 1)
        assert.isUndefined(store.record?.pendingSince)
        yield* next.stop
      }), { latencyMillis: 0 }))
})

describe("tokens that a shared store did not take", () => {
  it.effect.prop("I25: nobody else is let at the refresh token they replace, however long that lasts (F113)", {
    outageSeconds: Schema.Literals([1, 5, 31, 90, 1200]),
    laterMillis: between(0, 3000),
    onReuse: Schema.Literals(["refuse", "revoke"])
  }, ({ laterMillis, onReuse, outageSeconds }) =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const ann = server.signIn("ann")
        const one = yield* open(store.layer, ann)
        const two = yield* open(store.layer, ann)
        yield* TestClock.adjust("1 second")
        store.failsWrites = true
        const first = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust(laterMillis)
        const second = yield* begin(two.tokens.refresh)
        yield* TestClock.adjust(`${outageSeconds} seconds`)
        assert.isDefined((yield* one.tokens.status).unsaved)
        assert.strictEqual(server.sent.length, 2)
        store.failsWrites = false
        yield* TestClock.adjust("31 seconds")
        assert.isUndefined((yield* one.tokens.status).unsaved)
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        // Whoever waited goes on from what is stored now.
        const next = yield* begin(two.tokens.refresh)
        yield* TestClock.adjust("2 minutes")
        yield* Fiber.join(next)
        assert.strictEqual(server.refusals, 0)
        assert.strictEqual((yield* one.tokens.status).phase, "Valid")
        assert.strictEqual((yield* two.tokens.status).phase, "Valid")
        yield* one.stop
        yield* two.stop
      }), { onReuse }), { arbitrary: { runs: 30 } })

  it.effect("let the lock go once they are stored: what comes after waits its turn (F113)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const { stop, tokens } = yield* open(store.layer, server.signIn("ann"))
        yield* TestClock.adjust(0)
        store.failsWrites = true
        yield* tokens.refresh
        store.failsWrites = false
        yield* TestClock.adjust("1 second")
        assert.isUndefined((yield* tokens.status).unsaved)
        const until = yield* Deferred.make<void>()
        const holding = yield* begin(holdLock(store, until))
        const refreshing = yield* begin(tokens.refresh)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.sent, ["ann-0", "ann-1"])
        yield* Deferred.succeed(until, undefined)
        yield* Fiber.join(holding)
        assert.isTrue(Exit.isSuccess(yield* Fiber.join(refreshing)))
        assert.deepStrictEqual(server.sent, ["ann-0", "ann-1", "ann-2"])
        yield* stop
      }), { latencyMillis: 0 }))
})

describe("a refusal", () => {
  it.effect.prop("I24: of a refresh token that the store no longer holds ends nothing (F114)", {
    laterMillis: between(0, 150),
    latencyMillis: between(1, 100)
  }, ({ latencyMillis, laterMillis }) =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = yield* withoutLocks
        const ann = server.signIn("ann")
        const one = yield* open(store, ann)
        yield* TestClock.adjust("1 second")
        const two = yield* open(store, ann)
        yield* TestClock.adjust("1 second")
        const first = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust(laterMillis)
        const second = yield* begin(two.tokens.refresh)
        yield* TestClock.adjust("6 seconds")
        for (const fiber of [first, second]) {
          const exit = yield* Fiber.join(fiber)
          assert.notStrictEqual(Exit.isFailure(exit) && tagOf(exit), "ReauthorizationRequired")
        }
        for (const { tokens } of [one, two]) {
          assert.strictEqual((yield* tokens.status).phase, "Valid")
          yield* tokens.get
        }
        yield* one.stop
        yield* two.stop
      }), { latencyMillis }), { arbitrary: { runs: 60 } })

  it.effect("that came too early is taken back by the schedule, without a caller (F114)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const ann = server.signIn("ann")
        const one = yield* open(store.layer, ann)
        yield* TestClock.adjust("1 second")
        // Somebody has spent the refresh token, and has yet to store what came.
        const elsewhere = new ObservedStore()
        const other = yield* open(
          elsewhere.layer,
          Grant.RefreshToken({ refreshToken: Redacted.make(refreshTokenIn(store.record)) })
        )
        yield* TestClock.adjust("1 second")
        const refused = yield* begin(one.tokens.refresh)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(refused)
        assert.strictEqual((yield* one.tokens.status).phase, "SignInRequired")
        const phases: Array<string> = []
        yield* one.tokens.changes.pipe(
          Stream.runForEach(({ phase }) => Effect.sync(() => phases.push(phase))),
          Effect.forkChild({ startImmediately: true })
        )
        store.record = elsewhere.record && new TokenStore.TokenRecord({ ...elsewhere.record, origin: originIn(store) })
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(phases.at(-1), "Valid")
        assert.strictEqual(secretOf(yield* one.tokens.get), secretOf(yield* other.tokens.get))
        yield* one.stop
        yield* other.stop
      })
    ))
})

describe("a new sign-in", () => {
  it.effect.prop("I22: is what authorize gives, whatever is refreshed meanwhile over a store without locks (F115)", {
    laterMillis: between(0, 250)
  }, ({ laterMillis }) =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = yield* withoutLocks
        const ann = server.signIn("ann")
        const one = yield* open(store, ann)
        yield* TestClock.adjust("1 second")
        const two = yield* open(store, ann)
        yield* TestClock.adjust("1 second")
        server.latencyMillis = 300
        const signingIn = yield* begin(one.tokens.authorize(server.signIn("bob")))
        yield* TestClock.adjust(laterMillis)
        server.latencyMillis = 10
        const refreshing = yield* begin(two.tokens.refresh)
        yield* TestClock.adjust("1 second")
        const exit = yield* Fiber.join(signingIn)
        yield* Fiber.join(refreshing)
        assert.match(Exit.isSuccess(exit) ? secretOf(exit.value) : tagOf(exit), /^bob\./)
        assert.match(secretOf(yield* one.tokens.get), /^bob\./)
        yield* one.stop
        yield* two.stop
      })
    ), { arbitrary: { runs: 30 } })

  it.effect("says Conflict where it cannot get its tokens into the store, and leaves everything as it was (F115)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const one = yield* open(store.layer, server.signIn("ann"))
        yield* TestClock.adjust("1 second")
        const before = secretOf(yield* one.tokens.get)
        // Someone without the lock writes whenever this one does.
        let writes = 0
        store.beforeWrite = () => {
          writes += 1
          store.record = store.record && new TokenStore.TokenRecord({ ...store.record })
        }
        const signingIn = yield* begin(one.tokens.authorize(server.signIn("bob")))
        yield* TestClock.adjust("1 second")
        const error = yield* Effect.flip(Effect.flatten(Fiber.join(signingIn)))
        assert.strictEqual(kindOf(error), "Conflict")
        assert.strictEqual(writes, 3)
        store.beforeWrite = () => {}
        assert.strictEqual(secretOf(yield* one.tokens.get), before)
        yield* one.stop
      })
    ))

  it.effect("is another authorization than the one before, and a refresh is not (F115)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const one = yield* open(store.layer, server.signIn("ann"))
        const two = yield* open(store.layer, server.signIn("ann"))
        yield* TestClock.adjust(0)
        const first = yield* one.tokens.get
        assert.strictEqual(yield* one.tokens.authorizationId, first.authorizationId)
        const refreshed = yield* one.tokens.refresh
        assert.strictEqual(refreshed.authorizationId, first.authorizationId)
        const bobs = yield* one.tokens.authorize(server.signIn("bob"))
        assert.notStrictEqual(bobs.authorizationId, first.authorizationId)
        assert.strictEqual((yield* one.tokens.refresh).authorizationId, bobs.authorizationId)
        // The same in every program that shares the store.
        assert.strictEqual((yield* two.tokens.refresh).authorizationId, bobs.authorizationId)
        const again = yield* one.tokens.authorize(server.signIn("bob"))
        assert.notStrictEqual(again.authorizationId, bobs.authorizationId)
        yield* one.stop
        yield* two.stop
      }), { latencyMillis: 0 }))
})

describe("a sign-out", () => {
  it.effect("that another program has noticed ends serving there at once (F136)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const ann = server.signIn("ann")
        const one = yield* open(store.layer, ann)
        const two = yield* open(store.layer, ann)
        yield* TestClock.adjust(0)
        yield* two.tokens.get
        yield* one.tokens.signOut
        assert.strictEqual(endOf(yield* Effect.flip(two.tokens.refresh)), "SignedOut")
        assert.strictEqual(endOf(yield* Effect.flip(two.tokens.get)), "SignedOut")
        assert.isUndefined(yield* two.tokens.authorizationId)
        assert.strictEqual((yield* two.tokens.status).phase, "SignInRequired")
        assert.isUndefined((yield* two.tokens.status).expiresAt)
        // And the next sign-in is found there without anyone asking.
        yield* one.tokens.authorize(server.signIn("bob"))
        yield* TestClock.adjust("5 seconds")
        assert.match(secretOf(yield* two.tokens.get), /^bob/)
        yield* one.stop
        yield* two.stop
      }), { latencyMillis: 0 }))

  it.effect("reaches programs that were configured with another grant, too (F116, F136)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const old = yield* open(store.layer, server.signIn("old"))
        yield* TestClock.adjust(0)
        const recent = yield* open(store.layer, server.signIn("new"))
        yield* TestClock.adjust(0)
        yield* recent.tokens.signOut
        assert.strictEqual(endOf(yield* Effect.flip(old.tokens.refresh)), "SignedOut")
        assert.isUndefined(store.record?.others?.find(({ tokenSet }) => tokenSet !== undefined))
        yield* old.stop
        yield* recent.stop
      }), { latencyMillis: 0 }))
})

describe("programs that are configured with different grants", () => {
  it.effect.prop("I14: each go on from their own, and none loses the other's (F116)", {
    steps: Schema.Array(Schema.Literals(["old", "new", "reopen old", "reopen new", "a day"])).check(
      Schema.isMaxLength(12)
    )
  }, ({ steps }) =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        const grants = { old: server.signIn("old"), new: server.signIn("new") }
        const running = { old: yield* open(store.layer, grants.old), new: yield* open(store.layer, grants.new) }
        yield* TestClock.adjust(0)
        for (const step of steps) {
          if (step === "a day") yield* TestClock.adjust("1 day")
          if (step === "old" || step === "new") yield* running[step].tokens.refresh
          if (step === "reopen old" || step === "reopen new") {
            const which = step === "reopen old" ? "old" : "new"
            yield* running[which].stop
            running[which] = yield* open(store.layer, grants[which])
            yield* TestClock.adjust(0)
          }
        }
        for (const which of ["old", "new"] as const) {
          yield* running[which].stop
          const again = yield* open(store.layer, grants[which])
          yield* TestClock.adjust(0)
          assert.match(secretOf(yield* again.tokens.get), new RegExp(`^${which}`))
          assert.match(secretOf(yield* again.tokens.refresh), new RegExp(`^${which}`))
          yield* again.stop
        }
        assert.strictEqual(server.refusals, 0)
      }), { latencyMillis: 0, onReuse: "revoke" }), { arbitrary: { runs: 50 } })

  it.effect("leave a bounded number of old ones in the record (F116)", () =>
    inWorld(({ open, server }) =>
      Effect.gen(function*() {
        const store = new ObservedStore()
        for (let i = 0; i < 20; i++) {
          const { stop } = yield* open(store.layer, server.signIn(`grant${"abcdefghijklmnopqrst"[i]}`))
          yield* TestClock.adjust(0)
          yield* stop
        }
        assert.isAtMost(store.record?.others?.length ?? 0, 4)
        assert.match(refreshTokenIn(store.record), /^grantt/)
      }), { latencyMillis: 0 }))
})
