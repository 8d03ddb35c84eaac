import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { atLeast, atMost, type Figure, type Row, verdict } from "../src/Figure.ts"
import { bracketed, exactly, summary } from "../src/Statistics.ts"
import * as Table from "../src/Table.ts"

const Value = Schema.Int.check(Schema.isBetween({ minimum: -1000, maximum: 1000 }))
const Values = Schema.Array(Value).check(Schema.isMinLength(1))
const Ratios = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 }))).check(
  Schema.isMinLength(1)
)
const Slowing = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 }))

describe("summary", () => {
  it("is the middle one, between the quartiles", () => {
    assert.deepStrictEqual(summary([5, 1, 4, 2, 3]), { median: 3, low: 2, high: 4, samples: 5 })
    assert.deepStrictEqual(summary([1, 2, 3, 4]), { median: 2.5, low: 1.75, high: 3.25, samples: 4 })
    assert.deepStrictEqual(summary([7]), { median: 7, low: 7, high: 7, samples: 1 })
  })

  it("keeps one outlier from moving it", () => {
    assert.strictEqual(summary([1, 1, 1, 1, 1000]).median, 1)
  })

  it.prop("lies within the samples, in order, and does not depend on theirs", { values: Values }, ({ values }) => {
    const { high, low, median } = summary(values)
    assert.isTrue(Math.min(...values) <= low && low <= median && median <= high && high <= Math.max(...values))
    assert.deepStrictEqual(summary(values.toReversed()), summary(values))
  })

  it("of nothing is no number, which reaches no target", () => {
    const row: Row = { label: "", value: summary([]), unit: "×", target: atMost(1) }
    assert.strictEqual(verdict(row), "missed")
    assert.strictEqual(verdict({ ...row, target: atLeast(1) }), "missed")
  })
})

describe("bracketed", () => {
  it("divides each by the mean of the baseline before and after it", () => {
    assert.deepStrictEqual(bracketed([10, 20, 10], [30, 15]), [2, 1])
  })

  it.prop(
    "tells how many times the baseline on a machine that slows down meanwhile",
    { ratios: Ratios, slowing: Slowing },
    ({ ratios, slowing }) => {
      // Evenly: what it takes before and after has the mean of what it takes in between.
      const time = (turn: number) => 1 + slowing * turn
      const baselines = Array.from({ length: ratios.length + 1 }, (_, i) => time(2 * i))
      const values = ratios.map((ratio, i) => ratio * time(2 * i + 1))
      for (const [i, ratio] of bracketed(baselines, values).entries()) {
        assert.approximately(ratio, ratios[i] ?? NaN, 1e-9)
      }
    }
  )
})

describe("the table", () => {
  const figure: Figure = { name: "a-figure", title: "its title", about: "About it.", measure: Effect.never }

  it("tells value, spread, target and verdict of each row", () => {
    const rows: ReadonlyArray<Row> = [
      { label: "a ratio", value: { median: 1.444, low: 1.3, high: 12, samples: 9 }, unit: "×", target: atMost(1.5) },
      { label: "a count", value: exactly(20), unit: "", target: atMost(19) },
      { label: "a factor", value: exactly(10), unit: "×", target: atLeast(10) },
      { label: "a size", value: exactly(29_208), unit: "bytes" }
    ]
    assert.deepStrictEqual(Table.lines(figure, { rows }), [
      "a-figure: its title",
      "  About it.",
      "                  median  middle half             to reach",
      "  a ratio         1.44 ×  1.30 – 12.0, 9 samples  ≤ 1.50    reached",
      "  a count             20                          ≤ 19      missed",
      "  a factor        10.0 ×                          ≥ 10.0    reached",
      "  a size    29,208 bytes",
      ""
    ])
  })

  it("has no verdict where nothing is to be reached", () => {
    assert.isUndefined(verdict({ label: "", value: exactly(1), unit: "" }))
  })
})
