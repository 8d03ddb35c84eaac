import * as AuthError from "@app/auth/AuthError"
import * as FleetStore from "@app/fleet/FleetStore"
import * as ServiceKey from "@app/fleet/ServiceKey"
import * as ServiceKeys from "@app/fleet/ServiceKeys"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { adminKey, keyFor, layer, pathOf, send, signIn } from "./support/RunningFleet.ts"

const worker = { name: "worker", tenants: ["acme"], rights: ["tokens:read"] } as const

const away = new AuthError.AuthError({
  reason: new AuthError.StoreFailed({ operation: "read", kind: "Unavailable", place: "a table", issue: "it is away" })
})

/** Keys over a store in memory that can be away. */
const withKeys = <A, E>(
  use: (
    keys: ServiceKeys.ServiceKeys["Service"],
    store: FleetStore.FleetStore["Service"],
    outage: { isAway: boolean }
  ) => Effect.Effect<A, E>,
  options?: ServiceKeys.Options
) => {
  const outage = { isAway: false }
  const Store = Layer.effect(
    FleetStore.FleetStore,
    Effect.map(FleetStore.FleetStore, (store) => ({
      ...store,
      findKey: (id: string) => Effect.suspend(() => outage.isAway ? Effect.fail(away) : store.findKey(id))
    }))
  ).pipe(Layer.provide(FleetStore.layerMemory))
  return Effect.gen(function*() {
    return yield* use(yield* ServiceKeys.ServiceKeys, yield* FleetStore.FleetStore, outage)
  }).pipe(Effect.provide(ServiceKeys.layer(options).pipe(Layer.provideMerge(Store), Layer.provide(NodeCrypto.layer))))
}

const isTaken = (keys: ServiceKeys.ServiceKeys["Service"], key: Redacted.Redacted<string>) =>
  Effect.map(keys.authenticate(key), Option.isSome)

