/**
 * The README's picture of the life of a token is what the rules of `TokenState` do.
 *
 * **Details**
 *
 * `npm run generate` writes it anew.
 */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { arrows, description, svg } from "./support/LifecyclePicture.ts"

const root = join(import.meta.dirname, "..")

/** Compares a file with what it should be, or writes it. */
const expectFile = (file: string, fresh: (text: string) => string): void => {
  const path = join(root, file)
  const text = readFileSync(path, "utf8")
  if (process.env["GENERATED"] === "write") return writeFileSync(path, fresh(text))
  assert.strictEqual(text, fresh(text), `packages/auth/${file} is stale: npm run generate`)
}

describe("the picture of the life of a token", () => {
  it("shows what the rules do", () => {
    expectFile("lifecycle.svg", svg)
  })

  it("is described in words", () => {
    expectFile(
      "README.md",
      (text) => text.replace(/^!\[[^\]]*\]\(lifecycle\.svg\)$/m, () => `![${description()}](lifecycle.svg)`)
    )
  })

  it("leads from every phase to Refreshing, which is the only way to a token", () => {
    const all = arrows()
    const phases = new Set(all.flatMap(({ from, to }) => [from, to]))
    phases.delete("Refreshing")
    for (const phase of phases) {
      assert.isTrue(all.some(({ from, to }) => from === phase && to === "Refreshing"), phase)
    }
    assert.deepStrictEqual(
      new Set(all.filter(({ to }) => to === "Valid").map(({ from }) => from)),
      new Set(["Refreshing"])
    )
  })
})
