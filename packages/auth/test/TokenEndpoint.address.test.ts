/** Credentials go to the address that was checked and to no other, and into no span, whatever the program's client does. */
import type { AuthErrorReason } from "@app/auth/AuthError"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as RevocationEndpoint from "@app/auth/RevocationEndpoint"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as SpanRecorder from "./support/SpanRecorder.ts"
import { confidentialClient, refreshToken, token } from "./support/TokenExchange.ts"

const server = new AuthorizationServer.AuthorizationServer({
  issuer: "https://login.example.com",
  tokenEndpoint: "https://login.example.com/token",
  revocationEndpoint: "https://login.example.com/revoke"
})

/** The token endpoint answers as told, the rest of the internet hands out tokens. */
const internet = (answer: (request: HttpClientRequest.HttpClientRequest) => Response) => {
  const asked: Array<string> = []
  const httpClient = HttpClient.make((request, url) =>
    Effect.sync(() => {
      asked.push(url.href)
      const isOurs = url.origin === "https://login.example.com"
      return HttpClientResponse.fromWeb(request, isOurs ? answer(request) : Response.json(token))
    })
  )
  return { asked, httpClient }
}

const request = (httpClient: HttpClient.HttpClient): Effect.Effect<AuthErrorReason | undefined> =>
  Effect.flatMap(
    TokenEndpoint.make({ server, client: confidentialClient }),
    (endpoint) => endpoint.request(refreshToken)
  )
    .pipe(
      Effect.match({ onFailure: ({ reason }): AuthErrorReason | undefined => reason, onSuccess: () => undefined }),
      Effect.provideService(HttpClient.HttpClient, httpClient)
    )

const revoke = (httpClient: HttpClient.HttpClient): Effect.Effect<AuthErrorReason | undefined> =>
  Effect.flatMap(
    RevocationEndpoint.make({ server, client: confidentialClient }),
    (endpoint) => endpoint?.revoke(Redacted.make("AQrefresh")) ?? Effect.die("no endpoint")
  ).pipe(
    Effect.match({ onFailure: ({ reason }): AuthErrorReason | undefined => reason, onSuccess: () => undefined }),
    Effect.provideService(HttpClient.HttpClient, httpClient)
  )

const endpoints = [["token", request], ["revocation", revoke]] as const

