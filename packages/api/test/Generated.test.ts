/** The tables of operations in the READMEs, which `npm run generate` writes from the contract. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
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

describe("every operation of the contract", () => {
  const modules = new Map<string, object>(Object.entries(Api))

  it.each(operations)("$module.$name is in its section's module", ({ module, name }) => {
    assert.property(modules.get(module), name)
  })

  it.each(operations)("$module.$name names its page of Spotify's reference", ({ reference }) => {
    assert.match(reference ?? "", /^[a-z][a-z-]*$/)
  })
})
