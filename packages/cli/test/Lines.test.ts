import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Json from "../src/Json.ts"
import * as Text from "../src/Text.ts"
import * as Tsv from "../src/Tsv.ts"

/** What would break a line apart, or a terminal obeys. */
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

const Piece = Schema.Literals(["a", "\t", "\n", "\r\n", "\u001b[2J", "\u009b", "\u2028", "\u202e", "\"", "\\", "夜"])

describe("lines for programs", () => {
  it.prop("of cells give the cells again when split at tabs", {
    cells: Schema.NonEmptyArray(Schema.Array(Piece))
  }, ({ cells }) => {
    const texts = cells.map((cell) => cell.join(""))
    assert.deepStrictEqual(Tsv.line(texts).split("\t"), texts.map(Text.sanitize))
    assert.notMatch(Tsv.line(texts).replaceAll("\t", ""), unsafe)
  })

  it.prop("of JSON give the value again, and hold nothing that a terminal obeys", {
    any: Schema.String,
    pieces: Schema.Array(Piece)
  }, ({ any, pieces }) => {
    const value = { name: any + pieces.join(""), absent: null, list: [any, 1, true] }
    assert.deepStrictEqual(JSON.parse(Json.line(value)), value)
    assert.notMatch(Json.line(value), unsafe)
  })
})
