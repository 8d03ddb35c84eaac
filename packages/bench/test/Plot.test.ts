import { assert, describe, it } from "@effect/vitest"
import { type Series, svg } from "../src/Plot.ts"

const flat: Series = {
  title: "Flat & <even>",
  along: "callers",
  unit: "µs",
  lines: [{ label: "a line", points: [[1, 5], [10, 5], [100, 5]] }]
}

const heights = (text: string) =>
  Array.from(text.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g), ([, x, y]) => [x, y])

describe("the plot", () => {
  it("draws what is flat flat, and the decades at equal distances", () => {
    const points = heights(svg([flat])).map(([x, y]) => [Number(x), Number(y)] as const)
    assert.lengthOf(points, 3)
    assert.lengthOf(new Set(points.map(([, y]) => y)), 1)
    const [a = 0, b = 0, c = 0] = points.map(([x]) => x)
    assert.approximately(b - a, c - b, 0.2)
  })

  it("draws twice as much twice as high", () => {
    const points = heights(svg([{ ...flat, lines: [{ label: "", points: [[1, 0], [2, 2], [3, 4]] }] }]))
    const [none = 0, half = 0, all = 0] = points.map(([, y]) => Number(y))
    assert.approximately(none - half, half - all, 0.2)
    assert.isAbove(half - all, 10)
  })

  it("is well-formed whatever its words", () => {
    const text = svg([flat, flat])
    assert.include(text, "Flat &amp; &lt;even>")
    assert.strictEqual(text.match(/<g /g)?.length, 2)
    assert.match(text, /^<svg [^>]+>.*<\/svg>\n$/s)
  })
})
