/** The packages' tables of faults name tests: that they are there, and that no fault is left out. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** The number of faults. */
const numbered = 150

/** Faults that no test can hold yet, or at all; their lines say why. */
const untested = [132, 135, 143, 145]

/** The line of a fault, or of several, with the tests it names. */
const rowsOf = (name: string) =>
  readFileSync(join(root, "packages", name, "test/FAULTS.md"), "utf8").split("\n").filter((line) =>
    /^\| F\d/.test(line)
  )
    .map((line) => {
      const [, scenario = "", , tests = ""] = line.split(/(?<!\\)\|/)
      return {
        scenario: `${name}: ${scenario.trim()}`,
        faults: Array.from(
          /^ (?:F\d+[,–]? ?)+/.exec(scenario)?.[0].matchAll(/\d+/g) ?? [],
          ([number]) => Number(number)
        ),
        tests: Array.from(
          tests.matchAll(/`([^`]+)` "(.*?)"(?=<br>|\s*$)/g),
          ([, file = "", title = ""]) => ({ path: pathOf(name, file), title })
        )
      }
    })

const pathOf = (name: string, file: string): string | undefined => {
  const path = file.startsWith("examples/")
    ? join(root, "examples/test", file.slice("examples/".length))
    : join(root, "packages", name, "test", file)
  return ["test.ts", "ts"].map((ending) => `${path}.${ending}`).find(existsSync)
}

const rows = ["auth", "api", "sandbox"].flatMap(rowsOf)

/** Titles stand in quotation marks of any kind. */
const sourceOf = (path: string) => readFileSync(path, "utf8").replaceAll(/\\(["'])/g, "$1")

describe("the tables of faults", () => {
  it("have a line for every fault, with a test where there can be one", () => {
    const covered = new Set(rows.filter(({ tests }) => tests.length > 0).flatMap(({ faults }) => faults))
    const all = Array.from({ length: numbered }, (_, i) => i + 1)
    assert.deepStrictEqual(all.filter((fault) => !covered.has(fault)), untested)
    const listed = new Set(rows.flatMap(({ faults }) => faults))
    assert.deepStrictEqual(untested.filter((fault) => !listed.has(fault)), [])
  })

  it("name tests that are there", () => {
    const missing = rows.flatMap(({ scenario, tests }) =>
      tests.filter(({ path, title }) => path === undefined || !sourceOf(path).includes(title)).map(
        ({ path, title }) => `${scenario}: ${path} "${title}"`
      )
    )
    assert.deepStrictEqual(missing, [])
  })
})
