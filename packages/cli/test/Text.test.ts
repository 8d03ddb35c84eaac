import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import * as Schema from "effect/Schema"
import * as Text from "../src/Text.ts"

const Width = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))

/** Words in several scripts, emoji of several code points, and what a hostile name may hold. */
const Piece = Schema.Literals([
  "track",
  "夜に駆ける",
  "👨‍👩‍👧‍👦",
  "🇸🇪",
  "é",
  "Z\u0335\u0328",
  "שלום",
  "\u001b[31m",
  "\u001b]0;title\u0007",
  "\u009b2J",
  "\u202e",
  "\t",
  "\n",
  "\u2028",
  "\r",
  " ",
  "\ud83d"
])

const Name = Schema.Array(Piece)

describe("Text", () => {
  it.prop("leaves no control character, mark of direction or end of a line in a name", {
    any: Schema.String,
    pieces: Name
  }, ({ any, pieces }) => {
    const shown = Text.sanitize(any + pieces.join(""))
    assert.notMatch(shown, /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u)
    assert.isTrue(shown.isWellFormed())
    assert.strictEqual(Text.sanitize(shown), shown)
  })

  it.prop("cuts to a width, and shows the beginning", { pieces: Name, width: Width }, ({ pieces, width }) => {
    const text = Text.sanitize(pieces.join(""))
    const shown = Text.cut(text, width)
    assert.isAtMost(displayWidth(shown), width)
    assert.isTrue(shown === text || shown === "" || text.startsWith(shown.slice(0, -1)))
  })

  it.prop("fills up to a width", { pieces: Name, width: Width }, ({ pieces, width }) => {
    const text = Text.cut(Text.sanitize(pieces.join("")), width)
    assert.strictEqual(displayWidth(Text.padEnd(text, width)), width)
    assert.strictEqual(displayWidth(Text.padStart(text, width)), width)
  })

  it.prop("draws a bar within its width, and a longer one for more", {
    share: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
    width: Width
  }, ({ share, width }) => {
    assert.isAtMost(displayWidth(Text.bar(share, width)), width)
    assert.isAtMost(displayWidth(Text.bar(share / 2, width)), displayWidth(Text.bar(share, width)))
  })

  it.each([[207_959, "3:28"], [59_600, "1:00"], [0, "0:00"], [3_600_000, "60:00"]])(
    "writes %d ms as %s",
    (milliseconds, text) => {
      assert.strictEqual(Text.minutes(milliseconds), text)
    }
  )

  it.prop("breaks lines at words, loses none of them, and makes none wider than a long word asks for", {
    words: Schema.Array(Schema.Literals(["a", "word", "夜に駆ける", "longer-than-the-terminal-is", "it"])),
    width: Schema.Int.check(Schema.isBetween({ minimum: 12, maximum: 60 }))
  }, ({ width, words }) => {
    const lines = Text.wrap(words.join(" "), width)
    assert.deepStrictEqual(lines.join(" "), words.join(" "))
    for (const line of lines) assert.isTrue(displayWidth(line) <= width || !line.includes(" "))
  })

  it("lets each line of a text go on below its own words", () => {
    assert.strictEqual(
      Text.flow("Some words that are too many\n  login    Sign in with your browser.\nshort", 24),
      "Some words that are too\nmany\n  login    Sign in with\n           your browser.\nshort"
    )
  })

  it("shows what is left of hostile names", () => {
    assert.strictEqual(Text.sanitize("\u001b[31mred\u001b[0m\u001b]0;owned\u0007\nnext"), "[31mred[0m]0;owned next")
  })
})