describe("service keys", () => {
  it.effect("are taken as they were made, and in no other form", () =>
    withKeys((keys, store) =>
      Effect.gen(function*() {
        const { key, stored } = yield* keys.create(worker)
        const text = Redacted.value(key)
        assert.match(text, /^fk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
        const principal = Option.getOrThrow(yield* keys.authenticate(key))
        assert.deepStrictEqual([principal.name, principal.tenants, principal.rights], [
          "worker",
          ["acme"],
          ["tokens:read"]
        ])
        const wrong = [
          "",
          text.slice(0, -1),
          `${text}A`,
          text.replace(/_.{43}$/, `_${"A".repeat(43)}`),
          text.replace(stored.id, "0".repeat(16)),
          text.toUpperCase(),
          ` ${text}`
        ]
        for (const each of wrong) assert.isFalse(yield* isTaken(keys, Redacted.make(each)), each)
        const atRest = JSON.stringify(yield* store.listKeys)
        assert.notInclude(atRest, text.slice(-43))
        assert.include(atRest, "sha256")
      })
    ))

  it.effect("have two secrets during a rotation, and never three", () =>
    withKeys((keys) =>
      Effect.gen(function*() {
        const { key: first, stored: { id } } = yield* keys.create(worker)
        const { key: second } = Option.getOrThrow(yield* keys.rotate(id, { overlap: "1 hour" }))
        assert.deepStrictEqual([yield* isTaken(keys, first), yield* isTaken(keys, second)], [true, true])
        yield* TestClock.adjust("59 minutes")
        assert.isTrue(yield* isTaken(keys, first))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual([yield* isTaken(keys, first), yield* isTaken(keys, second)], [false, true])
        const { key: third } = Option.getOrThrow(yield* keys.rotate(id))
        const { key: fourth } = Option.getOrThrow(yield* keys.rotate(id))
        assert.deepStrictEqual(
          yield* Effect.forEach([second, third, fourth], (key) => isTaken(keys, key)),
          [false, true, true]
        )
        assert.isTrue(Option.isNone(yield* keys.rotate("none")))
      })
    ))

  it.effect("end at their end, and when they are revoked", () =>
    withKeys((keys) =>
      Effect.gen(function*() {
        const expiresAt = DateTime.addDuration(yield* DateTime.now, "1 hour")
        const { key: short } = yield* keys.create({ ...worker, expiresAt })
        const { key, stored: { id } } = yield* keys.create(worker)
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([yield* isTaken(keys, short), yield* isTaken(keys, key)], [false, true])
        assert.isTrue(yield* keys.revoke(id))
        assert.isFalse(yield* isTaken(keys, key))
        assert.isFalse(yield* keys.revoke(id))
      })
    ))

  it.effect("are taken for a while when the store is away, and refused within seconds when another process revokes", () =>
    withKeys((keys, store, outage) =>
      Effect.gen(function*() {
        const { key } = yield* keys.create(worker)
        const { key: unused } = yield* keys.create(worker)
        assert.isTrue(yield* isTaken(keys, key))
        outage.isAway = true
        yield* TestClock.adjust("4 minutes")
        assert.isTrue(yield* isTaken(keys, key))
        const unknown = yield* Effect.flip(keys.authenticate(unused))
        assert.strictEqual(unknown.reason._tag, "StoreFailed")
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual((yield* Effect.flip(keys.authenticate(key))).reason._tag, "StoreFailed")
        outage.isAway = false
        assert.isTrue(yield* isTaken(keys, key))
        yield* store.removeKey(ServiceKey.parse(Redacted.value(key))?.id ?? "")
        yield* TestClock.adjust("5 seconds")
        assert.isFalse(yield* isTaken(keys, key))
      })
    ))

  it.effect("of an administrator come from the environment, and must be keys", () =>
    Effect.gen(function*() {
      yield* withKeys((keys) => Effect.map(isTaken(keys, adminKey), assert.isTrue), { adminKey })
      const error = yield* Effect.flip(withKeys(() => Effect.void, { adminKey: Redacted.make("secret") }))
      assert.include(error.message, "adminKey cannot be used")
      assert.notInclude(error.message, "secret cannot")
    }))

  it.live("are made, rotated and revoked over HTTP, within the tenants of the administrator", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const admin = yield* keyFor(["acme"], "admin")
      const create = (tenants: ServiceKey.Tenants) =>
        send("/v1/service-keys", {
          key: admin,
          method: "POST",
          body: { name: "worker", tenants, rights: ["tokens:read"] }
        })
      for (const tenants of ["*", ["other"], ["acme", "other"]] as const) {
        assert.strictEqual((yield* create(tenants)).status, 403)
      }
      const made = yield* create(["acme"])
      assert.strictEqual(made.status, 201)
      const key = Redacted.make(String(made.json["key"]))
      const read = (key: Redacted.Redacted<string>) =>
        Effect.map(send(`${pathOf("acme", "ann")}/token`, { key }), ({ status }) => status)
      assert.strictEqual(yield* read(key), 200)

      const id = ServiceKey.parse(Redacted.value(key))?.id ?? ""
      const rotate = (by: Redacted.Redacted<string>) =>
        send(`/v1/service-keys/${id}/rotations`, { key: by, method: "POST", body: { overlap_seconds: 3600 } })
      const rotated = Redacted.make(String((yield* rotate(admin)).json["key"]))
      assert.deepStrictEqual([yield* read(key), yield* read(rotated)], [200, 200])

      const foreign = yield* keyFor(["other"], "admin")
      assert.strictEqual((yield* rotate(foreign)).status, 404)
      assert.strictEqual((yield* send(`/v1/service-keys/${id}`, { key: foreign, method: "DELETE" })).status, 404)
      const listed = yield* send("/v1/service-keys", { key: foreign })
      assert.notInclude(listed.text, id)
      const own = yield* send("/v1/service-keys", { key: admin })
      assert.include(own.text, id)
      assert.notInclude(own.text, "sha256")

      assert.strictEqual((yield* send(`/v1/service-keys/${id}`, { key: admin, method: "DELETE" })).status, 204)
      assert.deepStrictEqual([yield* read(key), yield* read(rotated)], [401, 401])
    }).pipe(Effect.provide(layer())))

  it.live("have no right beside those that they were given", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const account = pathOf("acme", "ann")
      const routes = [
        { right: "tokens:read", path: `${account}/token`, method: "GET" },
        { right: "accounts:read", path: account, method: "GET" },
        { right: "accounts:read", path: pathOf("acme"), method: "GET" },
        { right: "accounts:write", path: `${account}/authorization/retry`, method: "POST" },
        { right: "admin", path: "/v1/service-keys", method: "GET" },
        { right: "accounts:write", path: `${account}/authorization`, method: "DELETE" },
        { right: "admin", path: account, method: "DELETE" }
      ] as const
      for (const right of ServiceKey.Right.literals) {
        const key = yield* keyFor(["acme"], right)
        for (const route of routes.filter((route) => route.right !== right)) {
          const { json, status } = yield* send(route.path, { key, method: route.method })
          assert.deepStrictEqual(
            [status, json["right"]],
            [403, route.right],
            `${route.method} ${route.path} with ${right}`
          )
        }
      }
      for (const { method, path, right } of routes) {
        const { status } = yield* send(path, { key: yield* keyFor(["acme"], right), method })
        assert.notStrictEqual(status, 403, `${method} ${path} with ${right}`)
      }
    }).pipe(Effect.provide(layer())))
})
