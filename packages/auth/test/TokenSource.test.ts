import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Runs from "./support/Runs.ts"
import { provideWhileTimePasses } from "./support/TokenServiceModel.ts"

class Place extends Context.Service<Place, string>()("test/Place") {}

class VaultSealed extends Data.TaggedError("VaultSealed")<{ readonly secret: string }> {}

const fromSource = <A, E, E2>(
  program: Effect.Effect<A, E, TokenService.TokenService>,
  acquire: Effect.Effect<TokenSource.SourcedToken, E2>
) =>
  program.pipe(
    provideWhileTimePasses(TokenSource.layer({ acquire, name: "vault" })),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(TestClock.layer())
  )

describe("TokenSource", () => {
  it.effect.prop("gives its tokens the life of any other: one acquisition a life, and no caller who waits twice", {
    lifetimeSeconds: Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 7200 })),
    callers: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))
  }, ({ callers, lifetimeSeconds }) => {
    let acquired = 0
    return fromSource(
      Effect.gen(function*() {
        for (let life = 0; life < 5; life++) {
          const tokens = yield* Effect.forEach(Array.from({ length: callers }), () => TokenService.get, {
            concurrency: "unbounded"
          })
          assert.strictEqual(new Set(tokens).size, 1)
          yield* TestClock.adjust(lifetimeSeconds * 1000)
        }
        assert.isAtMost(acquired, 1 + Math.ceil(5 / 0.5))
        assert.isAtLeast(acquired, 5)
      }),
      Effect.sync(() => ({
        value: Redacted.make(`token-${++acquired}`),
        expiresIn: `${lifetimeSeconds} seconds` as const
      }))
    )
  }, { arbitrary: { runs: Runs.upTo(50) } })

  it.effect("a source runs with the services it was made with, whatever those of the request are", () =>
    Effect.gen(function*() {
      const acquire = Effect.map(Place, (place) => ({ value: Redacted.make(`token-of-${place}`) }))
      const tokens = yield* Effect.provideService(TokenSource.make({ acquire }), Place, "layer")
      const texts = yield* Effect.all([tokens.get, tokens.refresh, tokens.get]).pipe(
        Effect.map((all) => all.map(({ value }) => Redacted.value(value))),
        Effect.provideService(Place, "request")
      )
      assert.deepStrictEqual(texts, ["token-of-layer", "token-of-layer", "token-of-layer"])
    }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "None")))

  it.effect("a source in trouble is typed, shows no secret, and is asked again", () => {
    let sealed = true
    return fromSource(
      Effect.gen(function*() {
        const error = yield* Effect.flip(TokenService.get)
        assert.strictEqual(error.reason._tag, "TokenRequestFailed")
        assert.include(error.message, "the vault failed (VaultSealed)")
        assert.notInclude(error.message, "canary")
        sealed = false
        yield* TestClock.adjust("2 seconds")
        yield* TokenService.get
      }),
      Effect.suspend(() =>
        sealed ? Effect.fail(new VaultSealed({ secret: "canary" })) : Effect.succeed({ value: Redacted.make("token") })
      )
    )
  })

  it.effect("a source that hangs, dies or gives nonsense leaves nobody waiting", () =>
    Effect.gen(function*() {
      for (
        const [acquire, mention] of [
          [Effect.never, "no answer came within"],
          [Effect.die(new TypeError("canary")), "unexpected fault (TypeError)"],
          [Effect.succeed({ value: Redacted.make("to\r\nken") }), "not printable"]
        ] as const
      ) {
        const error = yield* fromSource(
          Effect.gen(function*() {
            const fiber = yield* Effect.forkChild(Effect.flip(TokenService.get), { startImmediately: true })
            yield* TestClock.adjust("10 seconds")
            const exit = fiber.pollUnsafe()
            yield* TestClock.adjust("1 minute")
            return exit === undefined ? yield* Effect.die("somebody waits") : yield* exit
          }),
          acquire
        )
        assert.include(error.message, mention)
        assert.notInclude(error.message, "canary")
      }
    }))

  it.effect.each(
    [
      ["a fraction of a second", 0.5, 0],
      ["none", 0, 0],
      ["less than none", -1000, 0],
      ["not a number", NaN, 0],
      ["ten years", "3650 days", 1],
      ["for ever", Infinity, 1]
    ] as const
  )("F13, F14: a lifetime of %s neither serves a dead token nor asks without pause", ([_name, expiresIn, serves]) => {
    let acquired = 0
    return fromSource(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        for (let look = 0; look < 100; look++) {
          const exit = yield* Effect.exit(tokens.get)
          if (Exit.isSuccess(exit)) assert.isFalse(exit.value.isExpired(yield* DateTime.now))
          assert.strictEqual(Exit.isSuccess(exit), serves === 1)
          yield* TestClock.adjust("6 seconds")
        }
        const { expiresAt } = yield* tokens.status
        assert.isString(expiresAt === undefined ? undefined : DateTime.formatIso(expiresAt))
        assert.isAtMost(acquired, serves === 1 ? 1 : 25)
      }),
      Effect.sync(() => ({ value: Redacted.make(`token-${++acquired}`), expiresIn }))
    )
  })

  it.effect("a token without an end is served until it is refused", () => {
    let acquired = 0
    return fromSource(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const token = yield* tokens.get
        assert.isTrue(yield* tokens.invalidate(token))
        assert.notStrictEqual(yield* tokens.get, token)
        assert.strictEqual(acquired, 2)
      }),
      Effect.sync(() => ({ value: Redacted.make(`token-${++acquired}`) }))
    )
  })

  it.effect("is counted and timed like any other", () =>
    fromSource(
      Effect.gen(function*() {
        yield* TokenService.get
        const seen = (yield* Metric.snapshot).filter(({ attributes }) => attributes?.["grant"] === "TokenSource")
        assert.deepStrictEqual(
          seen.map(({ attributes, id, state }) => [id, attributes?.["outcome"], Reflect.get(state, "count")]),
          [
            ["oauth_token_requests", "success", 1],
            ["oauth_token_request_duration", undefined, 1]
          ]
        )
      }),
      Effect.succeed({ value: Redacted.make("token") })
    ).pipe(Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))))

  it.effect("has nothing to sign in to", () =>
    fromSource(
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const error = yield* Effect.flip(tokens.authorize({ _tag: "ClientCredentials" }))
        assert.strictEqual(error.reason._tag, "InvalidConfiguration")
        yield* tokens.get
      }),
      Effect.succeed({ value: Redacted.make("token") })
    ))
})
