/** The promises in `SECURITY.md` name tests, and these tests exist. */
import { assert, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

const promises = readFileSync(join(root, "SECURITY.md"), "utf8").split("\n").filter((line) => /^\| .*\.ts`/.test(line))

it("every promise about tokens has a test", () => {
  assert.isAbove(promises.length, 15)
  const broken = promises.filter((line) => {
    const [, file = "", title = ""] = /^\| .+? +\| `(packages\/[\w./]+\.ts)` "(.+)" +\|$/.exec(line) ?? []
    return title === "" || !existsSync(join(root, file)) ||
      !readFileSync(join(root, file), "utf8").includes(`"${title}"`)
  })
  assert.deepStrictEqual(broken, [])
})
