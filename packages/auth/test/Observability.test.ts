import * as Grant from "@app/auth/Grant"
import { standard } from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
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
import { ModelServer } from "./support/ModelServer.ts"
import { ObservedStore, theirsIn } from "./support/ObservedStore.ts"
import {
  inVirtualTime,
  type Options,
  provideWhileTimePasses,
  refreshToken,
  simulate,
  start,
  type World
} from "./support/TokenServiceModel.ts"

const day = 86_400_000

/** What the metrics of one world read: name and attributes, then the value. */
const readings = Effect.map(Metric.snapshot, (metrics) =>
  new Map(metrics.map(({ attributes, id, state }) => {
    const { issuer: _, client_id: __, ...rest } = { ...attributes }
    return [[id, ...Object.values(rest)].join(" "), state] as const
  })))

const vault = TokenSource.layer({
  acquire: Effect.succeed({ value: Redacted.make("token"), expiresIn: "1 hour" as const }),
  name: "vault"
})

/** What some gauges of one world read, and whose they are. */
const gauges = (...names: ReadonlyArray<string>) =>
  Effect.map(Metric.snapshot, (metrics) =>
    metrics
      .filter(({ id }) => names.includes(id))
      .map(({ attributes, id, state }) => ({ id, whose: { ...attributes }, value: Reflect.get(state, "value") })))

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
      const waiting = (value: number) => [
        { id: "oauth_waiting_callers", whose: { issuer: "https://accounts.spotify.com" }, value }
      ]
      const tokens = yield* TokenService.TokenService
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(tokens.get, { startImmediately: true }))
      assert.deepStrictEqual(yield* gauges("oauth_waiting_callers"), waiting(3))
      yield* Fiber.interruptAll(fibers.slice(0, 1))
      assert.deepStrictEqual(yield* gauges("oauth_waiting_callers"), waiting(2))
      yield* TestClock.adjust("1 second")
      yield* Fiber.awaitAll(fibers)
      assert.deepStrictEqual(yield* gauges("oauth_waiting_callers"), waiting(0))
    })).pipe(inOwnRegistry))

  const instants = gauges("oauth_token_expires_at", "oauth_authorized_at")

  const signedIn = Grant.RefreshToken({
    refreshToken: Redacted.make("AQ-0"),
    authorizedAt: DateTime.makeUnsafe(-7_200_000)
  })

  it.effect("tell of one account when its token ends and when the person signed in, in seconds", () =>
    simulate(
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        const whose = { issuer: "https://accounts.spotify.com", client_id: "client" }
        assert.sameDeepMembers(yield* instants, [
          { id: "oauth_token_expires_at", whose, value: 3600 },
          { id: "oauth_authorized_at", whose, value: -7200 }
        ])
      }),
      { grant: signedIn }
    ).pipe(inOwnRegistry))

  it.effect("tell of an account among many neither: a series for each would grow without end", () =>
    simulate(
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        yield* TokenService.get
        assert.deepStrictEqual(yield* instants, [])
      }),
      { grant: signedIn, account: "ann" }
    ).pipe(inOwnRegistry))

  it.effect("tell of a token without an end, or without a sign-in, only what there is", () =>
    simulate(
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        yield* TokenService.get
        assert.deepStrictEqual(yield* instants, [])
      }),
      { behaviour: { lifetimeSeconds: null } }
    ).pipe(inOwnRegistry))

  it.effect("tell of a source's token under the source's name, which belongs to no client", () =>
    Effect.gen(function*() {
      yield* TokenService.get
      assert.deepStrictEqual(yield* instants, [
        { id: "oauth_token_expires_at", whose: { issuer: "vault", client_id: "" }, value: 3600 }
      ])
    }).pipe(provideWhileTimePasses(vault), inOwnRegistry, Effect.provide(TestClock.layer())))
})

/** What is seen of a program from without. */
const observed = () => {
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
  const layer = Layer.mergeAll(
    Logger.layer([logger]),
    Layer.succeed(References.MinimumLogLevel, "All"),
    Layer.succeed(Tracer.Tracer, tracer)
  )
  return { lines, spans, layer }
}

/** A token service in a world of its own, and what it lets be seen from without. */
const watched = <A, E>(
  program: (
    seen: { readonly lines: ReadonlyArray<string>; readonly spans: ReadonlyArray<Tracer.NativeSpan> }
  ) => Effect.Effect<A, E, TokenService.TokenService | World>,
  options?: Options
) => {
  const { layer, ...seen } = observed()
  return inVirtualTime(
    Effect.gen(function*() {
      const { stop, tokens } = yield* start({ account: "ann", ...options })
      yield* Effect.provideService(program(seen), TokenService.TokenService, tokens)
      yield* stop
    }).pipe(Effect.withSpan("start"), Effect.provide(layer))
  )
}

const ann = "oauth.issuer=https://accounts.spotify.com oauth.client_id=client oauth.account=ann"

const nameOf = (span: Tracer.AnySpan) => span._tag === "Span" ? span.name : "elsewhere"

const whileTimePasses = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.all([effect, TestClock.adjust("1 second")], { concurrency: 2 })