describe.each(endpoints)("what goes to the %s endpoint", (_name, send) => {
  it.effect.each<readonly [string, (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient]>([
    ["puts its own URL before", HttpClient.mapRequest(HttpClientRequest.prependUrl("https://backend.example"))],
    ["sets its own URL", HttpClient.mapRequest(HttpClientRequest.setUrl("https://backend.example/token"))],
    ["asks another path", HttpClient.mapRequest(HttpClientRequest.appendUrl("/more"))],
    ["asks another port", HttpClient.mapRequestInput(HttpClientRequest.setUrl("https://login.example.com:444/token"))],
    ["asks in the clear", HttpClient.mapRequest(HttpClientRequest.setUrl("http://login.example.com/token"))],
    ["asks what is no URL", HttpClient.mapRequest(HttpClientRequest.setUrl("http://"))]
  ])("is not sent at all over a client that %s (I12, F123)", ([, own]) =>
    Effect.gen(function*() {
      const { asked, httpClient } = internet(() => Response.json(token))
      const reason = yield* send(own(httpClient))
      assert.strictEqual(reason?._tag, "InvalidConfiguration")
      assert.include(reason?.message ?? "", "HttpClient cannot be used: it would send what is meant for https://login")
      assert.deepStrictEqual(asked, [])
    }))

  it.effect("is sent over a client that adds headers and a query (F123)", () =>
    Effect.gen(function*() {
      const { asked, httpClient } = internet(() => Response.json(token))
      const own = httpClient.pipe(
        HttpClient.mapRequest(HttpClientRequest.setHeader("x-app", "1")),
        HttpClient.mapRequest(HttpClientRequest.setUrlParam("v", "2"))
      )
      assert.isUndefined(yield* send(own))
      assert.match(asked.join(), /^https:\/\/login\.example\.com\/(token|revoke)\?v=2$/)
    }))

  it.effect("is refused for the server's reason over a client that fails for a status", () =>
    Effect.gen(function*() {
      const { httpClient } = internet(() => Response.json({ error: "invalid_client" }, { status: 401 }))
      const reason = yield* send(HttpClient.filterStatusOk(httpClient))
      assert.strictEqual(reason?._tag, "InvalidClient")
    }))

  it.effect.each<readonly [string, (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient]>([
    ["follows redirects", HttpClient.followRedirects()],
    [
      "follows redirects in its own way",
      (httpClient) =>
        HttpClient.transform(
          httpClient,
          (answer, request) =>
            Effect.flatMap(answer, ({ headers }) =>
              httpClient.execute(HttpClientRequest.setUrl(request, headers["location"] ?? "")))
        )
    ],
    [
      "changes the address at the last moment",
      (httpClient) =>
        HttpClient.transform(
          httpClient,
          (_answer, request) => httpClient.execute(HttpClientRequest.setUrl(request, "https://evil.example/token"))
        )
    ]
  ])("is followed nowhere by a client that %s, traced or not (I12, F123)", ([, own]) =>
    Effect.gen(function*() {
      for (const status of [301, 302, 303, 307, 308]) {
        for (const isUntraced of [false, true]) {
          const { asked, httpClient } = internet(() =>
            new Response(null, { status, headers: { location: "https://evil.example/token" } })
          )
          const reason = yield* Effect.provideService(send(own(httpClient)), Tracer.DisablePropagation, isUntraced)
          assert.strictEqual(reason?._tag, "TokenRequestFailed")
          assert.isTrue(reason?.isRetryable)
          assert.include(reason?.message ?? "", "led to https://evil.example/token, and no redirect is followed")
          assert.isFalse(asked.some((url) => url.includes("evil")))
        }
      }
    }))

  it.effect("is answered by nobody else: by a client of another make, or a transport that follows by itself (F123)", () =>
    Effect.gen(function*() {
      const elsewhere = HttpClientRequest.post("https://evil.example/token")
      const ofAnotherMake = HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
        () => Effect.succeed(HttpClientResponse.fromWeb(elsewhere, Response.json(token))),
        Effect.succeed
      )
      const following = HttpClient.make((request) => {
        const answer = Response.json(token)
        Object.defineProperty(answer, "url", { value: "https://evil.example/token?code=1" })
        return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
      })
      for (const httpClient of [ofAnotherMake, following]) {
        const reason = yield* send(httpClient)
        assert.strictEqual(reason?._tag, "TokenRequestFailed")
        assert.include(reason?.message ?? "", "led to https://evil.example/token, and")
      }
    }))

  it.effect("fails with the defects of a client as they are (F123)", () =>
    Effect.gen(function*() {
      const broken = HttpClient.make(() => Effect.die("broken"))
      const defect = yield* send(broken).pipe(Effect.catchDefect(Effect.succeed))
      assert.strictEqual(defect, "broken")
    }))

  it.effect("leaves no header in a span, its own or the answer's, and no request in the span's failure (I11, F134)", () =>
    Effect.gen(function*() {
      const secrets = ["AQrefresh", "s:cret/+%", "s%3Acret%2F%2B%25", btoa("a+client:s%3Acret%2F%2B%25"), "canary"]
      for (const status of [200, 302, 400, 401, 503]) {
        const { spans, tracer } = SpanRecorder.make()
        const { httpClient } = internet(() =>
          new Response(`{"error":"invalid_request"}`, {
            status,
            headers: { location: `https://evil.example/?x=${secrets.join("&")}`, "x-echo": secrets.join(" ") }
          })
        )
        yield* send(httpClient).pipe(
          Effect.withTracer(tracer),
          Effect.provideService(HttpClient.TracerHeaderFilter, () => true)
        )
        const [outer, inner, ...others] = spans
        assert.deepStrictEqual(others, [])
        assert.match(outer?.name ?? "", /Endpoint\.(request|revoke)$/)
        assert.strictEqual(inner?.name, "POST")
        assert.deepStrictEqual(
          ["http.request.method", "server.address", "server.port", "http.response.status_code"].map((name) =>
            inner?.attributes.get(name)
          ),
          ["POST", "login.example.com", 443, status]
        )
        const shown = spans.map(({ attributes, events, status }) =>
          inspect({ attributes, events, status }, { depth: 20, showHidden: true })
        ).join()
        assert.notInclude(shown, "header")
        for (const secret of secrets) assert.notInclude(shown, secret)
      }
    }))

  it.effect("that cannot be reached leaves its request in no span either (I11, F134)", () =>
    Effect.gen(function*() {
      const { spans, tracer } = SpanRecorder.make()
      const unreachable = HttpClient.make((request) =>
        Effect.fail(
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause: {} }) })
        )
      )
      assert.strictEqual((yield* Effect.withTracer(send(unreachable), tracer))?._tag, "TokenRequestFailed")
      assert.strictEqual(spans[1]?.attributes.get("error.type"), "HttpClientError")
      assert.notInclude(inspect(spans.map(({ status }) => status), { depth: 20, showHidden: true }), "AQrefresh")
    }))
})

describe("the transport's own settings", () => {
  it.effect("let fetch follow nothing, and tell the server nothing of the program's traces (I12)", () =>
    Effect.gen(function*() {
      const sent: Array<RequestInit | undefined> = []
      const fetch: typeof globalThis.fetch = (_url, init) => {
        sent.push(init)
        return Promise.resolve(Response.json(token))
      }
      const httpClient = yield* Effect.provide(HttpClient.HttpClient, FetchHttpClient.layer)
      const program = Effect.withSpan(request(httpClient), "a program")
      assert.isUndefined(yield* Effect.provideService(program, FetchHttpClient.Fetch, fetch))
      assert.strictEqual(sent[0]?.redirect, "manual")
      const headers = new Headers(sent[0]?.headers)
      assert.isFalse(headers.has("traceparent") || headers.has("b3"))
    }))
})
