import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as SpanRecorder from "../../auth/test/support/SpanRecorder.ts"
import { TracksApi } from "../src/contract/TracksApi.ts"
import * as Ids from "../src/Ids.ts"
import * as UndiciHttpClient from "../src/node/UndiciHttpClient.ts"
import * as Profile from "../src/Profile.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"

const transports = {
  UndiciHttpClient: UndiciHttpClient.layer(),
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layerNodeHttp,
  fetch: FetchHttpClient.layer
}

const track = "GET /v1/tracks/{id}"
const get = Tracks.get(Catalogue.ids.cutToTheFeeling)

const clientOf = (sandbox: Sandbox.Sandbox["Service"]) => SpotifyClient.layer({ apiUrl: sandbox.apiUrl })

const programToken = (sandbox: Sandbox.Sandbox["Service"]) =>
  TokenService.layer({
    client: sandbox.client,
    grant: Grant.ClientCredentials({}),
    server: Providers.spotify.at(sandbox.accountsUrl)
  })

const spotify = (
  transport: Layer.Layer<HttpClient.HttpClient>,
  tokens: (sandbox: Sandbox.Sandbox["Service"]) => Layer.Layer<
    TokenService.TokenService,
    unknown,
    HttpClient.HttpClient | TokenStore.TokenStore
  > = programToken
) =>
  Layer.unwrap(Effect.map(Sandbox.Sandbox, (sandbox) => Layer.provide(clientOf(sandbox), tokens(sandbox)))).pipe(
    Layer.provide([TokenStore.layerMemory, transport]),
    Layer.provideMerge(Sandbox.layer()),
    // Pauses of next to no length: what is awaited here is the network alone.
    Layer.provideMerge(Layer.succeed(RetryPolicy.RetryPolicy, {
      ...RetryPolicy.standard,
      retryAfterDefault: "10 millis",
      pauses: RetryPolicy.fullJitter({ base: 0, times: 2 })
    }))
  )