describe("spans", () => {
  it.effect("tell a turn of the service from the wait for it, and whose tokens it is about", () =>
    watched(({ spans }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* whileTimePasses(Effect.withSpan(tokens.get, "visit"))
        yield* Effect.withSpan(tokens.get, "next visit")
        yield* whileTimePasses(Effect.withSpan(tokens.refresh, "command"))
        yield* tokens.signOut
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

  it.effect("tell each turn from the others, and what it was for", () =>
    watched(({ spans }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-new") })
        yield* whileTimePasses(tokens.get)
        yield* whileTimePasses(Effect.withSpan(tokens.refresh, "command"))
        yield* whileTimePasses(Effect.withSpan(tokens.authorize(grant), "sign-in"))
        yield* whileTimePasses(Effect.withSpan(tokens.retryEndedSignIn, "second thoughts"))
        yield* whileTimePasses(Effect.withSpan(tokens.signOut, "farewell"))
        assert.deepStrictEqual(
          spans.filter(({ name }) => /^TokenService.(?!wait)/.test(name)).map(({ links, name }) => [
            name,
            links.map(({ span }) => nameOf(span)).join()
          ]),
          [
            ["TokenService.refresh", ""],
            ["TokenService.refresh", "command"],
            ["TokenService.authorize", "sign-in"],
            ["TokenService.retryEndedSignIn", "second thoughts"],
            ["TokenService.signOut", "farewell"]
          ]
        )
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

  it.effect("do not say that a token is stored where somebody else has renewed it meanwhile", () => {
    const store = new ObservedStore()
    return watched(({ lines }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* TestClock.adjust("1 second")
        store.failsWrites = true
        yield* Effect.all([tokens.refresh, TestClock.adjust("1 second")], { concurrency: 2 })
        store.record = theirsIn(store)
        store.failsWrites = false
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(lines.at(-1), `Info The store has gone on without the token at hand. ${ann}`)
      }), { store: store.layer })
  })

  it.effect("name no account where there is one only, and no client where a source has none", () => {
    const { layer, lines } = observed()
    return Effect.gen(function*() {
      yield* watched((seen) =>
        Effect.gen(function*() {
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(seen.lines, [
            "Debug Token 1 is here. oauth.issuer=https://accounts.spotify.com oauth.client_id=client"
          ])
        }), { account: undefined })
      yield* Effect.provide(provideWhileTimePasses(vault)(TokenService.get), [layer, TestClock.layer()])
      assert.deepStrictEqual(lines, ["Debug Token 1 is here. oauth.issuer=vault"])
    })
  })
})

describe("log levels", () => {
  /** The lines that a renewal's failure leaves. */
  const after = <E>(
    renewal: Effect.Effect<unknown, E, TokenService.TokenService | World>,
    expected: ReadonlyArray<string>,
    options?: Options
  ) =>
    watched(({ lines }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        const before = lines.length
        yield* Effect.ignore(renewal)
        assert.deepStrictEqual(lines.slice(before), expected.map((line) => `${line} ${ann}`))
      }), options)

  const refreshAnswered = (answer: "ServerError" | "InvalidGrant") =>
    Effect.andThen(
      ModelServer.use((server) => server.behave({ answer })),
      TokenService.TokenService.use((tokens) => whileTimePasses(tokens.refresh))
    )

  it.effect("warn of what passes by itself", () =>
    after(
      refreshAnswered("ServerError"),
      [
        "Warn No token could be fetched: the authorization server answered 503. The next attempt is due at 1970-01-01T00:00:11.100Z."
      ],
      { policy: { ...standard, retryDelay: () => Duration.seconds(10) } }
    ))

  it.effect("call the end of a sign-in an error", () =>
    after(refreshAnswered("InvalidGrant"), [
      "Error The authorization server no longer accepts this sign-in (\"Refresh token revoked\"). Ask the person to sign in again."
    ]))

  it.effect("take note of a person who has signed out", () =>
    after(TokenService.TokenService.use((tokens) => Effect.andThen(tokens.signOut, tokens.retryEndedSignIn)), [
      "Info The person has been signed out. Ask them to sign in."
    ]))

  it.effect("take note of a person who has not signed in", () =>
    after(
      TokenService.TokenService.use((tokens) => tokens.retryEndedSignIn),
      [
        "Info There is no usable access token and no refresh token to get one with. Ask the person to sign in."
      ],
      { grant: undefined }
    ))

  it.effect("call a first sign-in no failure, neither before nor after it (F141)", () =>
    watched(({ lines }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* TestClock.adjust("1 second")
        yield* whileTimePasses(tokens.authorize(refreshToken))
        assert.deepStrictEqual(lines.filter((line) => !line.startsWith("Debug")), [])
      }), { grant: undefined }))
})

describe("the refresh token's own end", () => {
  const signedIn = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0"), authorizedAt: DateTime.makeUnsafe(0) })

  it.effect("is warned of in one line of the log (F37)", () =>
    watched(({ lines }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust(2 * day)
        assert.deepStrictEqual(lines.filter((line) => line.startsWith("Warn")), [
          `Warn The sign-in ends at 1970-06-30T00:00:00.000Z. Ask the person to sign in again before. ${ann}`
        ])
      }), { grant: signedIn, signInWarning: "179 days" }))

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
          grant: signedIn
        }
      )
  )
})
