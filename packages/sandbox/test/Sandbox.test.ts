import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { call, inSandbox, programToken } from "./support/Requests.ts"

const track = `/tracks/${Catalogue.ids.typhoons}`

describe("the listeners", () => {
  it.live("a port that is taken is a typed error with its number", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      const port = Number(new URL(accountsUrl).port)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Layer.fresh(Sandbox.layer({ accountsPort: port })))))
      assert.strictEqual(error.reason._tag, "PortInUse")
      assert.include(error.message, String(port))
    }).pipe(inSandbox()))

  it.live("closing cuts a request that hangs", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Sandbox.layer(), scope)
      yield* Effect.gen(function*() {
        const { count, inject } = yield* Sandbox.Sandbox
        yield* inject("GET /v1/me", Fault.Hang({}))
        const hanging = yield* Effect.forkChild(Effect.exit(call("/me")), { startImmediately: true })
        yield* Effect.repeat(count("GET /v1/me"), { until: (asked) => asked === 1 })
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(Exit.isFailure(yield* Fiber.join(hanging)))
      }).pipe(Effect.provideContext(context))
    }))

  it.live.prop("two sandboxes share nothing", {
    tokens: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
  }, ({ tokens }) =>
    Effect.gen(function*() {
      const other = yield* Layer.build(Layer.fresh(Sandbox.layer()))
      for (let i = 0; i < tokens; i++) {
        const token = yield* programToken
        const seen = yield* Effect.provideContext(call(track, token), other)
        assert.strictEqual(seen.status, 401)
      }
    }).pipe(Effect.scoped, inSandbox()), { arbitrary: { runs: 3 } })
})
