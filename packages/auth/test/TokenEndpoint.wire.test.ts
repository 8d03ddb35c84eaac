import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import type { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import * as TokenService from "@app/auth/TokenService"
import { Fault, Sandbox } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { createServer, type RequestListener, type Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { inspect } from "node:util"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { ObservedStore } from "./support/ObservedStore.ts"
import * as RunningSandbox from "./support/RunningSandbox.ts"
import { RunningServer } from "./support/RunningServer.ts"
import * as SelfSignedCertificate from "./support/SelfSignedCertificate.ts"
import * as SignIn from "./support/SignIn.ts"

const transports = {
  UndiciHttpClient: UndiciHttpClient.layer(),
  undici: NodeHttpClient.layerUndici,
  fetch: FetchHttpClient.layer
}

/** Opens a server on a free port of loopback, for as long as the scope lives; where it is. */
const open = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(`127.0.0.1:${typeof address === "object" ? address?.port : address}`))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

const serve = (answer: RequestListener) => Effect.map(open(createServer(answer)), (place) => `http://${place}`)

/** What one token request to another place ends in. */
const requestAt = Effect.fnUntraced(function*(origin: string, options?: {
  readonly grant?: Grant.Grant
  readonly clientSecret?: string
}) {
  const endpoint = yield* TokenEndpoint.make({
    server: Providers.spotify.at(origin),
    client: { clientId: "client", clientSecret: Redacted.make(options?.clientSecret ?? "secret") },
    timeout: "3 seconds"
  })
  return yield* Effect.flip(endpoint.request(options?.grant ?? Grant.ClientCredentials({})))
})

/** A service with a token in hand whose server is about to fail. */
const withTokenInHand = Effect.fnUntraced(function*(timeout: Duration.Input = "30 seconds") {
  const { publicClient: client, server } = yield* RunningServer
  const { count, inject } = yield* Sandbox.Sandbox
  const store = new ObservedStore()
  const tokens = yield* Effect.provide(
    TokenService.make({ server, client, grant: yield* SignIn.complete(client), timeout }),
    store.layer
  )
  const token = yield* tokens.get
  const refreshToken = store.record?.tokenSet?.refreshToken
  return {
    tokens,
    fail: (fault: Fault.Fault) => Effect.andThen(inject("POST /api/token", fault), Effect.flip(tokens.refresh)),
    requests: count("POST /api/token"),
    /** The old token goes on serving, and the credential is there for the next try. */
    assertNothingIsLost: Effect.gen(function*() {
      assert.strictEqual(yield* tokens.get, token)
      assert.isDefined(refreshToken)
      assert.strictEqual(store.record?.tokenSet?.refreshToken, refreshToken)
      assert.isUndefined(store.record?.ended)
    })
  }
})

const kindOf = ({ reason }: AuthError) => reason._tag === "TokenRequestFailed" ? reason.kind : reason._tag

describe.each(Object.entries(transports))("a token endpoint in trouble, asked with %s", (_name, transport) => {
  const onTheWire = <A, E>(
    program: Effect.Effect<A, E, RunningServer | Sandbox.Sandbox | HttpClient.HttpClient | Scope.Scope>
  ) =>
    Effect.scoped(program).pipe(
      Effect.provide([RunningSandbox.layer(), transport]),
      Effect.provideService(References.MinimumLogLevel, "None")
    )

  const token = `"access_token":"BQtoken","token_type":"Bearer","expires_in":3600`
  it.live.each(
    [
      ["F44: a hang", Fault.Hang({}), "Timeout", "did not answer within 1s"],
      ["F45: an answer that drips", Fault.Drip({ every: Duration.millis(100) }), "Timeout", "did not answer"],
      ["F46: an answer cut in the middle", Fault.Truncated({}), "Unreachable", "could not be reached"],
      ["F46: JSON that ends early", Fault.Body({ body: `{${token}` }), "MalformedTokenResponse", "not a JSON object"],
      ["F46: no body", Fault.EmptyBody({}), "MalformedTokenResponse", "not a JSON object"],
      ["F47: a page in place of JSON", Fault.Html({ status: 200 }), "MalformedTokenResponse", "any proxy in between"],
      ["F48: an error with status 200", Fault.Body({ body: `{"error":"odd"}` }), "UnexpectedStatus", "200 odd"],
      [
        "F49: ten megabytes",
        Fault.Body({ body: "0123456789abcdef", repeat: 655_360 }),
        "MalformedTokenResponse",
        "larger"
      ],
      [
        "F49: ten megabytes of outage",
        Fault.Body({ status: 503, body: "0123456789abcdef", repeat: 655_360 }),
        "ServerError",
        "503"
      ],
      ["F51: a 503", Fault.Status({ status: 503 }), "ServerError", "503"],
      ["F52: a 404, as in a world-wide outage", Fault.Status({ status: 404 }), "UnexpectedStatus", "404"],
      ["F54: a connection reset", Fault.Reset({}), "Unreachable", "could not be reached"],
      [
        "F55: a token with a line break",
        Fault.Body({ body: `{${token.replace("BQ", "BQ\\r\\n")}}` }),
        "MalformedTokenResponse",
        "printable ASCII"
      ],
      [
        "F55: a token beyond ASCII",
        Fault.Body({ body: `{${token.replace("BQ", "BQé")}}` }),
        "MalformedTokenResponse",
        "printable ASCII"
      ],
      [
        "F56: another token type",
        Fault.Body({ body: `{${token.replace("Bearer", "DPoP")}}` }),
        "MalformedTokenResponse",
        `"DPoP", not Bearer`
      ]
    ] as const
  )(
    "%s is typed, bounded in time, and costs nothing",
    ([_name, fault, kind, mention]) =>
      onTheWire(Effect.gen(function*() {
        const { assertNothingIsLost, fail } = yield* withTokenInHand(kind === "Timeout" ? "1 second" : undefined)
        const error = yield* fail(fault)
        assert.strictEqual(kindOf(error), kind)
        assert.include(error.message, mention)
        assert.isTrue(error.isRetryable)
        yield* assertNothingIsLost
      }))
  )

  const inTwoMinutes = () => new Date(Date.now() + 120_000).toUTCString()
  it.live.each(
    [
      ["a 429 that asks for 7 seconds", () => Fault.RateLimited({ retryAfter: 7 }), [10, 23]],
      ["a 429 that names a date", () => Fault.RateLimited({ retryAfter: inTwoMinutes() }), [117, 120]],
      ["a 429 that asks for a thousand years", () => Fault.RateLimited({ retryAfter: 31_557_600_000 }), [3599, 3600]],
      ["a 429 that asks for nonsense", () => Fault.RateLimited({ retryAfter: "soon" }), [59, 60]],
      ["a 429 that asks for nothing", () => Fault.RateLimited({}), [59, 60]],
      ["a 503 that asks for 300 seconds", () => Fault.Status({ status: 503, headers: { "retry-after": "300" } }), [
        299,
        300
      ]],
      ["a 503 that names a date", () => Fault.Status({ status: 503, headers: { "retry-after": inTwoMinutes() } }), [
        117,
        120
      ]],
      ["a 503 that asks for nothing", () => Fault.Status({ status: 503 }), [10, 23]]
    ] as const
  )(
    "F51: %s is left alone for at least that, an hour at most, and callers are told when",
    ([_name, fault, [least, most]]) =>
      onTheWire(Effect.gen(function*() {
        const { assertNothingIsLost, fail, requests, tokens } = yield* withTokenInHand()
        yield* fail(fault())
        const { retryAt } = yield* tokens.status
        const pause = ((retryAt?.epochMilliseconds ?? 0) - (yield* Clock.currentTimeMillis)) / 1000
        assert.isAtLeast(pause, least)
        assert.isAtMost(pause, most)
        const before = yield* requests
        const error = yield* Effect.flip(tokens.refresh)
        assert.include(error.message, "The next attempt is due at")
        assert.strictEqual(yield* requests, before)
        yield* assertNothingIsLost
      }))
  )

  it.live("I12, F50: what a token request carries does not follow a redirect", () =>
    onTheWire(Effect.gen(function*() {
      let visits = 0
      const elsewhere = yield* serve((_request, response) => {
        visits += 1
        response.end()
      })
      for (const status of [301, 302, 303, 307, 308]) {
        const { assertNothingIsLost, fail } = yield* withTokenInHand()
        const error = yield* fail(Fault.Redirect({ location: `${elsewhere}/api/token`, status }))
        assert.strictEqual(kindOf(error), "UnexpectedStatus")
        yield* assertNothingIsLost
      }
      assert.strictEqual(visits, 0)
    })))

  it.live("F54: a server that proves nothing, a name nobody knows and a door that is shut are told apart", () =>
    onTheWire(Effect.gen(function*() {
      let requests = 0
      const untrusted = yield* open(createTlsServer(SelfSignedCertificate.make(), () => requests += 1))
      const shut = yield* Effect.scoped(open(createServer()))
      for (
        const [origin, ...mentions] of [
          [`https://${untrusted}`, "no certificate that is trusted here", "DEPTH_ZERO_SELF_SIGNED_CERT"],
          ["https://accounts.invalid", "could not be reached", /ENOTFOUND|EAI_AGAIN/],
          [`http://${shut}`, "could not be reached", "ECONNREFUSED"]
        ] as const
      ) {
        const error = yield* requestAt(origin)
        assert.strictEqual(kindOf(error), "Unreachable")
        assert.isTrue(error.isRetryable)
        assert.include(error.message, "Check the network and the token endpoint's address")
        for (const mention of mentions) assert.match(error.message, new RegExp(mention))
      }
      assert.strictEqual(requests, 0)
    })))

  it.live("I11, F57: a server that echoes the whole request gives nothing away", () =>
    onTheWire(Effect.gen(function*() {
      for (const error of ["invalid_grant", "invalid_client", "invalid_request", "odd"]) {
        const echo = yield* serve((request, response) => {
          let body = ""
          request.on("data", (chunk) => body += chunk)
          request.on("end", () => {
            const text = `${request.headers.authorization} ${body} ${decodeURIComponent(body)}`
            response.writeHead(400, { "content-type": "application/json" })
            response.end(JSON.stringify({ error: error === "odd" ? text : error, error_description: text }))
          })
        })
        const secrets = ["+7/", "tok en&2%"]
        const refused = yield* requestAt(echo, {
          clientSecret: "+7/",
          grant: Grant.RefreshToken({ refreshToken: Redacted.make("tok en&2%") })
        })
        const shown = [refused.message, JSON.stringify(refused), inspect(refused, { depth: 9 })].join(" ")
        for (
          const secret of [...secrets, ...secrets.map(encodeURIComponent), "tok+en%262%25", btoa("client:%2B7%2F")]
        ) {
          assert.notInclude(shown, secret)
        }
        assert.include(shown, "<redacted>")
      }
    })))
})

/** What comes of one refresh at a place of its own, over a transport. */
const refreshAt = (origin: string, transport: Layer.Layer<HttpClient.HttpClient>) =>
  TokenEndpoint.make({ server: Providers.spotify.at(origin), client: { clientId: "client" } }).pipe(
    Effect.flatMap((endpoint) => endpoint.request(Grant.RefreshToken({ refreshToken: Redacted.make("R0") }))),
    Effect.provide(transport)
  )

describe.each([...Object.entries(transports), ["node:http", NodeHttpClient.layerNodeHttp] as const])(
  "a server in the open, asked with %s",
  (_name, transport) => {
    const codings = { "gzip": gzipSync, "x-gzip": gzipSync, "deflate": deflateSync, "br": brotliCompressSync } as const

    it.live.each(Object.entries(codings))(
      "that compresses its answers unasked with %s is understood, and so are its refusals (F89)",
      ([coding, compress]) =>
        Effect.gen(function*() {
          const asked: Array<string | undefined> = []
          const origin = yield* serve((request, response) => {
            asked.push(request.headers["accept-encoding"], request.headers["user-agent"])
            const isFirst = asked.length === 2
            response.writeHead(isFirst ? 200 : 400, {
              "content-type": "application/json",
              "content-encoding": coding
            })
            response.end(compress(JSON.stringify(
              isFirst
                ? { access_token: "BQ", token_type: "Bearer", refresh_token: "R1", padding: "x".repeat(50_000) }
                : { error: "invalid_grant" }
            )))
          })
          const tokenSet = yield* refreshAt(origin, transport)
          assert.strictEqual(Redacted.value(tokenSet.refreshToken ?? Redacted.make("")), "R1")
          const error = yield* Effect.flip(refreshAt(origin, transport))
          assert.strictEqual(error.reason._tag, "ReauthorizationRequired")
          assert.deepStrictEqual(asked.slice(0, 2), ["identity", "app-auth/0.1.0"])
        })
    )

    it.live("that says it compresses and sends nothing, or too much, is no riddle (F89)", () =>
      Effect.gen(function*() {
        const answers = [
          { status: 503, coding: "gzip", body: Buffer.alloc(0) },
          { status: 404, coding: "br", body: Buffer.alloc(0) },
          { status: 200, coding: "gzip", body: gzipSync(Buffer.alloc(50_000_000)) },
          { status: 200, coding: "identity", body: Buffer.from("{}") }
        ]
        const origin = yield* serve((_request, response) => {
          const { body, coding, status } = answers.shift() ?? { status: 500, coding: "", body: "" }
          response.writeHead(status, { "content-encoding": coding })
          response.end(body)
        })
        for (const mention of ["answered 503", "answered 404", "larger than 65536 bytes", "access_token is missing"]) {
          assert.include((yield* Effect.flip(refreshAt(origin, transport))).message, mention)
        }
      }))

    it.live("whose redirects the program follows gets nothing sent elsewhere, and nothing is taken from there (I12, F123)", () =>
      Effect.gen(function*() {
        let visits = 0
        const elsewhere = yield* serve((_request, response) => {
          visits += 1
          response.writeHead(200, { "content-type": "application/json" })
          response.end(`{"access_token":"BQevil","token_type":"Bearer"}`)
        })
        for (const status of [301, 302, 303, 307, 308]) {
          const origin = yield* serve((_request, response) => {
            response.writeHead(status, { location: `${elsewhere}/api/token` })
            response.end()
          })
          for (
            const own of [
              HttpClient.followRedirects(),
              HttpClient.mapRequest(HttpClientRequest.setUrl(`${elsewhere}/api/token`))
            ]
          ) {
            const layer = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, own))
            const error = yield* Effect.flip(refreshAt(origin, Layer.provide(layer, transport)))
            assert.include(error.message, `${elsewhere}/api/token`)
          }
        }
        assert.strictEqual(visits, 0)
      }))
  }
)
