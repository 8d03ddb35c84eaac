/**
 * The shape of doc comments, held for every public module.
 *
 * **Details**
 *
 * `DOC_SHAPE=all` lists every violation; without it a file may have as many as `DocShape.allowances.json` says, no more and
 * no fewer. `DOC_SHAPE=write` writes that list anew.
 */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { docViolations, moduleViolations } from "./support/DocShape.ts"

const root = join(import.meta.dirname, "../..")
const allowancesPath = join(import.meta.dirname, "DocShape.allowances.json")
const mode = process.env["DOC_SHAPE"]

const files = ["auth", "api", "sandbox"].flatMap((name) =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join("packages", name, "src", file))
    .toSorted()
)

const violationsOf = new Map(
  files.map((file) => [file, moduleViolations(readFileSync(join(root, file), "utf8"), file.includes("/internal/"))])
)

const allowances: Readonly<Record<string, number>> = mode === "all" || mode === "write"
  ? {}
  : JSON.parse(readFileSync(allowancesPath, "utf8"))

describe("the shape of doc comments", () => {
  it("is kept by every public module", () => {
    if (mode === "write") {
      const counts = Array.from(violationsOf, ([file, violations]) => [file, violations.length] as const)
      const some = Object.fromEntries(counts.filter(([, count]) => count > 0))
      return writeFileSync(allowancesPath, `${JSON.stringify(some, undefined, 2)}\n`)
    }
    const complaints = Array.from(violationsOf, ([file, violations]) => {
      const allowed = allowances[file] ?? 0
      if (violations.length > allowed) return violations.map((violation) => `${file}: ${violation}`)
      return violations.length < allowed
        ? [`${file}: has ${violations.length} violations, not ${allowed}: lower it`]
        : []
    })
    const gone = Object.keys(allowances).filter((file) => !violationsOf.has(file)).map((file) =>
      `${file}: is not there`
    )
    assert.strictEqual([...complaints.flat(), ...gone].join("\n"), "")
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
