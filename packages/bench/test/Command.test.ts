/** The command `npm run bench`, as a process. */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const main = join(import.meta.dirname, "../src/main.ts")

const bench = (...args: ReadonlyArray<string>) =>
  new Promise<{ readonly isFailure: boolean; readonly output: string }>((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ isFailure: error !== null, output: stdout + stderr })
    })
  })

describe("the command", () => {
  it("measures nothing when it cannot write the figures", async () => {
    const folder = mkdtempSync(join(tmpdir(), "app-bench-"))
    const file = join(folder, "figures.json")
    symlinkSync(join(folder, "missing", "figures.json"), file)
    const { isFailure, output } = await bench("--quick", "--only", "expiry", "--json", file)
    rmSync(folder, { recursive: true })
    assert.isTrue(isFailure)
    assert.include(output, file)
    assert.notInclude(output, "expiry:")
  })

  it("tells the figures that there are when asked for one that is none", async () => {
    const { isFailure, output } = await bench("--only", "everything")
    assert.isTrue(isFailure)
    assert.include(output, "call-cpu")
    assert.include(output, "everything")
  })
})
