/** Whatever the body of a refusal holds. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { extended, failureOf, json } from "./support/Refusals.ts"

describe("an answer", () => {
  it.effect("its machine-readable reason is at hand, known or not", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({ status: 404, body: json(404, "x", "SOMETHING_NEW") })
      assert.strictEqual(error.response?.code, "SOMETHING_NEW")
    }))

  it.effect("I11: an echoed token is taken out of it, and neither control characters nor a flood get through", () =>
    Effect.gen(function*() {
      const error = yield* failureOf({
        status: 400,
        body: `no\u0000\u001b[31m secret-token-1 ${"x".repeat(100_000)}`
      })
      const shown = `${error.message} ${error.response?.text} ${error.response?.body}`
      assert.notInclude(shown, "secret-token-1")
      assert.include(shown, "<redacted>")
      assert.notMatch(shown, /\p{Cc}/u)
      assert.strictEqual(error.response?.body.length, 1_000)
      assert.isAtMost(error.message.length, 500)
    }))

  // ---------------------------------------------------------------------------
  // Members
  // ---------------------------------------------------------------------------

  const odd = [7, true, null, {}, [], ["no"], { code: 7 }, ""] as const
  for (const message of odd) {
    it.effect(`a message of ${JSON.stringify(message)} hides neither the reason nor the status (F88)`, () =>
      Effect.gen(function*() {
        const body = { error: { status: 429, message, reason: "QUOTA_EXCEEDED" } }
        const { response, reason } = yield* failureOf({ status: 429, body })
        assert.strictEqual(reason._tag, "QuotaExceeded")
        assert.strictEqual(response?.code, "QUOTA_EXCEEDED")
        assert.isUndefined(response?.text)
      }))

    it.effect(`a reason of ${JSON.stringify(message)} hides neither the message nor the mode (F88)`, () =>
      Effect.gen(function*() {
        const body = { error: { status: "403", message: "Forbidden", reason: message } }
        const { response, reason } = yield* failureOf({ status: 403, body, call: extended })
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
        const { response, reason } = yield* failureOf({ status: 400, body })
        assert.deepStrictEqual([reason._tag, response?.text, response?.code], ["BadRequest", text, code])
      }))
  }

  it.effect.prop(
    "whatever JSON a refusal holds, its status decides, and a reason that is there counts (F88)",
    { message: Schema.Json, beside: Schema.Json },
    ({ beside, message }) =>
      Effect.gen(function*() {
        const body = { error: { message, reason: "QUOTA_EXCEEDED", status: beside }, beside }
        const spent = yield* failureOf({ status: 429, body })
        assert.strictEqual(spent.reason._tag, "QuotaExceeded")
        const refused = yield* failureOf({ status: 400, body: { error: message, beside } })
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
          const row = { status: 400, body: flood(size) }
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
        const error = yield* failureOf({ status: 400, body: " ".repeat(padding) + token.repeat(70_000) })
        assert.notInclude(error.response?.body, "secret")
      }
    }))
})
