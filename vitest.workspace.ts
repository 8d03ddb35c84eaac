import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import * as BrowserPath from "./packages/auth/test/support/browser/BrowserPath.ts"

const inBrowsers = "**/test/browser/**"

const project = (name: string, include: string, options: { readonly globalSetup?: string } = {}) => ({
  extends: true as const,
  test: { name, include: [include], exclude: [inBrowsers], ...options }
})

const hasBrowser = BrowserPath.find() !== undefined

if (!hasBrowser) {
  process.stderr.write("No Chromium here (CHROMIUM_PATH names one), so the tests in a browser are skipped.\n")
}

/** The one list of test projects; `vitest.config.ts` re-exports it because vitest 5 no longer looks for this name. */
export default defineConfig({
  test: {
    reporters: ["default", "./.ci/TestCount.ts"],
    // Long enough for a busy machine, so that only a test that hangs reaches it.
    testTimeout: 60_000,
    // One beside the others even on two cores: much of the time goes by in waiting for other processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project("auth", "packages/auth/test/**/*.test.ts"),
      project("api", "packages/api/test/**/*.test.ts"),
      project("sandbox", "packages/sandbox/test/**/*.test.ts"),
      project("cli", "packages/cli/test/**/*.test.ts", { globalSetup: "packages/cli/test/support/Bundled.ts" }),
      project("fleet", "packages/fleet/test/**/*.test.ts"),
      project("bench", "packages/bench/test/**/*.test.ts"),
      project("fleet-drill", "packages/fleet-drill/test/**/*.test.ts"),
      project("docs", "packages/docs/test/**/*.test.ts"),
      project("package-check", "packages/package-check/test/**/*.test.ts"),
      project("examples", "examples/{test/**/,}*.test.ts"),
      { extends: true, test: { name: "browser", include: hasBrowser ? [`${inBrowsers}/*.test.ts`] : [] } }
    ]
  }
})