for (const [name, transport] of Object.entries(transports)) {
  describe(`over ${name}`, () => {
    it.live("I19: every track of the sandbox, in both quota modes, with and without a market", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        for (const quotaMode of ["development", "extended"] as const) {
          yield* sandbox.configure({ quotaMode })
          for (const { id } of Catalogue.tracks) {
            const track = yield* Tracks.get(`https://open.spotify.com/track/${id}?si=x`)
            assert.strictEqual(track.id, id)
            yield* Tracks.get(id, { market: "DE" })
          }
          const local = yield* Tracks.get(Catalogue.ids.localFile)
          assert.isTrue(local.isLocal)
        }
      }).pipe(Effect.provide(spotify(transport))))

    it.live("errors are typed: nobody's id, a person asked for with the program's own token", () =>
      Effect.gen(function*() {
        const missing = yield* Effect.flip(Tracks.get(Catalogue.ids.unknown))
        assert.isTrue(missing._tag === "SpotifyError" && missing.reason._tag === "NotFound")
        const nobody = yield* Effect.flip(Profile.me)
        assert.isTrue(nobody._tag === "SpotifyError" && nobody.reason._tag === "Forbidden")
      }).pipe(Effect.provide(spotify(transport))))

    for (
      const fault of [
        Fault.Reset({}),
        Fault.Truncated({}),
        Fault.Html({}),
        Fault.EmptyBody({ status: 503 }),
        Fault.RateLimited({ retryAfter: 0 })
      ]
    ) {
      it.live(`a call survives one ${fault._tag}`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.inject(track, fault)
          yield* get
          assert.strictEqual(yield* sandbox.count(track), 2)
        }).pipe(Effect.provide(spotify(transport))))
    }

    for (
      const fault of [
        Fault.Body({ body: "<html>", contentType: "text/html" }),
        Fault.EmptyBody({})
      ]
    ) {
      it.live(`I18: a success of ${fault._tag === "Body" ? fault.body : "nothing"} is an error that is not repeated`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.inject(track, fault)
          const error = yield* Effect.flip(get)
          assert.isTrue(error._tag === "SpotifyError" && error.reason._tag === "UnexpectedResponse")
          assert.strictEqual(yield* sandbox.count(track), 1)
        }).pipe(Effect.provide(spotify(transport))))
    }

    it.live("I18: 10 MB of junk are not read to their end", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject(track, Fault.Body({ body: "0123456789", repeat: 1_000_000 }))
        const error = yield* Effect.flip(get)
        assert.isTrue(error._tag === "SpotifyError" && error.reason._tag === "UnexpectedResponse")
        assert.include(error.message, "more than 8388608 bytes")
      }).pipe(Effect.provide(spotify(transport))))

    it.live("I18: a failure with 10 MB of junk is still told by its status", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject(track, Fault.Body({ status: 404, body: "0123456789", repeat: 1_000_000 }))
        const error = yield* Effect.flip(get)
        assert.isTrue(error._tag === "SpotifyError" && error.reason._tag === "NotFound")
      }).pipe(Effect.provide(spotify(transport))))

    it.live("I10: a burst of 401s on one token leads to one refresh, and every call succeeds on its one replay", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* get
        yield* sandbox.revokeAccessTokens
        yield* sandbox.clearLog
        // Past Tracks.get, which would make one request of them all.
        const call = SpotifyClient.call(
          TracksApi,
          (tracks) => tracks.get({ params: { id: Ids.TrackId.make(Catalogue.ids.cutToTheFeeling) }, query: {} })
        )
        yield* Effect.replicateEffect(call, 100, { concurrency: "unbounded", discard: true })
        assert.strictEqual(yield* sandbox.count("POST /api/token"), 1)
        const refused = yield* sandbox.count(track, ({ status }) => status === 401)
        assert.isAtLeast(refused, 1)
        assert.strictEqual(yield* sandbox.count(track), 100 + refused)
      }).pipe(Effect.provide(spotify(transport))))

    it.live("I10: an API that refuses every token is asked twice by a call, and brings one refresh", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* get
        yield* sandbox.clearLog
        yield* sandbox.inject(track, Fault.Status({ status: 401, times: "always" }))
        const errors = yield* Effect.all(Array.from({ length: 20 }, () => Effect.flip(get)), {
          concurrency: "unbounded"
        })
        assert.isTrue(errors.every((error) => error._tag === "SpotifyError" && error.reason._tag === "Unauthorized"))
        assert.strictEqual(yield* sandbox.count("POST /api/token"), 1)
        assert.isAtMost(yield* sandbox.count(track), 40)
      }).pipe(Effect.provide(spotify(transport))))

    for (const status of [301, 302, 303, 307, 308]) {
      it.live(`I12: a ${status} elsewhere is not followed, with or without the bearer`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          yield* sandbox.inject(track, Fault.Redirect({ status, location: `${sandbox.accountsUrl}/elsewhere` }))
          const error = yield* Effect.flip(get)
          assert.isTrue(error._tag === "SpotifyError" && error.reason._tag === "UnexpectedResponse")
          const requests = yield* sandbox.requests
          assert.isFalse(requests.some(({ path }) => path === "/elsewhere"))
        }).pipe(Effect.provide(spotify(transport))))
    }

    it.live("I12: the bearer reaches the API alone, and no trace header does", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* Effect.withSpan(get, "a span to propagate")
        const requests = yield* sandbox.requests
        assert.isTrue(requests.every(({ bearer, service }) => service === "api" || bearer === null))
        for (const { headers } of requests) {
          for (const header of ["traceparent", "tracestate", "b3"]) assert.notProperty(headers, header)
        }
      }).pipe(Effect.provide(spotify(transport))))

    it.live("I11: no secret in logs at trace level, spans, errors, toString, JSON or inspect", () => {
      const secret = "BQ-this-is-the-secret-of-this-test"
      const seen: Array<string> = []
      const show = (value: unknown) =>
        seen.push(String(value), inspect(value, { depth: 20, showHidden: true }), json(value))
      const logger = Logger.make(({ cause, fiber, message }) => {
        show(message)
        show(cause)
        show(fiber.getRef(References.CurrentLogAnnotations))
      })
      const { spans, tracer } = SpanRecorder.make()
      return Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        show(yield* SpotifyClient.SpotifyClient)
        for (
          const fault of [
            Fault.Status({ status: 403, body: { error: { status: 403, message: secret, reason: secret } } }),
            Fault.Status({ status: 500, body: secret, times: 3 }),
            Fault.Status({ status: 404, body: { error: { status: 404, message: `Bearer ${secret}` } } }),
            Fault.RateLimited({ retryAfter: 99, quotaExceeded: true }),
            Fault.Body({ body: `{"type":"${secret}","name":1}` }),
            Fault.Body({ body: secret }),
            Fault.Reset({ times: 3 }),
            Fault.Truncated({ times: 3 }),
            Fault.Redirect({ location: `${sandbox.accountsUrl}/elsewhere` }),
            // The last, because a token that cannot be replaced ends with it.
            Fault.Status({ status: 401, body: `no ${secret}` })
          ]
        ) {
          yield* sandbox.inject(track, fault)
          const exit = yield* Effect.exit(get)
          assert.strictEqual(exit._tag, "Failure")
          if (exit._tag === "Failure") {
            show(Cause.pretty(exit.cause))
            show(Cause.squash(exit.cause))
            show(exit)
            yield* Effect.logError("it failed", exit.cause)
          }
        }
        spans.forEach((span) =>
          show({ name: span.name, attributes: span.attributes, events: span.events, status: span.status })
        )
        assert.isAtLeast(spans.length, 10)
        const leak = seen.find((text) => text.includes(secret))
        assert.isUndefined(leak, leak?.slice(0, 2_000))
      }).pipe(
        Effect.provide(Layer.mergeAll(
          spotify(transport, () => TokenService.layerStatic({ value: Redacted.make(secret) })),
          Logger.layer([logger])
        )),
        Effect.provideService(References.MinimumLogLevel, "Trace"),
        Effect.provideService(Tracer.Tracer, tracer),
        Effect.provideService(HttpClient.TracerHeaderFilter, () => true)
      )
    })
  })
}

