/** The shape of doc comments, held for every module. */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { docViolations, moduleViolations } from "./support/DocShape.ts"

const root = join(import.meta.dirname, "../..")

const files = ["auth", "api", "sandbox", "fleet"].flatMap((name) =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join("packages", name, "src", file))
    .toSorted()
)

describe("the shape of doc comments", () => {
  it("is kept by every public module", () => {
    const violations = files.flatMap((file) =>
      moduleViolations(readFileSync(join(root, file), "utf8"), file.includes("/internal/")).map(
        (violation) => `${file}: ${violation}`
      )
    )
    assert.deepStrictEqual(violations, [])
  })

  const tags = "@category models\n * @since 0.1.0\n"
  const withBody = (body: string) => `/**\n * ${body.replaceAll("\n", "\n * ")}\n *\n * ${tags} */`

  it.each([
    ["Waits for the request in flight, e.g. a sign-in (RFC 6749 §4.1)."],
    ["Waits.\n\n**When to use**\n\nUse to wait. Often.\n\n**Gotchas**\n\nNever ends.\n\n**Example** (One)\n\n```ts\n# not a heading\n```"]
  ])("takes %j", (body) => {
    assert.deepStrictEqual(docViolations(withBody(body)), [])
  })

  it.each([
    ["Waits. Then goes on.", /not one sentence/],
    ["Waits for `get`. `refresh` follows.", /not one sentence/],
    ["Waits", /not one sentence/],
    ["Whether it waits.", /question word/],
    ["Waits.\n\nIt waits long.", /text before the first section/],
    ["Waits.\n\n# Notes\n\nLong.", /not a section/],
    ["Waits.\n\n**Notes**\n\nLong.", /not a section/],
    ["Waits.\n\n**Gotchas**\n\nLong.\n\n**Details**\n\nLonger.", /out of order/],
    ["Waits.\n\n**Details**\n\nLong.\n\n**Details**\n\nLonger.", /out of order/],
    ["Waits.\n\n**Example**\n\n```ts\n```", /not a section/]
  ])("rejects %j", (body, rule) => {
    const violations = docViolations(withBody(body))
    assert.strictEqual(violations.length, 1, violations.join("\n"))
    assert.match(violations[0] ?? "", rule)
  })

  it("asks for a category that exists and for a version", () => {
    assert.deepStrictEqual(docViolations("/** Waits. */"), ["@category is missing", "@since is missing"])
    assert.deepStrictEqual(docViolations("/**\n * Waits.\n *\n * @category waiting\n * @since 0.1.0\n */"), [
      "@category waiting"
    ])
  })

  it("asks for a doc comment on the module and on each of its exports", () => {
    assert.deepStrictEqual(moduleViolations("export const a = 1\n", false), ["module: no doc comment"])
    assert.deepStrictEqual(moduleViolations("/** Numbers. */\nexport const a = 1\n", true), [])
    assert.deepStrictEqual(moduleViolations("/** Numbers. */\nimport \"x\"\n\nexport const a = 1\n", false), [
      "a: no doc comment"
    ])
  })
})
