import type { AuthError } from "@app/auth/AuthError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AudioApi } from "../src/AudioApi.ts"
import { TrackId, UserId } from "../src/Ids.ts"
import * as Profile from "../src/Profile.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as SpotifyError from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import { TracksApi } from "../src/TracksApi.ts"
import { UsersApi } from "../src/UsersApi.ts"
import * as Answers from "./Answers.ts"
import * as InMemory from "./InMemory.ts"

// =============================================================================
// Answers
// =============================================================================

const trackId = TrackId.make(Answers.trackId)
const anyone = SpotifyClient.call(TracksApi, (tracks) => tracks.get({ params: { id: trackId }, query: {} }))
const scoped = SpotifyClient.call(UsersApi, (users) => users.topTracks({ query: {} }))
const extended = SpotifyClient.call(UsersApi, (users) => users.get({ params: { user_id: UserId.make("some.one") } }))
const legacy = SpotifyClient.call(AudioApi, (audio) => audio.features({ params: { id: trackId } }))

const json = (status: number, message?: string, reason?: string) => ({
  error: { status, ...(message !== undefined && { message }), ...(reason !== undefined && { reason }) }
})
const page = "<!DOCTYPE html><html><head><title>premium scope registered</title></head></html>"

interface Row {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: unknown
  readonly call?: Effect.Effect<unknown, SpotifyError.SpotifyError | AuthError, SpotifyClient.SpotifyClient>
  /** What the token was granted, where it says. */
  readonly scopes?: ReadonlyArray<string>
  readonly expected: string
}

const challenge = (error: string, description: string) => ({
  "www-authenticate": `Bearer realm="spotify", error="${error}", error_description="${description}"`
})

