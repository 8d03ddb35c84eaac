import type { AuthError } from "@app/auth/AuthError"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { AudioApi } from "../src/contract/AudioApi.ts"
import { ProfileApi } from "../src/contract/ProfileApi.ts"
import { TracksApi } from "../src/contract/TracksApi.ts"
import { TrackId, UserId } from "../src/Ids.ts"
import * as Profile from "../src/Profile.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as SpotifyError from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import * as InMemory from "./support/InMemory.ts"

// =============================================================================
// Answers
// =============================================================================

const trackId = TrackId.make(Answers.trackId)
const anyone = SpotifyClient.call(TracksApi, (tracks) => tracks.get({ params: { id: trackId }, query: {} }))
const scoped = SpotifyClient.call(ProfileApi, (profile) => profile.topTracks({ query: {} }))
const extended = SpotifyClient.call(
  ProfileApi,
  (profile) => profile.user({ params: { user_id: UserId.make("some.one") } })
)
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
  "a page where a 401 belongs": { status: 401, body: page, expected: "UnexpectedResponse" },
  "a page that comes with a challenge": {
    status: 401,
    headers: challenge("invalid_token", ""),
    body: page,
    expected: "Unauthorized"
  },
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
  "a page where a 403 of the quota mode may belong": {
    status: 403,
    body: page,
    call: extended,
    expected: "Forbidden Other"
  },
  "a gateway's 403 where one of the quota mode may belong": {
    status: 403,
    body: { message: "Forbidden" },
    call: extended,
    expected: "Forbidden Other"
  },
  "an empty 403": { status: 403, body: "", expected: "Forbidden Other" },

  "nobody's id, until 2022": { status: 404, body: json(404, "non existing id"), expected: "NotFound" },
  "nobody's id": { status: 404, body: json(404, "Resource not found"), expected: "NotFound" },
  "no device": {
    status: 404,
    body: json(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE"),
    expected: "NotFound"
  },
  "a page where a 404 belongs": { status: 404, body: page, expected: "UnexpectedResponse" },
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

  "a page where a 429 belongs": { status: 429, body: page, expected: "RateLimited" },

  "a request that came too late": { status: 408, body: "", expected: "ServiceUnavailable 408" },
  "a request over the wrong connection": { status: 421, body: page, expected: "ServiceUnavailable 421" },
  "a request that came too early": { status: 425, body: "", expected: "ServiceUnavailable 425" },
  "trouble at Spotify's": { status: 500, body: json(500, "Server error."), expected: "ServiceUnavailable 500" },
  "trouble at the gateway": { status: 502, body: json(502, "Bad gateway."), expected: "ServiceUnavailable 502" },
  "trouble at the gateway, as a page": { status: 502, body: page, expected: "ServiceUnavailable 502" },
  "an empty 503": { status: 503, body: "", expected: "ServiceUnavailable 503" },
  "a 504 as text": { status: 504, body: "upstream request timeout", expected: "ServiceUnavailable 504" },

  "a redirect": {
    status: 302,
    headers: { location: "https://elsewhere.example/" },
    body: "",
    expected: "UnexpectedResponse"
  },
  "a success that is a page": { status: 200, body: page, expected: "UnexpectedResponse" },
  "a success that says nothing": { status: 200, body: "", expected: "UnexpectedResponse" },
  "a success that is an error": { status: 200, body: json(500, "Server error."), expected: "UnexpectedResponse" }
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
        const { response, message, reason } = yield* failureOf(row)
        const detail = reason._tag === "Forbidden" ? reason.kind : "status" in reason ? reason.status : undefined
        assert.strictEqual(detail === undefined ? reason._tag : `${reason._tag} ${detail}`, row.expected)
        assert.strictEqual(response?.status, row.status)
        assert.strictEqual(response?.body, typeof row.body === "string" ? row.body : JSON.stringify(row.body))
        const said = typeof row.body === "string"
          ? (row.body === page ? "" : row.body)
          : Reflect.get(row.body ?? {}, "error") ?? row.body
        const words = typeof said === "string" ? said : String(Reflect.get(said, "message") ?? "")
        if (words !== "") assert.include(message, words)
        assert.notInclude(message, "<html>")
      }))
  }

  it.effect("its machine-readable reason is at hand, known or not", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({ status: 404, body: json(404, "x", "SOMETHING_NEW"), expected: "" })
      assert.strictEqual(error.response?.code, "SOMETHING_NEW")
    }))

  it.effect("I11: an echoed token is taken out of it, and neither control characters nor a flood get through", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({
        status: 400,
        body: `no\u0000\u001b[31m secret-token-1 ${"x".repeat(100_000)}`,
        expected: ""
      })
      const shown = `${error.message} ${error.response?.text} ${error.response?.body}`
      assert.notInclude(shown, "secret-token-1")
      assert.include(shown, "<redacted>")
      assert.notMatch(shown, /\p{Cc}/u)
      assert.strictEqual(error.response?.body.length, 1_000)
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

  it.effect("a page in place of a 401 costs no token, and is not asked for again (F127)", () =>
    Effect.gen(function*() {
      const { invalidated } = yield* InMemory.Tokens
      const { sent } = yield* InMemory.Wire
      const error = yield* Effect.flip(anyone)
      assert.include(error.message, "network's own sign-in")
      assert.deepStrictEqual([sent.length, invalidated.length], [1, 0])
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(401, page)))))

  it.effect("a page in place of a success says what may have sent it (F127)", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({ status: 200, body: page, expected: "" })
      assert.include(error.message, "network's own sign-in")
    }))

  // ---------------------------------------------------------------------------
  // Members
  // ---------------------------------------------------------------------------

  const odd = [7, true, null, {}, [], ["no"], { code: 7 }, ""] as const
  for (const message of odd) {
    it.effect(`a message of ${JSON.stringify(message)} hides neither the reason nor the status (F88)`, () =>
      Effect.gen(function*() {
        const body = { error: { status: 429, message, reason: "QUOTA_EXCEEDED" } }
        const { response, reason } = yield* failureOf({ status: 429, body, expected: "" })
        assert.strictEqual(reason._tag, "QuotaExceeded")
        assert.strictEqual(response?.code, "QUOTA_EXCEEDED")
        assert.isUndefined(response?.text)
      }))

    it.effect(`a reason of ${JSON.stringify(message)} hides neither the message nor the mode (F88)`, () =>
      Effect.gen(function*() {
        const body = { error: { status: "403", message: "Forbidden", reason: message } }
        const { response, reason } = yield* failureOf({ status: 403, body, call: extended, expected: "" })
        assert.isTrue(reason._tag === "Forbidden" && reason.kind === "NotInQuotaMode")
        assert.strictEqual(response?.text, "Forbidden")
      }))
  }

  const forms: Readonly<
    Record<string, readonly [body: unknown, text: string | undefined, code: string | undefined]>
  > = {
    "the Web API's": [{ error: { status: 400, message: "words", reason: "CODE" } }, "words", "CODE"],
    "the Accounts service's": [{ error: "invalid_client", error_description: "words" }, "words", "invalid_client"],
    "a text alone": [{ error: "these words" }, "these words", undefined],
    "a text with a reason beside it": [{ error: "these words", reason: "CODE" }, "these words", "CODE"],
    "a list": [{ error: [7, null, { message: "words" }, { message: "more", reason: "CODE" }] }, "words", "CODE"],
    "an empty list": [{ error: [] }, undefined, undefined],
    "no error, but its members": [{ message: "words", reason: "CODE" }, "words", "CODE"],
    "null": [{ error: null, message: "words" }, "words", undefined],
    "a text as JSON": ["\"words\"", "words", undefined],
    "a number as JSON": ["7", "7", undefined],
    "what is called as an object's own members are": [
      { error: { constructor: {} }, toString: 1 },
      undefined,
      undefined
    ],
    "cut off": ["{\"error\": {\"mess", undefined, undefined]
  }
  for (const [name, [body, text, code]] of Object.entries(forms)) {
    it.effect(`an error in the form of ${name} is read as far as it can be (F88)`, () =>
      Effect.gen(function*() {
        const { response, reason } = yield* failureOf({ status: 400, body, expected: "" })
        assert.deepStrictEqual([reason._tag, response?.text, response?.code], ["BadRequest", text, code])
      }))
  }

  it.effect.prop(
    "whatever JSON a refusal holds, its status decides, and a reason that is there counts (F88)",
    { message: Schema.Json, beside: Schema.Json },
    ({ beside, message }) =>
      Effect.gen(function*() {
        const body = { error: { message, reason: "QUOTA_EXCEEDED", status: beside }, beside }
        const spent = yield* failureOf({ status: 429, body, expected: "" })
        assert.strictEqual(spent.reason._tag, "QuotaExceeded")
        const refused = yield* failureOf({ status: 400, body: { error: message, beside }, expected: "" })
        assert.strictEqual(refused.reason._tag, "BadRequest")
      })
  )

  // ---------------------------------------------------------------------------
  // Cost
  // ---------------------------------------------------------------------------

  const floods: Readonly<Record<string, (size: number) => string>> = {
    "one letter": (size) => "a".repeat(size),
    "digits": (size) => "7".repeat(size),
    "spaces": (size) => " ".repeat(size),
    "control characters": (size) => "\u0001".repeat(size),
    "open brackets": (size) => "[".repeat(size),
    "open quotes": (size) => "{\"error\":\"".repeat(size / 10),
    "a message": (size) => JSON.stringify(json(400, "a=/".repeat(size / 3))),
    "one-letter codes": (size) => JSON.stringify({ error: "a.".repeat(size / 2) }),
    "the token": (size) => "secret-token-1 ".repeat(size / 15),
    "the token's beginnings": (size) => "secret-token-".repeat(size / 13)
  }
  for (const [name, flood] of Object.entries(floods)) {
    it.live(`${name} without end cost time in proportion (F118)`, () =>
      Effect.gen(function*() {
        const timeOf = (size: number) => {
          const row = { status: 400, body: flood(size), expected: "" }
          return Effect.map(Effect.replicateEffect(Effect.timed(failureOf(row)), 3), (runs) =>
            Math.min(...runs.map(([took]) => Duration.toMillis(took))))
        }
        yield* timeOf(1_000)
        const [small, large] = [yield* timeOf(400_000), yield* timeOf(3_200_000)]
        // Eight times as much: sixty-four times the time, where it grows with the square. What a collection takes is not
        // meant: where it grows so, three million letters take minutes.
        assert.isBelow(large, 24 * small + 500)
      }))
  }

  it.effect("I11: the half of a token at the end of what is looked at is not shown", () =>
    Effect.gen(function*() {
      // Each token shrinks to `<redacted>`: all that is looked at would be shown, with what is left of the last.
      const token = "secret-token-1"
      for (let padding = 0; padding < token.length; padding++) {
        const error = yield* failureOf({ status: 400, body: " ".repeat(padding) + token.repeat(70_000), expected: "" })
        assert.notInclude(error.response?.body, "secret")
      }
    }))

  it.effect("Spotify's 404 for what it does not serve tells to check the base that is not Spotify's own (F138)", () =>
    Effect.gen(function*() {
      const unserved = InMemory.answer(404, json(404, "Service not found"))
      const messageAt = (apiUrl: string, answer: InMemory.Outcome) =>
        Effect.map(Effect.flip(anyone), ({ message, reason }) => {
          assert.strictEqual(reason._tag, "NotFound")
          return message
        }).pipe(Effect.provide(Layer.fresh(InMemory.layerOf({ apiUrl }, answer))))
      const hinted = yield* messageAt("https://api.spotify.com", unserved)
      assert.include(hinted, "SPOTIFY_API_URL")
      assert.include(hinted, "https://api.spotify.com/v1")
      for (
        const [apiUrl, answer] of [
          ["https://api.spotify.com/v1", unserved],
          ["https://api.spotify.com", InMemory.answer(404, json(404, "Resource not found"))],
          ["https://gateway.example/spotify", InMemory.answer(404, "Service not found")],
          ["https://gateway.example/spotify", InMemory.answer(404, "")]
        ] as const
      ) assert.notInclude(yield* messageAt(apiUrl, answer), "SPOTIFY_API_URL")
    }))

  it.effect("and takes no track for one that does not exist (F138)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.getMany([Answers.trackId, "0".repeat(22)]))
      assert.include(error.message, "SPOTIFY_API_URL")
    }).pipe(
      Effect.provide(
        InMemory.layerOf(
          { apiUrl: "https://api.spotify.com", quotaMode: "development" },
          InMemory.answer(404, json(404, "Service not found"))
        )
      )
    ))

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
      if (error._tag !== "SpotifyError" || error.reason._tag !== "UnexpectedResponse") return assert.fail(error.message)
      assert.strictEqual(error.reason.path, "album.images.0.url")
      assert.strictEqual(error.response?.status, 200)
      assert.strictEqual(error.response?.body.length, 1_000)
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