const json = (value: unknown): string => {
  const seen = new WeakSet<object>()
  return JSON.stringify(value, (_, nested: unknown) => {
    if (typeof nested === "bigint") return String(nested)
    if (typeof nested !== "object" || nested === null) return nested
    if (seen.has(nested)) return undefined
    seen.add(nested)
    return nested instanceof Map ? Object.fromEntries(nested) : nested
  }) ?? ""
}

describe("apiUrl", () => {
  const build = (apiUrl: string) =>
    Layer.build(SpotifyClient.layer({ apiUrl })).pipe(
      Effect.provide([TokenService.layerStatic({ value: Redacted.make("x") }), FetchHttpClient.layer])
    )

  for (
    const apiUrl of [
      "http://api.spotify.com/v1",
      "http://localhost:8900/v1",
      "http://127.0.0.1.example.com/v1",
      "ftp://127.0.0.1/v1",
      "https://user:password@api.spotify.com/v1",
      "https://api.spotify.com/v1?key=1",
      "/v1",
      ""
    ]
  ) {
    it.effect(`I12: "${apiUrl}" is refused before anything is sent`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(build(apiUrl))
        assert.strictEqual(error.reason._tag, "InvalidConfiguration")
        assert.notInclude(error.message, "password@")
      }))
  }

  for (const apiUrl of ["https://api.spotify.com/v1/", "http://127.0.0.1:8900/v1", "http://[::1]:8900"]) {
    it.effect(`"${apiUrl}" is accepted`, () => build(apiUrl))
  }
})
