/** Requests over any `HttpClient`: where they may go, under what name and with what token. */
import { AccessToken } from "@app/auth/AccessToken"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as ResponseCache from "../src/ResponseCache.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"

const secret = "BQ-the-secret-of-this-test"

interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

type Answering = (request: HttpClientRequest.HttpClientRequest, url: URL) => Response

/** A transport that answers with a track, unless told otherwise, and remembers what it was given. */
const recording = (answer: Answering = () => Response.json(Answers.developmentTrack)) => {
  const sent: Array<Sent> = []
  const client = HttpClient.make((request, url) =>
    Effect.sync(() => {
      sent.push({ url: url.href, headers: request.headers })
      return HttpClientResponse.fromWeb(request, answer(request, url))
    })
  )
  return { sent, client }
}

const inFrontOf = (
  client: HttpClient.HttpClient,
  token = secret,
  cache?: Effect.Effect<ResponseCache.ResponseCache>
) =>
  SpotifyClient.layer({ cache }).pipe(
    Layer.provide([
      Layer.succeed(HttpClient.HttpClient, client),
      TokenService.layerStatic({ value: Redacted.make(token) })
    ])
  )

const get = Effect.provideService(Tracks.get(Answers.trackId), RetryPolicy.RetryPolicy, RetryPolicy.once)

const reasonOf = (error: Effect.Error<typeof get>) => error.reason

describe("I12: the bearer goes to the API alone, whatever the program's HttpClient does", () => {
  const astray: Readonly<Record<string, (client: HttpClient.HttpClient) => HttpClient.HttpClient>> = {
    "puts an origin of its own in front": HttpClient.mapRequest(
      HttpClientRequest.prependUrl("https://backend.example")
    ),
    "puts another host in its place": HttpClient.mapRequest(HttpClientRequest.setUrl("https://backend.example/v1/me")),
    "asks for a look-alike": HttpClient.mapRequest(HttpClientRequest.setUrl("https://api.spotify.com.evil.example/v1")),
    "asks with a user name that looks alike": HttpClient.mapRequest(
      HttpClientRequest.setUrl("https://api.spotify.com@evil.example/v1")
    ),
    "asks in the clear": HttpClient.mapRequest(HttpClientRequest.setUrl("http://api.spotify.com/v1/me")),
    "asks at another port": HttpClient.mapRequest(HttpClientRequest.setUrl("https://api.spotify.com:8443/v1/me")),
    "asks for a path alone": HttpClient.mapRequest(HttpClientRequest.setUrl("//evil.example/v1")),
    "does so with an effect": HttpClient.mapRequestEffect((request) =>
      Effect.succeed(HttpClientRequest.setUrl(request, "https://backend.example/"))
    ),
    "does so before all else": HttpClient.mapRequestInput(HttpClientRequest.setUrl("https://backend.example/"))
  }
  for (const [name, change] of Object.entries(astray)) {
    it.effect(`also of one that ${name} (F123)`, () => {
      const { client, sent } = recording()
      return Effect.gen(function*() {
        const error = yield* Effect.flip(get)
        assert.strictEqual(reasonOf(error)._tag, "InvalidConfiguration")
        assert.include(error.message, "was not sent")
        assert.lengthOf(sent, 0)
      }).pipe(Effect.provide(inFrontOf(change(client))))
    })
  }

  const redirecting: Answering = (_, url) =>
    url.host === "api.spotify.com" && !url.pathname.endsWith("/moved")
      ? new Response(null, { status: 307, headers: { location } })
      : Response.json(Answers.developmentTrack)
  let location = ""
  for (const to of ["https://backend.example/v1/tracks", "https://api.spotify.com/v1/moved"]) {
    it.effect(`and an answer is not taken to which one has followed a redirect, to ${to} (F123)`, () => {
      location = to
      const { client, sent } = recording(redirecting)
      return Effect.gen(function*() {
        const error = yield* Effect.flip(get)
        assert.strictEqual(reasonOf(error)._tag, "InvalidConfiguration")
        assert.include(error.message, new URL(to).origin)
        assert.notInclude(error.message, "v1/moved")
        for (const { headers, url } of sent) {
          assert.isTrue(!("authorization" in headers) || url.startsWith("https://api.spotify.com/"))
        }
      }).pipe(Effect.provide(inFrontOf(HttpClient.followRedirects(client))))
    })
  }

  it.effect("what it does without leading astray is done", () => {
    const { client, sent } = recording()
    const seen: Array<string | undefined> = []
    const changing = client.pipe(
      HttpClient.mapRequest(HttpClientRequest.setHeader("x-of-the-program", "1")),
      HttpClient.mapRequest(HttpClientRequest.setHeader("authorization", "Basic x")),
      HttpClient.tapRequest((request) => Effect.sync(() => seen.push(request.headers["authorization"])))
    )
    return Effect.gen(function*() {
      yield* get
      assert.strictEqual(sent[0]?.headers["x-of-the-program"], "1")
      assert.strictEqual(sent[0]?.headers["authorization"], `Bearer ${secret}`)
      assert.deepStrictEqual(seen, ["Basic x"])
    }).pipe(Effect.provide(inFrontOf(changing)))
  })
})