/** As they have been seen, with the texts of all years: what they mean does not hang on those. */
const seen: Readonly<Record<string, Row>> = {
  "an expired token, since July 2026": {
    status: 401,
    headers: challenge("invalid_token", "Invalid access token"),
    body: json(401, "Missing/invalid/expired access token"),
    expected: "Unauthorized"
  },
  "an expired token, before": { status: 401, body: json(401, "The access token expired"), expected: "Unauthorized" },
  "a malformed token, before": { status: 401, body: json(401, "Invalid access token"), expected: "Unauthorized" },
  "a 401 that says nothing": { status: 401, body: "", expected: "Unauthorized" },
  "a 401 of the player for a missing scope": {
    status: 401,
    body: json(401, "Permissions missing"),
    call: scoped,
    expected: "Forbidden InsufficientScope"
  },
  "a 401 whose challenge asks for a scope, whatever the text": {
    status: 401,
    headers: challenge("insufficient_scope", ""),
    body: json(401, "Other words"),
    expected: "Forbidden InsufficientScope"
  },
  "a 401 whose challenge says the token is bad, whatever the text": {
    status: 401,
    headers: challenge("invalid_token", ""),
    body: json(401, "Permissions missing"),
    expected: "Unauthorized"
  },

  "a missing scope": {
    status: 403,
    body: json(403, "Insufficient client scope"),
    expected: "Forbidden InsufficientScope"
  },
  "a missing scope, by the challenge": {
    status: 403,
    headers: challenge("insufficient_scope", ""),
    body: json(403, "Other words"),
    expected: "Forbidden InsufficientScope"
  },
  "a token known to lack the scope, without a word": {
    status: 403,
    body: json(403),
    call: scoped,
    scopes: ["streaming"],
    expected: "Forbidden InsufficientScope"
  },
  "an operation that Development Mode is not served": {
    status: 403,
    body: json(403, "Forbidden"),
    call: extended,
    expected: "Forbidden NotInQuotaMode"
  },
  "an operation of before November 2024, without a message": {
    status: 403,
    body: json(403),
    call: legacy,
    expected: "Forbidden NotInQuotaMode"
  },
  "what belongs to someone else": { status: 403, body: json(403, "Forbidden"), expected: "Forbidden Other" },
  "the same, to a token with the scope": {
    status: 403,
    body: json(403, "Forbidden"),
    call: scoped,
    scopes: ["user-top-read"],
    expected: "Forbidden Other"
  },
  "no Premium, the app's owner": {
    status: 403,
    body: "Active premium subscription required for the owner of the app. When the subscription status changes, it "
      + "can take a few hours before requests are allowed again.",
    call: extended,
    expected: "Forbidden PremiumRequired"
  },
  "no Premium, the person, from the player": {
    status: 403,
    body: json(403, "Player command failed: Premium required", "PREMIUM_REQUIRED"),
    expected: "Forbidden PremiumRequired"
  },
  "a person not on the user list, 2026": {
    status: 403,
    body: "The user is not registered for this application. Please check your settings on "
      + "https://developer.spotify.com/dashboard.",
    expected: "Forbidden NotRegistered"
  },
  "a person not on the user list, 2025, as JSON": {
    status: 403,
    body: json(403, "Check settings on developer.spotify.com/dashboard, the user may not be registered."),
    call: extended,
    expected: "Forbidden NotRegistered"
  },
  "a person not on the user list, until 2024": {
    status: 403,
    body: "User not registered in the Developer Dashboard",
    expected: "Forbidden NotRegistered"
  },
  "a person not on the user list, 2021": {
    status: 403,
    body: "User not approved for app",
    expected: "Forbidden NotRegistered"
  },
  "a page where a 403 belongs": { status: 403, body: page, expected: "Forbidden Other" },
  "an empty 403": { status: 403, body: "", expected: "Forbidden Other" },

  "nobody's id, until 2022": { status: 404, body: json(404, "non existing id"), expected: "NotFound" },
  "nobody's id": { status: 404, body: json(404, "Resource not found"), expected: "NotFound" },
  "no device": {
    status: 404,
    body: json(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE"),
    expected: "NotFound"
  },
  "an empty 404": { status: 404, body: "", expected: "NotFound" },
  "a malformed id": { status: 400, body: json(400, "Invalid base62 id"), expected: "BadRequest 400" },
  "a limit over the mode's": { status: 400, body: json(400, "Invalid limit"), expected: "BadRequest 400" },
  "an empty 400": { status: 400, body: "", expected: "BadRequest 400" },
  "an operation that is gone": { status: 410, body: page, expected: "BadRequest 410" },

  "the rate limit": { status: 429, body: json(429, "API rate limit exceeded"), expected: "RateLimited" },
  "the rate limit, as text": { status: 429, body: "Too many requests", expected: "RateLimited" },
  "the rate limit, without a body": { status: 429, body: "", expected: "RateLimited" },
  "the quota": {
    status: 429,
    headers: { "retry-after": "52531" },
    body: json(429, "Too many requests", "QUOTA_EXCEEDED"),
    expected: "QuotaExceeded"
  },
  "the quota, without its end": {
    status: 429,
    body: json(429, "Too many requests", "QUOTA_EXCEEDED"),
    expected: "QuotaExceeded"
  },

  "trouble at Spotify's": { status: 500, body: json(500, "Server error."), expected: "ServiceUnavailable 500" },
  "trouble at the gateway": { status: 502, body: json(502, "Bad gateway."), expected: "ServiceUnavailable 502" },
  "trouble at the gateway, as a page": { status: 502, body: page, expected: "ServiceUnavailable 502" },
  "an empty 503": { status: 503, body: "", expected: "ServiceUnavailable 503" },
  "a 504 as text": { status: 504, body: "upstream request timeout", expected: "ServiceUnavailable 504" },

  "a redirect": {
    status: 302,
    headers: { location: "https://elsewhere.example/" },
    body: "",
    expected: "UnexpectedAnswer"
  },
  "a success that is a page": { status: 200, body: page, expected: "UnexpectedAnswer" },
  "a success that says nothing": { status: 200, body: "", expected: "UnexpectedAnswer" },
  "a success that is an error": { status: 200, body: json(500, "Server error."), expected: "UnexpectedAnswer" }
}

const failureOf = Effect.fnUntraced(
  function*(row: Row) {
    const tokens = yield* InMemory.Tokens
    tokens.scopes = row.scopes ?? []
    tokens.replace = false
    const error = yield* Effect.flip((row.call ?? anyone).pipe(
      Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.once, whileLimited: "fail" })
    ))
    return error._tag === "SpotifyError" ? error : assert.fail(error.message)
  },
  (effect, { body, headers, status }) => Effect.provide(effect, InMemory.layer(InMemory.answer(status, body, headers)))
)

