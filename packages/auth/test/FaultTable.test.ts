/** The README's table of faults names tests: that they are there, and that no fault is left out. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")

/** The line of a fault, or of several, with the tests it names. */
const rows = readme.split("\n").filter((line) => /^\| F\d/.test(line)).map((line) => {
  const [, scenario = "", , tests = ""] = line.split(/(?<!\\)\|/)
  return {
    scenario,
    faults: Array.from(/^ (?:F\d+[,–]? ?)+/.exec(scenario)?.[0].matchAll(/\d+/g) ?? [], ([number]) => Number(number)),
    tests: Array.from(
      tests.matchAll(/`([^`]+)` "(.*?)"(?=<br>|\s*$)/g),
      ([, file = "", title = ""]) => ({ file, title })
    )
  }
})

/** Titles stand in quotation marks of any kind. */
const sourceOf = (file: string): string | undefined => {
  const path = ["test.ts", "ts"].map((ending) => join(import.meta.dirname, `${file}.${ending}`)).find(existsSync)
  return path === undefined ? undefined : readFileSync(path, "utf8").replaceAll("\\\"", "\"")
}

describe("the table of faults", () => {
  it("has a line for every fault, with a test, but for those of a page for browsers", () => {
    const covered = new Set(rows.filter(({ tests }) => tests.length > 0).flatMap(({ faults }) => faults))
    assert.deepStrictEqual(
      Array.from({ length: 83 }, (_, i) => i + 1).filter((fault) => !covered.has(fault)),
      []
    )
  })

  it("names tests that are there", () => {
    const missing = rows.flatMap(({ scenario, tests }) =>
      tests.filter(({ file, title }) => sourceOf(file)?.includes(title) !== true).map(({ file, title }) =>
        `${scenario.trim()}: ${file} "${title}"`
      )
    )
    assert.deepStrictEqual(missing, [])
  })
})
