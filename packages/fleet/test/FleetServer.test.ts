/** Bounds of requests, and the end of a process. */
import * as FleetServer from "@app/fleet/FleetServer"
import * as Fault from "@app/sandbox/Fault"
import * as Sandbox from "@app/sandbox/Sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as RawRequest from "./support/RawRequest.ts"
import { adminKey, health, layer, pathOf, send, signIn } from "./support/RunningFleet.ts"

const authorization = { authorization: `Bearer ${Redacted.value(adminKey)}` }

describe("a server of a fleet", () => {
  it.live("bounds what it reads of a request", () =>
    Effect.gen(function*() {
      const { url } = yield* FleetServer.FleetServer
      const put = (headers: Readonly<Record<string, string>>, body: string) =>
        RawRequest.send(url, {
          method: "PUT",
          path: `${pathOf("acme", "ann")}/authorization`,
          headers: { "content-type": "application/json", ...headers },
          body
        })
      const body = (bytes: number) => JSON.stringify({ refresh_token: "x".repeat(bytes) })
      assert.strictEqual((yield* put(authorization, body(70_000))).status, 413)
      const chunked = yield* put({ ...authorization, "transfer-encoding": "chunked" }, body(70_000))
      assert.strictEqual(chunked.status, 413)
      assert.strictEqual((yield* put({}, body(70_000))).status, 401)
      assert.strictEqual((yield* put(authorization, body(9000))).status, 400)
      assert.strictEqual((yield* put(authorization, "{")).status, 400)
      assert.strictEqual((yield* put({ ...authorization, "content-type": "text/plain" }, body(10))).status, 415)
      assert.strictEqual((yield* put({ ...authorization, "x-large": "x".repeat(17_000) }, body(10))).status, 431)
      const deep = yield* put(authorization, "[".repeat(30_000) + "]".repeat(30_000))
      assert.strictEqual(deep.status, 400)
      const path = yield* RawRequest.send(url, { method: "GET", path: `/${"a/".repeat(6000)}`, headers: authorization })
      assert.include([404, 431], path.status)
      assert.strictEqual((yield* send("/v1/service-keys", { key: adminKey })).status, 200)
    }).pipe(Effect.provide(layer())))

  it.live("answers what is in flight when it ends, says that it is not ready, and takes nothing new", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const fleet = yield* Layer.buildWithScope(layer(), scope)
      const { inject, issueRefreshTokens } = Context.get(fleet, Sandbox.Sandbox)
      const { url } = Context.get(fleet, FleetServer.FleetServer)
      const within = Effect.provideContext(fleet)
      yield* within(signIn("acme", "ann"))
      assert.strictEqual((yield* within(health("/readyz"))).status, 200)
      yield* inject("POST /api/token", Fault.Latency({ duration: Duration.millis(700) }))
      const [refreshToken = Redacted.make("")] = yield* issueRefreshTokens(1)
      const inFlight = yield* RawRequest.send(url, {
        method: "PUT",
        path: `${pathOf("acme", "bob")}/authorization`,
        headers: { "content-type": "application/json", ...authorization },
        body: JSON.stringify({ refresh_token: Redacted.value(refreshToken) })
      }).pipe(Effect.forkChild({ startImmediately: true }))
      yield* Effect.sleep("200 millis")
      const ending = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* Effect.sleep("200 millis")
      const ready = yield* within(health("/readyz"))
      assert.deepStrictEqual([ready.status, ready.text], [503, "This process is stopping.\n"])
      const fresh = yield* RawRequest.send(url, { method: "GET", path: "/v1/service-keys", headers: authorization })
      assert.strictEqual(fresh.status, 0)
      assert.strictEqual((yield* Fiber.join(inFlight)).status, 201)
      yield* Fiber.join(ending)
    }))

  it.live("names the port that is taken", () =>
    Effect.gen(function*() {
      const { healthUrl, url } = yield* FleetServer.FleetServer
      const attempt = (options: FleetServer.Options) =>
        Effect.exit(Effect.scoped(Layer.build(Layer.fresh(layer({ server: options })))))
      const taken = yield* attempt({ port: Number(new URL(url).port) })
      assert.include(String(taken), "FLEET_PORT cannot be used: this machine does not let the program listen on")
      const takenHealth = yield* attempt({ healthPort: Number(new URL(healthUrl).port) })
      assert.include(String(takenHealth), "FLEET_HEALTH_PORT cannot be used")
    }).pipe(Effect.provide(layer())))
})