describe("an answer", () => {
  for (const [name, row] of Object.entries(seen)) {
    it.effect(`${name} (${row.status}): ${row.expected}`, () =>
      Effect.gen(function*() {
        const { answer, message, reason } = yield* failureOf(row)
        const detail = reason._tag === "Forbidden" ? reason.kind : "status" in reason ? reason.status : undefined
        assert.strictEqual(detail === undefined ? reason._tag : `${reason._tag} ${detail}`, row.expected)
        assert.strictEqual(answer?.status, row.status)
        assert.strictEqual(answer?.body, typeof row.body === "string" ? row.body : JSON.stringify(row.body))
        const said = typeof row.body === "string"
          ? (row.body === page ? "" : row.body)
          : Reflect.get(row.body ?? {}, "error")
        const words = typeof said === "string" ? said : String(Reflect.get(said, "message") ?? "")
        if (words !== "") assert.include(message, words)
        assert.notInclude(message, "<html>")
      }))
  }

  it.effect("its machine-readable reason is at hand, known or not", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({ status: 404, body: json(404, "x", "SOMETHING_NEW"), expected: "" })
      assert.strictEqual(error.answer?.code, "SOMETHING_NEW")
    }))

  it.effect("I11: an echoed token is taken out of it, and neither control characters nor a flood get through", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({
        status: 400,
        body: `no\u0000\u001b[31m secret-token-1 ${"x".repeat(100_000)}`,
        expected: ""
      })
      const shown = `${error.message} ${error.answer?.text} ${error.answer?.body}`
      assert.notInclude(shown, "secret-token-1")
      assert.include(shown, "<redacted>")
      assert.notMatch(shown, /\p{Cc}/u)
      assert.strictEqual(error.answer?.body.length, 1_000)
      assert.isAtMost(error.message.length, 500)
    }))

  it.effect("a 401 about scopes is neither refreshed nor replayed", () =>
    Effect.gen(function*() {
      const { invalidated } = yield* InMemory.Tokens
      const { sent } = yield* InMemory.Wire
      const error = yield* Effect.flip(scoped)
      assert.strictEqual(error.reason._tag, "Forbidden")
      assert.include(error.message, "user-top-read")
      assert.deepStrictEqual([sent.length, invalidated.length], [1, 0])
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(401, json(401, "Permissions missing"))))))

  it.effect("an operation that is not served says what to use instead", () =>
    Effect.gen(function*() {
      const { reason } = yield* failureOf({ status: 403, body: json(403, "Forbidden"), call: extended, expected: "" })
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
      }).pipe(Effect.provide(InMemory.layer({ _tag: "Broken", code, syscall }))))
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
      if (error._tag !== "SpotifyError" || error.reason._tag !== "UnexpectedAnswer") return assert.fail(error.message)
      assert.strictEqual(error.reason.path, "album.images.0.url")
      assert.strictEqual(error.answer?.status, 200)
      assert.strictEqual(error.answer?.body.length, 1_000)
      assert.include(error.message, "tracks.get")
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(200, {
      ...Answers.developmentTrack,
      album: { ...Answers.developmentTrack.album, images: [{ url: 7, height: 1, width: 1 }] },
      long: "x".repeat(5_000)
    })))))

  it.effect("an id of another kind fails before anything is sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.get("spotify:album:6eUW0wxWtzkFdaEFsTJto6"))
      assert.strictEqual(error.reason._tag, "InvalidArgument")
      assert.strictEqual((yield* InMemory.Wire).sent.length, 0)
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(200, Answers.developmentTrack)))))

  it.effect("the requests are those of the documentation", () =>
    Effect.gen(function*() {
      const { sent } = yield* InMemory.Wire
      yield* Tracks.get(`spotify:track:${Answers.trackId}`, { market: "DE" })
      yield* Effect.exit(Profile.me)
      assert.deepStrictEqual(sent.map(({ request, url }) => `${request.method} ${url}`), [
        `GET https://api.spotify.com/v1/tracks/${Answers.trackId}?market=DE`,
        "GET https://api.spotify.com/v1/me"
      ])
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(200, Answers.developmentTrack)))))
})