describe("an HttpClient that fails for a status", () => {
  const statuses = { 401: "Unauthorized", 404: "NotFound", 429: "RateLimited", 503: "ServiceUnavailable" }

  for (const [status, reason] of Object.entries(statuses)) {
    it.effect(`takes nothing from what a call makes of ${status}`, () => {
      const { client } = recording(() => Response.json({}, { status: Number(status) }))
      return Effect.gen(function*() {
        const error = yield* Effect.flip(get)
        assert.strictEqual(reasonOf(error)._tag, reason)
      }).pipe(Effect.provide(inFrontOf(HttpClient.filterStatusOk(client))))
    })
  }

  it.effect("lets a cached response be confirmed", () => {
    const { client, sent } = recording(({ headers }) =>
      headers["if-none-match"] === undefined
        ? Response.json(Answers.developmentTrack, { headers: { etag: "\"a\"" } })
        : new Response(null, { status: 304 })
    )
    return Effect.gen(function*() {
      const first = yield* get
      assert.deepStrictEqual(yield* get, first)
      assert.strictEqual(sent.length, 2)
    }).pipe(
      Effect.provide(inFrontOf(HttpClient.filterStatusOk(client), secret, ResponseCache.make({ capacity: 1 })))
    )
  })
})

describe("User-Agent", () => {
  it.effect("is this package's (F100)", () => {
    const { client, sent } = recording()
    return Effect.gen(function*() {
      yield* get
      assert.match(sent[0]?.headers["user-agent"] ?? "", /^[\w-]+\/\d+\.\d+\.\d+$/)
    }).pipe(Effect.provide(inFrontOf(client)))
  })

  it.effect("is the program's where its HttpClient has one (F100)", () => {
    const { client, sent } = recording()
    return Effect.gen(function*() {
      yield* get
      assert.strictEqual(sent[0]?.headers["user-agent"], "my-app/2")
    }).pipe(
      Effect.provide(inFrontOf(HttpClient.mapRequest(client, HttpClientRequest.setHeader("user-agent", "my-app/2"))))
    )
  })
})

describe("what is no token", () => {
  for (const value of ["", " ", "BQ one", "BQ\n", "BQ\r\nx: y", "BQ\u0000", "BQé", "🎵"]) {
    it.effect(`is not sent: ${JSON.stringify(value)} (F93)`, () => {
      const { client, sent } = recording()
      const tokens = Layer.mock(TokenService.TokenService)({
        clientId: "client",
        get: Effect.map(
          DateTime.now,
          (issuedAt) => new AccessToken({ value: Redacted.make(value), scopes: [], issuedAt })
        )
      })
      return Effect.gen(function*() {
        const error = yield* Effect.flip(get)
        assert.strictEqual(error._tag, "AuthError")
        assert.strictEqual(reasonOf(error)._tag, "InvalidConfiguration")
        assert.lengthOf(sent, 0)
      }).pipe(
        Effect.provide(
          SpotifyClient.layer().pipe(Layer.provide([Layer.succeed(HttpClient.HttpClient, client), tokens]))
        )
      )
    })
  }
})
