/**
 * What `npm run mutation` runs against every mutant: the tests of the token service that live in virtual time, with fewer
 * runs of each property. Sources are taken from beside this file, since Stryker changes a copy of the package.
 */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: {
    alias: [{ find: /^@app\/auth\/(.*)$/, replacement: fileURLToPath(new URL("src/$1.ts", import.meta.url)) }]
  },
  test: {
    include: [
      "test/{RefreshPolicy,Observability,TokenServiceConfig,TokenSource}.test.ts",
      "test/TokenService.{interruption,invariants,lifecycle}.test.ts"
    ],
    env: { PROPERTY_RUNS: "10" },
    testTimeout: 60_000,
    isolate: false
  }
})
