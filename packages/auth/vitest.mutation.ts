/**
 * What `npm run mutation` runs against every mutant: the tests of the token service that live in virtual time. Sources are
 * taken from beside this file, since Stryker changes a copy of the package.
 */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: {
    alias: [{ find: /^@app\/auth\/(.*)$/, replacement: fileURLToPath(new URL("src/$1.ts", import.meta.url)) }]
  },
  test: {
    testTimeout: 60_000,
    include: [
      "test/RefreshPolicy.test.ts",
      "test/TokenService.{interruption,invariants,lifecycle}.test.ts",
      "test/{Observability,TokenServiceConfig,TokenSource}.test.ts"
    ]
  }
})
