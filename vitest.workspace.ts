import { defineConfig } from "vitest/config"

const project = (name: string, include: string) => ({
  extends: true as const,
  test: { name, include: [include] }
})

/** The one list of test projects; `vitest.config.ts` re-exports it because vitest 5 no longer looks for this name. */
export default defineConfig({
  test: {
    reporters: ["default", "./.ci/TestCount.ts"],
    // For what hangs, not for what is slow: machines that do other things besides are slow.
    testTimeout: 60_000,
    projects: [
      project("auth", "packages/auth/test/**/*.test.ts"),
      project("api", "packages/api/test/**/*.test.ts"),
      project("sandbox", "packages/sandbox/test/**/*.test.ts"),
      project("bench", "packages/bench/test/**/*.test.ts"),
      project("examples", "examples/test/**/*.test.ts")
    ]
  }
})
