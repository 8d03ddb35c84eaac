import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import * as Schema from "effect/Schema"
import * as Progress from "../src/Progress.ts"

const watched: Progress.Surroundings = {
  stderrIsTerminal: true,
  stdoutIsTerminal: true,
  stdoutIsFile: false,
  term: "xterm",
  ci: undefined
}

describe("Progress", () => {
  it.each<readonly [boolean, Partial<Progress.Surroundings>]>([
    [true, {}],
    [true, { stdoutIsTerminal: false, stdoutIsFile: true }],
    [true, { ci: "" }],
    [false, { stdoutIsTerminal: false }],
    [false, { stderrIsTerminal: false }],
    [false, { term: "dumb" }],
    [false, { ci: "true" }]
  ])("is shown, %s, with %o", (expected, surroundings) => {
    assert.strictEqual(Progress.isWatched({ ...watched, ...surroundings }), expected)
  })

  it("says how many there are of how many, behind a bar where there is room", () => {
    assert.strictEqual(
      Progress.line(20, 40, "saved tracks", 80),
      `${"█".repeat(15)}${" ".repeat(17)}20 of 40 saved tracks`
    )
    assert.strictEqual(Progress.line(20, 40, "saved tracks", 30), "███     20 of 40 saved tracks")
    assert.strictEqual(Progress.line(20, 40, "saved tracks", 24), "20 of 40 saved tracks")
  })

  const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

  it.prop("leaves the last column free, where a cursor would go on in the next line", {
    done: Count,
    total: Count,
    width: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 120 }))
  }, ({ done, total, width }) => {
    assert.isBelow(displayWidth(Progress.line(done, total, "saved tracks", width)), width)
  })
})
