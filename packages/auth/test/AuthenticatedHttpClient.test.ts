import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
import * as AuthError from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { RotatingServer } from "./support/RotatingServer.ts"

const track = `/tracks/${Catalogue.ids.typhoons}`

const Tokens = Layer.unwrap(Effect.map(Sandbox.Sandbox, ({ accountsUrl, client }) =>
  TokenService.layer({
    server: Providers.spotify.at(accountsUrl),
    client,
    grant: Grant.ClientCredentials({})
  })))

const onTheWire = <A, E>(
  program: Effect.Effect<A, E, HttpClient.HttpClient | Sandbox.Sandbox | Scope.Scope | TokenService.TokenService>,
  transport: Layer.Layer<HttpClient.HttpClient>
) =>
  Effect.scoped(program).pipe(
    Effect.provide(Tokens.pipe(
      Layer.provide(TokenStore.layerMemory),
      Layer.provideMerge(transport),
      Layer.provideMerge(Sandbox.layer())
    )),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

const client = Effect.flatMap(
  Sandbox.Sandbox,
  ({ apiUrl }) => AuthenticatedHttpClient.make({ origins: [new URL(apiUrl).origin] })
)

describe.each(
  [
    ["UndiciHttpClient", UndiciHttpClient.layer()],
    ["undici", NodeHttpClient.layerUndici],
    ["fetch", FetchHttpClient.layer]
  ] as const
)(
  "AuthenticatedHttpClient over %s",
  (_name, transport) => {
    it.live("I10: a burst of refusals leads to one token request, and each call is repeated once", () =>
      onTheWire(
        Effect.gen(function*() {
          const { apiUrl, count, revokeAccessTokens } = yield* Sandbox.Sandbox
          const http = yield* client
          yield* http.get(`${apiUrl}${track}`)
          yield* revokeAccessTokens
          const answers = yield* Effect.forEach(
            Array.from({ length: 100 }),
            () => http.get(`${apiUrl}${track}`),
            { concurrency: "unbounded" }
          )
          assert.isTrue(answers.every(({ status }) => status === 200))
          assert.strictEqual(yield* count("POST /api/token"), 2)
          assert.isAtMost(yield* count("GET /v1/tracks/{id}"), 201)
        }),
        transport
      ))

    it.live("a refusal that a new token does not cure is the caller's to see, and starts no storm (F60)", () =>
      onTheWire(
        Effect.gen(function*() {
          const { apiUrl, count, inject } = yield* Sandbox.Sandbox
          yield* inject("GET /v1/tracks/{id}", Fault.Status({ status: 401, times: "always" }))
          const http = yield* client
          for (let i = 0; i < 5; i++) assert.strictEqual((yield* http.get(`${apiUrl}${track}`)).status, 401)
          assert.isAtMost(yield* count("POST /api/token"), 2)
        }),
        transport
      ))

    it.live("I12: the token goes to the named origins alone, and follows no redirect", () =>
      onTheWire(
        Effect.gen(function*() {
          const { accountsUrl, apiUrl, inject, requests } = yield* Sandbox.Sandbox
          const http = yield* client
          yield* inject("GET /v1/tracks/{id}", Fault.Redirect({ location: `${accountsUrl}/authorize` }))
          const redirected = yield* http.get(`${apiUrl}${track}`)
          assert.strictEqual(redirected.status, 302)
          const error = yield* Effect.flip(http.get(`${accountsUrl}/authorize`))
          assert.strictEqual(error._tag, "AuthError")
          assert.include(error.message, accountsUrl)
          const log = yield* requests
          assert.isFalse(log.some(({ route }) => route === "GET /authorize"))
          assert.isFalse(log.some(({ headers }) => "traceparent" in headers || "b3" in headers))
        }),
        transport
      ))
  }
)

describe("AuthenticatedHttpClient", () => {
  it.live("I10: a token revoked under a thousand calls is replaced once, and no call is sent a third time (F58)", () =>
    onTheWire(
      Effect.gen(function*() {
        const { apiUrl, count, requests, revokeAccessTokens } = yield* Sandbox.Sandbox
        const http = yield* client
        yield* http.get(`${apiUrl}${track}`)
        const calls = yield* Effect.forEach(
          Array.from({ length: 1000 }, (_, index) => String(index)),
          (call) =>
            Effect.forkChild(http.get(`${apiUrl}${track}`, { headers: { "x-call": call } }), { startImmediately: true })
        )
        // All have their token, and none an answer.
        yield* revokeAccessTokens
        const answers = yield* Fiber.joinAll(calls)
        assert.isTrue(answers.every(({ status }) => status === 200))
        assert.strictEqual(yield* count("POST /api/token"), 2)
        const sent = new Map<string, number>()
        for (const { headers } of yield* requests) {
          const call = headers["x-call"]
          if (call !== undefined) sent.set(call, (sent.get(call) ?? 0) + 1)
        }
        assert.strictEqual(sent.size, 1000)
        assert.deepStrictEqual([...new Set(sent.values())], [2])
      }),
      // On as many connections as any machine takes at a time; the rest of the calls wait for one.
      NodeHttpClient.layerUndiciOptions({ connections: 64 })
    ))

  it.effect("I22: a call that was refused is not sent again for another person (F115)", () => {
    const seen: Array<string | undefined> = []
    const server = new RotatingServer({ latencyMillis: 0 })
    return Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      const http = yield* AuthenticatedHttpClient.make({ origins: ["https://api.example.com"] }).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          HttpClient.make((request) =>
            Effect.gen(function*() {
              seen.push(request.headers["authorization"])
              // While the answer is on its way, another person signs in.
              if (seen.length === 1) yield* Effect.orDie(tokens.authorize(server.signIn("bob")))
              return HttpClientResponse.fromWeb(request, new Response("", { status: 401 }))
            })
          )
        )
      )
      const error = yield* Effect.flip(http.get("https://api.example.com/things"))
      assert.strictEqual(error._tag === "AuthError" ? error.reason._tag : error._tag, "AuthorizationChanged")
      assert.strictEqual(seen.length, 1)
    }).pipe(
      Effect.provide(
        TokenService.layer({ client: { clientId: "client" }, grant: server.signIn("ann") }).pipe(
          Layer.provide([TokenStore.layerMemory, Layer.succeed(HttpClient.HttpClient, server.httpClient)])
        )
      )
    )
  })

  it.effect.each(
    [
      ["text", HttpBody.text("once more"), 200, ["1", "2"]],
      ["a stream", HttpBody.stream(Stream.make(new TextEncoder().encode("gone"))), 401, ["1"]]
    ] as const
  )("a refused body of %s is sent again only if it still can be", ([, body, status, tokens]) => {
    const seen: Array<string | undefined> = []
    const transport = HttpClient.make((request) => {
      seen.push(request.headers["authorization"]?.replace("Bearer ", ""))
      const answer = new Response("", { status: seen.length === 1 ? 401 : 200 })
      return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    })
    let acquired = 0
    const acquire = Effect.sync(() => ({ value: Redacted.make(String(++acquired)) }))
    return Effect.gen(function*() {
      const http = yield* AuthenticatedHttpClient.make({ origins: ["https://api.example.com"] })
      assert.strictEqual((yield* http.post("https://api.example.com/things", { body })).status, status)
      assert.deepStrictEqual(seen, [...tokens])
    }).pipe(
      Effect.provide(TokenSource.layer({ acquire })),
      Effect.provideService(HttpClient.HttpClient, transport)
    )
  })

  it.effect.each<readonly [ReadonlyArray<number>, "Success" | "Failure"]>([
    [[401, 200], "Success"],
    [[401, 401], "Failure"],
    [[404], "Failure"]
  ])(
    "a refusal that the program's client fails for is learned from, too, and stays its failure: %j",
    ([statuses, end]) => {
      const seen: Array<string | undefined> = []
      const transport = HttpClient.make((request) => {
        seen.push(request.headers["authorization"])
        return Effect.succeed(
          HttpClientResponse.fromWeb(request, new Response("", { status: statuses[seen.length - 1] ?? 500 }))
        )
      })
      let acquired = 0
      const acquire = Effect.sync(() => ({ value: Redacted.make(String(++acquired)) }))
      return Effect.gen(function*() {
        const http = yield* AuthenticatedHttpClient.make({ origins: ["https://api.example.com"] })
        const result = yield* Effect.result(http.get("https://api.example.com/things"))
        assert.strictEqual(result._tag, end)
        if (Result.isFailure(result)) {
          const { failure } = result
          assert.strictEqual(failure._tag === "HttpClientError" ? failure.response?.status : undefined, statuses.at(-1))
        }
        assert.deepStrictEqual(seen, statuses.map((_, i) => `Bearer ${i + 1}`))
      }).pipe(
        Effect.provide(TokenSource.layer({ acquire })),
        Effect.provideService(HttpClient.HttpClient, HttpClient.filterStatusOk(transport))
      )
    }
  )

  it.effect("a refusal whose body the program's client has read before is replayed, too", () => {
    let sent = 0
    const transport = HttpClient.make((request) => {
      sent += 1
      const answer = new Response("body", { status: sent === 1 ? 401 : 200 })
      return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    })
    const acquire = Effect.sync(() => ({ value: Redacted.make(`token-${sent}`) }))
    return Effect.gen(function*() {
      const http = yield* AuthenticatedHttpClient.make({ origins: ["https://api.example.com"] })
      const response = yield* http.get("https://api.example.com/things")
      assert.deepStrictEqual([response.status, yield* response.text], [200, "body"])
    }).pipe(
      Effect.provide(TokenSource.layer({ acquire })),
      Effect.provideService(HttpClient.HttpClient, HttpClient.tap(transport, ({ text }) => text))
    )
  })

  /** An API that answers as told, and an internet beside it that takes what it is given. */
  const withToken = <A, E>(
    own: (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient,
    answer: (request: HttpClientRequest.HttpClientRequest) => Response,
    use: (http: HttpClient.HttpClient.With<AuthenticatedHttpClient.Failure>) => Effect.Effect<A, E>
  ) =>
    Effect.gen(function*() {
      const seen: Array<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> = []
      const transport = HttpClient.make((request, { href }) =>
        Effect.sync(() => {
          seen.push({ url: href, headers: request.headers })
          return HttpClientResponse.fromWeb(request, answer(request))
        })
      )
      const http = yield* AuthenticatedHttpClient.make({ origins: ["https://api.example.com"] }).pipe(
        Effect.provideService(HttpClient.HttpClient, own(transport))
      )
      yield* TokenService.get
      return { seen, exit: yield* Effect.exit(use(http)) }
    }).pipe(
      Effect.provide(TokenSource.layer({ acquire: Effect.succeed({ value: Redacted.make("BQ-secret") }) }))
    )

  const redirecting = (location: string) => ({ url }: HttpClientRequest.HttpClientRequest) =>
    url.endsWith("/old") ? new Response(null, { status: 307, headers: { location } }) : new Response("here")

  it.effect.each<readonly [string, (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient]>([
    ["Effect's", HttpClient.followRedirects()],
    [
      "their own",
      (httpClient) =>
        HttpClient.transform(
          httpClient,
          (answer, request) =>
            Effect.filterOrElse(
              answer,
              ({ status }) => status !== 307,
              ({ headers }) => httpClient.execute(HttpClientRequest.setUrl(request, headers["location"] ?? ""))
            )
        )
    ]
  ])(
    "I12: programs that follow redirects in %s way leave the listed origins with no request (F123)",
    ([, own]) =>
      Effect.gen(function*() {
        const away = yield* withToken(
          own,
          redirecting("https://evil.example/new?x=1"),
          (http) => http.get("https://api.example.com/old")
        )
        assert.deepStrictEqual(away.seen.map(({ url }) => url), ["https://api.example.com/old"])
        const error = Exit.isFailure(away.exit) ? Cause.squash(away.exit.cause) : undefined
        assert.strictEqual(error instanceof AuthError.AuthError && error.reason._tag, "InvalidConfiguration")
        assert.include(String(error), "https://evil.example/new is not one of them")

        const within = yield* withToken(
          own,
          redirecting("https://api.example.com/new"),
          (http) => Effect.flatMap(http.get("https://api.example.com/old"), (response) => response.text)
        )
        assert.deepStrictEqual(within.exit, Exit.succeed("here"))
        assert.strictEqual(within.seen.length, 2)
      })
  )

  it.effect("sends the name of this package where a request has none (F100)", () =>
    Effect.gen(function*() {
      const { seen } = yield* withToken(identity, () => new Response(""), (http) =>
        Effect.all([
          http.get("https://api.example.com/"),
          http.get("https://api.example.com/", { headers: { "user-agent": "a-program/2" } })
        ]))
      assert.deepStrictEqual(seen.map(({ headers }) => headers["user-agent"]), ["app-auth/0.1.0", "a-program/2"])
    }))

  it.effect("leaves a program's requests in its traces, as it wishes (F123)", () =>
    Effect.gen(function*() {
      const spansOf = (settings: Context.Context<never>) =>
        Effect.gen(function*() {
          const spans: Array<string> = []
          const tracer = Tracer.make({
            span: (options) => {
              spans.push(options.name)
              return new Tracer.NativeSpan(options)
            }
          })
          yield* withToken(identity, () => new Response(""), (http) =>
            http.get("https://api.example.com/").pipe(Effect.provideContext(settings), Effect.withTracer(tracer)))
          return spans
        })
      assert.deepStrictEqual(yield* spansOf(Context.empty()), ["GET"])
      assert.deepStrictEqual(yield* spansOf(Context.make(HttpClient.TracerDisabledWhen, () => true)), [])
      assert.deepStrictEqual(yield* spansOf(Context.make(Tracer.DisablePropagation, true)), [])
    }))

  it.live.each(
    [
      [["http://api.example.com"], "in the clear"],
      [["api.example.com"], "in full"],
      [["https://api.example.com", "https://example.com/v1"], "Use https://example.com"]
    ] as const
  )("is not made for the origins %o", ([origins, mention]) =>
    onTheWire(
      Effect.gen(function*() {
        const error = yield* Effect.flip(AuthenticatedHttpClient.make({ origins }))
        assert.strictEqual(error.reason._tag, "InvalidConfiguration")
        assert.include(error.message, mention)
      }),
      FetchHttpClient.layer
    ))
})
