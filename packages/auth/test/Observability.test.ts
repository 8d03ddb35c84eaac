import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { ModelServer } from "./ModelServer.ts"
import { ObservedStore } from "./ObservedStore.ts"
import { inVirtualTime, type Options, simulate, start, type World } from "./TokenServiceModel.ts"

const day = 86_400_000

/** What the metrics of one world read: name and attributes, then the value. */
const readings = Effect.map(Metric.snapshot, (metrics) =>
  new Map(metrics.map(({ attributes, id, state }) => {
    const { issuer: _, client_id: __, ...rest } = { ...attributes }
    return [[id, ...Object.values(rest)].join(" "), state] as const
  })))

const inOwnRegistry = Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))

describe("metrics", () => {
  it.effect("count token requests by grant and outcome, and time them", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const server = yield* ModelServer
      yield* TestClock.adjust("1 second")
      yield* server.behave({ answer: "ServerError" })
      yield* Effect.ignore(Effect.all([tokens.refresh, TestClock.adjust("1 second")], { concurrency: 2 }))
      const seen = yield* readings
      assert.strictEqual(Reflect.get(seen.get("oauth_token_requests RefreshToken success") ?? {}, "count"), 1)
      assert.strictEqual(
        Reflect.get(seen.get("oauth_token_requests RefreshToken TokenRequestFailed") ?? {}, "count"),
        1
      )
      const duration = [...seen].find(([name]) => name.startsWith("oauth_token_request_duration"))?.[1] ?? {}
      assert.deepStrictEqual([Reflect.get(duration, "count"), Reflect.get(duration, "min")], [2, 100])
      assert.strictEqual(Reflect.get(seen.get("oauth_token_expires_at") ?? {}, "value"), 3600)
    })).pipe(inOwnRegistry))

  it.effect("tell how many callers wait", () =>
    simulate(Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(tokens.get, { startImmediately: true }))
      assert.strictEqual(Reflect.get((yield* readings).get("oauth_waiting_callers") ?? {}, "value"), 3)
      yield* Fiber.interruptAll(fibers.slice(0, 1))
      assert.strictEqual(Reflect.get((yield* readings).get("oauth_waiting_callers") ?? {}, "value"), 2)
      yield* TestClock.adjust("1 second")
      yield* Fiber.awaitAll(fibers)
      assert.strictEqual(Reflect.get((yield* readings).get("oauth_waiting_callers") ?? {}, "value"), 0)
    })).pipe(inOwnRegistry))
})

/** A token service in a world of its own, and what it lets be seen from without. */
const watched = <A, E>(
  program: (
    seen: { readonly lines: ReadonlyArray<string>; readonly spans: ReadonlyArray<Tracer.NativeSpan> }
  ) => Effect.Effect<A, E, TokenService.TokenService | World>,
  options?: Options
) => {
  const lines: Array<string> = []
  const spans: Array<Tracer.NativeSpan> = []
  const logger = Logger.make(({ fiber, logLevel, message }) => {
    const annotations = Object.entries(fiber.getRef(References.CurrentLogAnnotations))
    lines.push([logLevel, message, ...annotations.map(([key, value]) => `${key}=${String(value)}`)].join(" "))
  })
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return inVirtualTime(
    Effect.gen(function*() {
      const { stop, tokens } = yield* start({ account: "ann", ...options })
      yield* Effect.provideService(program({ lines, spans }), TokenService.TokenService, tokens)
      yield* stop
    }).pipe(
      Effect.withSpan("start"),
      Effect.provide(Layer.mergeAll(
        Logger.layer([logger]),
        Layer.succeed(References.MinimumLogLevel, "All"),
        Layer.succeed(Tracer.Tracer, tracer)
      ))
    )
  )
}

const ann = "oauth.issuer=https://accounts.spotify.com oauth.client_id=client oauth.account=ann"

