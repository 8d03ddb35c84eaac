import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Profile from "../src/Profile.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyError from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import { anyone, extended, failureOf, json } from "./support/Refusals.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"

describe("an answer", () => {
  it.effect("Spotify's 404 for what it does not serve tells to check the base that is not Spotify's own (F138)", () =>
    Effect.gen(function*() {
      const unserved = ScriptedTransport.answer(404, json(404, "Service not found"))
      const messageAt = (apiUrl: string, answer: ScriptedTransport.Outcome) =>
        Effect.map(Effect.flip(anyone), ({ message, reason }) => {
          assert.strictEqual(reason._tag, "NotFound")
          return message
        }).pipe(Effect.provide(Layer.fresh(ScriptedTransport.layerOf({ apiUrl }, answer))))
      const hinted = yield* messageAt("https://api.spotify.com", unserved)
      assert.include(hinted, "SPOTIFY_API_URL")
      assert.include(hinted, "https://api.spotify.com/v1")
      for (
        const [apiUrl, answer] of [
          ["https://api.spotify.com/v1", unserved],
          ["https://api.spotify.com", ScriptedTransport.answer(404, json(404, "Resource not found"))],
          ["https://gateway.example/spotify", ScriptedTransport.answer(404, "Service not found")],
          ["https://gateway.example/spotify", ScriptedTransport.answer(404, "")]
        ] as const
      ) assert.notInclude(yield* messageAt(apiUrl, answer), "SPOTIFY_API_URL")
    }))

  it.effect("and takes no track for one that does not exist (F138)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.getMany([Answers.trackId, "0".repeat(22)]))
      assert.include(error.message, "SPOTIFY_API_URL")
    }).pipe(
      Effect.provide(
        ScriptedTransport.layerOf(
          { apiUrl: "https://api.spotify.com", quotaMode: "development" },
          ScriptedTransport.answer(404, json(404, "Service not found"))
        )
      )
    ))

  it.effect("an operation that is not served says what to use instead", () =>
    Effect.gen(function*() {
      const { reason } = yield* failureOf({ status: 403, body: json(403, "Forbidden"), call: extended })
      assert.isTrue(reason._tag === "Forbidden" && (reason.instead?.length ?? 0) > 10)
    }))
})

// =============================================================================
// Transport
// =============================================================================

describe("a transport's failure", () => {
  for (
    const [code, syscall, phase] of [
      ["ECONNREFUSED", "connect", "connect"],
      ["ENOTFOUND", "getaddrinfo", "connect"],
      ["UND_ERR_CONNECT_TIMEOUT", undefined, "connect"],
      ["ETIMEDOUT", "connect", "connect"],
      ["EHOSTUNREACH", "connect", "connect"],
      ["CERT_HAS_EXPIRED", undefined, "connect"],
      // The same codes from a connection that was open: the request may have arrived.
      ["ETIMEDOUT", "read", "exchange"],
      ["EHOSTUNREACH", "write", "exchange"],
      ["ECONNRESET", "read", "exchange"],
      ["UND_ERR_SOCKET", undefined, "exchange"],
      ["UND_ERR_INVALID_ARG", undefined, "request"]
    ] as const
  ) {
    it.effect(`${code}${syscall === undefined ? "" : ` of ${syscall}`}: ${phase}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          Effect.provideService(anyone, RetryPolicy.RetryPolicy, RetryPolicy.once)
        )
        assert.isTrue(error.reason._tag === "Transport" && error.reason.phase === phase && error.reason.code === code)
      }).pipe(Effect.provide(ScriptedTransport.layer({ _tag: "Broken", code, syscall }))))
  }
})

describe("SpotifyError", () => {
  it.effect.prop("any error survives encode, JSON, decode, and has a message for people", {
    error: SpotifyError.SpotifyError
  }, ({ error }) =>
    Effect.gen(function*() {
      const codec = Schema.toCodecJson(SpotifyError.SpotifyError)
      const wire = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(codec)(error)))
      const again = yield* Schema.decodeUnknownEffect(codec)(wire)
      assert.strictEqual(again.message, error.message)
      assert.strictEqual(again.isRetryable, error.isRetryable)
      assert.isAbove(error.message.length, 10)
    }))

  it.effect("I19: a wrong field is named by its path, and the raw answer is at hand, cut", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.get(Answers.trackId))
      assert.isTrue(error._tag === "SpotifyError")
      if (error._tag !== "SpotifyError" || error.reason._tag !== "UnexpectedResponse") return assert.fail(error.message)
      assert.strictEqual(error.reason.path, "album.images.0.url")
      assert.strictEqual(error.response?.status, 200)
      assert.strictEqual(error.response?.body.length, 1_000)
      assert.include(error.message, "tracks.get")
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(200, {
      ...Answers.developmentTrack,
      album: { ...Answers.developmentTrack.album, images: [{ url: 7, height: 1, width: 1 }] },
      long: "x".repeat(5_000)
    })))))

  it.effect("an id of another kind fails before anything is sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.get("spotify:album:6eUW0wxWtzkFdaEFsTJto6"))
      assert.strictEqual(error.reason._tag, "InvalidArgument")
      assert.strictEqual((yield* ScriptedTransport.ScriptedTransport).sent.length, 0)
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(200, Answers.developmentTrack)))))

  it.effect("the requests are those of the documentation", () =>
    Effect.gen(function*() {
      const { sent } = yield* ScriptedTransport.ScriptedTransport
      yield* Tracks.get(`spotify:track:${Answers.trackId}`, { market: "DE" })
      yield* Effect.exit(Profile.me)
      assert.deepStrictEqual(sent.map(({ request, url }) => `${request.method} ${url}`), [
        `GET https://api.spotify.com/v1/tracks/${Answers.trackId}?market=DE`,
        "GET https://api.spotify.com/v1/me"
      ])
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(200, Answers.developmentTrack)))))
})
