/** Reporter that counts the tests of a run in one line: `N passed, N failed`. */
import { appendFileSync } from "node:fs"
import type { Reporter, TestModule } from "vitest/node"

/** Prints the line last, and appends it to the file that the variable `TEST_COUNT` names, if it is set. */
export default class TestCount implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>): void {
    let passed = 0
    // No test shows an error that was thrown outside of any.
    let failed = errors.length
    for (const module of modules) {
      failed += module.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed += 1
        if (state === "failed") failed += 1
      }
    }
    const line = `${passed} passed, ${failed} failed\n`
    if (process.env["TEST_COUNT"] !== undefined) appendFileSync(process.env["TEST_COUNT"], line)
    process.stdout.write(line)
  }
}
