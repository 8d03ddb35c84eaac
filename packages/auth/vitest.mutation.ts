/**
 * The tests that `npm run mutation` runs against every mutant.
 *
 * **Details**
 *
 * These are the tests of the token service and the token endpoint that run in virtual time, with fewer runs of each
 * property. Sources are resolved beside this file, since Stryker changes a copy of the package.
 *
 * `MUTATION_TESTS` names some of them instead, separated by commas, for a quick look at one module:
 * `MUTATION_TESTS=Accounts npx stryker run --mutate src/internal/lifecycle/Leases.ts`.
 */
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { BaseSequencer } from "vitest/node"

/** Test files, quick ones first: the first test that notices a mutant ends its run. */
const tests = process.env["MUTATION_TESTS"]?.split(",") ?? [
  "RefreshPolicy",
  "DueTimes",
  "RequestInFlight",
  "Schedule",
  "Leases",
  "StatusChanges",
  "TokenState",
  "TokenState.failures",
  "TokenState.schedule",
  "TokenState.status",
  "storage/StoredState",
  "storage/StoredState.refresh",
  "TokenServiceConfig",
  "TokenEndpoint.address",
  "TokenEndpoint.answers",
  "TokenEndpoint",
  "TokenEndpoint.errors",
  "TokenEndpoint.process",
  "AuthenticatedHttpClient",
  "Accounts",
  "Accounts.signIn",
  "TokenService.scopes",
  "RevocationEndpoint",
  "TokenService.retryEndedSignIn",
  "TokenService.interruption",
  "TokenService.sharing",
  "TokenService.closing",
  "TokenService.stores",
  "TokenService.unsaved",
  "TokenService.conflicts",
  "TokenService.grants",
  "TokenMetrics",
  "TokenService.spans",
  "TokenService.logs",
  "TokenService.refusals",
  "TokenService.expiry",
  "TokenService.failures",
  "TokenService.schedule",
  "TokenService.clocks",
  "TokenService.callers",
  "TokenService.storage",
  "TokenService.signIn",
  "TokenService.lifetimes",
  "TokenSource",
  "TokenState.properties",
  "TokenService.invariants"
]

const directory = fileURLToPath(new URL("test", import.meta.url))

const rank = (file: string) => tests.indexOf(relative(directory, file).replace(/\.test\.ts$/, "").replaceAll("\\", "/"))

export default defineConfig({
  resolve: {
    alias: [{ find: /^@app\/auth\/(.*)$/, replacement: fileURLToPath(new URL("src/$1.ts", import.meta.url)) }]
  },
  test: {
    include: tests.map((name) => `test/${name}.test.ts`),
    env: { PROPERTY_RUNS: "10" },
    testTimeout: 15_000,
    isolate: false,
    sequence: {
      sequencer: class extends BaseSequencer {
        override sort(files: Parameters<BaseSequencer["sort"]>[0]) {
          return Promise.resolve(files.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId)))
        }
      }
    }
  }
})
