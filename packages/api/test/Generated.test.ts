/**
 * What is written from other things: the tables of operations in the READMEs, and the index of this package.
 *
 * **Details**
 *
 * `npm run generate` writes all of it anew.
 */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Api from "../src/index.ts"
import { operations, tables, withTable } from "./support/OperationTables.ts"

const root = join(import.meta.dirname, "../../..")

/** Compares a file with what it should be, or writes it. */
const expectFile = (file: string, fresh: (text: string) => string): void => {
  const path = join(root, file)
  const text = readFileSync(path, "utf8")
  if (process.env["GENERATED"] === "write") return writeFileSync(path, fresh(text))
  assert.strictEqual(text, fresh(text), `${file} is stale: npm run generate`)
}

describe("the tables of operations", () => {
  it.each(Object.entries(tables))("of %s say what the contract says", (file, table) => {
    expectFile(file, (page) => withTable(page, table()) ?? assert.fail(`${file} has no place for the table`))
  })
})

describe("the index", () => {
  const source = "packages/api/src"

  /** Models that occur inside others alone: `@app/api/model/Image` is for who needs one. */
  const parts = new Set(["ExternalIds", "ExternalUrls", "Followers", "Image", "Restrictions"])

  const modules = ["", "model/"].flatMap((folder) =>
    readdirSync(join(root, source, folder))
      .filter((file) => file.endsWith(".ts") && file !== "index.ts")
      .map((file) => ({ name: file.slice(0, -".ts".length), path: `./${folder}${file}` }))
  ).filter(({ name }) => !parts.has(name)).toSorted((one, other) => one.name < other.name ? -1 : 1)

  it("has every operation, policy, error and model, with the first paragraph of its documentation", () => {
    expectFile(`${source}/index.ts`, (text) => {
      const exports = modules.map(({ name, path }) => {
        const [, first = assert.fail(`${path} says nothing`)] =
          /^\/\*\*\n(.*?\n)(?: \*\n| \*\/)/s.exec(readFileSync(join(root, source, path), "utf8")) ?? []
        return `/**\n${first} */\nexport * as ${name} from "${path}"`
      })
      return `${text.slice(0, text.indexOf("*/") + 2)}\n\n${exports.join("\n\n")}\n`
    })
  })
})

describe("every operation of the contract", () => {
  const modules = new Map<string, object>(Object.entries(Api))

  it.each(operations)("$module.$name is in its section's module", ({ module, name }) => {
    assert.property(modules.get(module), name)
  })

  it.each(operations)("$module.$name names its page of Spotify's reference", ({ reference }) => {
    assert.match(reference ?? "", /^[a-z][a-z-]*$/)
  })
})