describe("spans", () => {
  it.effect("tell a turn of the service from the wait for it, and whose tokens it is about", () =>
    watched(({ spans }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const whileTimePasses = <A, E>(effect: Effect.Effect<A, E>) =>
          Effect.all([effect, TestClock.adjust("1 second")], { concurrency: 2 })
        yield* whileTimePasses(Effect.withSpan(tokens.get, "visit"))
        yield* Effect.withSpan(tokens.get, "next visit")
        yield* whileTimePasses(Effect.withSpan(tokens.refresh, "command"))
        yield* tokens.signOut
        const nameOf = (span: Tracer.AnySpan) => span._tag === "Span" ? span.name : "elsewhere"
        const told = spans.map((span) => ({
          span: span.name,
          within: Option.getOrElse(Option.map(span.parent, nameOf), () => "nothing"),
          for: span.links.map((link) => nameOf(link.span)).join(),
          whose: ["issuer", "client_id", "account"].map((key) => span.attributes.get(`oauth.${key}`)).join(" ").trim(),
          ended: span.status._tag === "Ended" && span.status.exit._tag
        }))
        const ours = { whose: "https://accounts.spotify.com client ann", ended: "Success" }
        const theirs = { for: "", whose: "", ended: "Success" }
        const refresh = (cause: string) => [
          { span: "TokenService.refresh", within: "nothing", for: cause, ...ours },
          { span: "TokenEndpoint.request", within: "TokenService.refresh", for: "", ...ours },
          { span: "POST", within: "TokenEndpoint.request", for: "", ...ours }
        ]
        assert.sameDeepMembers(told, [
          { span: "start", within: "nothing", ...theirs, ended: false },
          ...refresh(""),
          { span: "visit", within: "start", ...theirs },
          { span: "TokenService.wait", within: "visit", for: "", ...ours },
          { span: "next visit", within: "start", ...theirs },
          { span: "command", within: "start", ...theirs },
          { span: "TokenService.wait", within: "command", for: "", ...ours },
          ...refresh("command"),
          { span: "TokenService.signOut", within: "nothing", for: "start", ...ours }
        ])
      })
    ))
})

describe("log lines", () => {
  it.effect("say what is wrong, whose tokens it is about, and when it has passed", () => {
    const store = new ObservedStore()
    return watched(({ lines }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* TestClock.adjust("1 second")
        yield* server.behave({ answer: "ServerError" })
        yield* TestClock.adjust("59 minutes")
        const failures = lines.filter((line) => line.startsWith("Warn")).length
        store.failsWrites = true
        yield* server.behave({ answer: "Token" })
        yield* TestClock.adjust("5 minutes")
        store.failsWrites = false
        yield* TestClock.adjust("1 minute")
        yield* tokens.signOut
        const next = "The next attempt is due at"
        assert.strictEqual(lines[0], `Debug Token 1 is here. ${ann}`)
        assert.include(lines[1], `Warn No token could be fetched: the authorization server answered 503. ${next} 1970-`)
        assert.include(lines[1], ann)
        assert.deepStrictEqual([...new Set(lines.slice(1 + failures))], [
          `Error The token store could not write the observed store: the disk is gone. ${ann}`,
          `Info Token 2 is here. Attempts that failed before it: ${failures}. ${ann}`,
          `Info The token at hand is in the store now. ${ann}`
        ])
      }), { store: store.layer })
  })
})

describe("the refresh token's own end", () => {
  it.effect.each([1, 14, 60])(
    "is announced %i days ahead, if one likes, once, and again after the next sign-in (F37)",
    (
      warningDays
    ) =>
      simulate(
        Effect.gen(function*() {
          const tokens = yield* TokenService.TokenService
          const announced: Array<boolean> = []
          yield* tokens.changes.pipe(
            Stream.map(({ isSignInDueSoon }) => isSignInDueSoon),
            Stream.changes,
            Stream.runForEach((soon) => Effect.sync(() => announced.push(soon))),
            Effect.forkChild({ startImmediately: true })
          )
          yield* TestClock.adjust((180 - warningDays) * day - 1000)
          assert.deepStrictEqual(announced, [false])
          assert.isFalse((yield* tokens.status).isSignInDueSoon)
          yield* TestClock.adjust(1000)
          assert.deepStrictEqual(announced, [false, true])
          assert.isTrue((yield* tokens.status).isSignInDueSoon)
          const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: yield* DateTime.now })
          yield* Effect.all([tokens.authorize(grant), TestClock.adjust("1 second")], { concurrency: 2 })
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(announced, [false, true, false])
        }),
        {
          signInWarning: `${warningDays} days`,
          behaviour: { lifetimeSeconds: 86_400 },
          grant: Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: DateTime.makeUnsafe(0) })
        }
      )
  )
})
