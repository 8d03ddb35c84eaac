import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import * as Schema from "effect/Schema"
import * as Table from "../src/Table.ts"
import * as Text from "../src/Text.ts"

const columns: ReadonlyArray<Table.Column> = [
  { heading: "#", align: "end" },
  { heading: "TRACK", isFlexible: true },
  { heading: "ARTISTS", isFlexible: true, dropFirst: 1 },
  { heading: "ALBUM", isFlexible: true, dropFirst: 3 },
  { heading: "TIME", align: "end", dropFirst: 2 }
]

const long = ["1", "A very long title that nobody can remember", "Someone, Someone Else", "A whole album", "3:28"]

describe("Table", () => {
  it.prop("has no line wider than the terminal", {
    rows: Schema.Array(Schema.Array(Schema.String)),
    width: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 120 }))
  }, ({ rows, width }) => {
    const { heading, lines } = Table.layout(columns, rows.map((row) => row.map(Text.sanitize)), width)
    assert.strictEqual(lines.length, rows.length)
    for (const line of [heading, ...lines]) assert.isAtMost(displayWidth(line), width)
  })

  it("cuts nothing where there is room", () => {
    assert.deepStrictEqual(Table.layout(columns, [long], 120).lines, [long.join("  ")])
  })

  it("cuts the widest cells first, then leaves out columns by their order", () => {
    const headings = (width: number) => Table.layout(columns, [long], width).heading.split(/ {2,}/)
    assert.deepStrictEqual(headings(80), ["#", "TRACK", "ARTISTS", "ALBUM", "TIME"])
    assert.deepStrictEqual(headings(40), ["#", "TRACK", "ARTISTS", "TIME"])
    assert.deepStrictEqual(headings(30), ["#", "TRACK", "ARTISTS"])
    assert.deepStrictEqual(headings(20), ["#", "TRACK"])
    assert.strictEqual(
      Table.layout(columns, [long], 60).lines[0],
      "1  A very long titl…  Someone, Someone…  A whole album  3:28"
    )
  })

  it("lines columns up below wide characters", () => {
    const rows = [["1", "夜に駆ける", "YOASOBI", "", "4:21"], ["10", "Clash", "Caravan Palace", "Panic", "4:13"]]
    const { heading, lines } = Table.layout(columns, rows, 80)
    assert.deepStrictEqual([heading, ...lines], [
      " #  TRACK       ARTISTS         ALBUM  TIME",
      " 1  夜に駆ける  YOASOBI                4:21",
      "10  Clash       Caravan Palace  Panic  4:13"
    ])
  })
})
