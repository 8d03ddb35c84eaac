import * as RetryAfter from "@app/auth/RetryAfter"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import * as Schema from "effect/Schema"
import * as Runs from "./support/Runs.ts"

const now = Date.UTC(2026, 6, 1)

const secondsOf = (value: string | ReadonlyArray<string>): number | undefined => {
  const delay = RetryAfter.delay(Headers.fromInput({ "retry-after": value }), now)
  return delay === undefined ? undefined : Duration.toSeconds(delay)
}

const after = (seconds: number) => new Date(now + seconds * 1000).toUTCString()

describe("Retry-After", () => {
  it.each<readonly [string | ReadonlyArray<string>, number | undefined]>([
    ["0", 0],
    ["7", 7],
    [" 7 ", 7],
    ["1.5", 1.5],
    ["0.25", 0.25],
    [["2", "3"], 3],
    ["3, 2", 3],
    ["2, 3.5,1", 3.5],
    ["soon, 3", 3],
    ["3, soon", 3],
    [",,3,", 3],
    [after(90), 90],
    [after(-90), 0],
    ["Wednesday, 01-Jul-26 00:01:30 GMT", 90],
    ["Wed Jul  1 00:01:30 2026", 90],
    [[after(90), "120"], 120],
    [["60", after(90)], 90],
    [[after(30), after(90)], 90],
    ["9".repeat(400), 36_525 * 86_400],
    ["99999999999", 36_525 * 86_400],
    ["", undefined],
    ["soon", undefined],
    ["-1", undefined],
    ["1e3", undefined],
    ["1.", undefined],
    [".5", undefined],
    ["0x10", undefined],
    ["Infinity", undefined],
    ["NaN", undefined]
  ])("of %j is %s seconds (F109)", (value, seconds) => {
    assert.strictEqual(secondsOf(value), seconds)
  })

  it("that is not there asks for nothing", () => {
    assert.isUndefined(RetryAfter.delay(Headers.empty, now))
  })

  it.prop(
    "sent by several is the longest of theirs, whichever comes first and however it is written (F109)",
    {
      pauses: Schema.NonEmptyArray(Schema.Struct({
        seconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
        form: Schema.Literals(["seconds", "fraction", "date"])
      }))
    },
    ({ pauses }) => {
      const written = pauses.map(({ form, seconds }) =>
        form === "date" ? after(seconds) : form === "fraction" ? `${seconds}.0` : String(seconds)
      )
      assert.strictEqual(secondsOf(written), Math.max(...pauses.map(({ seconds }) => seconds)))
    },
    { arbitrary: { runs: Runs.upTo(300) } }
  )
})
