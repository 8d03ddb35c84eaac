/**
 * `npm run example cloudflare-workers.ts` runs a Worker on Cloudflare's own runtime, against the sandbox.
 *
 * **Details**
 *
 * The Worker is `cloudflare-workers/worker.ts`. Its runtime, workerd, comes with miniflare: some 165 MB, which the first run
 * installs in `node_modules/.cache`. Many requests come at once: at the beginning, after the token's end, after it was
 * revoked, and after a restart. Then the same with the Worker of `cloudflare-workers/shared.ts`, which shows what must not
 * be shared between requests.
 */
import { startSandbox } from "@app/sandbox/SandboxPromises"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { promisify } from "node:util"

// =============================================================================
// Miniflare
// =============================================================================

const version = "4.20260730.0"

/** The parts of miniflare that the example needs. */
interface Miniflare {
  readonly dispatchFetch: (url: string) => Promise<{ readonly status: number; readonly text: () => Promise<string> }>
  readonly dispose: () => Promise<void>
}

type MiniflareOptions = Readonly<Record<string, unknown>>

/** Loads miniflare, which is too large to be installed with everything else. */
const loadMiniflare = async (): Promise<new(options: MiniflareOptions) => Miniflare> => {
  const folder = join(import.meta.dirname, "../node_modules/.cache/miniflare")
  const require = createRequire(join(folder, "package.json"))
  const load = (): { readonly Miniflare: new(options: MiniflareOptions) => Miniflare } => require("miniflare")
  try {
    return load().Miniflare
  } catch {
    console.log(`installing miniflare ${version}`)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, "package.json"), "{ \"private\": true }")
    await promisify(execFile)("npm", ["install", "--no-audit", "--no-fund", `miniflare@${version}`], { cwd: folder })
    return load().Miniflare
  }
}

const bundle = async (file: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "cloudflare-workers", file)],
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["workerd"],
    write: false
  })
  return outputFiles.map(({ text }) => text).join("")
}

// =============================================================================
// Program
// =============================================================================

const Miniflare = await loadMiniflare()
const folder = await mkdtemp(join(tmpdir(), "cloudflare-workers-"))
await using sandbox = await startSandbox({ accessTokenLifetime: 4, rotateRefreshTokens: true })

const optionsOf = async (file: string): Promise<MiniflareOptions> => {
  const { refreshToken } = await sandbox.signIn()
  return {
    modules: true,
    script: await bundle(file),
    compatibilityDate: "2026-07-01",
    bindings: {
      SPOTIFY_CLIENT_ID: sandbox.client.clientId,
      SPOTIFY_REFRESH_TOKEN: refreshToken,
      SPOTIFY_ACCOUNTS_URL: sandbox.accountsUrl,
      SPOTIFY_API_URL: sandbox.apiUrl
    },
    // What workerd says of a Worker that breaks its rules is part of the picture, and stands in the response.
    handleRuntimeStdio: () => undefined
  }
}

/** Sends requests at once, and prints how many were answered and what it cost. */
const together = async (worker: Miniflare, what: string) => {
  await sandbox.clearLog()
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const response = await worker.dispatchFetch("http://worker.example/")
      await response.text()
      return response.status
    })
  )
  const answered = statuses.filter((status) => status === 200).length
  const { requests, reused } = await sandbox.refreshCounts()
  console.log(`  ${what}: ${answered} of ${statuses.length} answered, ${requests} token requests, ${reused} refused`)
  return answered === statuses.length
}

const objects = { durableObjects: { TOKENS: { className: "Tokens", useSQLite: true } }, durableObjectsPersist: folder }
const options = { ...await optionsOf("worker.ts"), ...objects }

console.log("Tokens in a Durable Object")
const first = new Miniflare(options)
const outcomes = [await together(first, "20 requests at the beginning")]
await setTimeout(5000)
outcomes.push(await together(first, "20 requests after 5 s"))
await sandbox.revokeAccessTokens()
outcomes.push(await together(first, "20 requests after the token was revoked"))
await first.dispose()
const second = new Miniflare(options)
outcomes.push(await together(second, "20 requests after a restart"))
await second.dispose()
if (outcomes.includes(false)) process.exitCode = 1

console.log("\nTokens in the Worker's module, as they must not be")
const shared = new Miniflare(await optionsOf("shared.ts"))
await together(shared, "20 requests at the beginning")
await setTimeout(5000)
await together(shared, "20 requests after 5 s")
await shared.dispose()
await rm(folder, { recursive: true })
