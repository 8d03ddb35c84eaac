/** The reason that each response becomes which has been seen. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { anyone, extended, failureOf, json, legacy, page, type Refusal, scoped } from "./support/Refusals.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"

interface Row extends Refusal {
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

  it.effect("a 401 about scopes is neither refreshed nor replayed", () =>
    Effect.gen(function*() {
      const { invalidated } = yield* ScriptedTransport.Tokens
      const { sent } = yield* ScriptedTransport.ScriptedTransport
      const error = yield* Effect.flip(scoped)
      assert.strictEqual(error.reason._tag, "Forbidden")
      assert.include(error.message, "user-top-read")
      assert.deepStrictEqual([sent.length, invalidated.length], [1, 0])
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(401, json(401, "Permissions missing"))))))

  it.effect("a page in place of a 401 costs no token, and is not asked for again (F127)", () =>
    Effect.gen(function*() {
      const { invalidated } = yield* ScriptedTransport.Tokens
      const { sent } = yield* ScriptedTransport.ScriptedTransport
      const error = yield* Effect.flip(anyone)
      assert.include(error.message, "network's own sign-in")
      assert.deepStrictEqual([sent.length, invalidated.length], [1, 0])
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(401, page)))))

  it.effect("a page in place of a success says what may have sent it (F127)", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({ status: 200, body: page })
      assert.include(error.message, "network's own sign-in")
    }))
})
