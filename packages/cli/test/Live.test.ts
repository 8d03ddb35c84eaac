import { assert, describe, it } from "@effect/vitest"
import headless from "@xterm/headless"
import * as Schema from "effect/Schema"
import * as Live from "../src/Live.ts"

/** Writes texts to a terminal, and returns the lines on its screen. */
const screenOf = async (columns: number, texts: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const terminal = new headless.Terminal({ cols: columns, rows: 24, allowProposedApi: true })
  await new Promise<void>((resolve) => terminal.write(texts.join(""), resolve))
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "")
  return lines.join("\n").trimEnd().split("\n")
}

const Lines = Schema.NonEmptyArray(Schema.Literals(["one", "two words", "●", "夜に駆ける", "x".repeat(25)]))
  .check(Schema.isMaxLength(5))

describe("Live", () => {
  it.prop("leaves the last lines on the screen, below what was there, and nothing of those before", {
    frames: Schema.NonEmptyArray(Lines)
  }, async ({ frames }) => {
    const texts = frames.map((lines, index) => Live.replace(frames[index - 1] ?? [], lines, 20, index % 2 === 0))
    const last = frames.at(-1) ?? []
    assert.deepStrictEqual(
      await screenOf(20, ["$ spotify\r\n", ...texts]),
      await screenOf(20, ["$ spotify\r\n", last.join("\r\n")])
    )
  })
})
