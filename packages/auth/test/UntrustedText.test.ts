/** What a server says is shown in errors: short, without secrets, and in time that grows with its length at most. */
import * as Grant from "@app/auth/Grant"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Runs from "./support/Runs.ts"
import { refused } from "./support/TokenExchange.ts"

const said = (description: string, secret = "AQrefresh") =>
  Effect.map(
    refused({
      answer: Response.json({ error: "invalid_scope", error_description: description }, { status: 400 }),
      grant: Grant.RefreshToken({ refreshToken: Redacted.make(secret) })
    }),
    (reason) => reason._tag === "TokenRequestRejected" ? reason.description ?? "" : reason._tag
  )

/** The least of several, as everything else that runs can only add to it. */
const timeOf = (description: string, secret?: string) =>
  Effect.gen(function*() {
    let least = Infinity
    for (let i = 0; i < 7; i++) {
      const begun = performance.now()
      yield* said(description, secret)
      least = Math.min(least, performance.now() - begun)
    }
    return least
  })

describe("a description", () => {
  it.live.each<readonly [string, string, string | undefined]>([
    ["letters", "a", undefined],
    ["digits", "7", undefined],
    ["slashes", "/", undefined],
    ["runs that are nearly long enough for a token", `${"a".repeat(23)} `, undefined],
    ["letters and digits", "a7", undefined],
    ["control characters", "\u0001", undefined],
    ["spaces", " ", undefined],
    ["what a secret begins with", "a", `${"a".repeat(4000)}7`],
    ["what a secret ends with", "a", `7${"a".repeat(4000)}`],
    ["the secret itself", "AQrefresh", undefined]
  ])(
    "of 64,000 %s takes no more than in proportion longer than one of 8,000 (F118)",
    ([, piece, secret]) =>
      Effect.gen(function*() {
        const of = (length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
        const short = yield* timeOf(of(8000), secret)
        const long = yield* timeOf(of(64_000), secret)
        // In proportion it is 8; in proportion to the square it would be 64.
        assert.isBelow(long / short, 24)
      })
  )

  it.effect.prop("shows no part of a secret, wherever it stands and whatever is cut off (I11, F57, F118)", {
    before: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1400 })),
    length: Schema.Int.check(Schema.isBetween({ minimum: 8, maximum: 1300 })),
    times: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })),
    filler: Schema.Literals(["x", " ", "word ", "\n"])
  }, ({ before, filler, length, times }) =>
    Effect.gen(function*() {
      // No run of it looks like a token: what is taken out is taken out because it is known.
      const secret = "Sec-ret!".repeat(Math.ceil(length / 8)).slice(0, length)
      const shown = yield* said(
        `${filler.repeat(Math.ceil(before / filler.length)).slice(0, before)}${`${secret} `.repeat(times)}`,
        secret
      )
      assert.notInclude(shown, "Sec-ret")
      assert.isAtMost(Array.from(shown).length, 200)
      assert.notMatch(shown, /\p{Cc}/u)
    }), { arbitrary: { runs: Runs.upTo(300) } })

  it.effect.each<readonly [string, string, string, string?]>([
    ["as it is", "the scope is unknown", "the scope is unknown"],
    ["on one line", "the\r\n\tscope", "the scope"],
    ["to 200 characters", "🎵".repeat(300), "🎵".repeat(200)],
    ["without what looks like a token", `try ${"aB3-".repeat(10)} again`, "try <redacted> again"],
    ["with long words", `try ${"a-word-".repeat(10)}again`, `try ${"a-word-".repeat(10)}again`],
    ["with long numbers", "7".repeat(30), "7".repeat(30)],
    ["without the secret that was sent", "no AQrefresh here", "no <redacted> here"],
    ["without the secret as in a form", "no AQ+%2F%3Dre here", "no <redacted> here", "AQ /=re"],
    ["without the secret as in a URL", "no AQ%20%2F%3Dre here", "no <redacted> here", "AQ /=re"],
    ["with no half of a character", `${"x".repeat(999)}🎵`, "x".repeat(200)],
    ["without a secret in a secret", "no AQrefresh-AQrefresh here", "no <redacted> here", "AQrefresh-AQrefresh"],
    ["as nothing but the gap, where secrets are all there is", "AQrefresh".repeat(5000), `${"<redacted>".repeat(20)}`]
  ])("is shown %s (F57, F118)", ([, description, expected, secret]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* said(description, secret), expected)
    }))
})
